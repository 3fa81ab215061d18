"""Rights to act on a certificate, and its states: the refusals that all rules share."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.certificate.calendar import DAY_MS
from p2pchain.business.certificate.fields import PRODUCTION
from p2pchain.business.certificate.records import CANCELLED, CLAIMED, EXPIRED, HELD, Certificate, facts_of
from p2pchain.business.certificate.refusals import (
    CertificateCancelled,
    CertificateExpired,
    CertificateLocked,
    CertificateOffered,
    CertificatePartyInvalid,
    CertificateSpent,
    KindUnsuited,
    NotOwner,
)
from p2pchain.business.encumbrance.module import thing_of
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.refusals import RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

ISSUING_BODY: Final = "issuing-body"


def require_signer(view: View, org: str, facts: dict[str, Fact], part: str) -> Signer:
    """The first signer of an organisation, or ``Refused("CRT_NOT_OWNER")``."""
    for signer in view.accounts:
        if signer.org == org:
            return signer
    if view.accounts:
        facts["account"] = view.accounts[0].name
    raise NotOwner({**facts, "needed": part, "org": org}, f"{org} has to sign this")


def require_holder(view: View, item: Certificate) -> OrgId:
    """Return the holder, where it signs; ``CRT_NOT_OWNER``."""
    return require_signer(view, item.holder, facts_of(item), "holder").org


def require_body(view: View) -> OrgId:
    """The issuing body that signs, or ``Refused("AUTH_ROLE")``."""
    return view.require_role(ISSUING_BODY).org


def require_body_of(view: View, org: str) -> None:
    """``AUTH_ROLE`` unless an account of this issuing body signs that holds the role."""
    if not any(signer.org == org and ISSUING_BODY in signer.roles for signer in view.accounts):
        facts: dict[str, Fact] = {"role_needed": ISSUING_BODY, "module": view.module, "org": org}
        raise RoleMissing(facts, f"sign with an account of {org} that holds the role {ISSUING_BODY}")


def require_org(view: View, org: str, part: str) -> OrgId:
    """An organisation of the chain, or ``Refused("CRT_PARTY")``."""
    if not view.call("membership", "is_member", org):
        raise CertificatePartyInvalid({"part": part, "org": org})
    return OrgId(org)


def require_counting(view: View, item: Certificate) -> None:
    """``CRT_CANCELLED``, ``CRT_EXPIRED``, ``CRT_SPENT`` where its watt-hours do not count any more."""
    require_not_ended(item)
    if item.expires_ms is not None and view.time_ms >= item.expires_ms:
        raise CertificateExpired(facts_of(item, expires_ms=item.expires_ms, time_ms=view.time_ms))


def require_not_ended(item: Certificate) -> None:
    """The same, but for what has expired and nobody has written so."""
    if item.state in (CANCELLED, CLAIMED):
        raise CertificateCancelled(facts_of(item))
    if item.state == EXPIRED:
        raise CertificateExpired(facts_of(item, expires_ms=item.expires_ms))
    if item.state != HELD:
        raise CertificateSpent(facts_of(item))


def require_free(view: View, item: Certificate) -> None:
    """It counts, is not locked and not on offer: ``CRT_LOCKED``, ``CRT_OFFERED`` besides."""
    require_counting(view, item)
    require_unlocked(view, item)
    if item.offer_to is not None:
        raise CertificateOffered(facts_of(item, offer_to=item.offer_to))


def require_unlocked(view: View, item: Certificate) -> None:
    """``CRT_LOCKED`` up to the last day of a lock."""
    if is_locked(view, item):
        raise CertificateLocked(facts_of(item, locked_for=item.locked_for, until=item.locked_until))


def is_locked(view: View, item: Certificate) -> bool:
    """Decide whether a lock binds the holder today."""
    return item.locked_until is not None and view.time_ms // DAY_MS <= item.locked_until


def require_kind(item: Certificate, kind: str = PRODUCTION) -> None:
    """``CRT_KIND`` where it is of the other kind."""
    if item.kind != kind:
        raise KindUnsuited(facts_of(item, kind=item.kind, expected=kind))


def released(context: Context, item: Certificate) -> Certificate:
    """The certificate without lock and offer."""
    if item.locked_for is not None:
        context.call("encumbrance", "free", thing(item), context.module, item.key)
    return replace(item, offer_to=None, locked_for=None, locked_until=None)


def thing(item: Certificate) -> bytes:
    """Name of a certificate in the index of what is encumbered."""
    return thing_of("certificate", item.key)
