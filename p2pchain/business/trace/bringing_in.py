"""Entry of goods: brought in by the owner of their prefix, or adopted; and certified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.trace.fields import (
    AUTHORITY,
    CERTIFIER,
    NAME_HASH,
    NAMES,
    PREFIX,
    QUANTITY,
    TRACER,
    UNIT,
    EventHash,
    EventTime,
    ThingIds,
)
from p2pchain.business.trace.lots import Lot, find_lot, hold, store_lot
from p2pchain.business.trace.refusals import (
    ClaimOther,
    LotForeign,
    PartnerInvalid,
    PrefixForeign,
    ThingDuplicate,
)
from p2pchain.business.trace.things import (
    Thing,
    event_time,
    find_thing,
    require_at_hand,
    require_live,
    require_thing,
    store_thing,
    tracer_org,
)
from p2pchain.codec.trace_ids import traced_id
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Flag, Hash, Optional, Organisation
from p2pchain.ledger.refusals import RoleMissing
from p2pchain.model.ids import OrgId

PREFIXES: Final = b"prefix/"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrefix:
    """An organisation speaks for a company prefix."""

    prefix: Annotated[str, PREFIX, Entry(is_argument=True)]
    org: Annotated[str, Organisation(help="who speaks for it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BringIn:
    """Things of one lot, or mere containers without one; ``quantity`` of each."""

    prefix: Annotated[str, PREFIX, Entry(is_made=True)]
    names: Annotated[tuple[bytes, ...], NAMES, Entry(is_made=True)]
    lot: Annotated[bytes | None, Optional(inner=NAME_HASH, help="SHA-256 of the lot"), Entry(is_made=True)]
    quantity: Annotated[int, QUANTITY, Entry(is_made=True)]
    unit: Annotated[str, UNIT, Entry(default="C62")]
    time_ms: EventTime
    event: EventHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(BringIn):
    """The same of goods whose prefix no member speaks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certify:
    """A certifier stands for things, or does no longer."""

    things: ThingIds
    withdrawn: Annotated[bool, Flag(help="the certificate is withdrawn")]
    statement: Annotated[bytes | None, Optional(inner=Hash(), help="SHA-256 of the certificate")]


def set_prefix(context: Context, message: SetPrefix) -> None:
    """Record who speaks for a company prefix; an authority says so. ``AUTH_ROLE``, ``TRC_PARTY``."""
    context.require_role(AUTHORITY)
    if not context.call("membership", "is_member", message.org):
        raise PartnerInvalid({"org": message.org})
    context.put(PREFIXES + message.prefix.encode(), (message.org,))
    context.emit("prefix_set", (message.prefix, message.org))


def bring_in(context: Context, message: BringIn) -> None:
    """Bring in things of one's own prefix. ``AUTH_ROLE``, ``TRC_PREFIX``, ``TRC_TIME_ORDER``,
    ``TRC_LOT_FOREIGN``, ``TRC_DUPLICATE``.
    """
    org = tracer_org(context)
    owner = prefix_owner(context, message.prefix)
    if owner != org:
        raise PrefixForeign({"prefix": message.prefix, "owner": owner})
    _create(context, message, org, "brought_in", shares_lot=False)


def adopt(context: Context, message: Adopt) -> None:
    """Take in goods of an outside maker; an authority of another organisation signs, too, so that nobody
    takes the names of goods that are not there. ``AUTH_ROLE``, ``TRC_PREFIX``, ``TRC_TIME_ORDER``,
    ``TRC_DUPLICATE``.
    """
    org = tracer_org(context)
    require_authority(context, org)
    owner = prefix_owner(context, message.prefix)
    if owner is not None and context.call("membership", "is_member", owner):
        raise PrefixForeign({"prefix": message.prefix, "owner": owner})
    _create(context, message, org, "adopted", shares_lot=True)


