"""Events of the evidence, and the sentences in which people read them."""

from __future__ import annotations

from typing import Final

from p2pchain.business.evidence.record_types import (
    CERTIFICATE,
    COUNT,
    COURT,
    DIGEST_FIELD,
    HELD_ON,
    HOLD_ID,
    ID,
    ORG,
    PLACE,
    STATED,
    STATEMENT,
    SUBJECT,
    SUPERSEDES,
    TOKEN,
    TOKEN_TIME,
)
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Organisation
from p2pchain.ledger.module import EventType

CUSTODIAN: Final = Field(name="custodian", kind=Organisation(help="who had custody"))
TAKER: Final = Field(name="to", kind=Organisation(help="who takes custody"))

EVENTS: Final = (
    EventType(
        name="deposited",
        fields=(ID, ORG, DIGEST_FIELD, COUNT, STATEMENT, PLACE, SUPERSEDES),
        sentence="{deposit}: {org} deposited {digest}[, the root over {count}], {place}: {statement}"
        "[; it replaces deposit {supersedes}]",
    ),
    EventType(
        name="countersigned",
        fields=(ID, ORG, STATED),
        sentence="{deposit}: countersigned by {org}[: {statement}]",
    ),
    EventType(
        name="timestamped",
        fields=(ID, TOKEN_TIME, TOKEN, CERTIFICATE),
        sentence="{deposit}: a token of {token_ms} is recorded with it, with SHA-256 {token}",
    ),
    EventType(
        name="custody_offered",
        fields=(ID, CUSTODIAN, TAKER),
        sentence="{deposit}: {custodian} offers custody to {to}",
    ),
    EventType(
        name="custody_taken",
        fields=(ID, CUSTODIAN, TAKER),
        sentence="{deposit}: {to} takes custody from {custodian}",
    ),
    EventType(
        name="held",
        fields=(HOLD_ID, COURT, *HELD_ON),
        sentence=f"hold {{hold}}: {{court}} holds {SUBJECT} by order {{order}}; nobody erases or changes it",
    ),
    EventType(
        name="lifted",
        fields=(HOLD_ID, COURT, *HELD_ON),
        sentence=f"hold {{hold}}: {{court}} lifts its hold on {SUBJECT} by order {{order}}",
    ),
)
