"""A listing: an agent's offer of a unit, which follows the title of that unit.

Records (keys after ``listing/``; ``<unit>`` is the code of a unit, ``<id>`` 16 bytes):
``licence/<district>/<agent>`` → ``[until_day, registrar]``;
``mandates/<unit>`` → ``[[agent, exclusive, until_day, ownership, source], ...]``: whom the owners authorised;
``item/<id>`` → the fields of ``Listing`` in their order, but for the id;
``unit/<unit>`` → ``[[agent, id], ...]``: what is to be suspended when the title changes, one for each agent;
``agent/<agent>/<id>`` → ``[]``, so that an agent's own are found in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.listing.fields import (
    ACTIVE,
    AGENT,
    CAUSE,
    CONTRACT,
    CURRENCY,
    DOCUMENT,
    EXCLUSIVE,
    LISTING,
    PRICE,
    SIGNED,
    STATE,
    SUSPENDED,
    UNTIL,
)
from p2pchain.business.listing.refusals import (
    ListingDays,
    ListingExpired,
    ListingState,
    ListingSuspended,
    ListingUnknown,
)
from p2pchain.business.title.fields import OWNER, REVISION, SOURCE, UNIT
from p2pchain.business.title.records import today
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Optional
from p2pchain.ledger.record import Record
from p2pchain.ledger.refusals import ControllerMissing, RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

ROLE: Final = "agent"
LICENCE: Final = b"licence/"
MANDATES: Final = b"mandates/"
ITEM: Final = b"item/"
OF_UNIT: Final = b"unit/"
OF_AGENT: Final = b"agent/"
AGENTS_MAX: Final = 8
"""Most agents that are authorised for one unit, so most listings that its title suspends."""
DAYS_AHEAD_MAX: Final = 366
"""How far ahead the last day of a mandate, a listing or a sale may lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One offer. ``revision``: of the title that the agent looked at; ``ownership``: how often the unit had
    changed its owners; ``cause``: what suspended it; ``buyer``, ``contract``, ``sale_minor``: of its sale.
    """

    key: Annotated[bytes, LISTING]
    unit: Annotated[str, UNIT]
    agent: Annotated[OrgId, AGENT]
    state: Annotated[str, STATE]
    cause: Annotated[str | None, CAUSE]
    price_minor: Annotated[int, PRICE]
    currency: Annotated[str, CURRENCY]
    until_day: Annotated[int, UNTIL]
    revision: Annotated[int, REVISION]
    ownership: Annotated[int, REVISION]
    document: Annotated[bytes, DOCUMENT]
    buyer: Annotated[bytes | None, Optional(inner=OWNER)]
    contract: Annotated[bytes | None, Optional(inner=CONTRACT)]
    sale_minor: Annotated[int | None, Optional(inner=PRICE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Mandate of a unit's owners to an agent. ``ownership``: it ends when the unit has other owners."""

    agent: Annotated[OrgId, AGENT]
    exclusive: Annotated[bool, EXCLUSIVE]
    until_day: Annotated[int, UNTIL]
    ownership: Annotated[int, REVISION]
    source: Annotated[bytes, SOURCE]


FIELDS: Final = tuple(field.name for field in fields(Listing))[1:]
MANDATE_FIELDS: Final = tuple(field.name for field in fields(Mandate))
_VALUES: Final[Callable[[Listing], Record]] = attrgetter(*FIELDS)
_MANDATE_VALUES: Final[Callable[[Mandate], Record]] = attrgetter(*MANDATE_FIELDS)


def find(view: View, id_: bytes) -> Listing | None:
    """The listing of this id, None where there is none."""
    record = view.get(ITEM + id_)
    if record is None:
        return None
    assert len(record) == len(FIELDS), f"listing record {record!r}"
    values: dict[str, Value] = dict(zip(FIELDS, record, strict=True))
    return Listing(key=id_, **values)  # type: ignore[arg-type]


def require(view: View, id_: bytes) -> Listing:
    """The listing of this id, or ``LST_UNKNOWN``."""
    item = find(view, id_)
    if item is None:
        raise ListingUnknown({"listing": id_.hex()})
    return item


def put(context: Context, item: Listing) -> None:
    """Write a listing."""
    context.put(ITEM + item.key, _VALUES(item))


def emit(context: Context, name: str, item: Listing, org: OrgId) -> None:
    """Emit a step of a listing."""
    price = item.price_minor if item.sale_minor is None else item.sale_minor
    head = (item.key, item.unit, item.agent, item.state)
    context.emit(name, (*head, price, item.currency, item.until_day, item.cause, org))


