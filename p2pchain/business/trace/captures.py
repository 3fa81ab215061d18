"""Captures: the events of a file as one root; and errors that their owner declares in them.

Records (keys after ``trace/``): ``capture/<org>/<root>`` → ``[count, first_ms, last_ms, height]``;
``error/<org>/<event>`` → ``[reason, corrective | null, height]``. The events themselves stay with whoever
captured them: the root says that they were there at that height, unchanged (RFC 6962 §2.1, over the 32 bytes
of each event's hash).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.business.trace.fields import COUNT_MAX, ERRORS, PATH_MAX, ROOT
from p2pchain.business.trace.refusals import (
    CaptureUnknown,
    ErrorForeign,
    EventNotCaptured,
    EventOrder,
    ThingDuplicate,
)
from p2pchain.business.trace.things import event_time, tracer_org
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Array, Choice, Hash, Integer, Moment, Optional, Organisation
from p2pchain.ledger.meter import ENTRY
from p2pchain.model.errors import Fact, Invalid
from p2pchain.proofs.merkle import verify_inclusion

CAPTURE_PREFIX: Final = b"capture/"
ERROR_PREFIX: Final = b"error/"
COUNT: Final = Integer(low=1, high=COUNT_MAX, unit="events", help="how many events")
INDEX: Final = Integer(high=COUNT_MAX, help="place of the event among them, from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The events of a file."""

    root: Annotated[bytes, ROOT, Entry(is_made=True)]
    count: Annotated[int, COUNT, Entry(is_made=True)]
    first_ms: Annotated[int, Moment(help="time of the first event"), Entry(is_made=True)]
    last_ms: Annotated[int, Moment(help="time of the last event"), Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareError:
    """An event of one's own that was captured is wrong (EPCIS 2.0 §7.4.1.3)."""

    captured_by: Annotated[str, Organisation(help="who captured it"), Entry(is_own_organisation=True)]
    root: Annotated[bytes, ROOT, Entry(is_made=True)]
    event: Annotated[bytes, Hash(help="hash of the event"), Entry(is_made=True)]
    index: Annotated[int, INDEX, Entry(is_made=True)]
    path: Annotated[
        tuple[bytes, ...],
        Array(inner=Hash(), most=PATH_MAX, is_distinct=False, help="its way to the root"),
        Entry(is_made=True),
    ]
    reason: Annotated[str, Choice(words=ERRORS, help="what is wrong")]
    corrective: Annotated[bytes | None, Optional(inner=Hash(), help="hash of the event that corrects it")]


def capture(context: Context, message: Capture) -> None:
    """Record the root of a file's events. ``AUTH_ROLE``, ``TRC_TIME_ORDER``, ``TRC_DUPLICATE``."""
    org = tracer_org(context)
    event_time(context, message.last_ms)
    if message.first_ms > message.last_ms:
        raise EventOrder({"time_ms": message.last_ms, "last_ms": message.first_ms})
    key = CAPTURE_PREFIX + org.encode() + b"/" + message.root
    if context.get(key) is not None:
        raise ThingDuplicate({"root": message.root.hex()})
    context.put(key, (message.count, message.first_ms, message.last_ms, context.height))
    context.emit("captured", (message.root, org, message.count, message.first_ms, message.last_ms))


def declare_error(context: Context, message: DeclareError) -> None:
    """Declare an error in an event of one's own; nothing is erased. ``AUTH_ROLE``, ``TRC_ERROR_FOREIGN``,
    ``TRC_CAPTURE_UNKNOWN``, ``TRC_EVENT``, ``TRC_DUPLICATE``.
    """
    org = tracer_org(context)
    if message.captured_by != org:
        raise ErrorForeign({"root": message.root.hex(), "captured_by": message.captured_by})
    record = context.get(CAPTURE_PREFIX + org.encode() + b"/" + message.root)
    if record is None:
        raise CaptureUnknown({"root": message.root.hex()})
    count = record[0]
    assert isinstance(count, int), f"capture record {record!r}"
    context.meter.spend(ENTRY * (1 + len(message.path)))
    try:
        verify_inclusion(message.root, message.event, message.index, count, message.path)
    except Invalid:
        facts: dict[str, Fact] = {
            "root": message.root.hex(),
            "event": message.event.hex(),
            "index": message.index,
        }
        raise EventNotCaptured(facts) from None
    key = ERROR_PREFIX + org.encode() + b"/" + message.event
    if context.get(key) is not None:
        raise ThingDuplicate({"root": message.root.hex(), "event": message.event.hex()})
    context.put(key, (message.reason, message.corrective, context.height))
    context.emit("error_declared", (message.event, org, message.root, message.reason, message.corrective))
