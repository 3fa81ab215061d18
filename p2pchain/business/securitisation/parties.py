"""Rights to act on a pool, and its states: the refusals that all rules share."""

from __future__ import annotations

from typing import Final

from p2pchain.business.securitisation.fields import OPEN, SEALED
from p2pchain.business.securitisation.pool import Pool, facts_of, today
from p2pchain.business.securitisation.refusals import PartiesInvalid, PoolLapsed, PoolState
from p2pchain.ledger.context import View
from p2pchain.ledger.kinds import Choice
from p2pchain.ledger.refusals import ControllerMissing, RoleMissing
from p2pchain.model.errors import Fact, listed
from p2pchain.model.ids import OrgId

ORIGINATOR = "originator"
SERVICER = "servicer"
TRUSTEE = "trustee"
"""Parts in a pool, and roles of the accounts that act in them."""
PART: Final = Choice(words=(ORIGINATOR, SERVICER, TRUSTEE), help="part in the pool")


def require_party(view: View, pool: Pool, part: str) -> OrgId:
    """Give the organisation that has ``part`` in a pool, of which an account signs that holds the role of the
    same name; ``AUTH_CONTROLLER``, ``AUTH_ROLE``.
    """
    org = party_of(pool, part)
    signers = [account for account in view.accounts if account.org == org]
    if not signers:
        facts = facts_of(pool, needed=part, org=org)
        raise ControllerMissing(facts, f"the {part} has to sign this")
    if not any(part in account.roles for account in signers):
        needed: dict[str, Fact] = {"role_needed": part, "module": view.module, "org": org}
        raise RoleMissing(needed, f"sign with an account of {org} that holds the role {part}")
    return org


def party_of(pool: Pool, part: str) -> OrgId:
    """Give the organisation that has a part in a pool."""
    return {ORIGINATOR: pool.originator, SERVICER: pool.servicer, TRUSTEE: pool.trustee}[part]


def require_apart(originator: str, servicer: str, trustee: str) -> None:
    """Raise ``SEC_PARTY`` where the trustee is originator or servicer."""
    if trustee in (originator, servicer):
        facts: dict[str, Fact] = {"part": TRUSTEE, "org": trustee}
        raise PartiesInvalid(facts, "it watches the others: name a third one")


def require_member(view: View, org: str, part: str) -> OrgId:
    """Give an organisation of the chain, or ``SEC_PARTY``."""
    if not view.call("membership", "is_member", org):
        raise PartiesInvalid({"part": part, "org": org})
    return OrgId(org)


def require_state(pool: Pool, *states: str) -> None:
    """Raise ``SEC_STATE`` where the pool is in another state than these."""
    if pool.state not in states:
        raise PoolState(facts_of(pool, expected=listed(states)))


def is_lapsed(view: View, pool: Pool) -> bool:
    """Decide whether a pool was not accepted in time."""
    return pool.state in (OPEN, SEALED) and today(view) > pool.lapse_day


def require_in_time(view: View, pool: Pool) -> None:
    """Raise ``SEC_LAPSED`` where the pool was not accepted in time."""
    if is_lapsed(view, pool):
        raise PoolLapsed(facts_of(pool, lapse_day=pool.lapse_day, today=today(view)))
