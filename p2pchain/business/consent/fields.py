"""Kinds of the fields that several messages, events and records of the consents share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.codec.consent_ids import CONSENT_ID_BYTES, CONSENT_NONCE_BYTES
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import (
    Array,
    Choice,
    Flag,
    Hash,
    Id,
    Integer,
    Key,
    Moment,
    Nonce,
    Optional,
    Organisation,
    Row,
    Text,
)
from p2pchain.model.ids import HASH_BYTES

CODE_BYTES_MAX: Final = 32
"""Longest code of a purpose or category, as terminologies have them."""
GRANTEES_MAX: Final = 16
PURPOSES_MAX: Final = 16
CATEGORIES_MAX: Final = 16
LABELS_MAX: Final = 8
"""Most categories of one payload, or of one access."""
PROVISIONS_MAX: Final = 16
PROVISION_CODES_MAX: Final = 8
LEVELS_MAX: Final = 2
"""Deepest level of a provision that is evaluated: FHIR nests them without end."""
LEVELS_STATED_MAX: Final = 64

PERMIT: Final = "permit"
DENY: Final = "deny"

CONSENT_ID: Final = Id(size=CONSENT_ID_BYTES, of="consent.consent", help="id of the consent")
ACCESS_ID: Final = Id(
    size=CONSENT_ID_BYTES, of="consent.access", label="access", help="id of the access, all digits"
)
PAYLOAD: Final = Id(size=HASH_BYTES, of="private.payload", label="payload", help="root of the payload")
NONCE: Final = Nonce(size=CONSENT_NONCE_BYTES, help="drawn by who signs; it makes the id")
PATIENT: Final = Hash(label="patient (commitment)", help="salted commitment to the patient")
DOCUMENT: Final = Hash(label="form (SHA-256)", help="SHA-256 of the form that was signed")
TERMS: Final = Hash(label="terms (SHA-256)", help="SHA-256 of the terms as they stand on the chain")
PATIENT_KEY: Final = Key(label="patient's key", help="key made for this consent alone")
CODE: Final = Text(bytes_max=CODE_BYTES_MAX)
PURPOSE: Final = Text(bytes_max=CODE_BYTES_MAX, help="purpose: a code of v3-ActReason, such as TREAT")
DECISION: Final = Choice(words=(PERMIT, DENY), help="the rule where no provision applies")
GRANTEES: Final = Array(
    inner=Organisation(), least=1, most=GRANTEES_MAX, help="organisations that may ask for access"
)
PURPOSES: Final = Array(inner=CODE, most=PURPOSES_MAX, help="purposes, codes of v3-ActReason; none: any")
CATEGORIES: Final = Array(inner=CODE, most=CATEGORIES_MAX, help="data, by their codes; none: any")
LABELS: Final = Array(inner=CODE, most=2 * LABELS_MAX, help="categories of the data")
FROM: Final = Moment(label="valid from (UTC)", help="no access before")
UNTIL: Final = Optional(
    inner=Moment(label="valid until (UTC)"), help="no access from then on; none: until it is revoked"
)
PROVISION: Final = Row(
    columns=(
        ("level", Integer(low=1, high=LEVELS_STATED_MAX)),
        ("decision", DECISION),
        ("grantees", Array(inner=Organisation(), most=PROVISION_CODES_MAX)),
        ("purposes", Array(inner=CODE, most=PROVISION_CODES_MAX)),
        ("categories", Array(inner=CODE, most=PROVISION_CODES_MAX)),
        ("from_ms", Optional(inner=Moment())),
        ("until_ms", Optional(inner=Moment())),
    )
)
PROVISIONS: Final = Array(
    inner=PROVISION,
    most=PROVISIONS_MAX,
    is_distinct=False,
    help="exceptions, each after the one that encloses it",
)
GLASS: Final = Flag(label="break-glass", help="it was an emergency, and no consent was asked")

ConsentId = Annotated[bytes, CONSENT_ID, Entry(is_argument=True)]
"""The consent that a message is about."""
AccessId = Annotated[bytes, ACCESS_ID, Entry(is_argument=True)]
"""The access that a message is about."""
