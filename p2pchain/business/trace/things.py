"""A traced thing: a package, pallet or heap of goods that one organisation at a time has in custody.

Records (keys after ``trace/``; ids are 32 bytes):
``thing/<id>`` → the fields of ``Thing`` in their order, but for the id (``key``), for ever: a name that was
destroyed or used up does not come back;
``inside/<id>`` → ``[[lot, things], ...]``: what a container holds, by lot;
``prefix/<text>`` → ``[org]``: who speaks for a company prefix.

Whatever is packed moves with the outermost container: only the container's record changes, and ``custodian``
of what is within counts again once it is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.trace.fields import (
    CLAIM,
    ENDS,
    LOT,
    LOT_OR_NONE,
    QUANTITY,
    THING,
    THINGS_MAX,
    TRACER,
    UNIT,
)
from p2pchain.business.trace.refusals import (
    EventOrder,
    NotCustodian,
    ThingEnded,
    ThingInTransit,
    ThingPacked,
    ThingUnknown,
)
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Array, Choice, Integer, Moment, Optional, Organisation, Row
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

THING_PREFIX: Final = b"thing/"
INSIDE_PREFIX: Final = b"inside/"
LEVELS_MAX: Final = 8
"""Most containers that lie in one another, the outermost counted."""
LOTS_INSIDE_MAX: Final = 32
"""Most lots of which a container holds something."""
CHILDREN_MAX: Final = 2**31
AHEAD_MS: Final = 60_000
"""How far the clock of a plant may be ahead of the chain."""
INSIDE_ROWS: Final = Array(
    inner=Row(columns=(("lot", LOT), ("things", Integer(low=1, high=CHILDREN_MAX, unit="things")))),
    most=LOTS_INSIDE_MAX,
    help="how many things of each lot are within",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing.

    ``to``: on its way to this organisation, which has not received it yet; the sender has custody until
    then. ``parent``: what it is packed in. ``ended``: destroyed or used up. ``lot``: None for a mere
    container. ``quantity``: what is left of it, in thousandths of ``unit``. ``claim``: who certified it.
    ``children``: things packed in it; ``level``: how many containers lie in one another within it.
    ``time_ms``: of its last event.
    """

    key: Annotated[bytes, THING]
    custodian: Annotated[OrgId, Organisation(help="who has it in custody")]
    to: Annotated[OrgId | None, Optional(inner=Organisation(help="to whom it is on its way"))]
    parent: Annotated[bytes | None, Optional(inner=THING, help="what it is packed in")]
    ended: Annotated[str | None, Optional(inner=Choice(words=ENDS, help="how it ended"))]
    lot: Annotated[bytes | None, LOT_OR_NONE]
    quantity: Annotated[int, QUANTITY]
    unit: Annotated[str, UNIT]
    claim: Annotated[OrgId | None, CLAIM]
    children: Annotated[int, Integer(high=CHILDREN_MAX, unit="things", help="packed in it")]
    level: Annotated[int, Integer(high=LEVELS_MAX, unit="levels", help="containers within one another")]
    time_ms: Annotated[int, Moment(help="time of its last event")]


Inside = dict[bytes, int]
"""By lot: how many things of it lie in a container."""
_VALUES: Final = attrgetter(*(item.name for item in fields(Thing) if item.name != "key"))
_NAMES: Final = tuple(item.name for item in fields(Thing) if item.name != "key")


def find_thing(view: View, key: bytes) -> Thing | None:
    """The thing of this id, None where it was never brought in."""
    record = view.get(THING_PREFIX + key)
    return None if record is None else thing_of(key, record)


def require_thing(view: View, key: bytes) -> Thing:
    """The thing of this id, or ``TRC_UNKNOWN``."""
    thing = find_thing(view, key)
    if thing is None:
        raise ThingUnknown({"thing": key.hex()})
    return thing


def store_thing(context: Context, thing: Thing) -> None:
    """Write a thing."""
    context.put(THING_PREFIX + thing.key, _VALUES(thing))


def thing_of(key: bytes, record: Record) -> Thing:
    """The thing of its record, which this module wrote."""
    assert len(record) == len(_NAMES), f"thing record {record!r}"
    return Thing(key=key, **dict(zip(_NAMES, record, strict=True)))  # type: ignore[arg-type]


def tracer_org(context: Context) -> OrgId:
    """The organisation of the first signer that traces; ``AUTH_ROLE``."""
    return context.require_role(TRACER).org


def require_live(thing: Thing) -> None:
    """``TRC_DESTROYED`` where it was destroyed or used up."""
    if thing.ended is not None:
        raise ThingEnded({"thing": thing.key.hex(), "ended": thing.ended})


def require_at_hand(view: View, key: bytes, org: OrgId, time_ms: int) -> Thing:
    """The thing, which ``org`` has before it: its own, neither packed nor on its way.

    ``TRC_UNKNOWN``, ``TRC_DESTROYED``, ``TRC_PACKED``, ``TRC_NOT_CUSTODIAN``, ``TRC_IN_TRANSIT``,
    ``TRC_TIME_ORDER``.
    """
    thing = require_thing(view, key)
    require_live(thing)
    if thing.parent is not None:
        raise ThingPacked({"thing": key.hex(), "parent": thing.parent.hex()})
    if thing.custodian != org:
        raise NotCustodian({"thing": key.hex(), "org": org, "custodian": thing.custodian})
    if thing.to is not None:
        raise ThingInTransit({"thing": key.hex(), "to": thing.to})
    require_later(thing, time_ms)
    return thing


def require_later(thing: Thing, time_ms: int) -> None:
    """``TRC_TIME_ORDER`` where its last event is later."""
    if time_ms < thing.time_ms:
        facts: dict[str, Fact] = {"thing": thing.key.hex(), "time_ms": time_ms, "last_ms": thing.time_ms}
        raise EventOrder(facts)


def event_time(view: View, time_ms: int | None) -> int:
    """The time of an event, that of the block where none is given; ``TRC_TIME_ORDER`` ahead of the chain."""
    if time_ms is None:
        return view.time_ms
    if time_ms > view.time_ms + AHEAD_MS:
        raise EventOrder({"time_ms": time_ms, "now_ms": view.time_ms})
    return time_ms


def inside_of(view: View, thing: Thing) -> Inside:
    """Return the content of a thing by lot: its own, and what is packed in it."""
    inside: Inside = {} if thing.lot is None else {thing.lot: 1}
    if thing.level:
        add_inside(inside, packed_in(view, thing.key))
    return inside


def packed_in(view: View, key: bytes) -> Inside:
    """Return the content of a container, by lot."""
    record = view.get(INSIDE_PREFIX + key)
    return {} if record is None else dict(record)  # type: ignore[arg-type]


def store_packed(context: Context, key: bytes, inside: Inside) -> None:
    """Write what is packed in a container; nothing for an empty one."""
    rows = tuple((lot, inside[lot]) for lot in sorted(inside) if inside[lot])
    if rows:
        context.put(INSIDE_PREFIX + key, rows)
    else:
        context.delete(INSIDE_PREFIX + key)


def add_inside(inside: Inside, more: Inside, sign: int = 1) -> None:
    """Add the counts of ``more``, or take them away with ``sign`` -1."""
    for lot, count in more.items():
        inside[lot] = inside.get(lot, 0) + sign * count


def hexed(keys: Iterable[bytes]) -> tuple[str, ...]:
    """Ids in hexadecimal."""
    return tuple(key.hex() for key in keys)


assert THINGS_MAX < CHILDREN_MAX, "what is packed at once is counted"
