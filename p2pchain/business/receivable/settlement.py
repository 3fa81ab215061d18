"""End of a receivable: presentation, payment, default, recourse, set-off. It is presented on its due day,
paid as somebody attests and the holder confirms, or defaulted, with recourse to those who are liable; or set
off against one that runs the other way.

No money is on the chain: a payment is what a reference (of a bank's statement) stands for. Whoever has the
receivable as security gets the money in place of the holder, and says that it came.

A reference is used by the word of the one at whose bank the money arrived, its *collector*, and by that word
alone: a payment arrives at one, and what that one has confirmed once it confirms for no other receivable. An
attestation reserves nothing, for anybody may make one, under any reference that it has seen: a stranger's
would keep back the payment that is meant. So several may stand under one reference; the first that is
confirmed has it, and the others are denied. What others do with it among themselves is in nobody's way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.receivable.fields import AGAINST, OWN_AMOUNT, REFERENCE, ReceivableId
from p2pchain.business.receivable.parties import (
    FINANCIER,
    require_party,
    require_state,
    require_unoffered,
    require_unpledged,
    require_unpooled,
)
from p2pchain.business.receivable.records import (
    ACCEPTED,
    DEFAULTED,
    PAID,
    PRESENTED,
    SETTLED,
    SPLIT,
    Receivable,
    amounts_of,
    facts_of,
    payment_key,
    require,
    store,
    today,
)
from p2pchain.business.receivable.refusals import (
    NoRecourse,
    NotClaimed,
    NotDefaulted,
    NotDue,
    NotPresented,
    OffsetMismatch,
    PaymentAmountOther,
    RecourseClaimed,
    ReferenceReused,
)
from p2pchain.business.receivable.transfer import part, release
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

OFFSET = b"offset/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHolder:
    """The holder presents it, confirms or denies a payment, tells a default, or takes recourse."""

    receivable: ReceivableId


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestPayment:
    """It was paid: ``reference`` says where that is written, ``amount_minor`` how much."""

    receivable: ReceivableId
    reference: Annotated[str, REFERENCE, Entry(is_made=True)]
    amount_minor: Annotated[int, OWN_AMOUNT, Entry(of_record="amount_minor")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """Two receivables between the same two, one in each direction, are set off."""

    receivable: ReceivableId
    against: Annotated[bytes, AGAINST, Entry(is_argument=True)]


def present(context: Context, message: ByHolder) -> None:
    """Ask the debtor to pay, from the due day on. ``AUTH_CONTROLLER``, ``RCV_NOT_ACCEPTED``,
    ``RCV_OFFERED``, ``RCV_NOT_DUE``.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    require_state(item, ACCEPTED)
    unoffered = require_unoffered(context, item)
    require_due(context, item, item.due_day)
    store(context, item, replace(unoffered, state=PRESENTED), "presented", org, None)


def attest_payment(context: Context, message: AttestPayment) -> None:
    """Say that it was paid: the one who pays, or any financier as its bank.

    ``AUTH_CONTROLLER``, what ``require_state`` refuses, ``RCV_PAYMENT_AMOUNT``, ``PAY_REF_CHARACTERS``,
    ``PAY_REF_EMPTY``, ``PAY_REF_REUSED``.
    """
    item = require(context, message.receivable)
    org = payer_or_bank(context, item)
    require_state(item, PRESENTED, DEFAULTED)
    if message.amount_minor != item.amount_minor:
        facts = amounts_of(item, paid_minor=message.amount_minor)
        raise PaymentAmountOther(facts)
    require_unused(context, item, message.reference)
    paid = replace(item, state=PAID, attested_by=org, reference=message.reference)
    store(context, item, paid, "payment_attested", org, message.reference)


