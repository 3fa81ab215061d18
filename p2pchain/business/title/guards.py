"""Rights to change a title, and the obstacles to it: the refusals that all rules share."""

from __future__ import annotations

from typing import Final

from p2pchain.business.title.fields import LEASE, MORTGAGE, NOTICE, OBJECTION, RESIDENCE, SEIZURE
from p2pchain.business.title.records import (
    DISTRICT,
    Right,
    Title,
    pending_sale,
    standing_rights,
)
from p2pchain.business.title.refusals import (
    DistrictUnassigned,
    NoticeStands,
    RightStands,
    SalePending,
    TitleDisputed,
    TitleMortgaged,
    TitleSeized,
)
from p2pchain.business.title.unit_code import district_of
from p2pchain.ledger.context import View
from p2pchain.ledger.refusals import ControllerMissing, RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

REGISTRAR: Final = "registrar"
COURT: Final = "court"
RESTRICTIONS: Final = (SEIZURE, OBJECTION)
"""What a court records, too, and no signed sale keeps off."""


def registrar_of(view: View, district: str) -> OrgId:
    """The organisation that keeps the register of a district. Raises ``TTL_NO_REGISTER``."""
    match view.get(DISTRICT + district.encode()):
        case (str(org),):
            return OrgId(org)
    raise DistrictUnassigned({"district": district})


def require_registrar(view: View, unit: str) -> Signer:
    """The signer that keeps the register of a unit. Raises ``TTL_NO_REGISTER``, ``AUTH_CONTROLLER``,
    ``AUTH_ROLE``.
    """
    org = registrar_of(view, district_of(unit))
    account = require_org(view, org, REGISTRAR, {"unit": unit})
    if REGISTRAR not in account.roles:
        facts: dict[str, Fact] = {"role_needed": REGISTRAR, "module": view.module, "org": org}
        raise RoleMissing(facts, f"sign with an account of {org} that holds the role {REGISTRAR}")
    return account


def require_org(view: View, org: OrgId, part: str, facts: dict[str, Fact]) -> Signer:
    """The signer of an organisation, one with the role of this part before others. Raises
    ``AUTH_CONTROLLER``.
    """
    own = [account for account in view.accounts if account.org == org]
    if not own:
        raise ControllerMissing({**facts, "needed": part, "org": org}, f"{org} has to sign this")
    return next((account for account in own if part in account.roles), own[0])


def require_unseized(view: View, unit: str) -> None:
    """Refuse with ``TTL_SEIZED`` while a seizure stands whose court does not sign."""
    for right in standing_rights(view, SEIZURE, unit):
        if not signs(view, SEIZURE, right):
            raise TitleSeized(right_facts(unit, right))


def require_undisputed(view: View, unit: str) -> None:
    """Refuse with ``TTL_DISPUTED`` while an objection stands."""
    for right in standing_rights(view, OBJECTION, unit):
        raise TitleDisputed(right_facts(unit, right))


def require_mortgagees(view: View, unit: str) -> None:
    """Refuse with ``TTL_MORTGAGED`` unless all mortgagees sign: their mortgages follow the unit."""
    for right in standing_rights(view, MORTGAGE, unit):
        if not signs(view, MORTGAGE, right):
            raise TitleMortgaged(right_facts(unit, right))


def require_unnoticed(view: View, unit: str, takers: tuple[bytes, ...]) -> None:
    """Refuse with ``TTL_NOTICE`` while a notice secures the unit for somebody who is not the only taker."""
    for right in standing_rights(view, NOTICE, unit):
        if takers != (right.holder,):
            raise NoticeStands({"unit": unit, "right": right.number})


def require_unsold(view: View, unit: str, takers: tuple[bytes, ...]) -> None:
    """Refuse with ``TTL_PENDING_SALE`` while a sale is signed whose buyer is not the only taker."""
    sale = pending_sale(view, unit)
    if sale is not None and takers != (sale.buyer,):
        facts: dict[str, Fact] = {"unit": unit, "listing": sale.listing.hex()}
        raise SalePending({**facts, "until_day": sale.until_day})


def require_bare(view: View, title: Title) -> None:
    """Refuse while any right or signed sale stands: ``TTL_SEIZED``, ``TTL_DISPUTED``, ``TTL_MORTGAGED``,
    ``TTL_PENDING_SALE``, ``TTL_RIGHT_STANDS``.
    """
    unit = title.unit
    for right in standing_rights(view, SEIZURE, unit):
        raise TitleSeized(right_facts(unit, right))
    require_undisputed(view, unit)
    for right in standing_rights(view, MORTGAGE, unit):
        raise TitleMortgaged(right_facts(unit, right))
    require_unsold(view, unit, ())
    for kind in (LEASE, NOTICE, RESIDENCE):
        for right in standing_rights(view, kind, unit):
            raise RightStands({"unit": unit, "right": right.number, "kind": kind})


def signs(view: View, kind: str, right: Right) -> bool:
    """Decide whether the member that holds a right is among the signers; of a court, an account that is its
    court's.
    """
    return any(account.org == right.org for account in view.accounts) and (
        not is_of_court(view, kind, right) or any(is_court(account, right) for account in view.accounts)
    )


def require_holder(view: View, unit: str, kind: str, right: Right) -> Signer:
    """The signer of the member that holds a right. Raises ``AUTH_CONTROLLER``; ``AUTH_ROLE`` where a court
    holds it, and none of its accounts that is a court's signs.
    """
    assert right.org is not None, "a member holds it"
    account = require_org(view, right.org, COURT, {"unit": unit, "right": right.number})
    if is_of_court(view, kind, right) and not is_court(account, right):
        facts: dict[str, Fact] = {"role_needed": COURT, "module": view.module, "org": right.org}
        raise RoleMissing(facts, f"sign with an account of {right.org} that holds the role {COURT}")
    return account


def is_of_court(view: View, kind: str, right: Right) -> bool:
    """Decide whether a court holds this right as a court: a seizure or an objection."""
    return kind in RESTRICTIONS and view.call("membership", "org_has_role", right.org, COURT) is True


def is_court(account: Signer, right: Right) -> bool:
    """Decide whether an account speaks for the court that holds a right."""
    return account.org == right.org and COURT in account.roles


def right_facts(unit: str, right: Right) -> dict[str, Fact]:
    """Facts of a right that stands in the way."""
    return {"unit": unit, "right": right.number, "org": right.org}
