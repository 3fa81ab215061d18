"""Records that a validator writes before it votes: no crash makes it contradict itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from p2pchain.model.chain import Block
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.voting import PolkaCertificate, Proposal, Vote


class SignedStep(IntEnum):
    """Messages of a round that may be signed; within a round they can only grow."""

    PROPOSAL = 0
    PREVOTE = 1
    PRECOMMIT = 2


Position = tuple[int, int, SignedStep]
"""Height, round and step of a signed message; positions compare in this order, and those of one key grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockState:
    """Locked and valid round and value of the algorithm (arXiv 1807.04938, lines 1-9); None stands for -1 and
    nil.
    """

    locked_round: Round | None
    locked_block: BlockId | None
    valid_round: Round | None
    valid_block: BlockId | None


NO_LOCK = LockState(locked_round=None, locked_block=None, valid_round=None, valid_block=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRecord:
    """One signed message with the state that goes with it.

    ``block`` is the whole block of an own proposal, or of the lock's valid value where no earlier record has
    it: if every node dies at once, what they are locked on, or would propose again, must still exist
    somewhere. ``polka`` is that of ``lock.valid_round`` where no earlier record has it: an equivocator's
    prevote in it may never come again as a single vote, and without its polka a lock convinces nobody, not
    even its holder (line 28).
    """

    height: Height
    round: Round
    step: SignedStep
    lock: LockState
    message: Proposal | Vote
    block: Block | None
    polka: PolkaCertificate | None
