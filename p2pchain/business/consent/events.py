"""Events of the consents, and their records as proofs read them."""

from __future__ import annotations

from typing import Final

from p2pchain.business.consent.fields import (
    ACCESS_ID,
    CONSENT_ID,
    GRANTEES,
    LABELS,
    LABELS_MAX,
    PATIENT,
    PAYLOAD,
    PURPOSE,
    TERMS,
)
from p2pchain.business.consent.records import (
    ACCESS,
    DUE,
    HEAD,
    LINK,
    OF,
    PENDING,
    STEP,
    STEP_BYTES,
    TERMS_IN_FORCE,
    VERDICT,
    Consent,
    GrantedAccess,
)
from p2pchain.business.consent.reviews import GLASS, OPEN, OPEN_MAX
from p2pchain.business.consent.terms import ConsentTerms
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import (
    Array,
    Height,
    Integer,
    Moment,
    Octets,
    Optional,
    Organisation,
    Text,
)
from p2pchain.ledger.module import EventType, RecordType

ACTION_BYTES_MAX: Final = 32
CONSENT: Final = Field(name="consent", kind=CONSENT_ID)
ACCESS_FIELD: Final = Field(name="access", kind=ACCESS_ID)
ROOT: Final = Field(name="root", kind=PAYLOAD)
ORG: Final = Field(name="org", kind=Organisation(label="by", help="who did it"))
CONTROLLER_FIELD: Final = Field(name="controller", kind=Organisation(help="who keeps the data"))
STEP_FIELDS: Final = (
    Field(name="height", kind=Height()),
    Field(name="time_ms", kind=Moment(label="time (UTC)")),
    Field(name="action", kind=Text(label="step", bytes_max=ACTION_BYTES_MAX)),
    Field(name="org", kind=Organisation(label="by", help="who did it")),
    Field(name="access", kind=Optional(inner=ACCESS_ID)),
)
_TERMS: Final = Field(name="terms", kind=TERMS)
_GRANTEES: Final = Field(name="grantees", kind=GRANTEES)
_ASKED: Final = (
    ACCESS_FIELD,
    CONSENT,
    Field(name="org", kind=Organisation(help="who asked")),
    Field(name="purpose", kind=PURPOSE),
    Field(name="categories", kind=LABELS),
    Field(name="root", kind=Optional(inner=PAYLOAD)),
)
_NEIGHBOUR: Final = Optional(inner=ACCESS_ID)

EVENTS: Final = (
    EventType(
        name="proposed",
        fields=(CONSENT, CONTROLLER_FIELD, Field(name="patient", kind=PATIENT), _TERMS, _GRANTEES),
        sentence="{consent}: proposed by {controller} for {grantees}; the patient has yet to activate it",
    ),
    EventType(
        name="amended",
        fields=(CONSENT, CONTROLLER_FIELD, _TERMS, _GRANTEES),
        sentence="{consent}: other terms proposed by {controller} for {grantees}; the patient has yet to "
        "activate them",
    ),
    EventType(
        name="activated",
        fields=(CONSENT, ORG, Field(name="version", kind=Integer()), _TERMS, _GRANTEES),
        sentence="{consent}: version {version} is in force for {grantees}, signed for the patient, "
        "submitted by {org}",
    ),
    EventType(
        name="revoked",
        fields=(CONSENT, ORG),
        sentence="{consent}: revoked, submitted by {org}; no access from now on",
    ),
    EventType(
        name="entered_in_error",
        fields=(CONSENT, ORG),
        sentence="{consent}: marked by {org} as entered in error; no access from now on",
    ),
    EventType(
        name="linked",
        fields=(CONSENT, ROOT, Field(name="categories", kind=Array(inner=LABELS.inner, most=LABELS_MAX))),
        sentence="{consent}: payload {root} is linked to it as {categories}",
    ),
    EventType(
        name="accessed",
        fields=_ASKED,
        sentence="{consent}: {org} may have {categories} for {purpose}[, payload {root}]: access {access}",
    ),
    EventType(
        name="glass_broken",
        fields=_ASKED,
        sentence="{consent}: {org} breaks the glass for {purpose} and takes {categories}[, payload {root}]: "
        "access {access}",
    ),
    EventType(
        name="reviewed",
        fields=(
            ACCESS_FIELD,
            CONSENT,
            Field(name="org", kind=Organisation(help="who broke the glass")),
            Field(name="reviewer", kind=Organisation(help="who judged it")),
            Field(name="verdict", kind=VERDICT),
        ),
        sentence="{consent}: the break-glass {access} of {org} was {verdict}, says {reviewer}",
    ),
    EventType(
        name="delivered",
        fields=(ACCESS_FIELD, CONSENT, ROOT, Field(name="org", kind=Organisation(help="who gets it"))),
        sentence="{consent}: payload {root} is sealed to {org} for access {access}",
    ),
)

