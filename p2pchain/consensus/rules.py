"""The rules of the paper, one transition each: (state, event) to (new state, what to do).

The algorithm is Tendermint as in "The latest gossip on BFT consensus" (arXiv 1807.04938, Algorithm 1), for one height.
A state is where a validator stands: its round and step, its lock, and which timeouts of the round it has asked for. An
event is a condition that ``height.py`` found to hold over the messages kept (a proposal with its polka, prevotes of a
quorum), or an input that the rules take as it is. The comment at the end of a line names the line of the paper that it
carries out; a test shows that each of them is reached.

    new height --L10--> propose --L22, L28, L57--> prevote --L36, L44, L61--> precommit
                           ^                                                      |
                           +------------- L55, L65: a later round ----------------+   (L55, L65 leave from any step)

Four things differ from the paper's text, and none from what it proves:
- ``getValue`` may take a while, so it is an output answered by ``ValueBuilt``;
- the proposer, too, schedules the timeout of L21, for a value that is never built, or a polka that was lost with a
  crash, must not hold it for ever;
- ``valid(v)`` of a new proposal includes that its time is near (proposer-based timestamps);
- L49 decides on the certificate alone: whoever carries out ``Decided`` may still lack the block, or find it invalid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from p2pchain.consensus.types import (
    GetValue,
    Output,
    RoundEntered,
    ScheduleTimeout,
    SendProposal,
    SendVote,
    Step,
    TimeoutElapsed,
    TimeoutKind,
    ValueBuilt,
)
from p2pchain.model.ids import BlockId, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import LockState
from p2pchain.model.voting import VoteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a validator stands (lines 1-9). ``resumes``: round and step come from an earlier life."""

    round: Round
    step: Step
    lock: LockState
    resumes: Step | None
    awaits_value: bool = False
    prevote_timeout_asked: bool = False
    precommit_timeout_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who we are at this height. ``own_index`` is None for an observer: it takes every step and says nothing."""

    own_index: int | None
    proposer: Callable[[Round], int]
    parameters: Parameters

    def proposes(self, round_: Round) -> bool:
        """Whether the round is ours to propose (line 14)."""
        return self.own_index is not None and self.proposer(round_) == self.own_index


# Events: conditions that hold over the messages kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The height begins (line 10), or goes on where an earlier life stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """The round's proposal is a new value (line 22). ``acceptable``: valid, and its time is near."""

    block_id: BlockId
    acceptable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalWithPolka:
    """The round's proposal was valid in ``valid_round``, an earlier round whose polka for it is here (line 28)."""

    block_id: BlockId
    valid_round: Round
    valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevotesAny:
    """Prevotes of a quorum in this round, for whatever (line 34)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolkaOfProposal:
    """Prevotes of a quorum in this round for a valid proposal of this round (line 36)."""

    block_id: BlockId


@dataclass(frozen=True, slots=True, kw_only=True)
class PolkaOfNil:
    """Prevotes of a quorum in this round for nil (line 44)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecommitsAny:
    """Precommits of a quorum in this round, for whatever (line 47)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSkip:
    """More than a third of the power spoke in a later round (line 55)."""

    round: Round


Event = (
    Begun
    | NewProposal
    | ProposalWithPolka
    | PrevotesAny
    | PolkaOfProposal
    | PolkaOfNil
    | PrecommitsAny
    | RoundSkip
    | ValueBuilt
    | TimeoutElapsed
)

Transition = tuple[State, tuple[Output, ...]]


def transition(state: State, event: Event, seat: Seat) -> Transition:
    """Carry out the rule that ``event`` enables; an event that no rule of this step takes changes nothing."""
    match state.step, event:
        case Step.NEW_HEIGHT, Begun() if state.resumes is None:
            return _start_round(state, state.round, seat)  # L10
        case Step.NEW_HEIGHT, Begun():
            return _resume(state, seat)
        case Step.NEW_HEIGHT, _:
            return state, ()
        case Step.PROPOSE, ValueBuilt(round=state.round, block_id=block_id) if state.awaits_value:
            return _send_proposal(replace(state, awaits_value=False), None, block_id)  # L18
        case Step.PROPOSE, NewProposal(block_id=block_id, acceptable=acceptable):
            return _take_new(state, block_id, acceptable, seat)  # L22
        case Step.PROPOSE, ProposalWithPolka(block_id=block_id, valid_round=valid_round, valid=valid):
            return _take_again(state, block_id, valid_round, valid, seat)  # L28
        case Step.PREVOTE, PrevotesAny() if not state.prevote_timeout_asked:
            asked = replace(state, prevote_timeout_asked=True)  # L34
            return asked, (_timeout(TimeoutKind.PREVOTE, state.round, seat),)  # L35
        case ((Step.PREVOTE | Step.PRECOMMIT), PolkaOfProposal(block_id=block_id)):
            return _take_polka(state, block_id, seat)  # L36
        case Step.PREVOTE, PolkaOfNil():
            return _precommit(state, None, seat)  # L44 L45 L46
        case _, PrecommitsAny() if not state.precommit_timeout_asked:
            asked = replace(state, precommit_timeout_asked=True)  # L47
            return asked, (_timeout(TimeoutKind.PRECOMMIT, state.round, seat),)  # L48
        case _, RoundSkip(round=round_) if round_ > state.round:
            return _start_round(state, round_, seat)  # L55 L56
        case Step.PROPOSE, TimeoutElapsed(kind=TimeoutKind.PROPOSE, round=state.round):
            return _prevote(state, None, seat)  # L57 L58 L59 L60
        case Step.PREVOTE, TimeoutElapsed(kind=TimeoutKind.PREVOTE, round=state.round):
            return _precommit(state, None, seat)  # L61 L62 L63 L64
        case _, TimeoutElapsed(kind=TimeoutKind.PRECOMMIT, round=state.round):
            return _start_round(state, Round(state.round + 1), seat)  # L65 L66 L67
        case _:
            return state, ()


def timeout_ms(parameters: Parameters, kind: TimeoutKind, round_: Round) -> int:
    """How long a round's timeout lasts: linear in the round, and capped."""
    if kind is TimeoutKind.PROPOSE:
        wanted_ms = parameters.timeout_propose_ms + parameters.timeout_propose_delta_ms * round_
    else:
        wanted_ms = parameters.timeout_vote_ms + parameters.timeout_vote_delta_ms * round_
    return min(wanted_ms, parameters.timeout_cap_ms)


