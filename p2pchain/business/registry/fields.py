"""Fields that messages, events, records and answers of the registry share."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from p2pchain.business.registry.document import EXACT, MATCH_SIMILAR, REASONS, SHARE_WHOLE, STATES
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import (
    Choice,
    Flag,
    Hash,
    Height,
    Id,
    Integer,
    Kind,
    Moment,
    Optional,
    Organisation,
    Share,
    Text,
)
from p2pchain.model.ids import HASH_BYTES

WORD_BYTES_MAX: Final = 32
EPOCH_MAX: Final = 2**31
DISCLOSURE_DAYS_MAX: Final = 366

DOCUMENT_ID: Final = Id(of="registry.document", size=HASH_BYTES, help="the document, by its id")
SHARE_OF_TOTAL: Final = Share(high=SHARE_WHOLE, help="share of the document's total")
SHARE_OR_NONE: Final = replace(SHARE_OF_TOTAL, low=0)
EPOCH_NUMBER: Final = Integer(low=1, high=EPOCH_MAX, help="epoch of the financiers' key")
KEY_ID: Final = Hash(help="id of the financiers' key")
CHECK_VALUE: Final = Hash(help="check value of the key for this chain and epoch")
PAYLOAD_ROOT: Final = Hash(help="root of the private payload that is sealed for the auditors")
DAYS: Final = Integer(low=1, high=DISCLOSURE_DAYS_MAX, unit="days", help="days for a disclosure")
WORD: Final = Text(bytes_max=WORD_BYTES_MAX, help="withdrawn, not_funded or repaid")
FLAG: Final = Flag()

DocumentId = Annotated[bytes, DOCUMENT_ID, Entry(is_argument=True)]
"""The document that an action is about."""


def field(name: str, kind: Kind) -> Field:
    """A field of an event, a record or an answer."""
    return Field(name=name, kind=kind)


def nullable(kind: Kind) -> Optional:
    """A value of a kind, or null."""
    return Optional(inner=kind, label=kind.label, help=kind.help)


DOCUMENT: Final = Field(name="document", kind=DOCUMENT_ID, entry=Entry(is_argument=True))
STATE: Final = field("state", Choice(words=STATES, help="state of the document"))
MATCH: Final = field("match", nullable(Choice(words=(EXACT, MATCH_SIMILAR), help="how others match it")))
REASON: Final = field("reason", nullable(Choice(words=REASONS, help="why it was released")))
CROSS_APPLICANT: Final = field("cross_applicant", Flag(help="others registered or finance it"))
SHARE: Final = field("share", SHARE_OR_NONE)
FINANCED_SHARE: Final = field("financed_share", replace(SHARE_OR_NONE, help="what the asker finances"))
REMAINING_SHARE: Final = field(
    "remaining_share", replace(SHARE_OR_NONE, help="share that is left to finance")
)
REPAID_SHARE: Final = field("repaid_share", replace(SHARE_OR_NONE, help="what was repaid"))
SHARE_MIN: Final = field("share_min", replace(SHARE_OF_TOTAL, help="least share that may be financed"))
DISCLOSURE_DAYS: Final = field("disclosure_days", DAYS)
SHARE_WHOLE_FIELD: Final = replace(
    field("share_whole", Integer(help="the whole of a total, in shares")), is_shown=False
)
ORG: Final = field("org", Organisation(help="the organisation"))
DEADLINE: Final = field("deadline_ms", Moment(label="deadline", help="deadline of the disclosure"))
ROOT: Final = field("root", PAYLOAD_ROOT)
EPOCH: Final = field("epoch", EPOCH_NUMBER)
KEY_FIELD: Final = field("key_id", KEY_ID)
CHECK: Final = field("check", CHECK_VALUE)
HEIGHT: Final = field("height", Height(help="height at which it was recorded"))
DOCUMENTS: Final = field("documents", Integer(unit="documents", help="how many documents"))
