"""A consent, an access, and the records that the module keeps.

Records (keys after ``consent/``; ids are 16 bytes): ``head/<consent>`` → the fields of ``Consent`` but for
its id; ``terms/<consent>`` → the terms in force, ``pending/<consent>`` → those that await the patient
(``terms.py``); ``of/<org>/<consent>`` → ``[]``: the consents of a controller; ``step/<consent>/<number, 4
bytes>`` → ``[height, time_ms, action, org, access | null]``; ``link/<consent>/<root>`` →
``[[category, ...]]``; ``access/<access>`` → the fields of ``GrantedAccess`` but for its id;
``due/<controller>/<access>`` → ``[]``: accesses whose payload awaits delivery; ``glass/<org>`` and
``open/<access>``: ``reviews.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.consent.fields import (
    ACCESS_ID,
    CONSENT_ID,
    GLASS,
    LABELS,
    PATIENT,
    PATIENT_KEY,
    PAYLOAD,
    PURPOSE,
    TERMS,
)
from p2pchain.business.consent.refusals import (
    AccessUnknown,
    ConsentEnded,
    ConsentNone,
    ConsentRevoked,
)
from p2pchain.business.consent.terms import ConsentTerms, terms_of
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Choice, Height, Integer, Moment, Optional, Organisation
from p2pchain.ledger.record import Record
from p2pchain.ledger.refusals import ControllerMissing, RoleMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

CONTROLLER: Final = "controller"
PROPOSED: Final = "proposed"
ACTIVE: Final = "active"
REVOKED: Final = "revoked"
IN_ERROR: Final = "entered-in-error"
STATES: Final = (PROPOSED, ACTIVE, REVOKED, IN_ERROR)
STATE: Final = Choice(words=STATES)
VERDICTS: Final = ("justified", "unjustified")
VERDICT: Final = Choice(words=VERDICTS, help="whether the emergency justified it")

HEAD: Final = b"head/"
TERMS_IN_FORCE: Final = b"terms/"
PENDING: Final = b"pending/"
OF: Final = b"of/"
STEP: Final = b"step/"
LINK: Final = b"link/"
ACCESS: Final = b"access/"
DUE: Final = b"due/"
STEP_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One consent. ``version``: how often the patient has activated terms, 0 for never; ``terms``: digest of
    those in force; ``pending``: of those that await the patient, None for none; ``steps``: how long its
    history is.
    """

    key: Annotated[bytes, CONSENT_ID]
    state: Annotated[str, STATE]
    controller: Annotated[OrgId, Organisation(help="who keeps the data")]
    patient: Annotated[bytes, PATIENT]
    patient_key: Annotated[bytes | None, Optional(inner=PATIENT_KEY)]
    representative: Annotated[
        OrgId | None, Optional(inner=Organisation(help="who may speak for the patient"))
    ]
    version: Annotated[int, Integer(help="how often the patient has activated terms")]
    terms: Annotated[bytes | None, Optional(inner=TERMS)]
    pending: Annotated[bytes | None, Optional(inner=TERMS)]
    activated_ms: Annotated[int | None, Optional(inner=Moment(label="activated (UTC)"))]
    ended_ms: Annotated[int | None, Optional(inner=Moment(label="ended (UTC)"))]
    steps: Annotated[int, Integer(unit="steps", help="number of steps in its history")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedAccess:
    """One access that was granted. ``version``: of the terms that gave it; ``deadline_ms``: of a break-glass,
    when it has to be reviewed; ``delivered``: block in which its payload was re-sealed.
    """

    key: Annotated[bytes, ACCESS_ID]
    consent: Annotated[bytes, CONSENT_ID]
    version: Annotated[int, Integer(help="version of the terms that gave it")]
    org: Annotated[OrgId, Organisation(label="by", help="who asked")]
    purpose: Annotated[str, PURPOSE]
    categories: Annotated[tuple[str, ...], LABELS]
    root: Annotated[bytes | None, Optional(inner=PAYLOAD)]
    height: Annotated[int, Height(help="block in which it was granted")]
    time_ms: Annotated[int, Moment(label="time (UTC)")]
    break_glass: Annotated[bool, GLASS]
    deadline_ms: Annotated[int | None, Optional(inner=Moment(label="review until (UTC)"))]
    verdict: Annotated[str | None, Optional(inner=VERDICT)]
    reviewer: Annotated[OrgId | None, Optional(inner=Organisation(help="who reviewed it"))]
    delivered: Annotated[int | None, Optional(inner=Height(help="block in which it was delivered"))]


CONSENT_FIELDS: Final = tuple(field.name for field in fields(Consent))[1:]
ACCESS_FIELDS: Final = tuple(field.name for field in fields(GrantedAccess))[1:]
_CONSENT_VALUES: Final = attrgetter(*CONSENT_FIELDS)
_ACCESS_VALUES: Final = attrgetter(*ACCESS_FIELDS)


def find(view: View, consent: bytes) -> Consent | None:
    """Read a consent, None where there is none."""
    record = view.get(HEAD + consent)
    return None if record is None else consent_of(consent, record)


def require(view: View, consent: bytes) -> Consent:
    """Read a consent, in whatever state. ``CNS_NONE``."""
    item = find(view, consent)
    if item is None:
        raise ConsentNone({"consent": consent.hex(), "state": None})
    return item


def require_living(item: Consent) -> None:
    """``CNS_ENDED`` for what was revoked or entered in error."""
    if item.state in (REVOKED, IN_ERROR):
        raise ConsentEnded({"consent": item.key.hex(), "state": item.state})


def require_active(view: View, consent: bytes) -> Consent:
    """Read a consent that the patient has activated and not revoked. ``CNS_NONE``, ``CNS_REVOKED``."""
    item = require(view, consent)
    if item.state == REVOKED:
        raise ConsentRevoked({"consent": consent.hex(), "ended_ms": item.ended_ms})
    if item.state != ACTIVE:
        raise ConsentNone({"consent": consent.hex(), "state": item.state})
    return item


def terms_in_force(view: View, item: Consent) -> ConsentTerms:
    """Read the terms of a consent that is active."""
    record = view.get(TERMS_IN_FORCE + item.key)
    assert record is not None, "an active consent has terms"
    return terms_of(record)


def require_access(view: View, access: bytes) -> GrantedAccess:
    """Read an access. ``CNS_ACCESS_UNKNOWN``."""
    record = view.get(ACCESS + access)
    if record is None:
        raise AccessUnknown({"access": access.hex()})
    return access_of(access, record)


def require_controller(view: View, item: Consent) -> OrgId:
    """The controller, where an account of it with the role signs. ``AUTH_CONTROLLER``, ``AUTH_ROLE``."""
    own = [account for account in view.accounts if account.org == item.controller]
    facts: dict[str, Fact] = {"consent": item.key.hex(), "needed": CONTROLLER, "org": item.controller}
    if not own:
        raise ControllerMissing(facts, "the controller has to sign this")
    require_role_among(view, own, CONTROLLER)
    return item.controller


def require_role_among(view: View, accounts: list[Signer], role: str) -> Signer:
    """The first of these accounts that holds a role. ``AUTH_ROLE``."""
    for account in accounts:
        if role in account.roles:
            return account
    facts: dict[str, Fact] = {"role_needed": role, "module": view.module}
    raise RoleMissing(facts, f"sign with an account that holds the role {role}")


def store(context: Context, item: Consent, action: str, org: OrgId, access: bytes | None = None) -> None:
    """Write a consent with one more step of its history."""
    step: Record = (context.height, context.time_ms, action, org, access)
    context.put(STEP + item.key + b"/" + item.steps.to_bytes(STEP_BYTES, "big"), step)
    stored = replace(item, steps=item.steps + 1)
    context.put(HEAD + stored.key, _CONSENT_VALUES(stored))


def store_access(context: Context, access: GrantedAccess) -> None:
    """Write an access."""
    context.put(ACCESS + access.key, _ACCESS_VALUES(access))


def due_key(controller: OrgId, access: bytes) -> bytes:
    """Key of an access that awaits its delivery."""
    return DUE + controller.encode() + b"/" + access


def link_key(consent: bytes, root: bytes) -> bytes:
    """Key of a payload that falls under a consent."""
    return LINK + consent + b"/" + root


def consent_of(consent: bytes, record: Record) -> Consent:
    """Read a consent from its record, which this module wrote."""
    assert len(record) == len(CONSENT_FIELDS), f"consent record {record!r}"
    values = dict(zip(CONSENT_FIELDS, record, strict=True))
    return Consent(key=consent, **values)  # type: ignore[arg-type]


def access_of(access: bytes, record: Record) -> GrantedAccess:
    """Read an access from its record, which this module wrote."""
    assert len(record) == len(ACCESS_FIELDS), f"access record {record!r}"
    values = dict(zip(ACCESS_FIELDS, record, strict=True))
    return GrantedAccess(key=access, **values)  # type: ignore[arg-type]
