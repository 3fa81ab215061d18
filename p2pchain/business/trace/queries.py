"""Questions to the traced goods: where a thing is, who holds a lot and what was made of it, captures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from p2pchain.business.trace.bringing_in import PREFIXES
from p2pchain.business.trace.captures import CAPTURE_PREFIX, ERROR_PREFIX
from p2pchain.business.trace.lots import (
    HELD_PREFIX,
    LOT_PREFIX,
    MADE_PREFIX,
    RECALL_PREFIX,
    Lot,
    find_lot,
    marks_of,
    require_lot,
)
from p2pchain.business.trace.refusals import CaptureUnknown, ThingUnknown
from p2pchain.business.trace.things import (
    LEVELS_MAX,
    THING_PREFIX,
    Thing,
    find_thing,
    inside_of,
    packed_in,
    require_thing,
    thing_of,
)
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

PAGE_DEFAULT = 50
PAGE_MAX = 500
SCANNED_MAX = 10_000
"""Most things that one call of ``list`` looks at; ``next`` goes on where it stopped."""
LOTS_MAX = 1_000
"""Most lots made of a lot that one call of ``who_holds`` goes through; ``complete`` is false beyond."""
STATE_PREFIX = b"trace/"
HOLDERS_MAX = 10_000
"""Most rows of one answer of ``who_holds``."""


def answer_where(view: View, args: Mapping[str, Value]) -> Json:
    """One thing, with the custodian of its outermost container, or ``TRC_UNKNOWN``."""
    return thing_json(view, require_thing(view, _octets(args, "thing")))


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"things": [...], "next": id | null}``: a page in the order of the ids; ``custodian``, ``lot``: only
    those.
    """
    after, limit = args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    page: list[Json] = []
    last: str | None = None
    for scanned, thing in enumerate(_walk_things(view, after)):
        if len(page) == most or scanned == SCANNED_MAX:
            return {"things": page, "next": last}
        last = thing.key.hex()
        if args["lot"] in (None, thing.lot) and (
            args["custodian"] is None or args["custodian"] == outermost(view, thing).custodian
        ):
            page.append(thing_json(view, thing))
    return {"things": page, "next": None}


def answer_lot(view: View, args: Mapping[str, Value]) -> Json:
    """A lot, what it is made of, and its recalls and those of its ancestors; or ``TRC_LOT_UNKNOWN``."""
    lot = require_lot(view, _octets(args, "lot"))
    marks = [(source, mark) for source in (lot.key, *lot.ancestors) for mark in marks_of(view, source)]
    return {
        "lot": lot.key.hex(),
        "maker": lot.maker,
        "ancestors": [ancestor.hex() for ancestor in lot.ancestors],
        "is_recalled": bool(marks),
        "recalls": [
            {
                "recalled": source.hex(),
                "by": mark.org,
                "reason": mark.reason,
                "returns": mark.returns,
                "height": mark.height,
            }
            for source, mark in marks
        ],
        "state_key": state_key(LOT_PREFIX + lot.key),
        "recall_key": state_key(RECALL_PREFIX + lot.key),
    }


def answer_who_holds(view: View, args: Mapping[str, Value]) -> Json:
    """``{"complete", "holders": [...]}``: who has how many things of a lot in custody, and of all lots that
    were made of it; or ``TRC_LOT_UNKNOWN``.
    """
    first = require_lot(view, _octets(args, "lot"))
    lots: dict[bytes, None] = {first.key: None}
    queue = [first.key]
    rows: list[Json] = []
    complete = True
    while queue:
        view.meter.stepped()
        lot = queue.pop(0)
        for key, record in view.walk(HELD_PREFIX + lot + b"/"):
            org = key[len(HELD_PREFIX) + HASH_BYTES + 1 :].decode()
            rows.append({"lot": lot.hex(), "custodian": org, "things": record[0]})
        for key, _ in view.walk(MADE_PREFIX + lot + b"/"):
            made = key[-HASH_BYTES:]
            if made not in lots and len(lots) < LOTS_MAX:
                lots[made] = None
                queue.append(made)
            complete = complete and made in lots
        if len(rows) >= HOLDERS_MAX:
            return {"complete": complete and not queue, "holders": rows[:HOLDERS_MAX]}
    return {"complete": complete, "holders": rows}