def confirm(context: Context, message: ByHolder) -> None:
    """The money is here, and its reference is used. Paid by the debtor it is settled; paid in recourse,
    whoever paid holds it now, and has recourse to those before. ``AUTH_CONTROLLER``, what ``require_state``
    refuses, ``PAY_REF_REUSED``.
    """
    item = require(context, message.receivable)
    org = require_collector(context, item)
    require_state(item, PAID)
    assert item.reference is not None, "what is paid has a reference"
    context.put(require_unused(context, item, item.reference), (item.key,))
    if item.claim_on is None:
        store(context, item, replace(item, state=SETTLED), "settled", org, item.reference)
        return
    payer = item.claim_on
    places = [place for place, (endorser, _) in enumerate(item.endorsements) if endorser == payer]
    left = item.endorsements[: places[-1]] if places else ()
    guarantor = None if payer == item.guarantor and not places else item.guarantor
    if item.pledgee is not None:
        release(context, item)
    cleared = replace(item, state=DEFAULTED, holder=payer, endorsements=left, guarantor=guarantor)
    cleared = replace(cleared, pledgee=None, claim_on=None, attested_by=None, reference=None)
    store(context, item, cleared, "recourse_paid", org, payer)


def deny(context: Context, message: ByHolder) -> None:
    """No such money came. ``AUTH_CONTROLLER``, what ``require_state`` refuses."""
    item = require(context, message.receivable)
    org = require_collector(context, item)
    require_state(item, PAID)
    back = DEFAULTED if item.claim_on is not None else PRESENTED
    denied = replace(item, state=back, attested_by=None, reference=None)
    store(context, item, denied, "payment_denied", org, item.reference)


def default(context: Context, message: ByHolder) -> None:
    """The debtor did not pay: the day after the due day at the earliest. ``AUTH_CONTROLLER``,
    ``RCV_NOT_PRESENTED``, ``RCV_NOT_DUE``.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    if item.state == ACCEPTED:
        raise NotPresented(facts_of(item))
    require_state(item, PRESENTED)
    require_due(context, item, item.due_day + 1)
    store(context, item, replace(item, state=DEFAULTED), "defaulted", org, None)


def recourse(context: Context, message: ByHolder) -> None:
    """Ask the latest endorser that stayed liable, else the guarantor, to pay. ``AUTH_CONTROLLER``,
    ``RCV_NO_RECOURSE`` where nobody is, ``RCV_NOT_DEFAULTED``, ``RCV_CLAIMED``.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    liable = item.recourse_against
    if liable is None:
        facts = facts_of(item, holder=item.holder)
        raise NoRecourse(facts)
    if item.state != DEFAULTED:
        raise NotDefaulted(facts_of(item))
    if item.claim_on is not None:
        raise RecourseClaimed(facts_of(item, claim_on=item.claim_on))
    store(context, item, replace(item, claim_on=liable), "recourse_taken", org, liable)


def waive(context: Context, message: ByHolder) -> None:
    """Let the one go on whom the claim is and who does not pay: it is liable no more, and the next recourse
    goes to the one before, or the debtor pays after all. ``AUTH_CONTROLLER``, ``RCV_NOT_CLAIMED``, what
    ``require_state`` refuses.
    """
    item = require(context, message.receivable)
    org = require_party(context, item, item.holder, "holder").org
    if item.claim_on is None:
        raise NotClaimed(facts_of(item))
    require_state(item, DEFAULTED)
    liable = (item.claim_on, True)
    waived = replace(item, claim_on=None)
    if liable in item.endorsements:
        place = len(item.endorsements) - 1 - item.endorsements[::-1].index(liable)
        left = (*item.endorsements[:place], (item.claim_on, False), *item.endorsements[place + 1 :])
        waived = replace(waived, endorsements=left)
    else:
        waived = replace(waived, guarantor=None)
    store(context, item, waived, "recourse_waived", org, item.claim_on)


