"""The receivables as the kernel takes them: their actions with their fields, and their queries."""

from __future__ import annotations

from p2pchain.business.receivable.issuing import (
    Accept,
    Cancel,
    Guarantee,
    Issue,
    Reject,
    SetLimits,
    accept,
    cancel,
    guarantee,
    issue,
    reject,
    require_ordered,
    set_limits,
)
from p2pchain.business.receivable.moving import (
    PARTS_MAX,
    Finance,
    OnOffer,
    Pledge,
    RequestFinance,
    SetPolicy,
    Split,
    Transfer,
    Unpledge,
    accept_transfer,
    decline,
    finance,
    pledge,
    request_finance,
    set_policy,
    split,
    transfer,
    unpledge,
    withdraw,
)
from p2pchain.business.receivable.parties import FINANCIER, ISSUER
from p2pchain.business.receivable.queries import (
    PAGE_MAX,
    answer_history,
    answer_limits,
    answer_list,
    answer_show,
)
from p2pchain.business.receivable.settling import (
    AttestPayment,
    ByHolder,
    Offset,
    attest_payment,
    confirm,
    default,
    deny,
    offset,
    present,
    recourse,
    waive,
)
from p2pchain.codec.receivable_ids import ID_BYTES, ISSUE_NONCE_BYTES
from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.ledger.schema import (
    AmountsField,
    BytesField,
    Field,
    FlagField,
    IntegerField,
    OptionalField,
    TextField,
)
from p2pchain.model.ids import HASH_BYTES, ORG_ID_CHARS_MAX

NAME = "receivable"
CURRENCY_CHARS = 3
REASON_BYTES_MAX = 200
REFERENCE_BYTES_MAX = 35
"""An ``EndToEndId`` or ``AcctSvcrRef`` of ISO 20022 (camt.054) has at most 35 characters."""
DAYS_MAX = 100_000
"""A day in the year 2243."""
AMOUNT_MAX = 10**17

ID = BytesField(name="receivable", size=ID_BYTES)
AMOUNT = IntegerField(name="amount_minor", low=1, high=AMOUNT_MAX)


def org_field(name: str) -> Field:
    """An organisation."""
    return TextField(name=name, bytes_max=ORG_ID_CHARS_MAX)


def days_field(name: str) -> Field:
    """A day, or a number of days."""
    return IntegerField(name=name, low=0, high=DAYS_MAX)


def hash_field(name: str) -> Field:
    """A hash, or null."""
    return OptionalField(inner=BytesField(name=name, size=HASH_BYTES))


WORD = (
    hash_field("document"),
    FlagField(name="no_document"),
    FlagField(name="acknowledge_similar"),
)
"""What whoever gives money for a receivable says of its documents."""

ACTIONS = (
    Action(
        name="issue",
        message=Issue,
        fields=(
            BytesField(name="nonce", size=ISSUE_NONCE_BYTES),
            org_field("debtor"),
            org_field("creditor"),
            AMOUNT,
            TextField(name="currency", bytes_max=CURRENCY_CHARS),
            days_field("due_day"),
            hash_field("document"),
            hash_field("terms"),
        ),
        run=issue,
        role=ISSUER,
    ),
    Action(name="accept", message=Accept, fields=(ID,), run=accept, role=ISSUER),
    Action(
        name="reject",
        message=Reject,
        fields=(ID, TextField(name="reason", bytes_max=REASON_BYTES_MAX)),
        run=reject,
        role=ISSUER,
    ),
    Action(name="cancel", message=Cancel, fields=(ID,), run=cancel),
    Action(
        name="guarantee",
        message=Guarantee,
        fields=(ID, org_field("guarantor")),
        run=guarantee,
        role=FINANCIER,
    ),
    Action(
        name="transfer",
        message=Transfer,
        fields=(ID, org_field("to"), FlagField(name="recourse")),
        run=transfer,
    ),
    Action(name="accept_transfer", message=OnOffer, fields=(ID,), run=accept_transfer),
    Action(name="decline", message=OnOffer, fields=(ID,), run=decline),
    Action(name="withdraw", message=OnOffer, fields=(ID,), run=withdraw),
    Action(
        name="split",
        message=Split,
        fields=(ID, AmountsField(name="amounts", most=PARTS_MAX, high=AMOUNT_MAX)),
        run=split,
    ),
    Action(name="pledge", message=Pledge, fields=(ID, org_field("to"), *WORD), run=pledge),
    Action(name="unpledge", message=Unpledge, fields=(ID,), run=unpledge),
    Action(
        name="request_finance",
        message=RequestFinance,
        fields=(
            ID,
            org_field("financier"),
            IntegerField(name="price_minor", low=1, high=AMOUNT_MAX),
            FlagField(name="recourse"),
        ),
        run=request_finance,
    ),
    Action(name="finance", message=Finance, fields=(ID, *WORD), run=finance, role=FINANCIER),
    Action(
        name="set_policy",
        message=SetPolicy,
        fields=(ID, OptionalField(inner=Field(name="policy", kind=PolicyKind()))),
        run=set_policy,
    ),
    Action(
        name="offset",
        message=Offset,
        fields=(ID, BytesField(name="against", size=ID_BYTES)),
        run=offset,
    ),
    Action(name="present", message=ByHolder, fields=(ID,), run=present),
    Action(
        name="attest_payment",
        message=AttestPayment,
        fields=(ID, TextField(name="reference", bytes_max=REFERENCE_BYTES_MAX), AMOUNT),
        run=attest_payment,
    ),
    Action(name="confirm", message=ByHolder, fields=(ID,), run=confirm),
    Action(name="deny", message=ByHolder, fields=(ID,), run=deny),
    Action(name="default", message=ByHolder, fields=(ID,), run=default),
    Action(name="recourse", message=ByHolder, fields=(ID,), run=recourse),
    Action(name="waive", message=ByHolder, fields=(ID,), run=waive),
    Action(
        name="set_limits",
        message=SetLimits,
        fields=(days_field("tenor_warn_days"), days_field("tenor_days_max")),
        run=set_limits,
        lasting=require_ordered,
    ),
)

QUERIES = (
    Query(name="show", fields=(ID,), answer=answer_show),
    Query(name="history", fields=(ID,), answer=answer_history),
    Query(
        name="list",
        fields=(
            OptionalField(inner=org_field("holder")),
            OptionalField(inner=org_field("debtor")),
            OptionalField(inner=TextField(name="state", bytes_max=REASON_BYTES_MAX)),
            OptionalField(inner=BytesField(name="after", size=ID_BYTES)),
            OptionalField(inner=IntegerField(name="limit", low=1, high=PAGE_MAX)),
        ),
        answer=answer_list,
    ),
    Query(name="limits", fields=(), answer=answer_limits),
)

MODULE = Module(name=NAME, actions=ACTIONS, queries=QUERIES)
