"""Custody: shipped by one organisation, received or refused by another; destroyed; taken over.

The sender has custody until the other receives. A recall stops what has not left; what is on its way may
still arrive, for it is there::

    state             ship        receive     refuse     withdraw    destroy
    at hand           in transit                                     destroyed
    in transit                    at hand     at hand    at hand
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.trace.bringing_in import require_authority
from p2pchain.business.trace.fields import PARTNER, REASON, EventHash, EventTime, ThingIds
from p2pchain.business.trace.lots import Shipment, hold
from p2pchain.business.trace.refusals import (
    NotConsignee,
    NotCustodian,
    NotInTransit,
    PartnerInvalid,
    ThingPacked,
)
from p2pchain.business.trace.things import (
    Inside,
    Thing,
    add_inside,
    event_time,
    inside_of,
    require_at_hand,
    require_later,
    require_live,
    require_thing,
    store_thing,
    tracer_org,
)
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Optional
from p2pchain.model.ids import OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ship:
    """Things go to another organisation."""

    things: ThingIds
    to: Annotated[str, PARTNER]
    time_ms: EventTime
    event: EventHash


@dataclass(frozen=True, slots=True, kw_only=True)
class OnThings:
    """Things that are received, withdrawn or taken over."""

    things: ThingIds
    time_ms: EventTime
    event: EventHash


@dataclass(frozen=True, slots=True, kw_only=True)
class OnThingsWhy(OnThings):
    """Things that are refused or destroyed, and why."""

    reason: Annotated[str | None, Optional(inner=REASON, help="why"), Entry()]


def ship(context: Context, message: Ship) -> None:
    """Send things to another organisation. ``AUTH_ROLE``, ``TRC_PARTY``, those of ``require_at_hand``, and
    ``TRC_RECALLED`` for what is recalled, was made of it or holds it.
    """
    org = tracer_org(context)
    if message.to == org or not context.call("membership", "is_member", message.to):
        raise PartnerInvalid({"org": message.to})
    to, time_ms = OrgId(message.to), event_time(context, message.time_ms)
    shipment = Shipment(context, to)
    for key in message.things:
        thing = require_at_hand(context, key, org, time_ms)
        shipment.require_not_recalled(key, inside_of(context, thing))
        store_thing(context, replace(thing, to=to, time_ms=time_ms))
    context.emit("shipped", (message.things, org, to, time_ms, message.event))


def receive(context: Context, message: OnThings) -> None:
    """Take things over that were shipped to one. ``AUTH_ROLE``, those of ``require_arriving``."""
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    arrived = [require_arriving(context, key, org, time_ms) for key in message.things]
    _move(context, arrived, org, time_ms)
    context.emit("received", (message.things, org, time_ms, message.event))


def refuse(context: Context, message: OnThingsWhy) -> None:
    """Not take things that were shipped to one; the sender has them at hand again. ``AUTH_ROLE``, those of
    ``require_arriving``.
    """
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    for key in message.things:
        thing = require_arriving(context, key, org, time_ms)
        store_thing(context, replace(thing, to=None, time_ms=time_ms))
    context.emit("refused", (message.things, org, time_ms, message.event, message.reason))


def withdraw(context: Context, message: OnThings) -> None:
    """Take a shipment back that was not received. ``AUTH_ROLE``, ``TRC_NOT_SHIPPED``,
    ``TRC_NOT_CUSTODIAN``, ``TRC_TIME_ORDER``.
    """
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    for key in message.things:
        thing = require_thing(context, key)
        if thing.to is None:
            raise NotInTransit({"thing": key.hex()})
        if thing.custodian != org:
            raise NotCustodian({"thing": key.hex(), "org": org, "custodian": thing.custodian})
        require_later(thing, time_ms)
        store_thing(context, replace(thing, to=None, time_ms=time_ms))
    context.emit("withdrawn", (message.things, org, time_ms, message.event))


def destroy(context: Context, message: OnThingsWhy) -> None:
    """End things, for good. ``AUTH_ROLE``, those of ``require_at_hand``, ``TRC_PACKED`` where something is
    packed in them.
    """
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    gone: Inside = {}
    for key in message.things:
        thing = require_at_hand(context, key, org, time_ms)
        require_empty(thing)
        add_inside(gone, inside_of(context, thing))
        store_thing(context, replace(thing, ended="destroyed", quantity=0, time_ms=time_ms))
    hold(context, gone, org, -1)
    context.emit("destroyed", (message.things, org, time_ms, message.event, message.reason))


def take_over(context: Context, message: OnThings) -> None:
    """Take custody of what an organisation that is no member any more left; an authority of another
    organisation signs, too. ``AUTH_ROLE``, ``TRC_UNKNOWN``, ``TRC_DESTROYED``, ``TRC_PACKED``,
    ``TRC_NOT_CUSTODIAN`` where the custodian is a member, ``TRC_TIME_ORDER``.
    """
    org = tracer_org(context)
    require_authority(context, org)
    time_ms = event_time(context, message.time_ms)
    left = [_require_left(context, key, org, time_ms) for key in message.things]
    _move(context, left, org, time_ms)
    context.emit("taken_over", (message.things, org, time_ms, message.event))


def require_arriving(context: Context, key: bytes, org: OrgId, time_ms: int) -> Thing:
    """The thing, which is on its way to ``org``. ``TRC_UNKNOWN``, ``TRC_DESTROYED``, ``TRC_NOT_SHIPPED``,
    ``TRC_NOT_CONSIGNEE``, ``TRC_TIME_ORDER``.
    """
    thing = require_thing(context, key)
    require_live(thing)
    if thing.to is None:
        raise NotInTransit({"thing": key.hex()})
    if thing.to != org:
        raise NotConsignee({"thing": key.hex(), "to": thing.to, "org": org})
    require_later(thing, time_ms)
    return thing


def require_empty(thing: Thing) -> None:
    """``TRC_PACKED`` where something is packed in it."""
    if thing.children:
        raise ThingPacked({"thing": thing.key.hex(), "children": thing.children})


def _require_left(context: Context, key: bytes, org: OrgId, time_ms: int) -> Thing:
    thing = require_thing(context, key)
    require_live(thing)
    if thing.parent is not None:
        raise ThingPacked({"thing": key.hex(), "parent": thing.parent.hex()})
    if context.call("membership", "is_member", thing.custodian):
        raise NotCustodian({"thing": key.hex(), "org": org, "custodian": thing.custodian})
    require_later(thing, time_ms)
    return thing


def _move(context: Context, things: Iterable[Thing], org: OrgId, time_ms: int) -> None:
    """Into the custody of ``org``, the counts of their lots with them: a lot once for each custodian."""
    moved: dict[OrgId, Inside] = {}
    for thing in things:
        add_inside(moved.setdefault(thing.custodian, {}), inside_of(context, thing))
        store_thing(context, replace(thing, custodian=org, to=None, time_ms=time_ms))
    for custodian in sorted(moved):
        hold(context, moved[custodian], custodian, -1)
        hold(context, moved[custodian], org)