_TERMS_FIELDS: Final = fields_of(ConsentTerms)
RECORDS: Final = (
    RecordType(
        name="consent",
        prefix=HEAD,
        key=(CONSENT,),
        fields=fields_of(Consent)[1:],
        sentence="consent {consent} of a patient at {controller} is {state}[, version {version} since "
        "{activated_ms}][, ended {ended_ms}]",
        is_public=True,
    ),
    RecordType(
        name="terms",
        prefix=TERMS_IN_FORCE,
        key=(CONSENT,),
        fields=_TERMS_FIELDS,
        sentence="{consent}: {decision} to {grantees} for {purposes}, data {categories}, from {from_ms}"
        "[ until {until_ms}]; provisions: {provisions}",
        is_public=True,
    ),
    RecordType(
        name="pending",
        prefix=PENDING,
        key=(CONSENT,),
        fields=_TERMS_FIELDS,
        sentence="{consent}: not in force yet: {decision} to {grantees} for {purposes}, data {categories}, "
        "from {from_ms}[ until {until_ms}]; provisions: {provisions}",
        is_public=True,
    ),
    RecordType(
        name="of_controller",
        prefix=OF,
        key=(CONTROLLER_FIELD, CONSENT),
        sentence="{controller} keeps the data of consent {consent}",
        is_public=True,
    ),
    RecordType(
        name="step",
        prefix=STEP,
        key=(
            CONSENT,
            Field(name="number", kind=Octets(size=STEP_BYTES, help="place in the history, from 0")),
        ),
        fields=STEP_FIELDS,
        sentence="{consent}: {time_ms}  height {height}  {org}: {action}[ {access}]",
        is_public=True,
    ),
    RecordType(
        name="link",
        prefix=LINK,
        key=(CONSENT, ROOT),
        fields=(Field(name="categories", kind=LABELS),),
        sentence="{consent}: payload {root} is linked to it as {categories}",
        is_public=True,
    ),
    RecordType(
        name="access",
        prefix=ACCESS,
        key=(ACCESS_FIELD,),
        fields=fields_of(GrantedAccess)[1:],
        sentence="access {access}: {org} was granted {categories} for {purpose} under version {version} of "
        "consent {consent} at {time_ms}[, payload {root}][, delivered in block {delivered}]"
        "[; a break-glass, to be reviewed until {deadline_ms}][; {verdict}, says {reviewer}]",
        is_public=True,
    ),
    RecordType(
        name="due",
        prefix=DUE,
        key=(CONTROLLER_FIELD, ACCESS_FIELD),
        sentence="{controller} has yet to deliver the payload of access {access}",
        is_public=True,
    ),
    RecordType(
        name="glass",
        prefix=GLASS,
        key=(Field(name="org", kind=Organisation(help="who broke the glass")),),
        fields=(
            Field(name="oldest", kind=_NEIGHBOUR),
            Field(name="newest", kind=_NEIGHBOUR),
            Field(name="open", kind=Integer(high=OPEN_MAX, unit="break-glasses", help="not reviewed yet")),
            Field(name="total", kind=Integer(unit="break-glasses", help="there ever were")),
            Field(name="unjustified", kind=Integer(unit="break-glasses", help="found unjustified")),
        ),
        sentence="of {total} by {org}, {open} await their review, and of the others {unjustified} were "
        "unjustified[; the oldest open one is {oldest}]",
        is_public=True,
    ),
    RecordType(
        name="open",
        prefix=OPEN,
        key=(ACCESS_FIELD,),
        fields=(Field(name="older", kind=_NEIGHBOUR), Field(name="newer", kind=_NEIGHBOUR)),
        sentence="break-glass {access} awaits its review",
        is_public=True,
    ),
)
