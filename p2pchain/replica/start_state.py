"""Initial state of a replica, as the node read it from its own disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from p2pchain.consensus.types import Restored, Step
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import FinalHeader
from p2pchain.model.ids import GENESIS_HEIGHT, BlockId, Height
from p2pchain.model.safety import SafetyRecord
from p2pchain.replica.blocks import Tip


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """State that the node read from its own disk, where a replica begins.

    ``records``: what it signed above the tip; ``signed_to``: the highest height at which it signed, 0 for
    none; ``floor``: it signs nothing at this height or below, for what its key said there is not known here.
    """

    tip: Tip
    records: tuple[SafetyRecord, ...]
    signed_to: Height = GENESIS_HEIGHT
    floor: Height = GENESIS_HEIGHT


def origin_of(
    genesis_id: BlockId,
    genesis_time_ms: int,
    ledger: Ledger,
    last: FinalHeader | None,
    records: Iterable[SafetyRecord],
    floor: Height = GENESIS_HEIGHT,
) -> Origin:
    """Make the origin: ``last`` is that of the newest block, None at genesis; ``ledger`` stands at it;
    ``records``: all of the safety log.
    """
    if last is None:
        tip = Tip(
            height=GENESIS_HEIGHT,
            block_id=genesis_id,
            time_ms=genesis_time_ms,
            certificate=None,
            validators=ledger.validators,
        )
    else:
        height = last.header.height
        tip = Tip(
            height=height,
            block_id=last.certificate.block_id,
            time_ms=last.header.time_ms,
            certificate=last.certificate,
            validators=ledger.validators_at(height),
        )
    every = tuple(records)
    return Origin(
        tip=tip,
        records=tuple(record for record in every if record.height > tip.height),
        signed_to=max((record.height for record in every), default=GENESIS_HEIGHT),
        floor=floor,
    )


_STEP_OF = (Step.PROPOSE, Step.PREVOTE, Step.PRECOMMIT)


def restored_from(records: tuple[SafetyRecord, ...]) -> Restored | None:
    """Return the position where the voting goes on, from the messages signed at the height in progress; None
    where none were.
    """
    if not records:
        return None
    last = max(records, key=lambda record: (record.round, record.step))
    return Restored(round=last.round, step=_STEP_OF[last.step], lock=last.lock)
