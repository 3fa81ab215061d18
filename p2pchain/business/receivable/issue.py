"""Issue of a receivable: proposed by debtor or creditor, accepted by the debtor and irrevocable then,
guaranteed; or rejected, or cancelled before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.receivable.fields import (
    AMOUNT,
    CURRENCY,
    DOCUMENT,
    REASON,
    TENOR_MOST,
    TENOR_WARN,
    TERMS,
    ReceivableId,
)
from p2pchain.business.receivable.parties import (
    FINANCIER,
    ISSUER,
    require_org,
    require_party,
    require_party_role,
    require_state,
)
from p2pchain.business.receivable.records import (
    ACCEPTED,
    BACKING,
    CANCELLED,
    LIMITS,
    PROPOSED,
    REJECTED,
    SPLIT,
    Receivable,
    facts_of,
    find,
    limits,
    require,
    store,
    today,
)
from p2pchain.business.receivable.refusals import (
    AlreadyGuaranteed,
    BackingUsed,
    CurrencyUnknown,
    DuePast,
    Irrevocable,
    LimitsReversed,
    PartyInvalid,
    ReceivableExists,
    ReceivableSpent,
    StateUnsuited,
    TenorExceeded,
)
from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES, issued_id
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Day, Nonce, Organisation
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A debtor owes a creditor an amount on a day. ``nonce``: drawn by who issues, whose id it makes;
    ``document``: the invoice behind it, as the registry names it; ``terms``: the root of its private terms.
    """

    nonce: Annotated[bytes, Nonce(size=ISSUE_NONCE_BYTES, help="drawn by who issues; it makes the id")]
    debtor: Annotated[str, Organisation(help="who owes"), Entry(option="from", is_own_organisation=True)]
    creditor: Annotated[str, Organisation(help="who is owed"), Entry(option="to", is_own_organisation=True)]
    amount_minor: Annotated[int, AMOUNT]
    currency: Annotated[str, CURRENCY]
    due_day: Annotated[int, Day(help="when it is due"), Entry(option="due")]
    document: Annotated[bytes | None, DOCUMENT]
    terms: Annotated[bytes | None, TERMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The debtor says that it owes this, for good."""

    receivable: ReceivableId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """The debtor says that it does not owe this."""

    receivable: ReceivableId
    reason: Annotated[str, REASON]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReceivable:
    """Whoever proposed it takes it back, before it is accepted."""

    receivable: ReceivableId


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """An organisation stands in for the debtor."""

    receivable: ReceivableId
    guarantor: Annotated[
        str, Organisation(help="guarantor of the debtor"), Entry(option="by", is_own_organisation=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimits:
    """The members agree on other limits of tenor, in days."""

    tenor_warn_days: Annotated[int, TENOR_WARN, Entry(option="warn-days")]
    tenor_days_max: Annotated[int, TENOR_MOST, Entry(option="max-days")]


def issue(context: Context, message: Issue) -> None:
    """Propose a receivable. Refusals, in this order: ``RCV_PARTY``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``RCV_EXISTS`` where its proposer has used the nonce, ``RCV_CURRENCY``, ``RCV_TENOR_EXCEEDED``,
    ``RCV_DUE_PAST``.
    """
    debtor = require_org(context, message.debtor, "debtor")
    creditor = require_org(context, message.creditor, "creditor")
    if debtor == creditor:
        raise PartyInvalid({"part": "creditor", "org": creditor}, "nobody owes itself")
    by_creditor = any(account.org == creditor for account in context.accounts)
    by_debtor = any(account.org == debtor for account in context.accounts)
    org = creditor if by_creditor and not by_debtor else debtor
    item = proposed(context, message, debtor, creditor, issued_id(org, message.nonce))
    proposer = require_party_role(context, item, org, "debtor,creditor", ISSUER).org
    if find(context, item.key) is not None:
        raise ReceivableExists({"receivable": item.key.hex()})
    if message.currency not in DECIMALS:
        raise CurrencyUnknown({"currency": message.currency})
    warns = require_tenor(context, item)
    note = "long_tenor" if warns else None
    store(context, None, replace(item, proposer=proposer), "issued", proposer, note)


def accept(context: Context, message: Accept) -> None:
    """The debtor accepts. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``RCV_STATE``, ``RCV_BACKING_USED`` where it
    has accepted another receivable for the same invoice.
    """
    item = require(context, message.receivable)
    org = require_party_role(context, item, item.debtor, "debtor", ISSUER).org
    require_proposed(item)
    take_backing(context, item)
    store(context, item, replace(item, state=ACCEPTED), "accepted", org, None)


def reject(context: Context, message: Reject) -> None:
    """The debtor rejects. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``RCV_IRREVOCABLE``."""
    item = require(context, message.receivable)
    org = require_party_role(context, item, item.debtor, "debtor", ISSUER).org
    require_revocable(item)
    store(context, item, replace(item, state=REJECTED), "rejected", org, message.reason)


def cancel(context: Context, message: CancelReceivable) -> None:
    """The proposer takes it back. ``AUTH_CONTROLLER``, ``RCV_IRREVOCABLE``."""
    item = require(context, message.receivable)
    org = require_party(context, item, item.proposer, "proposer").org
    require_revocable(item)
    store(context, item, replace(item, state=CANCELLED), "cancelled", org, None)


def guarantee(context: Context, message: Guarantee) -> None:
    """A financier guarantees it, for itself; in the place of another where the holder signs too, so that one
    who was not asked keeps nobody out; not once an endorser is liable, who relies on it.

    ``RCV_PARTY``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``RCV_GUARANTEED``, ``RCV_NOT_ACCEPTED``.
    """
    item = require(context, message.receivable)
    guarantor = require_org(context, message.guarantor, "guarantor")
    org = require_party_role(context, item, guarantor, "guarantor", FINANCIER).org
    require_state(item, ACCEPTED)
    if org in (item.debtor, item.holder):
        raise PartyInvalid({"part": "guarantor", "org": org}, "debtor and holder cannot guarantee it")
    if item.guarantor is not None:
        relied_on = any(liable for _, liable in item.endorsements)
        asked = item.holder in {account.org for account in context.accounts}
        if org == item.guarantor or relied_on or not asked:
            raise AlreadyGuaranteed(facts_of(item, guarantor=item.guarantor))
        require_party(context, item, item.holder, "holder")
    store(context, item, replace(item, guarantor=org), "guaranteed", org, None)


def set_limits(context: Context, message: SetLimits) -> None:
    """Other limits of tenor; needs the organisations with more than 2/3 of the power
    (``MEMBERSHIP_NO_QUORUM``). ``RCV_LIMITS``.
    """
    context.call("membership", "require_quorum")
    require_ordered(context, message)
    context.put(LIMITS, (message.tenor_warn_days, message.tenor_days_max))
    context.emit("limits_set", (message.tenor_warn_days, message.tenor_days_max))


def require_ordered(_view: View, message: SetLimits) -> None:
    """``RCV_LIMITS`` where the warning lies above the limit."""
    if message.tenor_warn_days > message.tenor_days_max:
        facts: dict[str, Fact] = {"tenor_warn_days": message.tenor_warn_days}
        raise LimitsReversed({**facts, "tenor_days_max": message.tenor_days_max})


def proposed(view: View, message: Issue, debtor: OrgId, creditor: OrgId, key: bytes) -> Receivable:
    """The receivable as it is proposed; the creditor holds it."""
    return Receivable(
        key=key,
        state=PROPOSED,
        proposer=debtor,
        debtor=debtor,
        creditor=creditor,
        holder=creditor,
        amount_minor=message.amount_minor,
        currency=message.currency,
        issue_day=today(view),
        due_day=message.due_day,
        root=key,
        parent=None,
        document=message.document,
        terms=message.terms,
        no_document=None,
        guarantor=None,
        endorsements=(),
        offer_to=None,
        offer_price=None,
        offer_recourse=False,
        pledgee=None,
        financier=None,
        claim_on=None,
        attested_by=None,
        reference=None,
        events=0,
        page=0,
        policy_at=None,
    )


def require_tenor(view: View, item: Receivable) -> bool:
    """Test whether the tenor is long enough to be stated. ``RCV_TENOR_EXCEEDED`` beyond the limit,
    ``RCV_DUE_PAST`` where the due day has passed.
    """
    tenor_days = item.due_day - item.issue_day
    warn_days, days_max = limits(view)
    facts: dict[str, Fact] = {"tenor_days": tenor_days, "due_day": item.due_day, "today": item.issue_day}
    if tenor_days < 0:
        raise DuePast(facts)
    if tenor_days > days_max:
        facts["tenor_days_max"] = days_max
        raise TenorExceeded(facts)
    return tenor_days > warn_days


def require_proposed(item: Receivable) -> None:
    """``RCV_SPENT``, or ``RCV_STATE`` where it is not proposed any more."""
    if item.state != PROPOSED:
        reason = ReceivableSpent if item.state == SPLIT else StateUnsuited
        raise reason(facts_of(item, expected=PROPOSED))


def require_revocable(item: Receivable) -> None:
    """``RCV_IRREVOCABLE`` once it was accepted; ``RCV_STATE`` where it ended before."""
    if item.state in (REJECTED, CANCELLED):
        require_proposed(item)
    if item.state != PROPOSED:
        raise Irrevocable(facts_of(item))


def take_backing(context: Context, item: Receivable) -> None:
    """An invoice backs one receivable that its debtor has accepted: ``RCV_BACKING_USED``. What others
    propose or accept is in nobody's way: the chain does not know whose invoice it is.
    """
    if item.document is None:
        return
    key = BACKING + item.document + b"/" + item.debtor.encode()
    if context.get(key) is not None:
        facts: dict[str, Fact] = {"receivable": item.key.hex(), "document": item.document.hex()}
        raise BackingUsed(facts)
    context.put(key, (item.key,))
