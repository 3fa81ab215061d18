"""The life of a listing: offered, repriced, renewed, sold or withdrawn; and how it follows its title.

No title changes under a listing: what changes a title suspends its listings in the same transaction, so
nobody ever reads an offer that the title belies. The agent looks at the title, and renews.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.listing.fields import (
    ACTIVE,
    CLOSED,
    CONTRACT,
    CURRENCY,
    DOCUMENT,
    OWN_PRICE,
    PRICE,
    SIGNED,
    SOLD,
    SUSPENDED,
    UNTIL,
    WITHDRAWN,
    ListingId,
    Until,
)
from p2pchain.business.listing.mandates import (
    require_licensed,
    require_mandate,
    require_registrar,
)
from p2pchain.business.listing.records import (
    OF_AGENT,
    ROLE,
    Listing,
    emit,
    find,
    is_live,
    leave_unit,
    listings_of,
    put,
    put_listings,
    require,
    require_active,
    require_agent,
    require_day,
    require_state,
)
from p2pchain.business.listing.refusals import (
    ListingCurrency,
    ListingDuplicate,
    ListingExists,
    ListingStale,
)
from p2pchain.business.title.fields import MERGED, OWNER, SPLIT, UNIT, Revision
from p2pchain.business.title.records import today
from p2pchain.business.title.register import CONVEYED
from p2pchain.codec.title_ids import LISTING_NONCE_BYTES, listing_id
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Nonce
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

ENDINGS: Final = (SPLIT, MERGED)
"""Causes after which the unit is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferUnit:
    """An agent offers a unit. ``nonce``: drawn by the agent, whose id it makes."""

    nonce: Annotated[bytes, Nonce(size=LISTING_NONCE_BYTES, help="drawn by the agent; it makes the id")]
    unit: Annotated[str, UNIT, Entry(is_made=True)]
    price_minor: Annotated[int, PRICE, Entry(is_made=True)]
    currency: Annotated[str, CURRENCY]
    until_day: Annotated[int, UNTIL, Entry(is_made=True)]
    revision: Revision
    document: Annotated[bytes, DOCUMENT, Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprice:
    """The agent asks another price."""

    listing: ListingId
    price_minor: Annotated[int, OWN_PRICE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """The agent has looked at the title as it is now, and offers the unit on."""

    listing: ListingId
    revision: Revision
    until_day: Until


@dataclass(frozen=True, slots=True, kw_only=True)
class OnListing:
    """A listing ends."""

    listing: ListingId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignSale:
    """A sale is signed; up to a day the unit goes to its buyer alone."""

    listing: ListingId
    revision: Revision
    buyer: Annotated[bytes, OWNER]
    sale_minor: Annotated[int, OWN_PRICE, Entry(option="price")]
    contract: Annotated[bytes, CONTRACT, Entry(is_made=True)]
    until_day: Until


def offer(context: Context, message: OfferUnit) -> None:
    """Offer a unit. ``AUTH_ROLE``, what titles refuse (``TTL_SEIZED``, ``TTL_DISPUTED``,
    ``TTL_PENDING_SALE``), ``LST_UNLICENSED``, ``LST_DAYS``, ``LST_EXCLUSIVE``, ``LST_MANDATE``,
    ``LST_STALE``, ``LST_CURRENCY``, ``LST_DUPLICATE``, ``LST_EXISTS``.
    """
    agent = context.require_role(ROLE).org
    ownership = require_offerable(context, message.unit, agent, message.revision, message.until_day)
    if message.currency not in DECIMALS:
        raise ListingCurrency({"currency": message.currency})
    key = listing_id(agent, message.nonce)
    listings = listings_of(context, message.unit)
    before = find(context, listings[agent]) if agent in listings else None
    if before is not None and is_live(context, before):
        raise ListingDuplicate({"unit": message.unit, "listing": before.key.hex()})
    if find(context, key) is not None:
        raise ListingExists({"listing": key.hex()})
    if before is not None:
        replaced = replace(before, state=WITHDRAWN)
        put(context, replaced)
        emit(context, "withdrawn", replaced, agent)
    item = Listing(
        key=key,
        unit=message.unit,
        agent=agent,
        state=ACTIVE,
        cause=None,
        price_minor=message.price_minor,
        currency=message.currency,
        until_day=message.until_day,
        revision=message.revision,
        ownership=ownership,
        document=message.document,
        buyer=None,
        contract=None,
        sale_minor=None,
    )
    put_listings(context, message.unit, {**listings, agent: key})
    context.put(OF_AGENT + agent.encode() + b"/" + key, ())
    put(context, item)
    emit(context, "listed", item, agent)


def reprice(context: Context, message: Reprice) -> None:
    """Ask another price. ``LST_UNKNOWN``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``LST_SUSPENDED``,
    ``LST_STATE``, ``LST_EXPIRED``, ``LST_UNLICENSED``.
    """
    item = require(context, message.listing)
    org = require_agent(context, item).org
    require_active(context, item)
    require_licensed(context, item.unit, item.agent)
    after = replace(item, price_minor=message.price_minor)
    put(context, after)
    emit(context, "repriced", after, org)


def renew(context: Context, message: Renew) -> None:
    """Offer a unit on, after its title has changed, or before or after the listing's last day.
    ``LST_UNKNOWN``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``LST_STATE``, what ``offer`` refuses a unit
    for; ``LST_STALE``, too, where the unit has other owners.
    """
    item = require(context, message.listing)
    org = require_agent(context, item).org
    require_state(item, ACTIVE, SUSPENDED)
    ownership = require_offerable(context, item.unit, item.agent, message.revision, message.until_day)
    if ownership != item.ownership:
        raise ListingStale({"unit": item.unit, "revision": item.revision, "expected": message.revision})
    after = replace(item, state=ACTIVE, cause=None, revision=message.revision, until_day=message.until_day)
    put(context, after)
    emit(context, "renewed", after, org)


def withdraw(context: Context, message: OnListing) -> None:
    """Withdraw a listing, and the sale signed under it: by its agent, or by the registrar of the
    unit. ``LST_UNKNOWN``, ``LST_STATE``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``.
    """
    item = require(context, message.listing)
    org = require_agent_or_registrar(context, item)
    require_state(item, ACTIVE, SUSPENDED, SIGNED)
    if item.state == SIGNED:
        context.call("title", "release", item.unit, item.key)
    after = replace(item, state=WITHDRAWN)
    put(context, after)
    leave_unit(context, after)
    emit(context, "withdrawn", after, org)


def sign_sale(context: Context, message: SignSale) -> None:
    """Sign a sale; whatever else is on offer of the unit is suspended. As ``reprice``, ``LST_DAYS``,
    ``LST_EXCLUSIVE``, ``LST_MANDATE``, ``LST_STALE``, ``TTL_SEIZED``, ``TTL_DISPUTED``,
    ``TTL_PENDING_SALE``, ``TTL_NOTICE``, ``ENC_ACTIVE``.
    """
    item = require(context, message.listing)
    org = require_agent(context, item).org
    require_active(context, item)
    require_day(context, message.until_day)
    require_offerable(context, item.unit, item.agent, message.revision, today(context))
    context.call("title", "reserve", item.unit, item.key, item.agent, message.buyer, message.until_day)
    after = replace(
        item, state=SIGNED, buyer=message.buyer, contract=message.contract, sale_minor=message.sale_minor
    )
    put(context, after)
    emit(context, "sale_signed", after, org)
    for listing in listings_of(context, item.unit).values():
        other = None if listing == item.key else find(context, listing)
        if other is not None:
            suspend(context, other, SOLD, org)


def close(context: Context, message: OnListing) -> None:
    """Close a listing whose sale the title has followed. ``LST_UNKNOWN``, ``AUTH_CONTROLLER``,
    ``AUTH_ROLE``, ``LST_STATE``.
    """
    item = require(context, message.listing)
    org = require_agent_or_registrar(context, item)
    require_state(item, CONVEYED)
    after = replace(item, state=CLOSED)
    put(context, after)
    emit(context, "closed", after, org)


def follow_title(
    context: Context, unit: Value, revision: Value, ownership: Value, cause: Value, conveyed: Value
) -> Value:
    """Suspend what is on offer of a unit whose title has changed for ``cause``; ``conveyed``: the listing
    whose sale this has fulfilled. Listings of other owners than before follow the title no more.
    """
    assert isinstance(unit, str), f"a unit, not {unit!r}"
    assert isinstance(cause, str), f"a cause, not {cause!r}"
    listings = listings_of(context, unit)
    kept: dict[OrgId, bytes] = {}
    for agent, listing in listings.items():
        item = find(context, listing)
        assert item is not None, "the index names what is there"
        if listing == conveyed:
            after = replace(item, state=CONVEYED, cause=CONVEYED)
            put(context, after)
            emit(context, "conveyed", after, context.accounts[0].org)
        elif item.state == SIGNED and is_sold_by(context, item):
            kept[agent] = listing
        else:
            suspend(context, item, cause, context.accounts[0].org)
            if ownership == item.ownership and cause not in ENDINGS:
                kept[agent] = listing
    if kept != listings:
        put_listings(context, unit, kept)
    return None


def suspend(context: Context, item: Listing, cause: str, org: OrgId) -> None:
    """Suspend a listing that is on offer, or whose sale has lapsed; one that is suspended stays so."""
    if item.state in (ACTIVE, SIGNED):
        after = replace(item, state=SUSPENDED, cause=cause, buyer=None, contract=None, sale_minor=None)
        put(context, after)
        emit(context, "suspended", after, org)


def is_sold_by(view: View, item: Listing) -> bool:
    """Decide whether the pending sale of a unit is this listing's."""
    match view.call("title", "summary_of", item.unit):
        case (*_, bytes(listing)):
            return listing == item.key
    return False


def require_offerable(view: View, unit: str, agent: OrgId, revision: int, until_day: int) -> int:
    """Refuse what an agent must not offer now; how often the unit has changed its owners."""
    match view.call("title", "state_of", unit):
        case (int(current), int(ownership)):
            require_licensed(view, unit, agent)
            require_day(view, until_day)
            require_mandate(view, unit, agent, ownership, until_day)
            if revision != current:
                facts: dict[str, Fact] = {"unit": unit, "revision": revision}
                raise ListingStale({**facts, "expected": current})
            view.call("title", "require_sellable", unit)
            return ownership
    raise AssertionError(f"state of {unit}")


def require_agent_or_registrar(view: View, item: Listing) -> OrgId:
    """The agent of a listing or the registrar of its unit, whichever signs. Raises ``AUTH_CONTROLLER``,
    ``AUTH_ROLE``.
    """
    registrar = view.call("title", "register_of", item.unit)
    if any(account.org == registrar and account.org != item.agent for account in view.accounts):
        return require_registrar(view, registrar).org
    return require_agent(view, item).org
