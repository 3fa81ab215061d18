"""Events of the registry, as people read them; none of them names who registered or finances a document."""

from __future__ import annotations

from typing import Final

from p2pchain.business.registry.fields import (
    CHECK,
    CROSS_APPLICANT,
    DEADLINE,
    DISCLOSURE_DAYS,
    DOCUMENT,
    DOCUMENT_ID,
    DOCUMENTS,
    EPOCH,
    FINANCED_SHARE,
    KEY_FIELD,
    MATCH,
    ORG,
    REASON,
    REMAINING_SHARE,
    ROOT,
    SHARE,
    SHARE_MIN,
    STATE,
    field,
)
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Flag
from p2pchain.ledger.module import EventType

SHARES: Final[tuple[Field, ...]] = (
    DOCUMENT,
    STATE,
    MATCH,
    CROSS_APPLICANT,
    SHARE,
    FINANCED_SHARE,
    REMAINING_SHARE,
    REASON,
)
"""Fields of the events about shares."""
_STANDING: Final = (
    "it is {state}[ ({reason})][, {match} match]"
    "{cross_applicant?, others registered or finance it|, nobody else has it}; "
    "whoever signed finances {financed_share} and could finance {remaining_share} more"
)

EVENTS: Final = (
    EventType(name="registered", fields=SHARES, sentence="{document}: registered; " + _STANDING),
    EventType(name="financed", fields=SHARES, sentence="{document}: {share} financed; " + _STANDING),
    EventType(name="released", fields=SHARES, sentence="{document}: {share} released; " + _STANDING),
    EventType(name="cancelled", fields=SHARES, sentence="{document}: registration cancelled; " + _STANDING),
    EventType(
        name="similar",
        fields=(DOCUMENT, field("similar", DOCUMENT_ID), STATE),
        sentence="{document}: another document is similar, {similar}, which is {state}",
    ),
    EventType(
        name="struck",
        fields=(DOCUMENT, field("lapsed", Flag(help="it was not disclosed in time"))),
        sentence="{document}: the claim on it is struck; not disclosed in time: {lapsed}",
    ),
    EventType(
        name="contested",
        fields=(DOCUMENT, DEADLINE),
        sentence="{document}: the claim on it is contested; to be disclosed before {deadline_ms} UTC",
    ),
    EventType(
        name="disclosed",
        fields=(DOCUMENT, ROOT),
        sentence="{document}: disclosed to the auditors in the private payload {root}",
    ),
    EventType(name="upheld", fields=(DOCUMENT,), sentence="{document}: the claim on it is upheld"),
    EventType(
        name="confirmed",
        fields=(DOCUMENT, ORG),
        sentence="{document}: {org} confirms that it owes the invoice",
    ),
    EventType(
        name="key_set",
        fields=(EPOCH, KEY_FIELD, CHECK),
        sentence="epoch {epoch} of the financiers' key begins: key id {key_id}, check value {check}",
    ),
    EventType(
        name="key_closed",
        fields=(EPOCH, DOCUMENTS),
        sentence="epoch {epoch} of the financiers' key ends; {documents} were known under it alone",
    ),
    EventType(
        name="terms_set",
        fields=(SHARE_MIN, DISCLOSURE_DAYS),
        sentence="the least share is {share_min} of a total, a disclosure may take {disclosure_days}",
    ),
)