def _start_round(state: State, round_: Round, seat: Seat) -> Transition:
    entered: tuple[Output, ...] = (
        RoundEntered(round=round_),  # L11
        _timeout(TimeoutKind.PROPOSE, round_, seat),  # L20 L21
    )
    fresh = State(round=round_, step=Step.PROPOSE, lock=state.lock, resumes=None)  # L12 L13
    if not seat.proposes(round_):  # L14
        return fresh, entered
    lock = state.lock
    if lock.valid_block is not None:  # L15
        after, outputs = _send_proposal(fresh, lock.valid_round, lock.valid_block)  # L16
    else:
        after, outputs = replace(fresh, awaits_value=True), (GetValue(round=round_),)  # L17 L18
    return after, entered + outputs


def _resume(state: State, seat: Seat) -> Transition:
    """Enter the restored round at the restored step: what was signed there is not signed again, later steps may be."""
    assert state.resumes is not None, "only a restored state resumes"
    entered: tuple[Output, ...] = (RoundEntered(round=state.round),)
    if state.resumes is Step.PROPOSE:
        entered += (_timeout(TimeoutKind.PROPOSE, state.round, seat),)
    return replace(state, step=state.resumes, resumes=None), entered


def _send_proposal(state: State, valid_round: Round | None, block_id: BlockId) -> Transition:
    proposal = SendProposal(round=state.round, valid_round=valid_round, block_id=block_id, lock=state.lock)
    return state, (proposal,)  # L19


def _take_new(state: State, block_id: BlockId, acceptable: bool, seat: Seat) -> Transition:
    lock = state.lock
    if acceptable and (lock.locked_round is None or lock.locked_block == block_id):  # L23
        return _prevote(state, block_id, seat)  # L24 L27
    return _prevote(state, None, seat)  # L25 L26 L27


def _take_again(state: State, block_id: BlockId, valid_round: Round, valid: bool, seat: Seat) -> Transition:
    lock = state.lock
    unlocked = lock.locked_round is None or lock.locked_round <= valid_round
    if valid and (unlocked or lock.locked_block == block_id):  # L29
        return _prevote(state, block_id, seat)  # L30 L33
    return _prevote(state, None, seat)  # L31 L32 L33


def _take_polka(state: State, block_id: BlockId, seat: Seat) -> Transition:
    valid = replace(state.lock, valid_round=state.round, valid_block=block_id)  # L42 L43
    if state.step is not Step.PREVOTE:  # L37
        return replace(state, lock=valid), ()
    locked = replace(valid, locked_round=state.round, locked_block=block_id)  # L38 L39
    return _precommit(replace(state, lock=locked), block_id, seat)  # L40 L41


def _prevote(state: State, block_id: BlockId | None, seat: Seat) -> Transition:
    return replace(state, step=Step.PREVOTE), _say(VoteKind.PREVOTE, state, block_id, seat)


def _precommit(state: State, block_id: BlockId | None, seat: Seat) -> Transition:
    return replace(state, step=Step.PRECOMMIT), _say(VoteKind.PRECOMMIT, state, block_id, seat)


def _say(kind: VoteKind, state: State, block_id: BlockId | None, seat: Seat) -> tuple[Output, ...]:
    if seat.own_index is None:
        return ()
    return (SendVote(kind=kind, round=state.round, block_id=block_id, lock=state.lock),)


def _timeout(kind: TimeoutKind, round_: Round, seat: Seat) -> ScheduleTimeout:
    return ScheduleTimeout(kind=kind, round=round_, delay_ms=timeout_ms(seat.parameters, kind, round_))
