"""Life cycle of a consent. The controller proposes it, the patient puts it in force; it is amended in the
same way, revoked by the patient or for the patient, or marked as entered in error.

The patient is no member. What the patient says comes as a signature of a key that was made for this consent
alone and stands in its proposal, in a transaction that anybody may send; or a representative says it, an
account of another member with that role. A signature names consent, version and terms, so that it puts
nothing else in force, and nothing a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.consent.fields import (
    CATEGORIES,
    DECISION,
    DOCUMENT,
    FROM,
    GRANTEES,
    NONCE,
    PATIENT,
    PATIENT_KEY,
    PROVISIONS,
    PURPOSES,
    TERMS,
    UNTIL,
    ConsentId,
)
from p2pchain.business.consent.records import (
    ACTIVE,
    CONTROLLER,
    IN_ERROR,
    OF,
    PENDING,
    PROPOSED,
    REVOKED,
    TERMS_IN_FORCE,
    Consent,
    find,
    require,
    require_controller,
    require_living,
    store,
)
from p2pchain.business.consent.refusals import (
    ActivationUnproven,
    ConsentExists,
    ConsentPartyInvalid,
    NothingPending,
)
from p2pchain.business.consent.terms import (
    NAMES,
    ConsentTerms,
    Provision,
    record_of_terms,
    require_terms,
    terms_digest,
    terms_of,
)
from p2pchain.codec.consent_ids import activation_name, consent_id, revocation_name
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Optional, Organisation, Signed
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.possession import CONSENT_ACTIVATION, CONSENT_REVOCATION

REPRESENTATIVE: Final = "representative"
MADE: Final = Entry(is_made=True)
SIGNATURE: Final = Optional(
    inner=Signed(), help="signature of the patient's key; none where a representative signs"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeConsent:
    """Terms for a patient to activate; who may do that: ``patient_key``, ``representative``, or either."""

    nonce: Annotated[bytes, NONCE]
    patient: Annotated[bytes, PATIENT, MADE]
    patient_key: Annotated[
        bytes | None, Optional(inner=PATIENT_KEY, help="key that speaks for the patient"), MADE
    ]
    representative: Annotated[
        str | None, Optional(inner=Organisation(), help="member that may speak for the patient")
    ]
    document: Annotated[bytes, DOCUMENT, MADE]
    decision: Annotated[str, DECISION, MADE]
    grantees: Annotated[tuple[str, ...], GRANTEES, Entry(option="to")]
    purposes: Annotated[tuple[str, ...], PURPOSES, MADE]
    categories: Annotated[tuple[str, ...], CATEGORIES, MADE]
    from_ms: Annotated[int, FROM, MADE]
    until_ms: Annotated[int | None, UNTIL, MADE]
    provisions: Annotated[tuple[Provision, ...], PROVISIONS, MADE]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendConsent:
    """Other terms for the same patient to activate; those in force stay until then."""

    consent: ConsentId
    document: Annotated[bytes, DOCUMENT, MADE]
    decision: Annotated[str, DECISION, MADE]
    grantees: Annotated[tuple[str, ...], GRANTEES, Entry(option="to")]
    purposes: Annotated[tuple[str, ...], PURPOSES, MADE]
    categories: Annotated[tuple[str, ...], CATEGORIES, MADE]
    from_ms: Annotated[int, FROM, MADE]
    until_ms: Annotated[int | None, UNTIL, MADE]
    provisions: Annotated[tuple[Provision, ...], PROVISIONS, MADE]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateConsent:
    """The patient agrees to these terms, and no others."""

    consent: ConsentId
    terms: Annotated[bytes, TERMS, MADE]
    signature: Annotated[bytes | None, SIGNATURE, MADE]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeConsent:
    """Nothing is given any more."""

    consent: ConsentId
    signature: Annotated[bytes | None, SIGNATURE, MADE]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterInError:
    """The consent should never have been written."""

    consent: ConsentId


def propose(context: Context, message: ProposeConsent) -> None:
    """Propose a consent. Refusals, in this order: ``AUTH_ROLE``, ``CNS_EXISTS`` where the controller has used
    the nonce, ``CNS_PARTY``, ``CNS_TOO_DEEP``, ``CNS_PERIOD``.
    """
    controller = context.require_role(CONTROLLER).org
    key = consent_id(controller, message.nonce)
    if find(context, key) is not None:
        raise ConsentExists({"id": key.hex()})
    representative = message.representative
    if representative is None and message.patient_key is None:
        raise ConsentPartyInvalid({"part": "patient", "org": None}, "name a key or a representative")
    if representative is not None:
        _require_representative(context, representative, controller, message.grantees)
    terms = _stated(message)
    require_terms(context, terms, controller)
    item = Consent(
        key=key,
        state=PROPOSED,
        controller=controller,
        patient=message.patient,
        patient_key=message.patient_key,
        representative=None if representative is None else OrgId(representative),
        version=0,
        terms=None,
        pending=terms_digest(terms),
        activated_ms=None,
        ended_ms=None,
        steps=0,
    )
    context.put(OF + controller.encode() + b"/" + key, ())
    context.put(PENDING + key, record_of_terms(terms))
    store(context, item, "proposed", controller)
    context.emit("proposed", (key, controller, message.patient, item.pending, terms.grantees))


def amend(context: Context, message: AmendConsent) -> None:
    """Propose other terms. Refusals, in this order: ``CNS_NONE``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``CNS_ENDED``, ``CNS_PARTY``, ``CNS_TOO_DEEP``, ``CNS_PERIOD``.
    """
    item = require(context, message.consent)
    controller = require_controller(context, item)
    require_living(item)
    if item.representative is not None:
        _require_representative(context, item.representative, controller, message.grantees)
    terms = _stated(message)
    require_terms(context, terms, controller)
    digest = terms_digest(terms)
    context.put(PENDING + item.key, record_of_terms(terms))
    store(context, replace(item, pending=digest), "amended", controller)
    context.emit("amended", (item.key, controller, digest, terms.grantees))


def activate(context: Context, message: ActivateConsent) -> None:
    """Put pending terms in force, by the patient's key or the representative. Refusals, in this order:
    ``CNS_NONE``, ``CNS_ENDED``, ``CNS_NOT_PENDING``, ``CNS_NOT_PATIENT``, ``MEMBERSHIP_NOT_PROVEN``.
    """
    item = require(context, message.consent)
    require_living(item)
    if item.pending is None or item.pending != message.terms:
        raise NothingPending({"consent": item.key.hex(), "terms": message.terms.hex()})
    version = item.version + 1
    name = activation_name(item.key, version, message.terms)
    by = _require_patient(context, item, CONSENT_ACTIVATION, name, message.signature)
    pending = context.get(PENDING + item.key)
    assert pending is not None, "its digest stands in the head"
    context.put(TERMS_IN_FORCE + item.key, pending)
    context.delete(PENDING + item.key)
    activated = replace(
        item,
        state=ACTIVE,
        version=version,
        terms=item.pending,
        pending=None,
        activated_ms=context.time_ms,
    )
    store(context, activated, "activated", by)
    context.emit("activated", (item.key, by, version, message.terms, terms_of(pending).grantees))


def revoke(context: Context, message: RevokeConsent) -> None:
    """End a consent for good: by the patient's key, the representative, or the controller for a patient at
    its desk. Refusals, in this order: ``CNS_NONE``, ``CNS_ENDED``, ``CNS_NOT_PATIENT``,
    ``MEMBERSHIP_NOT_PROVEN``.
    """
    item = require(context, message.consent)
    require_living(item)
    own = any(account.org == item.controller for account in context.accounts)
    if own and message.signature is None:
        by = require_controller(context, item)
    else:
        name = revocation_name(item.key)
        by = _require_patient(context, item, CONSENT_REVOCATION, name, message.signature)
    _end(context, item, REVOKED, by)


def enter_in_error(context: Context, message: EnterInError) -> None:
    """End a consent that was written by mistake. Refusals, in this order: ``CNS_NONE``, ``AUTH_CONTROLLER``,
    ``AUTH_ROLE``, ``CNS_ENDED``.
    """
    item = require(context, message.consent)
    controller = require_controller(context, item)
    require_living(item)
    _end(context, item, IN_ERROR, controller)


def _end(context: Context, item: Consent, state: str, by: OrgId) -> None:
    if item.pending is not None:
        context.delete(PENDING + item.key)
    ended = replace(item, state=state, pending=None, ended_ms=context.time_ms)
    action = "revoked" if state == REVOKED else "entered_in_error"
    store(context, ended, action, by)
    context.emit(action, (item.key, by))


def _require_patient(context: Context, item: Consent, kind: str, name: str, signature: bytes | None) -> OrgId:
    """Accept the patient's key, or else a representative's account; the organisation that sends it.
    ``CNS_NOT_PATIENT``, ``MEMBERSHIP_NOT_PROVEN``.
    """
    facts: dict[str, Fact] = {"consent": item.key.hex()}
    if signature is not None:
        if item.patient_key is None:
            raise ActivationUnproven({**facts, "needed": REPRESENTATIVE})
        statement = (kind, item.controller, name, item.patient_key, signature)
        context.call("membership", "require_held", *statement)
        return context.accounts[0].org
    for account in context.accounts:
        if account.org == item.representative and REPRESENTATIVE in account.roles:
            return account.org
    needed = "patient" if item.representative is None else REPRESENTATIVE
    raise ActivationUnproven({**facts, "needed": needed})


def _require_representative(
    context: Context, representative: str, controller: OrgId, grantees: tuple[str, ...]
) -> None:
    """``CNS_PARTY`` for one that gains by the consent, is no member, or lacks the role."""
    if (
        representative == controller
        or representative in grantees
        or not context.call("membership", "org_has_role", representative, REPRESENTATIVE)
    ):
        raise ConsentPartyInvalid({"part": REPRESENTATIVE, "org": representative})


def _stated(message: ProposeConsent | AmendConsent) -> ConsentTerms:
    """The terms that a message states."""
    return ConsentTerms(**{name: getattr(message, name) for name in NAMES})
