"""Transformation: things are used up, and others are made of them; never more than went in.

Everything is balanced in one unit. What comes out is of one lot, which descends from the lots of what went
in. What is sold as certified is no more than went in with that certificate, and what went in is gone: so
certified input is not sold twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.trace.bringing_in import make_things, prefix_owner
from p2pchain.business.trace.custody import require_empty
from p2pchain.business.trace.fields import (
    CLAIM,
    INPUTS,
    NAME_HASH,
    OUTPUTS,
    PREFIX,
    EventHash,
    EventTime,
)
from p2pchain.business.trace.lots import Lot, Shipment, descend, find_lot, hold, require_lot
from p2pchain.business.trace.refusals import LotForeign, MassBalance, PrefixForeign, UnitOther
from p2pchain.business.trace.things import (
    Inside,
    Thing,
    add_inside,
    event_time,
    require_at_hand,
    store_thing,
    tracer_org,
)
from p2pchain.codec.trace_ids import traced_id
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

Input = tuple[bytes, int]
Output = tuple[bytes, int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """``inputs``: things and how much of each goes in. ``outputs``: names under ``prefix``, how much each
    is, and whether it is sold with the certificate of ``claim``. ``lot_prefix``, ``lot``: of what is made.
    """

    inputs: Annotated[tuple[Input, ...], INPUTS, Entry(is_made=True)]
    outputs: Annotated[tuple[Output, ...], OUTPUTS, Entry(is_made=True)]
    prefix: Annotated[str, PREFIX, Entry(is_made=True)]
    lot_prefix: Annotated[str, PREFIX, Entry(is_made=True)]
    lot: Annotated[bytes, NAME_HASH, Entry(is_made=True)]
    claim: Annotated[str | None, CLAIM]
    time_ms: EventTime
    event: EventHash


def transform(context: Context, message: Transform) -> None:
    """Use things up and make others of them. ``AUTH_ROLE``, ``TRC_PREFIX``, those of ``require_at_hand``,
    ``TRC_PACKED``, ``TRC_UNIT``, ``TRC_MASS_BALANCE``, ``TRC_RECALLED``, ``TRC_LOT_FOREIGN``,
    ``TRC_LINEAGE``, ``TRC_DUPLICATE``.
    """
    org = tracer_org(context)
    time_ms = event_time(context, message.time_ms)
    owner = prefix_owner(context, message.prefix)
    if owner != org:
        raise PrefixForeign({"prefix": message.prefix, "owner": owner})
    inputs = [require_at_hand(context, key, org, time_ms) for key in dict(message.inputs)]
    require_balance(message, inputs)
    sources = _sources(context, inputs)
    lot = _made_lot(context, message, org, sources)
    _use_up(context, message, inputs, org, time_ms)
    pattern = replace(
        inputs[0], key=b"", lot=lot.key, claim=None, parent=None, children=0, level=0, time_ms=time_ms
    )
    keys = tuple(
        key
        for name, quantity, certified in message.outputs
        for key in make_things(
            context,
            (name,),
            message.prefix,
            replace(
                pattern,
                quantity=quantity,
                claim=OrgId(message.claim) if certified and message.claim else None,
            ),
        )
    )
    hold(context, {lot.key: len(keys)}, org)
    used = tuple(thing.key for thing in inputs)
    context.emit("transformed", (used, keys, org, lot.key, time_ms, message.event))


def require_balance(message: Transform, inputs: list[Thing]) -> None:
    """``TRC_UNIT``, ``TRC_PACKED``; ``TRC_MASS_BALANCE`` where more is taken than there is, or more comes
    out than goes in, or more with a certificate.
    """
    taken = dict(message.inputs)
    if len(taken) != len(message.inputs):
        raise MassBalance({"inputs": len(message.inputs), "available": len(taken)})
    unit = inputs[0].unit
    for thing in inputs:
        require_empty(thing)
        facts: dict[str, Fact] = {"thing": thing.key.hex()}
        if thing.unit != unit:
            raise UnitOther({**facts, "unit": thing.unit, "unit_needed": unit})
        if taken[thing.key] > thing.quantity:
            raise MassBalance({**facts, "inputs": taken[thing.key], "available": thing.quantity})
    for certified in (False, True):
        into = sum(taken[thing.key] for thing in inputs if not certified or thing.claim == message.claim)
        out = sum(quantity for _, quantity, sold in message.outputs if sold or not certified)
        if out > into or (certified and out and message.claim is None):
            raise MassBalance({"inputs": into, "outputs": out, "certified": certified})


def _sources(context: Context, inputs: list[Thing]) -> dict[bytes, Lot]:
    """The lots of what goes in, none of them recalled. ``TRC_RECALLED``."""
    shipment = Shipment(context, None)
    sources: dict[bytes, Lot] = {}
    for thing in inputs:
        assert thing.lot is not None, "what has a quantity has a lot"
        if thing.lot not in sources:
            shipment.require_not_recalled(thing.key, (thing.lot,))
            sources[thing.lot] = require_lot(context, thing.lot)
    return sources


def _made_lot(context: Context, message: Transform, org: OrgId, sources: dict[bytes, Lot]) -> Lot:
    """The lot of what is made: one of one's own, or that of the inputs where all are of one lot, which is
    divided or put together then. ``TRC_LOT_FOREIGN``, ``TRC_PREFIX``, ``TRC_LINEAGE``, ``TRC_RECALLED``.
    """
    key = traced_id(message.lot_prefix, message.lot)
    if list(sources) == [key]:
        return sources[key]
    lot = find_lot(context, key)
    if lot is None:
        owner = prefix_owner(context, message.lot_prefix)
        if owner != org:
            raise PrefixForeign({"prefix": message.lot_prefix, "owner": owner})
        lot = Lot(key=key, maker=org, ancestors=())
    elif lot.maker != org:
        raise LotForeign({"lot": key.hex(), "maker": lot.maker})
    return descend(context, lot, sources.values())


def _use_up(context: Context, message: Transform, inputs: list[Thing], org: OrgId, time_ms: int) -> None:
    """Consume the inputs, whole or by the quantity taken."""
    taken = dict(message.inputs)
    gone: Inside = {}
    for thing in inputs:
        left = thing.quantity - taken[thing.key]
        if not left and thing.lot is not None:
            add_inside(gone, {thing.lot: 1})
        store_thing(
            context,
            replace(thing, quantity=left, ended=None if left else "transformed", time_ms=time_ms),
        )
    hold(context, gone, org, -1)
