"""Records of the receivables, as their proofs are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.business.encumbrance.module import MODULE_BYTES_MAX
from p2pchain.business.receivable.document_backing import ROOTS_MAX
from p2pchain.business.receivable.events import NOTES
from p2pchain.business.receivable.fields import ID, TENOR_MOST, TENOR_WARN
from p2pchain.business.receivable.parties import POOLED_AT
from p2pchain.business.receivable.records import (
    BACKING,
    DEBTOR,
    HISTORY,
    HOLDER,
    ITEM,
    LIMITS,
    PAYMENT,
    POLICY,
    UNDOCUMENTED,
    Receivable,
)
from p2pchain.business.receivable.settlement import OFFSET
from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.consortium.policy.rules import WORD_BYTES_MAX
from p2pchain.ledger.consortium.policy.signers import PARTS_MAX
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import (
    Array,
    Blob,
    Bounds,
    Depending,
    Hash,
    Height,
    Id,
    Integer,
    Kind,
    Moment,
    Octets,
    Organisation,
    Text,
)
from p2pchain.ledger.module import RecordType
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

STEP_BYTES_MAX: Final = 32
"""Longest name of a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Kind):
    """Note of an event; its kind follows from the step."""

    @property
    def bounds(self) -> Bounds:
        """Kind."""
        return {"kind": "note"}

    def accepts(self, value: Value) -> bool:
        """Accept null, text, or an array."""
        return value is None or isinstance(value, str | tuple)


NOTE: Final = Depending(on="action", cases=NOTES, otherwise=Note())
RECEIVABLE: Final = Field(name="receivable", kind=ID)
ORG: Final = Field(name="org", kind=Organisation())
DEBTOR_FIELD: Final = Field(name="debtor", kind=Organisation(help="who owes"))

RECORDS: Final = (
    RecordType(
        name="receivable",
        is_shared=True,
        prefix=ITEM,
        key=(RECEIVABLE,),
        fields=fields_of(Receivable)[1:],
        sentence=(
            "{receivable}: {debtor} owes {amount_minor} to {holder}, due {due_day}, now {state}"
            "[, guaranteed by {guarantor}][, offered to {offer_to}][, pledged to {pledgee}]"
            "[, financed by {financier}][, claimed from {claim_on}]"
            "[, payment attested by {attested_by}][, reference {reference}]"
        ),
    ),
    RecordType(name="held", prefix=HOLDER, key=(ORG, RECEIVABLE), sentence="{org} holds {receivable}"),
    RecordType(
        name="owed",
        prefix=DEBTOR,
        key=(DEBTOR_FIELD, RECEIVABLE),
        sentence="{debtor} is the debtor of {receivable}",
    ),
    RecordType(
        name="history",
        prefix=HISTORY,
        key=(RECEIVABLE, Field(name="page", kind=Octets(size=4, help="number of the page"))),
        fields=(
            Field(name="height", kind=Height()),
            Field(name="time_ms", kind=Moment()),
            Field(name="action", kind=Text(bytes_max=STEP_BYTES_MAX)),
            Field(name="org", kind=Organisation(help="who did it")),
            Field(name="note", kind=NOTE),
        ),
        sentence="{time_ms}  height {height}  {org}: {action}[ {note}]",
        is_table=True,
        counted_by="receivable.events",
    ),
    RecordType(
        name="payment",
        prefix=PAYMENT,
        key=(ORG, Field(name="reference_sha256", kind=Hash(help="of the folded payment reference"))),
        fields=(RECEIVABLE,),
        sentence="{org} confirmed the payment of {receivable} under the reference {reference_sha256}",
    ),
    RecordType(
        name="backing",
        prefix=BACKING,
        key=(Field(name="document", kind=Id(size=HASH_BYTES, of="registry.document")), DEBTOR_FIELD),
        fields=(RECEIVABLE,),
        sentence="{receivable} stands for the invoice {document} of {debtor}",
    ),
    RecordType(
        name="undocumented",
        prefix=UNDOCUMENTED,
        key=(Field(name="names", kind=Hash(help="of debtor, creditor, amount, currency and due day")),),
        fields=(
            Field(name="roots", kind=Array(inner=ID, most=ROOTS_MAX)),
            Field(name="more", kind=Integer(help="how many there are beside these")),
        ),
        sentence="{roots} and {more} more, of the same names {names}, were taken without an invoice",
    ),
    RecordType(
        name="policy",
        prefix=POLICY,
        key=(RECEIVABLE,),
        fields=(
            Field(name="needed", kind=Integer(low=1, high=PARTS_MAX)),
            Field(
                name="parts",
                kind=Array(inner=Text(bytes_max=2 * WORD_BYTES_MAX), most=PARTS_MAX, is_distinct=False),
            ),
        ),
        sentence="{needed} of {parts} have to sign the holder's actions on {receivable}",
    ),
    RecordType(
        name="pooled",
        prefix=POOLED_AT,
        key=(RECEIVABLE,),
        fields=(
            Field(name="module", kind=Text(bytes_max=MODULE_BYTES_MAX, help="module that pools it")),
            Field(name="basis", kind=Blob(bytes_max=HASH_BYTES, help="the deal that it serves")),
        ),
        sentence="{receivable} is in a pool of {module}, for the deal {basis}",
    ),
    RecordType(
        name="offset",
        prefix=OFFSET,
        key=(Field(name="both", kind=Octets(size=2 * ID_BYTES, help="ids of the two, ascending")),),
        fields=(
            Field(name="org", kind=Organisation(help="who proposed it")),
            Field(name="events_first", kind=Integer(unit="steps")),
            Field(name="events_second", kind=Integer(unit="steps")),
        ),
        sentence="{org} proposed to set off the two of {both}",
    ),
    RecordType(
        name="limits",
        prefix=LIMITS,
        fields=(
            Field(name="tenor_warn_days", kind=TENOR_WARN),
            Field(name="tenor_days_max", kind=TENOR_MOST),
        ),
        sentence="a tenor above {tenor_warn_days} gives a warning, above {tenor_days_max} it is refused",
    ),
)