def offset(context: Context, message: Offset) -> None:
    """Set two receivables off: at once where both holders sign, else when the second of them says the same
    before anything else happens to either. The smaller one is settled; of the larger one a part is, and the
    rest is left.

    ``RCV_OFFSET`` where they do not run against each other in one currency; ``AUTH_CONTROLLER``;
    ``POL_UNSATISFIED``; what ``require_tradable`` refuses, but for the due day.
    """
    first, second = sorted((message.receivable, message.against))
    one, other = require(context, first), require(context, second)
    against = (one.debtor, one.holder, one.currency) == (other.holder, other.debtor, other.currency)
    if not against or first == second:
        facts: dict[str, Fact] = {"receivable": first.hex(), "against": second.hex()}
        raise OffsetMismatch(facts)
    signing = {account.org for account in context.accounts} & {one.holder, other.holder}
    if not signing:
        require_party(context, one, one.holder, "holder_of_either")
    for item in (one, other):
        if item.holder in signing:
            require_party(context, item, item.holder, "holder")
    one, other = (require_settleable(context, item) for item in (one, other))
    key = OFFSET + first + second
    if len(signing) < 2 and not _said_by_the_other(context.get(key), one, other, signing):
        org = min(signing)
        context.put(key, (org, one.events, other.events))
        context.emit("offset_proposed", (first, second, org))
        return
    context.delete(key)
    amount_minor = min(one.amount_minor, other.amount_minor)
    for item, mate in ((one, other), (other, one)):
        set_off(context, item, amount_minor, mate.key.hex())


def _said_by_the_other(said: Record | None, one: Receivable, other: Receivable, signing: set[OrgId]) -> bool:
    """Test whether the other holder agreed to both as they are now."""
    (mate,) = {one.holder, other.holder} - signing
    return said == (mate, one.events, other.events)


def set_off(context: Context, item: Receivable, amount_minor: int, mate: str) -> None:
    """Settle so much of a receivable by another."""
    if amount_minor == item.amount_minor:
        store(context, item, replace(item, state=SETTLED), "set_off", item.holder, mate)
        return
    gone = require(context, part(context, item, amount_minor, 0, item.holder))
    part(context, item, item.amount_minor - amount_minor, 1, item.holder)
    store(context, gone, replace(gone, state=SETTLED), "set_off", item.holder, mate)
    amounts = f"{amount_minor} {item.amount_minor - amount_minor}"
    store(context, item, replace(item, state=SPLIT), "split", item.holder, amounts)


def payer_or_bank(context: Context, item: Receivable) -> OrgId:
    """Return the signer that may state a payment: the payer, or a bank. A bank is a financier that saw the
    payment and neither holds the receivable nor has it as security, for those say whether the money came.
    ``AUTH_CONTROLLER``.
    """
    for account in context.accounts:
        is_bank = FINANCIER in account.roles and account.org not in (item.holder, item.pledgee)
        if account.org == item.payer or is_bank:
            return account.org
    return require_party(context, item, item.payer, "payer,bank_of_payer").org


def require_collector(context: Context, item: Receivable) -> OrgId:
    """Return the party entitled to the money, where it signs. ``AUTH_CONTROLLER``."""
    part = "pledgee" if item.collector == item.pledgee else "holder"
    return require_party(context, item, item.collector, part).org


def require_unused(context: Context, item: Receivable, reference: str) -> bytes:
    """Return the state key of a reference's use, unless it was used before. ``PAY_REF_REUSED`` where whoever
    gets the money has confirmed it before.
    """
    key = payment_key(item.collector, reference)
    if context.get(key) is not None:
        facts = facts_of(item, reference=reference, collector=item.collector)
        raise ReferenceReused(facts)
    return key


def require_settleable(context: Context, item: Receivable) -> Receivable:
    """As ``require_tradable``, but the due day does not matter; the receivable with nothing on offer."""
    require_state(item, ACCEPTED)
    require_unpledged(item)
    require_unpooled(context, item)
    return require_unoffered(context, item)


def require_due(context: Context, item: Receivable, day: int) -> None:
    """``RCV_NOT_DUE`` before ``day``."""
    if today(context) < day:
        facts = facts_of(item, due_day=item.due_day, today=today(context))
        raise NotDue(facts)
