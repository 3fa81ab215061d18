"""Right to offer a unit: licences of agents, and mandates of owners. Both are the registrar's to record.

An agent's own word opens no listing: else anybody could offer anybody's home, or fill the few places that a
unit has. The owners say at the registrar's counter, or in its app, whom they authorise, and whether alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.listing.fields import ACTIVE, AGENT, EXCLUSIVE, REVOKED, SUSPENDED, Until
from p2pchain.business.listing.records import (
    AGENTS_MAX,
    LICENCE,
    ROLE,
    Mandate,
    emit,
    find,
    listings_of,
    mandates_of,
    put,
    put_mandates,
    require_day,
)
from p2pchain.business.listing.refusals import (
    AgentInvalid,
    AgentUnlicensed,
    MandateExclusive,
    MandateMissing,
    MandatesFull,
)
from p2pchain.business.title.fields import DISTRICT, Source, UnitCode
from p2pchain.business.title.guards import REGISTRAR
from p2pchain.business.title.records import today
from p2pchain.business.title.unit_code import district_of
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.refusals import ControllerMissing, RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseAgent:
    """An agent may offer units of a district up to a day."""

    district: Annotated[str, DISTRICT, Entry(is_argument=True)]
    agent: Annotated[str, AGENT]
    until_day: Until


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlicenseAgent:
    """An agent may offer units of a district no more."""

    district: Annotated[str, DISTRICT, Entry(is_argument=True)]
    agent: Annotated[str, AGENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoriseAgent:
    """The owners of a unit let an agent offer it."""

    unit: UnitCode
    agent: Annotated[str, AGENT]
    exclusive: Annotated[bool, EXCLUSIVE]
    until_day: Until
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeMandate:
    """The owners of a unit let an agent offer it no more."""

    unit: UnitCode
    agent: Annotated[str, AGENT]


def license_agent(context: Context, message: LicenseAgent) -> None:
    """License an agent. ``TTL_CODE``, ``TTL_NO_REGISTER``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``LST_AGENT``,
    ``LST_DAYS``.
    """
    org = require_registrar_of_district(context, message.district).org
    agent = require_agent_of_chain(context, message.agent)
    require_day(context, message.until_day)
    context.put(licence_key(message.district, agent), (message.until_day, org))
    context.emit("licensed", (message.district, agent, message.until_day, org))


def unlicense_agent(context: Context, message: UnlicenseAgent) -> None:
    """Take a licence back. ``TTL_CODE``, ``TTL_NO_REGISTER``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``LST_UNLICENSED``.
    """
    org = require_registrar_of_district(context, message.district).org
    key = licence_key(message.district, message.agent)
    if context.get(key) is None:
        raise AgentUnlicensed({"district": message.district, "agent": message.agent})
    context.delete(key)
    context.emit("unlicensed", (message.district, message.agent, org))


def authorise(context: Context, message: AuthoriseAgent) -> None:
    """Record a mandate, in the place of the same agent's. What titles refuse, ``AUTH_CONTROLLER``,
    ``AUTH_ROLE``, ``LST_AGENT``, ``LST_DAYS``, ``LST_EXCLUSIVE``, ``LST_MANDATES_FULL``.
    """
    org, ownership = require_registrar_of_unit(context, message.unit)
    agent = require_agent_of_chain(context, message.agent)
    require_day(context, message.until_day)
    others = tuple(known for known in mandates_of(context, message.unit, ownership) if known.agent != agent)
    for known in others:
        if known.exclusive or message.exclusive:
            raise MandateExclusive({"unit": message.unit, "agent": known.agent})
    if len(others) >= AGENTS_MAX:
        raise MandatesFull({"unit": message.unit, "most": AGENTS_MAX})
    mandate = Mandate(
        agent=agent,
        exclusive=message.exclusive,
        until_day=message.until_day,
        ownership=ownership,
        source=message.source,
    )
    put_mandates(context, message.unit, (*others, mandate))
    context.emit("authorised", (message.unit, agent, message.exclusive, message.until_day, org))


def revoke(context: Context, message: RevokeMandate) -> None:
    """End a mandate, and suspend the agent's listing. What titles refuse, ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``LST_MANDATE``.
    """
    org, ownership = require_registrar_of_unit(context, message.unit)
    agent = OrgId(message.agent)
    known = mandates_of(context, message.unit, ownership)
    others = tuple(mandate for mandate in known if mandate.agent != agent)
    if len(others) == len(known):
        raise MandateMissing({"unit": message.unit, "agent": agent})
    put_mandates(context, message.unit, others)
    context.emit("mandate_revoked", (message.unit, agent, org))
    listing = listings_of(context, message.unit).get(agent)
    item = None if listing is None else find(context, listing)
    if item is not None and item.state == ACTIVE:
        suspended = replace(item, state=SUSPENDED, cause=REVOKED)
        put(context, suspended)
        emit(context, "suspended", suspended, org)


def require_licensed(view: View, unit: str, agent: OrgId) -> None:
    """Refuse with ``LST_UNLICENSED`` an agent without a licence that lasts."""
    if not is_licensed(view, unit, agent):
        raise AgentUnlicensed({"district": district_of(unit), "agent": agent})


def is_licensed(view: View, unit: str, agent: OrgId) -> bool:
    """Decide whether an agent has a licence for the district of a unit that lasts."""
    match view.get(licence_key(district_of(unit), agent)):
        case (int(until_day), _):
            return today(view) <= until_day
    return False


def require_mandate(view: View, unit: str, agent: OrgId, ownership: int, until_day: int) -> None:
    """Refuse an agent whom the owners have not authorised up to a day: ``LST_MANDATE``; ``LST_EXCLUSIVE``
    where another is authorised alone.
    """
    mandates = mandates_of(view, unit, ownership)
    own = next((mandate for mandate in mandates if mandate.agent == agent), None)
    if own is None and any(mandate.exclusive for mandate in mandates):
        raise MandateExclusive({"unit": unit, "agent": mandates[0].agent})
    if own is None or until_day > own.until_day:
        facts: dict[str, Fact] = {"unit": unit, "agent": agent, "until_day": until_day}
        raise MandateMissing(facts)


def require_registrar_of_unit(view: View, unit: str) -> tuple[OrgId, int]:
    """The registrar of a unit, which signs, and how often the unit has changed its owners."""
    match view.call("title", "state_of", unit):
        case (int(), int(ownership)):
            org = require_registrar(view, view.call("title", "register_of", unit)).org
            return org, ownership
    raise AssertionError(f"state of {unit}")


def require_registrar_of_district(view: View, district: str) -> Signer:
    """The signer that keeps the register of a district."""
    return require_registrar(view, view.call("title", "register_of_district", district))


def require_registrar(view: View, org: Value) -> Signer:
    """The signer of the organisation that keeps a register. Raises ``AUTH_CONTROLLER``, ``AUTH_ROLE``."""
    assert isinstance(org, str), f"an organisation, not {org!r}"
    own = [account for account in view.accounts if account.org == org]
    if not own:
        facts: dict[str, Fact] = {"needed": REGISTRAR, "org": org}
        raise ControllerMissing(facts, f"{org} has to sign this")
    account = next((account for account in own if REGISTRAR in account.roles), None)
    if account is None:
        facts = {"role_needed": REGISTRAR, "module": view.module, "org": org}
        raise RoleMissing(facts, f"sign with an account of {org} that holds the role {REGISTRAR}")
    return account


def require_agent_of_chain(view: View, agent: str) -> OrgId:
    """An organisation that holds the role of an agent, or ``LST_AGENT``."""
    if not view.call("membership", "org_has_role", agent, ROLE):
        raise AgentInvalid({"agent": agent})
    return OrgId(agent)


def licence_key(district: str, agent: str) -> bytes:
    """Key of the licence of an agent for a district."""
    return LICENCE + district.encode() + b"/" + agent.encode()
