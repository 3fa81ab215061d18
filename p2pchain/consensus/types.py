"""Inputs and outputs of the voting algorithm for one height; the algorithm itself knows values only by their
id.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from p2pchain.model.ids import BlockId, Round
from p2pchain.model.safety import LockState
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind


class Step(IntEnum):
    """Step of a round; NEW_HEIGHT lies before the first round (waiting for something to decide on)."""

    NEW_HEIGHT = 0
    PROPOSE = 1
    PREVOTE = 2
    PRECOMMIT = 3


class TimeoutKind(IntEnum):
    """The three timeouts of the paper (lines 57, 61, 65)."""

    PROPOSE = 1
    PREVOTE = 2
    PRECOMMIT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Position of a validator when it stopped: the last message that it signed at this height, and its locks.

    ``step`` is the step of the last signed message: PROPOSE after an own proposal, PREVOTE after a prevote,
    PRECOMMIT after a precommit. The own signed messages themselves are fed in again as arrivals.
    """

    round: Round
    step: Step
    lock: LockState


# Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Enter round 0, or the restored round and step. Ignored when started already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueBuilt:
    """Answer to ``GetValue``: a new valid block exists for the round. Ignored when the round or step has
    passed.
    """

    round: Round
    block_id: BlockId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalArrived:
    """A proposal signed by the proposer of its round, whose block is here in full and was judged.

    ``valid``: the block may be decided at this height. ``timely``: its time lies within the bounds of
    proposer-based timestamps; it matters only where ``valid_round`` is None.
    """

    round: Round
    valid_round: Round | None
    block_id: BlockId
    valid: bool
    timely: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteArrived:
    """A vote of this height whose signature holds (own votes too)."""

    vote: Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class PolkaArrived:
    """A polka certificate of this height that was verified; counts as one input, whatever single votes are
    known.
    """

    polka: PolkaCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitArrived:
    """A commit certificate of this height that was verified."""

    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutElapsed:
    """A timeout that ``ScheduleTimeout`` asked for."""

    kind: TimeoutKind
    round: Round


Input = Start | ValueBuilt | ProposalArrived | VoteArrived | PolkaArrived | CommitArrived | TimeoutElapsed


# Outputs, to be carried out in order


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEntered:
    """A new round began (line 11)."""

    round: Round


@dataclass(frozen=True, slots=True, kw_only=True)
class GetValue:
    """Build a block for this round and answer with ``ValueBuilt`` (line 18)."""

    round: Round


@dataclass(frozen=True, slots=True, kw_only=True)
class SendProposal:
    """Sign and broadcast a proposal (line 19)."""

    round: Round
    valid_round: Round | None
    block_id: BlockId
    lock: LockState


@dataclass(frozen=True, slots=True, kw_only=True)
class SendVote:
    """Sign and broadcast a vote; None is nil. ``lock`` is to be durable with it."""

    kind: VoteKind
    round: Round
    block_id: BlockId | None
    lock: LockState


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTimeout:
    """Answer with ``TimeoutElapsed`` after so long."""

    kind: TimeoutKind
    round: Round
    delay_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A quorum of precommits for one block in any round (line 49); said once. The block itself may still be
    missing.
    """

    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivocated:
    """One validator signed two different votes for one round and kind."""

    first: Vote
    second: Vote


Output = RoundEntered | GetValue | SendProposal | SendVote | ScheduleTimeout | Decided | Equivocated
