"""Names for authors of modules: those a declaration and its rules need, and nothing else.

These names stay; whatever else lies in this software may move. ``p2pchain.sdk.world`` and
``p2pchain.sdk.replay`` are for an author's tests; a module itself imports neither.
"""

from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import (
    Account,
    Amount,
    Array,
    Blob,
    Choice,
    Currency,
    Day,
    Flag,
    Hash,
    Height,
    Id,
    Integer,
    Key,
    Moment,
    Nonce,
    Octets,
    Optional,
    Organisation,
    Row,
    Share,
    Signed,
    Text,
)
from p2pchain.ledger.module import Action, EventType, Json, Module, Query, RecordType
from p2pchain.ledger.record import Record
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact
from p2pchain.model.refusal import Guilt, Refusal
from p2pchain.model.transaction import Value

__all__ = [
    "Account",
    "Action",
    "Amount",
    "Array",
    "Blob",
    "Choice",
    "Context",
    "Currency",
    "Day",
    "Entry",
    "EventType",
    "Fact",
    "Field",
    "Flag",
    "Guilt",
    "Hash",
    "Height",
    "Id",
    "Integer",
    "Json",
    "Key",
    "Module",
    "Moment",
    "Nonce",
    "Octets",
    "Optional",
    "Organisation",
    "Query",
    "Record",
    "RecordType",
    "Refusal",
    "Row",
    "Share",
    "Signed",
    "Signer",
    "Text",
    "Value",
    "View",
    "sha256",
]
