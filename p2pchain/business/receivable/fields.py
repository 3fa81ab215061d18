"""Kinds of the fields that several messages, events and records of the receivables share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import DAYS_MAX, Amount, Array, Currency, Flag, Hash, Id, Integer, Optional, Text
from p2pchain.model.ids import HASH_BYTES

REASON_BYTES_MAX: Final = 200
REFERENCE_BYTES_MAX: Final = 35
"""An ``EndToEndId`` or ``AcctSvcrRef`` of ISO 20022 (camt.054) has at most 35 characters."""

ID: Final = Id(size=ID_BYTES, of="receivable.receivable", help="id of the receivable")
OPTIONAL_ID: Final = Optional(inner=ID)
AMOUNT: Final = Amount(help="what is owed")
OWN_AMOUNT: Final = Amount(currency="", help="what was paid, in the currency of the receivable")
PRICE: Final = Amount(currency="", help="what the holder gets for it now")
PARTS_MAX: Final = 32
"""Most parts of one split."""
PARTS: Final = Array(
    inner=Amount(currency=""),
    most=PARTS_MAX,
    is_distinct=False,
    help="amounts of the parts",
)
POLICY_OR_NONE: Final = Optional(
    inner=PolicyKind(), help="who has to sign, such as OutOf(2, buyer.issuer, bank-a.auditor)"
)
AGAINST: Final = Id(size=ID_BYTES, of="receivable.receivable", help="id of one that runs the other way")
CURRENCY: Final = Currency(help="code of ISO 4217, such as CNY")
DOCUMENT: Final = Optional(inner=Id(size=HASH_BYTES, of="registry.document"), help="the registered invoice")
TERMS: Final = Optional(inner=Hash(label="root of its private terms"), help="root of its private terms")
RECOURSE: Final = Flag(help="the holder stays liable")
TENOR_WARN: Final = Integer(
    high=DAYS_MAX,
    unit="days",
    help="limit of the tenor, from issue to due day, above which a warning is given",
)
TENOR_MOST: Final = Integer(high=DAYS_MAX, unit="days", help="limit of the tenor above which it is refused")
REASON: Final = Text(bytes_max=REASON_BYTES_MAX, help="why it is not owed")
REFERENCE: Final = Text(
    bytes_max=REFERENCE_BYTES_MAX, help="of the bank's statement, at most 35 characters; one payment's"
)

ReceivableId = Annotated[bytes, ID, Entry(is_argument=True)]
"""The receivable that a message is about."""
DocumentIfNew = Annotated[bytes | None, DOCUMENT]
"""The invoice that whoever gives money names, where the receivable names none yet."""
NoDocument = Annotated[bool, Flag(help="there is no invoice; this statement is recorded")]
AcknowledgeSimilar = Annotated[bool, Flag(help="similar ones were looked at")]