def require_agent(view: View, item: Listing) -> Signer:
    """The signer of the agent whose listing it is. Raises ``AUTH_CONTROLLER``, ``AUTH_ROLE``."""
    own = [account for account in view.accounts if account.org == item.agent]
    if not own:
        facts: dict[str, Fact] = {"listing": item.key.hex(), "needed": ROLE, "org": item.agent}
        raise ControllerMissing(facts, f"{item.agent} has to sign this")
    account = next((account for account in own if ROLE in account.roles), None)
    if account is None:
        facts = {"role_needed": ROLE, "module": view.module, "org": item.agent}
        raise RoleMissing(facts, f"sign with an account of {item.agent} that holds the role {ROLE}")
    return account


def require_active(view: View, item: Listing) -> None:
    """Refuse what is not on offer: ``LST_SUSPENDED``, ``LST_STATE``, ``LST_EXPIRED``."""
    if item.state == SUSPENDED:
        raise ListingSuspended({"listing": item.key.hex(), "cause": item.cause})
    if item.state != ACTIVE:
        raise ListingState({"listing": item.key.hex(), "state": item.state})
    now = today(view)
    if now > item.until_day:
        facts: dict[str, Fact] = {"listing": item.key.hex(), "until_day": item.until_day}
        raise ListingExpired({**facts, "today": now})


def require_state(item: Listing, *states: str) -> None:
    """Refuse with ``LST_STATE`` what is in another state than these."""
    if item.state not in states:
        raise ListingState({"listing": item.key.hex(), "state": item.state})


def require_day(view: View, until_day: int) -> None:
    """Refuse with ``LST_DAYS`` a last day that has passed or lies too far ahead."""
    now = today(view)
    if not now <= until_day <= now + DAYS_AHEAD_MAX:
        facts: dict[str, Fact] = {"until_day": until_day, "today": now}
        raise ListingDays({**facts, "most_day": now + DAYS_AHEAD_MAX})


def mandates_of(view: View, unit: str, ownership: int) -> tuple[Mandate, ...]:
    """The mandates of a unit that neither their day nor other owners have ended."""
    now = today(view)
    rows = view.get(MANDATES + unit.encode()) or ()
    view.meter.stepped(len(rows))
    mandates = [_mandate_of(row) for row in rows]
    return tuple(known for known in mandates if known.ownership == ownership and now <= known.until_day)


def put_mandates(context: Context, unit: str, mandates: tuple[Mandate, ...]) -> None:
    """Write the mandates of a unit; the key is there only while there are some."""
    if mandates:
        context.put(MANDATES + unit.encode(), tuple(map(_MANDATE_VALUES, mandates)))
    else:
        context.delete(MANDATES + unit.encode())


def listings_of(view: View, unit: str) -> dict[OrgId, bytes]:
    """By agent, the listing of a unit that its title suspends when it changes."""
    rows = view.get(OF_UNIT + unit.encode()) or ()
    view.meter.stepped(len(rows))
    listings: dict[OrgId, bytes] = {}
    for row in rows:
        match row:
            case (str(agent), bytes(listing)):
                listings[OrgId(agent)] = listing
            case _:
                raise AssertionError(f"listing of a unit {row!r}")
    return listings


def put_listings(context: Context, unit: str, listings: dict[OrgId, bytes]) -> None:
    """Write which listings of a unit follow its title, ascending by agent."""
    if listings:
        context.put(OF_UNIT + unit.encode(), tuple(sorted(listings.items())))
    else:
        context.delete(OF_UNIT + unit.encode())


def leave_unit(context: Context, item: Listing) -> None:
    """Let a listing follow its title no more."""
    listings = listings_of(context, item.unit)
    if listings.get(item.agent) == item.key:
        del listings[item.agent]
        put_listings(context, item.unit, listings)


def is_live(view: View, item: Listing) -> bool:
    """Decide whether a listing is on offer, or its sale is signed."""
    return item.state == SIGNED or (item.state == ACTIVE and today(view) <= item.until_day)


def _mandate_of(row: Value) -> Mandate:
    assert isinstance(row, tuple), f"mandate {row!r}"
    assert len(row) == len(MANDATE_FIELDS), f"mandate {row!r}"
    values: dict[str, Value] = dict(zip(MANDATE_FIELDS, row, strict=True))
    return Mandate(**values)  # type: ignore[arg-type]
