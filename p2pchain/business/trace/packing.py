"""Packing: things go into a container, which is a thing itself, and come out of it.

A container is packed, unpacked and shipped as the outermost only, so what lies within never moves by itself:
its record stays as it was, whatever happens to the container.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.trace.fields import THING, EventHash, EventTime, ThingIds
from p2pchain.business.trace.refusals import NotInside, ThingPacked, TooDeep, TooManyLots
from p2pchain.business.trace.things import (
    LEVELS_MAX,
    LOTS_INSIDE_MAX,
    add_inside,
    event_time,
    inside_of,
    packed_in,
    require_at_hand,
    require_later,
    require_thing,
    store_packed,
    store_thing,
    tracer_org,
)
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.meter import ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Things that go into a container, or come out of it."""

    parent: Annotated[bytes, THING, Entry(is_made=True)]
    things: ThingIds
    time_ms: EventTime
    event: EventHash


def pack(context: Context, message: Pack) -> None:
    """Pack things into a container; both are at hand. ``AUTH_ROLE``, those of ``require_at_hand``,
    ``TRC_TOO_DEEP``, ``TRC_LOTS``.
    """
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    parent = require_at_hand(context, message.parent, org, time_ms)
    inside, level = packed_in(context, parent.key), parent.level
    for key in message.things:
        if key == parent.key:
            raise ThingPacked({"thing": key.hex(), "parent": key.hex()})
        thing = require_at_hand(context, key, org, time_ms)
        within = inside_of(context, thing)
        context.meter.spend(ENTRY * len(within))
        add_inside(inside, within)
        level = max(level, thing.level + 1)
        store_thing(context, replace(thing, parent=parent.key, time_ms=time_ms))
    if level > LEVELS_MAX:
        raise TooDeep({"thing": parent.key.hex(), "levels": level, "levels_max": LEVELS_MAX})
    if len(inside) > LOTS_INSIDE_MAX:
        raise TooManyLots(
            {"thing": parent.key.hex(), "lots": len(inside), "lots_max": LOTS_INSIDE_MAX},
        )
    children = parent.children + len(message.things)
    store_packed(context, parent.key, inside)
    store_thing(context, replace(parent, children=children, level=level, time_ms=time_ms))
    context.emit("packed", (message.things, parent.key, org, time_ms, message.event))


def unpack(context: Context, message: Pack) -> None:
    """Take things out of a container that is at hand; the custodian of the container has them then.
    ``AUTH_ROLE``, those of ``require_at_hand`` of the container, ``TRC_UNKNOWN``, ``TRC_NOT_PACKED``,
    ``TRC_TIME_ORDER``.
    """
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    parent = require_at_hand(context, message.parent, org, time_ms)
    inside = packed_in(context, parent.key)
    for key in message.things:
        thing = require_thing(context, key)
        if thing.parent != parent.key:
            raise NotInside({"thing": key.hex(), "parent": parent.key.hex()})
        require_later(thing, time_ms)
        within = inside_of(context, thing)
        context.meter.spend(ENTRY * len(within))
        add_inside(inside, within, -1)
        store_thing(context, replace(thing, parent=None, custodian=org, time_ms=time_ms))
    children = parent.children - len(message.things)
    level = parent.level if children else 0
    store_packed(context, parent.key, inside)
    store_thing(context, replace(parent, children=children, level=level, time_ms=time_ms))
    context.emit("unpacked", (message.things, parent.key, org, time_ms, message.event))
