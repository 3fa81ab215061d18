"""The guard of metered hours: one slot of a metering point is issued once, whichever registry asks.

Time is cut into slots of five minutes, the shortest settlement period in use (Australia's; Europe has a
quarter of an hour). Of each metering point and day in UTC one record says which slots are taken, and by which
ledger: by this one where certificates were issued here, or by the one from which a certificate of that time
came in. The slots of a day are one number of 288 bits, the first slot the highest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from p2pchain.business.certificate.calendar import DAY_MS
from p2pchain.business.certificate.refusals import PeriodFuture, PeriodInvalid, PeriodIssued
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact

HOURS: Final = b"hours/"
SLOT_MS: Final = 300_000
SLOTS: Final = 288
"""Slots of a day."""
SLOT_BYTES: Final = 36
PERIOD_DAYS_MAX: Final = 32
"""Most days of one period: a month of 31, at any offset from UTC."""
LAST_MS: Final = 4_102_444_800_000
"""No period lies beyond 2100-01-01."""
_ALL: Final = (1 << SLOTS) - 1


def require_period(start_ms: int, end_ms: int, time_ms: int) -> None:
    """``CRT_PERIOD_INVALID`` off the grid or too long, ``CRT_PERIOD_FUTURE`` before it is over."""
    facts: dict[str, Fact] = {"start_ms": start_ms, "end_ms": end_ms}
    if not 0 <= start_ms < end_ms <= LAST_MS:
        raise PeriodInvalid({**facts, "reason": "order"})
    if start_ms % SLOT_MS or end_ms % SLOT_MS:
        raise PeriodInvalid({**facts, "reason": "grid"})
    if (end_ms - 1) // DAY_MS - start_ms // DAY_MS >= PERIOD_DAYS_MAX:
        raise PeriodInvalid({**facts, "reason": "length"})
    if end_ms > time_ms:
        raise PeriodFuture({"end_ms": end_ms, "time_ms": time_ms})


def take_hours(context: Context, device: bytes, start_ms: int, end_ms: int, ledger: str | None) -> None:
    """Mark a period as issued by a ledger, None for this one. ``CRT_PERIOD_ISSUED`` where a slot was issued
    by another, or by this one before. Pieces of one period come in from another ledger one by one.
    """
    for day, slots in _days(start_ms, end_ms):
        context.meter.stepped()
        key = hours_key(device, day)
        rows = context.get(key) or ()
        held = 0
        others: list[Record] = []
        for by, taken in _rows(rows):
            if by == ledger:
                held = taken
            else:
                others.append((by, taken.to_bytes(SLOT_BYTES, "big")))
            if taken & slots and (ledger is None or by != ledger):
                facts: dict[str, Fact] = {"device": device.hex(), "day": day, "ledger": by}
                raise PeriodIssued({**facts, "start_ms": start_ms, "end_ms": end_ms})
        if held | slots != held:
            context.put(key, (*others, (ledger, (held | slots).to_bytes(SLOT_BYTES, "big"))))


def free_hours(context: Context, device: bytes, start_ms: int, end_ms: int) -> None:
    """Open a period again that was issued here."""
    for day, slots in _days(start_ms, end_ms):
        context.meter.stepped()
        key = hours_key(device, day)
        rows = [
            (by, taken if by is not None else taken & ~slots) for by, taken in _rows(context.get(key) or ())
        ]
        left = tuple((by, taken.to_bytes(SLOT_BYTES, "big")) for by, taken in rows if taken)
        if left:
            context.put(key, left)
        else:
            context.delete(key)


def taken_slots(view: View, device: bytes, day: int) -> int:
    """The slots of a day that are taken, as one number."""
    slots = 0
    for _, taken in _rows(view.get(hours_key(device, day)) or ()):
        slots |= taken
    return slots


def hours_key(device: bytes, day: int) -> bytes:
    """Return the state key of the slots of a metering point's day."""
    return HOURS + device + b"/" + day.to_bytes(3, "big")


def _days(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """The days of a period, each with its slots."""
    first, beyond = start_ms // DAY_MS, (end_ms - 1) // DAY_MS + 1
    for day in range(first, min(beyond, first + PERIOD_DAYS_MAX)):
        low = max(start_ms - day * DAY_MS, 0) // SLOT_MS
        high = min(end_ms - day * DAY_MS, DAY_MS) // SLOT_MS
        yield day, (_ALL >> low) ^ (_ALL >> high)


def _rows(record: Record) -> Iterator[tuple[str | None, int]]:
    for row in record:
        match row:
            case (None | str() as by, bytes(taken)):
                yield by, int.from_bytes(taken, "big")
            case _:
                raise AssertionError(f"hours record {record!r}")