def certify(context: Context, message: Certify) -> None:
    """Stand for things with one's certificate, or take one back: one's own, or any that stands on what one
    has at hand, so that nobody's certificate keeps another's off. ``AUTH_ROLE``, ``TRC_UNKNOWN``,
    ``TRC_DESTROYED``, ``TRC_CERTIFIED``; for a custodian those of ``require_at_hand``.
    """
    holder = context.role_holder(TRACER) if message.withdrawn else None
    org = (context.role_holder(CERTIFIER) or holder or context.require_role(CERTIFIER)).org
    for key in message.things:
        thing = require_thing(context, key)
        require_live(thing)
        if message.withdrawn:
            _require_takeable(context, thing, org)
        elif thing.claim is not None:
            raise ClaimOther({"thing": key.hex(), "claim": thing.claim})
        store_thing(context, replace(thing, claim=None if message.withdrawn else org))
    context.emit("certified", (message.things, org, message.withdrawn, message.statement))


def prefix_owner(view: View, prefix: str) -> OrgId | None:
    """Return the member that owns a prefix, or None."""
    record = view.get(PREFIXES + prefix.encode())
    return None if record is None else record[0]  # type: ignore[return-value]


def require_authority(view: View, org: OrgId) -> None:
    """``AUTH_ROLE`` unless an authority of another organisation signs."""
    if not any(AUTHORITY in account.roles and account.org != org for account in view.accounts):
        facts = {"role_needed": AUTHORITY, "module": view.module}
        raise RoleMissing(facts, "an authority of another organisation has to sign, too")


def make_things(context: Context, names: Sequence[bytes], prefix: str, pattern: Thing) -> tuple[bytes, ...]:
    """Create things like ``pattern`` under these names; their ids. ``TRC_DUPLICATE``."""
    keys = tuple(traced_id(prefix, name) for name in names)
    for key in keys:
        if find_thing(context, key) is not None:
            raise ThingDuplicate({"thing": key.hex()})
        store_thing(context, replace(pattern, key=key))
    return keys


def _require_takeable(view: View, thing: Thing, org: OrgId) -> None:
    """Accept a certificate of ``org``'s own, or on what it has at hand as a tracer. ``TRC_CERTIFIED``, those
    of ``require_at_hand``.
    """
    if thing.claim == org:
        return
    is_tracer = any(account.org == org and TRACER in account.roles for account in view.accounts)
    if thing.claim is None or not is_tracer:
        raise ClaimOther({"thing": thing.key.hex(), "claim": thing.claim})
    require_at_hand(view, thing.key, org, thing.time_ms)


def _create(context: Context, message: BringIn, org: OrgId, event: str, *, shares_lot: bool) -> None:
    time_ms = event_time(context, message.time_ms)
    lot = None if message.lot is None else traced_id(message.prefix, message.lot)
    if lot is not None:
        _join_lot(context, lot, org, shares_lot=shares_lot)
    pattern = Thing(
        key=b"",
        custodian=org,
        to=None,
        parent=None,
        ended=None,
        lot=lot,
        quantity=0 if lot is None else message.quantity,
        unit=message.unit,
        claim=None,
        children=0,
        level=0,
        time_ms=time_ms,
    )
    keys = make_things(context, message.names, message.prefix, pattern)
    if lot is not None:
        hold(context, {lot: len(keys)}, org)
    context.emit(event, (keys, org, lot, pattern.quantity, message.unit, time_ms, message.event))


def _join_lot(context: Context, key: bytes, org: OrgId, *, shares_lot: bool) -> None:
    """Begin the lot, or add to one's own; several may take in goods of one outside lot.
    ``TRC_LOT_FOREIGN``.
    """
    lot = find_lot(context, key)
    if lot is None:
        store_lot(context, Lot(key=key, maker=org, ancestors=()))
    elif lot.maker != org and not shares_lot:
        raise LotForeign({"lot": key.hex(), "maker": lot.maker})
