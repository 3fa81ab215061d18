"""What a safety log keeps of what the replica wants signed."""

from __future__ import annotations

from p2pchain.codec.safety import position_of
from p2pchain.model.ids import Height, Round
from p2pchain.model.safety import SafetyRecord
from p2pchain.replica.effects import SignProposal, SignVote
from tests.unit.replica.replica_world import signed


def record_of(effect: SignVote | SignProposal) -> SafetyRecord:
    """What the safety log keeps of it."""
    message = signed(effect)
    height, round_, step = position_of(message)
    return SafetyRecord(
        height=Height(height),
        round=Round(round_),
        step=step,
        lock=effect.lock,
        message=message,
        block=effect.block,
        polka=effect.polka,
    )
