"""The voting algorithm for one height: inputs in, outputs out, no clock and no network.

It keeps what arrives (``votes.py``, ``proposals.py``), finds which rule of the paper now holds, and carries the rules out
(``rules.py``) one after the other until none holds any more. So the order in which messages came decides when a rule
is carried out, never whether. Own messages count like those of others: only once they come back as arrivals, signed
and durable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from p2pchain.consensus.proposals import ProposalKeeper
from p2pchain.consensus.rules import (
    Begun,
    Event,
    NewProposal,
    PolkaOfNil,
    PolkaOfProposal,
    PrecommitsAny,
    PrevotesAny,
    ProposalWithPolka,
    RoundSkip,
    Seat,
    State,
    transition,
)
from p2pchain.consensus.types import (
    CommitArrived,
    Decided,
    Input,
    Output,
    PolkaArrived,
    ProposalArrived,
    Restored,
    Start,
    Step,
    TimeoutElapsed,
    ValueBuilt,
    VoteArrived,
)
from p2pchain.consensus.votes import VoteKeeper
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import NO_LOCK, LockState
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind

RULES_PER_INPUT_MAX: Final = 16
"""Rules that one input can set off: a skip, then each rule of that round once. More is a mistake of ours."""


class HeightConsensus:
    """Tendermint for one height (arXiv 1807.04938, Algorithm 1), as a state machine."""

    def __init__(
        self,
        *,
        height: Height,
        validators: ValidatorSet,
        own_index: int | None,
        parameters: Parameters,
        proposer: Callable[[Round], int],
        restored: Restored | None,
    ) -> None:
        """``own_index``: our place among ``validators``, None for an observer, which follows and decides in silence.

        ``proposer``: index of the validator whose turn a round is. ``restored``: the last message that we signed at this
        height before a crash, and the locks with it; None where we signed none.
        """
        assert restored is None or restored.step is not Step.NEW_HEIGHT, "a signed message has a step"
        self._seat = Seat(own_index=own_index, proposer=proposer, parameters=parameters)
        self._votes = VoteKeeper(height=height, validators=validators)
        self._proposals = ProposalKeeper(proposer=proposer)
        self._decided: CommitCertificate | None = None
        self._state = State(
            round=Round(0) if restored is None else restored.round,
            step=Step.NEW_HEIGHT,
            lock=NO_LOCK if restored is None else restored.lock,
            resumes=None if restored is None else restored.step,
        )

    def handle(self, given: Input) -> tuple[Output, ...]:
        """Take one input; returns what is to be done, in order. Once decided, votes are kept and nothing is said."""
        over = self._decided is not None
        outputs = list(self._take(given))
        if over:
            return ()
        for _ in range(RULES_PER_INPUT_MAX):
            if self._votes.commit is not None:  # L49
                self._decided = self._votes.commit  # L50 L51
                return (*outputs, Decided(certificate=self._decided))
            event = self._enabled()
            if event is None:
                return tuple(outputs)
            outputs += self._carry_out(event)
        raise AssertionError(f"rules without end at round {self.round}, step {self.step.name}")

    # where we stand, for round summaries and gossip

    @property
    def round(self) -> Round:
        """The round in progress; before the start, the one that it will enter."""
        return self._state.round

    @property
    def step(self) -> Step:
        """The step of that round; NEW_HEIGHT before the start."""
        return self._state.step

    @property
    def lock(self) -> LockState:
        """Locked and valid round and value."""
        return self._state.lock

    @property
    def decided(self) -> CommitCertificate | None:
        """The certificate of the decision, once there is one."""
        return self._decided

    def rounds(self) -> tuple[Round, ...]:
        """Rounds of which any vote is held, ascending."""
        return self._votes.rounds()

    def bitmap(self, round_: Round, kind: VoteKind) -> int:
        """Bit ``i`` is set where a vote of validator ``i`` is held."""
        return self._votes.bitmap(round_, kind)

    def vote(self, round_: Round, kind: VoteKind, index: int) -> Vote | None:
        """The first vote that was seen of a validator."""
        return self._votes.vote(round_, kind, index)

    def polka(self, round_: Round) -> PolkaCertificate | None:
        """The polka of a round for a block (not for nil), with all signatures known."""
        return self._votes.polka(round_)

    # inputs

    def _take(self, given: Input) -> tuple[Output, ...]:
        match given:
            case Start():
                return self._carry_out(Begun())
            case ValueBuilt() | TimeoutElapsed():
                return self._carry_out(given)
            case ProposalArrived():
                self._keep_proposal(given)
                return ()
            case VoteArrived(vote=vote):
                return self._votes.add(vote, current=self.round)
            case PolkaArrived(polka=polka):
                return self._votes.add_polka(polka)
            case CommitArrived(certificate=certificate):
                return self._votes.add_commit(certificate)

    def _keep_proposal(self, arrived: ProposalArrived) -> None:
        polka = self._votes.has_quorum(arrived.round, VoteKind.PREVOTE, arrived.block_id)
        self._proposals.add(arrived, current=self.round, polka=polka)

    def _carry_out(self, event: Event) -> tuple[Output, ...]:
        if self._decided is not None:
            return ()
        self._state, outputs = transition(self._state, event, self._seat)
        self._proposals.forget_before(self.round)
        return outputs

    # which rule holds now

    def _enabled(self) -> Event | None:
        if self.step is Step.NEW_HEIGHT:
            return None
        skip = self._votes.skip_round(self.round)
        if skip is not None:
            return RoundSkip(round=skip)
        return self._enabled_by_proposal() or self._enabled_by_votes()

    def _enabled_by_proposal(self) -> Event | None:
        """The rules on a proposal: while proposing the first of the round counts, later any that has a polka."""
        if self.step is Step.PROPOSE:
            return self._judged(self._proposals.first(self.round))
        block_id = self._polka_to_take()
        return None if block_id is None else PolkaOfProposal(block_id=block_id)

    def _judged(self, proposal: ProposalArrived | None) -> Event | None:
        match proposal:
            case None:
                return None
            case ProposalArrived(valid_round=None, block_id=block_id, valid=valid, timely=timely):
                return NewProposal(block_id=block_id, acceptable=valid and timely)
            case ProposalArrived(valid_round=valid_round, block_id=block_id, valid=valid):
                if valid_round < self.round and self._votes.has_quorum(
                    valid_round, VoteKind.PREVOTE, block_id
                ):
                    return ProposalWithPolka(block_id=block_id, valid_round=valid_round, valid=valid)
                return None

    def _polka_to_take(self) -> BlockId | None:
        """The block of a polka of this round whose valid proposal is here, until the rule was carried out."""
        if self.lock.valid_round == self.round:
            return None
        block_id = self._votes.polka_block(self.round)
        if block_id is None or not self._proposals.holds_valid(self.round, block_id):
            return None
        return block_id

    def _enabled_by_votes(self) -> Event | None:
        state, votes = self._state, self._votes
        if state.step is Step.PREVOTE:
            if votes.has_quorum(state.round, VoteKind.PREVOTE, None):
                return PolkaOfNil()
            if not state.prevote_timeout_asked and votes.has_quorum_any(state.round, VoteKind.PREVOTE):
                return PrevotesAny()
        if not state.precommit_timeout_asked and votes.has_quorum_any(state.round, VoteKind.PRECOMMIT):
            return PrecommitsAny()
        return None