def answer_prefixes(view: View, args: Mapping[str, Value]) -> Json:
    """``{"prefixes": [...], "next": prefix | null}``: who speaks for which company prefix."""
    after, limit = args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    begin = None if after is None else PREFIXES + str(after).encode()
    page: list[Json] = []
    for key, record in view.walk(PREFIXES, begin):
        if len(page) == most:
            return {"prefixes": page, "next": page[-1]["prefix"]}
        page.append({"prefix": key[len(PREFIXES) :].decode(), "org": record[0]})
    return {"prefixes": page, "next": None}


def answer_capture(view: View, args: Mapping[str, Value]) -> Json:
    """One capture, or ``TRC_CAPTURE_UNKNOWN``."""
    root, org = _octets(args, "root"), args["captured_by"]
    assert isinstance(org, str), "the field takes text"
    record = view.get(CAPTURE_PREFIX + org.encode() + b"/" + root)
    if record is None:
        raise CaptureUnknown({"root": root.hex()})
    count, first_ms, last_ms, height = record
    return {
        "root": root.hex(),
        "captured_by": org,
        "count": count,
        "first_ms": first_ms,
        "last_ms": last_ms,
        "height": height,
        "state_key": state_key(CAPTURE_PREFIX + org.encode() + b"/" + root),
    }


def answer_error(view: View, args: Mapping[str, Value]) -> Json:
    """Answer whether an organisation declared an error in an event."""
    event, org = _octets(args, "event"), args["captured_by"]
    assert isinstance(org, str), "the field takes text"
    record = view.get(ERROR_PREFIX + org.encode() + b"/" + event)
    reason, corrective, height = (None, None, None) if record is None else record
    return {
        "event": event.hex(),
        "captured_by": org,
        "declared": record is not None,
        "reason": reason,
        "corrective": corrective.hex() if isinstance(corrective, bytes) else None,
        "height": height,
    }


def thing_json(view: View, thing: Thing) -> Json:
    """Fields of a thing; custody is that of the outermost container it is packed in."""
    outer = outermost(view, thing)
    return {
        "thing": thing.key.hex(),
        "custodian": outer.custodian,
        "to": outer.to,
        "parent": _hex(thing.parent),
        "outermost": None if outer is thing else outer.key.hex(),
        "ended": thing.ended,
        "lot": _hex(thing.lot),
        "is_recalled": _is_recalled(view, thing),
        "quantity": thing.quantity,
        "unit": thing.unit,
        "claim": thing.claim,
        "children": thing.children,
        "lots_inside": len(packed_in(view, thing.key)),
        "time_ms": thing.time_ms,
        "state_key": state_key(THING_PREFIX + thing.key),
    }


def state_key(key: bytes) -> str:
    """A key of this module as ``proof get --hex`` takes it."""
    return (STATE_PREFIX + key).hex()


def outermost(view: View, thing: Thing) -> Thing:
    """The container that is packed in no other; the thing itself where it is not packed."""
    for _ in range(LEVELS_MAX):
        if thing.parent is None:
            return thing
        outer = find_thing(view, thing.parent)
        if outer is None:
            raise ThingUnknown({"thing": thing.parent.hex()})
        thing = outer
    return thing


def _is_recalled(view: View, thing: Thing) -> bool:
    """Test whether a recall would stop the shipping."""
    for key in inside_of(view, thing):
        lot = find_lot(view, key)
        if lot is not None and any(marks_of(view, source) for source in _with_ancestors(lot)):
            return True
    return False


def _with_ancestors(lot: Lot) -> tuple[bytes, ...]:
    return lot.key, *lot.ancestors


def _walk_things(view: View, after: Value) -> Iterator[Thing]:
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    for key, record in view.walk(THING_PREFIX, None if after is None else THING_PREFIX + after):
        yield thing_of(key[len(THING_PREFIX) :], record)


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _octets(args: Mapping[str, Value], name: str) -> bytes:
    value = args[name]
    assert isinstance(value, bytes), "the field takes bytes"
    return value
