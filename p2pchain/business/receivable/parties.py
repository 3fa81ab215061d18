"""Rights to act on a receivable, and its states: the refusals that all rules share."""

from __future__ import annotations

from dataclasses import replace

from p2pchain.business.encumbrance.module import POOLED
from p2pchain.business.encumbrance.refusals import EncumbranceActive
from p2pchain.business.receivable.records import (
    ACCEPTED,
    POLICY,
    PROPOSED,
    SPLIT,
    Receivable,
    facts_of,
    today,
)
from p2pchain.business.receivable.refusals import (
    NotAccepted,
    OnOfferAlready,
    Overdue,
    PartyInvalid,
    ReceivableSpent,
    StateUnsuited,
)
from p2pchain.ledger.consortium.policy import matching_work, require_satisfied
from p2pchain.ledger.context import View
from p2pchain.ledger.record import Record
from p2pchain.ledger.refusals import ControllerMissing, RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact, listed
from p2pchain.model.ids import OrgId

ISSUER = "issuer"
FINANCIER = "financier"
HOLDING = "holder"
POOLED_AT = b"pooled/"
"""Where it stands that a receivable is in a pool of another module."""


def require_party(view: View, item: Receivable, org: OrgId | None, part: str) -> Signer:
    """The first signer of the organisation that has ``part`` in a receivable, or
    ``Refused("AUTH_CONTROLLER")``; ``POL_UNSATISFIED`` where its holder has set a policy that the signers do
    not satisfy.
    """
    for account in view.accounts:
        if account.org == org:
            if part == HOLDING and (policy := policy_of(view, item)) is not None:
                view.meter.spend(matching_work(policy, view.accounts))
                require_satisfied(policy, view.accounts, facts_of(item))
            return account
    facts = facts_of(item, needed=part, org=org)
    if view.accounts:
        facts["account"] = view.accounts[0].name
    raise ControllerMissing(facts, f"the {part} has to sign this")


def policy_of(view: View, item: Receivable) -> Record | None:
    """The policy of its holder, its own or that of what it is a part of; None for none."""
    return None if item.policy_at is None else view.get(POLICY + item.policy_at)


def require_party_role(view: View, item: Receivable, org: OrgId, part: str, role: str) -> Signer:
    """The same, for an account that holds ``role`` besides, or ``Refused("AUTH_ROLE")``."""
    require_party(view, item, org, part)
    for account in view.accounts:
        if account.org == org and role in account.roles:
            return account
    facts: dict[str, Fact] = {"role_needed": role, "module": view.module, "org": org}
    raise RoleMissing(facts, f"sign with an account of {org} that holds the role {role}")


def require_org(view: View, org: str, part: str) -> OrgId:
    """An organisation of the chain, or ``Refused("RCV_PARTY")``."""
    if not view.call("membership", "is_member", org):
        raise PartyInvalid({"part": part, "org": org})
    return OrgId(org)


def require_state(item: Receivable, *states: str) -> None:
    """``RCV_SPENT`` where it was split, ``RCV_NOT_ACCEPTED`` where the debtor has not accepted it yet,
    ``RCV_STATE`` where it is in another state than these.
    """
    if item.state in states:
        return
    if item.state == SPLIT:
        raise ReceivableSpent(facts_of(item))
    if item.state == PROPOSED:
        facts = facts_of(item, debtor=item.debtor)
        raise NotAccepted(facts)
    raise StateUnsuited(facts_of(item, expected=listed(states)))


def require_tradable(view: View, item: Receivable) -> None:
    """Accepted, not pledged, not pooled, not on offer, and not past its due day: what may change hands.

    ``RCV_NOT_ACCEPTED``, ``RCV_SPENT``, ``RCV_STATE``, ``ENC_ACTIVE``, ``RCV_OVERDUE``, ``RCV_OFFERED``.
    """
    require_state(item, ACCEPTED)
    require_unpledged(item)
    require_unpooled(view, item)
    require_not_overdue(view, item)
    require_unoffered(view, item)


def require_not_overdue(view: View, item: Receivable) -> None:
    """``RCV_OVERDUE`` after its due day."""
    if today(view) > item.due_day:
        facts = facts_of(item, due_day=item.due_day, today=today(view))
        raise Overdue(facts)


def require_unoffered(view: View, item: Receivable) -> Receivable:
    """The receivable with nothing on offer; ``RCV_OFFERED`` while an offer of it stands, which is up to its
    due day.
    """
    if item.offer_to is not None and today(view) <= item.due_day:
        facts = facts_of(item, offered_to=item.offer_to)
        raise OnOfferAlready(facts)
    return without_offer(item)


def without_offer(item: Receivable) -> Receivable:
    """The receivable with nothing on offer."""
    return replace(item, offer_to=None, offer_price=None, offer_recourse=False)


def require_unpledged(item: Receivable) -> None:
    """``ENC_ACTIVE`` where somebody has it as security."""
    if item.pledgee is not None:
        facts = facts_of(item, encumbrance="pledged", pledgee=item.pledgee)
        raise EncumbranceActive(facts, f"{item.pledgee} has to release the pledge first")


def require_unpooled(view: View, item: Receivable) -> None:
    """``ENC_ACTIVE`` while it is in a pool of another module."""
    if view.get(POOLED_AT + item.key) is not None:
        facts = facts_of(item, encumbrance=POOLED)
        raise EncumbranceActive(facts, "it has to leave its pool first")
