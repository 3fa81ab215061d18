"""The voting algorithm for one height: "The latest gossip on BFT consensus" (arXiv 1807.04938), algorithm 1.

Each rule names the lines of the paper that it implements. The paper's rules wait for conditions ("upon ..."),
so after every input all of them are tried until none applies; each has its own guard against applying twice.
What is beyond the paper: timeouts are linear and capped; a certificate is one input; a new proposal must be
timely; a value is decided as soon as a quorum precommitted it, even where its block or proposal is not here
yet (the caller fetches it, and stops if a block that a quorum decided proves invalid).

A validator that restarts (``Restored``) goes on in the round and after the step of its last signed message,
so that it is never asked to sign that step again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from p2pchain.consensus.invariants import (
    HeightState,
    assert_certificate,
    assert_precommit,
    assert_prevote,
    assert_speech,
    assert_state,
    assert_transition,
)
from p2pchain.consensus.types import (
    CommitArrived,
    Decided,
    Equivocated,
    GetValue,
    Input,
    Output,
    PolkaArrived,
    ProposalArrived,
    Restored,
    RoundEntered,
    ScheduleTimeout,
    SendProposal,
    SendVote,
    Start,
    Step,
    TimeoutElapsed,
    TimeoutKind,
    ValueBuilt,
    VoteArrived,
)
from p2pchain.consensus.votes import VoteKeeper
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import NO_LOCK, LockState
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind

PROPOSALS_PER_ROUND_MAX = 2
"""How many proposals of one round are kept; only a hostile proposer makes two."""


def _untraced(line: int) -> None:
    """Count no line of the paper: the trace of whoever tests none."""


class HeightConsensus:
    """Voting on one height. ``own_index`` None: an observer, which follows and decides but signs nothing."""

    def __init__(
        self,
        *,
        height: Height,
        validators: ValidatorSet,
        own_index: int | None,
        parameters: Parameters,
        proposer: Callable[[Round], int],
        restored: Restored | None,
        trace: Callable[[int], None] = _untraced,
    ) -> None:
        """``proposer``: index of a round's proposer; ``trace`` is called with each line of the paper as it is
        reached.
        """
        self.round = Round(0)
        self.step = Step.NEW_HEIGHT
        self.lock: LockState = NO_LOCK
        self.decided: CommitCertificate | None = None
        self._height = height
        self._validators = validators
        self._votes = VoteKeeper(height, validators)
        self._own_index = own_index
        self._parameters = parameters
        self._proposer = proposer
        self._restored = restored
        self._trace = trace
        self._proposals: dict[Round, list[ProposalArrived]] = {}
        self._applied: set[tuple[int, Round]] = set()
        self._awaited: Round | None = None
        self._last_speech: tuple[Round, Step] | None = None
        self._checked = self._state()
        self._outputs: list[Output] = []

    def handle(self, input_: Input) -> tuple[Output, ...]:
        """Take one input and return what must be done, in order."""
        match input_:
            case Start():
                self._start()
            case ValueBuilt(round=round_, block_id=block_id):
                if self.step is Step.PROPOSE and round_ == self._awaited and self.decided is None:
                    self._trace(19)
                    self._awaited = None
                    self._propose(block_id, None)
            case ProposalArrived(round=round_):
                held = self._proposals.setdefault(round_, [])
                if len(held) < PROPOSALS_PER_ROUND_MAX and input_ not in held:
                    held.append(input_)
            case VoteArrived(vote=vote):
                first = self._votes.add(vote, self.round)
                if first is not None:
                    self._outputs.append(Equivocated(first=first, second=vote))
            case PolkaArrived(polka=polka):
                self._votes.add_polka(polka)
            case CommitArrived(certificate=certificate):
                self._decide(certificate)
            case TimeoutElapsed(kind=kind, round=round_):
                self._timeout(kind, round_)
        self._check()
        self._apply_rules()
        outputs = tuple(self._outputs)
        self._outputs.clear()
        return outputs

    def rounds(self) -> tuple[Round, ...]:
        """Return the rounds of which votes are held, ascending."""
        return self._votes.rounds()

    def bitmap(self, round_: Round, kind: VoteKind) -> int:
        """Return a bitmap of the validators whose votes are held; bit ``i``: validator ``i``."""
        return self._votes.bitmap(round_, kind)

    def vote(self, round_: Round, kind: VoteKind, validator: int) -> Vote | None:
        """Return the first vote of a validator."""
        return self._votes.vote(round_, kind, validator)

    def polka(self, round_: Round) -> PolkaCertificate | None:
        """Return the prevotes of a quorum for a block in a round, as one certificate."""
        return self._votes.polka(round_)

    def is_honest_voice(self) -> bool:
        """Return whether more than 1/3 of the power voted at this height, so an honest validator has begun
        it.
        """
        return self._votes.is_honest_voice()

    def voters(self, rounds: Iterable[Round]) -> int:
        """Return a bitmap of the validators that voted in one of the rounds; bit ``i``: validator ``i``."""
        return self._votes.voters(rounds)

    # rules

    def _apply_rules(self) -> None:
        """Try every rule until none applies; what arrives before the start or after the decision is only
        kept.
        """
        if self.decided is None and (certificate := self._votes.commit()) is not None:
            self._decide(certificate)
        self._check()
        while self.step is not Step.NEW_HEIGHT and self.decided is None and self._apply_one():
            self._check()

    def _check(self) -> None:
        """Assert the invariants of the step just made; nobody else moves the height."""
        before = self._checked
        if (
            self.lock is not before.lock
            or self.step is not before.step
            or self.round != before.round
            or self.decided is not before.decided
        ):
            after = self._state()
            assert_transition(before, after)
            self._checked = after

    def _state(self) -> HeightState:
        return HeightState(round=self.round, step=self.step, lock=self.lock, decided=self.decided)

    def _apply_one(self) -> bool:
        ahead = self._votes.skip_round(self.round)
        if ahead is not None:
            self._trace(55)
            self._start_round(ahead)
            return True
        match self.step:
            case Step.PROPOSE:
                return self._prevote_new() or self._prevote_again() or self._await_precommits()
            case Step.PREVOTE:
                return (
                    self._precommit()
                    or self._precommit_nil()
                    or self._await_prevotes()
                    or self._await_precommits()
                )
            case Step.PRECOMMIT:
                return self._update_valid() or self._await_precommits()
            case Step.NEW_HEIGHT:
                return False

    def _prevote_new(self) -> bool:
        """Prevote the round's proposal of a new value (lines 22 to 27)."""
        proposal = self._first_proposal()
        if proposal is None or proposal.valid_round is not None:
            return False
        self._trace(22)
        lock = self.lock
        free = lock.locked_round is None or lock.locked_block == proposal.block_id
        self._prevote(proposal.block_id if proposal.valid and proposal.timely and free else None)
        return True

    def _prevote_again(self) -> bool:
        """Prevote a value proposed again, with the polka of its valid round (lines 28 to 33)."""
        proposal = self._first_proposal()
        if proposal is None or proposal.valid_round is None or proposal.valid_round >= self.round:
            return False
        if not self._votes.has_quorum(proposal.valid_round, VoteKind.PREVOTE, proposal.block_id):
            return False
        self._trace(28)
        lock = self.lock
        free = lock.locked_round is None or lock.locked_round <= proposal.valid_round
        free = free or lock.locked_block == proposal.block_id
        self._prevote(proposal.block_id if proposal.valid and free else None, proposal.valid_round)
        return True

    def _await_prevotes(self) -> bool:
        """Schedule the prevote timeout (lines 34 and 35)."""
        if not self._votes.has_any_quorum(self.round, VoteKind.PREVOTE) or not self._once(34):
            return False
        self._schedule(TimeoutKind.PREVOTE)
        return True

    def _precommit(self) -> bool:
        """Lock the round's proposal and precommit it, in the prevote step (lines 36 to 43)."""
        proposal = self._proposal_with_polka()
        if proposal is None or not self._once(36):
            return False
        self.lock = LockState(
            locked_round=self.round,
            locked_block=proposal.block_id,
            valid_round=self.round,
            valid_block=proposal.block_id,
        )
        self._precommit_for(proposal.block_id)
        return True

    def _update_valid(self) -> bool:
        """Update the valid value in the precommit step, too late to lock (lines 36, 42 and 43)."""
        proposal = self._proposal_with_polka()
        if proposal is None or not self._once(36):
            return False
        self._trace(42)
        self.lock = LockState(
            locked_round=self.lock.locked_round,
            locked_block=self.lock.locked_block,
            valid_round=self.round,
            valid_block=proposal.block_id,
        )
        return True

    def _precommit_nil(self) -> bool:
        """Precommit nil (lines 44 to 46)."""
        if not self._votes.has_quorum(self.round, VoteKind.PREVOTE, None):
            return False
        self._trace(44)
        self._precommit_for(None)
        return True

    def _await_precommits(self) -> bool:
        """Schedule the precommit timeout (lines 47 and 48)."""
        if not self._votes.has_any_quorum(self.round, VoteKind.PRECOMMIT) or not self._once(47):
            return False
        self._schedule(TimeoutKind.PRECOMMIT)
        return True

    # steps

    def _start(self) -> None:
        """Enter round 0 (line 10), or the place where an earlier life stopped."""
        if self.step is not Step.NEW_HEIGHT or self.decided is not None:
            return
        restored = self._restored
        if restored is None:
            self._trace(10)
            self._start_round(Round(0))
            return
        self.round, self.step, self.lock = restored.round, restored.step, restored.lock
        self._last_speech = (restored.round, restored.step)
        self._checked = self._state()
        assert_state(self._checked)
        self._outputs.append(RoundEntered(round=self.round))
        if self.step is Step.PROPOSE:
            self._schedule(TimeoutKind.PROPOSE)
        if self.lock.valid_round == self.round:
            self._applied.add((36, self.round))

    def _start_round(self, round_: Round) -> None:
        """Enter a round (lines 11 to 21). The proposer keeps the timeout too: its block may fail to be built
        or signed.
        """
        self._trace(11)
        self.round, self.step = round_, Step.PROPOSE
        self._awaited = None
        self._outputs.append(RoundEntered(round=round_))
        self._schedule(TimeoutKind.PROPOSE)
        if self._proposer(round_) != self._own_index:
            self._trace(21)
        elif self.lock.valid_block is not None:
            self._trace(16)
            self._propose(self.lock.valid_block, self.lock.valid_round)
        else:
            self._trace(18)
            self._awaited = round_
            self._outputs.append(GetValue(round=round_))

    def _timeout(self, kind: TimeoutKind, round_: Round) -> None:
        """Handle a timeout of the step in progress (lines 57 to 67)."""
        if round_ != self.round or self.decided is not None:
            return
        match kind:
            case TimeoutKind.PROPOSE if self.step is Step.PROPOSE:
                self._trace(57)
                self._prevote(None)
            case TimeoutKind.PREVOTE if self.step is Step.PREVOTE:
                self._trace(61)
                self._precommit_for(None)
            case TimeoutKind.PRECOMMIT if self.step is not Step.NEW_HEIGHT:
                self._trace(65)
                self._start_round(Round(self.round + 1))
            case _:
                return

    def _decide(self, certificate: CommitCertificate) -> None:
        """Decide a block (lines 49 to 54)."""
        if self.decided is None:
            self._trace(49)
            assert_certificate(certificate, self._height, self._validators)
            self.decided = certificate
            self._outputs.append(Decided(certificate=certificate))

    def _propose(self, block_id: BlockId, valid_round: Round | None) -> None:
        self._speak(Step.PROPOSE)
        self._outputs.append(
            SendProposal(round=self.round, valid_round=valid_round, block_id=block_id, lock=self.lock)
        )

    def _prevote(self, block_id: BlockId | None, valid_round: Round | None = None) -> None:
        """Prevote; ``valid_round``: that of the polka with which the value was proposed again."""
        assert_prevote(self.lock, block_id, valid_round)
        self.step = Step.PREVOTE
        self._say(VoteKind.PREVOTE, block_id)

    def _precommit_for(self, block_id: BlockId | None) -> None:
        assert_precommit(self.lock, self.round, block_id)
        self.step = Step.PRECOMMIT
        self._say(VoteKind.PRECOMMIT, block_id)

    def _say(self, kind: VoteKind, block_id: BlockId | None) -> None:
        if self._own_index is not None:
            self._speak(self.step)
            self._outputs.append(SendVote(kind=kind, round=self.round, block_id=block_id, lock=self.lock))

    def _speak(self, step: Step) -> None:
        position = (self.round, step)
        assert_speech(self._last_speech, position)
        self._last_speech = position

    def _schedule(self, kind: TimeoutKind) -> None:
        parameters = self._parameters
        base_ms, delta_ms = parameters.timeout_vote_ms, parameters.timeout_vote_delta_ms
        if kind is TimeoutKind.PROPOSE:
            base_ms, delta_ms = parameters.timeout_propose_ms, parameters.timeout_propose_delta_ms
        delay_ms = min(base_ms + delta_ms * self.round, parameters.timeout_cap_ms)
        self._outputs.append(ScheduleTimeout(kind=kind, round=self.round, delay_ms=delay_ms))

    # leaves

    def _once(self, line: int) -> bool:
        """Return whether a rule that applies "for the first time" in this round may apply now."""
        if (line, self.round) in self._applied:
            return False
        self._applied.add((line, self.round))
        self._trace(line)
        return True

    def _first_proposal(self) -> ProposalArrived | None:
        held = self._proposals.get(self.round)
        return held[0] if held else None

    def _proposal_with_polka(self) -> ProposalArrived | None:
        for proposal in self._proposals.get(self.round, ()):
            if proposal.valid and self._votes.has_quorum(self.round, VoteKind.PREVOTE, proposal.block_id):
                return proposal
        return None
