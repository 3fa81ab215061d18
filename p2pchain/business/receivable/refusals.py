"""Refusals of the receivables: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class ReferenceCharacters(Refusal):
    """A payment reference has characters that no bank prints."""

    code = "PAY_REF_CHARACTERS"
    fact_names = ("reference",)
    words = "this payment reference has characters that no bank prints"
    next_step = "give it in letters, digits and marks of ASCII"
    guilt = Guilt.INPUT


class ReferenceEmpty(Refusal):
    """A payment reference names no payment."""

    code = "PAY_REF_EMPTY"
    fact_names = ("reference",)
    words = "this names no payment"
    next_step = "give the reference of the bank's statement"
    guilt = Guilt.INPUT


class ReferenceReused(Refusal):
    """The payee has already confirmed a payment of this reference."""

    code = "PAY_REF_REUSED"
    fact_names = ("reference", "collector")
    words = "a payment of this reference was confirmed before"
    next_step = "give the one of this payment"
    guilt = Guilt.STATE


class BackingUsed(Refusal):
    """The debtor has accepted another receivable for this invoice."""

    code = "RCV_BACKING_USED"
    fact_names = ("document",)
    words = "another receivable stands for this invoice"
    next_step = "use that one"
    guilt = Guilt.STATE


class RecourseClaimed(Refusal):
    """Recourse was taken already."""

    code = "RCV_CLAIMED"
    fact_names = ("claim_on",)
    words = "recourse was taken already"
    next_step = "wait for the payment"
    guilt = Guilt.STATE


class CurrencyUnknown(Refusal):
    """The currency is none of ISO 4217."""

    code = "RCV_CURRENCY"
    words = "this is no currency of ISO 4217"
    next_step = "give a currency code of ISO 4217"
    guilt = Guilt.INPUT


class DocumentNeeded(Refusal):
    """Money for a receivable without an invoice, and no word that there is none."""

    code = "RCV_DOCUMENT_NEEDED"
    words = "it names no invoice, so its invoice could be sold separately"
    next_step = "name the registered invoice with --document DOC, or give --no-document"
    guilt = Guilt.INPUT


class DocumentOther(Refusal):
    """The receivable names another invoice than the message says."""

    code = "RCV_DOCUMENT_OTHER"
    fact_names = ("document",)
    words = "the receivable names another invoice"
    next_step = "see: p2pchain receivable show"
    guilt = Guilt.INPUT


class DocumentUnregistered(Refusal):
    """Whoever gives money has not registered the invoice."""

    code = "RCV_DOCUMENT_UNREGISTERED"
    fact_names = ("document", "taker")
    words = "the organisation that lends on it has not registered its invoice"
    next_step = "register it first: p2pchain registry register FILE"
    guilt = Guilt.STATE


class DuePast(Refusal):
    """The due day lies before the day of the block."""

    code = "RCV_DUE_PAST"
    fact_names = ("due_day", "today")
    words = "its due day lies in the past"
    next_step = "choose a later one"
    guilt = Guilt.INPUT


class EndorsementsExceeded(Refusal):
    """It has changed hands as often as it may."""

    code = "RCV_ENDORSEMENTS"
    fact_names = ("most",)
    words = "the limit of its transfers is reached"
    next_step = "present it on its due day"
    guilt = Guilt.LIMIT


class ReceivableExists(Refusal):
    """A receivable of this id is there already."""

    code = "RCV_EXISTS"
    words = "a receivable with this id exists already"
    next_step = "issue it again with a new nonce"
    guilt = Guilt.STATE


class AlreadyGuaranteed(Refusal):
    """It has a guarantor that cannot be replaced so."""

    code = "RCV_GUARANTEED"
    fact_names = ("guarantor",)
    words = "it has a guarantor"
    next_step = "have its holder sign too, to replace the guarantor"
    guilt = Guilt.STATE


class Irrevocable(Refusal):
    """The debtor has accepted it, so it stands."""

    code = "RCV_IRREVOCABLE"
    words = "it was accepted, so it is irrevocable"
    next_step = "settle it, or set it off"
    guilt = Guilt.STATE


class LimitsReversed(Refusal):
    """The warning lies above the limit."""

    code = "RCV_LIMITS"
    words = "the warning lies above the limit"
    next_step = "swap the two"
    guilt = Guilt.INPUT


class NotAccepted(Refusal):
    """The debtor has not accepted it yet."""

    code = "RCV_NOT_ACCEPTED"
    fact_names = ("debtor",)
    words = "the debtor has not accepted it yet"
    next_step = "wait for: p2pchain receivable accept"
    guilt = Guilt.STATE


class NotClaimed(Refusal):
    """No claim in recourse stands on anybody."""

    code = "RCV_NOT_CLAIMED"
    words = "no claim in recourse is open"
    next_step = "there is no claim to waive"
    guilt = Guilt.STATE


class NotDefaulted(Refusal):
    """Recourse before the debtor has defaulted."""

    code = "RCV_NOT_DEFAULTED"
    words = "the debtor has not defaulted"
    next_step = "first: p2pchain receivable default"
    guilt = Guilt.STATE


class NotDue(Refusal):
    """Presented, or declared in default, before its day."""

    code = "RCV_NOT_DUE"
    fact_names = ("due_day", "today")
    words = "it is not due yet"
    next_step = "wait for its day"
    guilt = Guilt.STATE


class NotOffered(Refusal):
    """Nothing is offered, or not for this."""

    code = "RCV_NOT_OFFERED"
    words = "it is not offered, or not on these terms"
    next_step = "its holder has to offer it first"
    guilt = Guilt.STATE


class NotPledged(Refusal):
    """Nobody has it as security."""

    code = "RCV_NOT_PLEDGED"
    words = "nobody holds it as security"
    guilt = Guilt.STATE


class NotPresented(Refusal):
    """A default of what was never presented."""

    code = "RCV_NOT_PRESENTED"
    words = "it was not presented"
    next_step = "first: p2pchain receivable present"
    guilt = Guilt.STATE


class NoRecourse(Refusal):
    """No endorser stayed liable, and there is no guarantor."""

    code = "RCV_NO_RECOURSE"
    fact_names = ("holder",)
    words = "nobody before you agreed to recourse"
    next_step = "claim from the debtor, off the chain"
    guilt = Guilt.STATE


class OnOfferAlready(Refusal):
    """An offer of it stands."""

    code = "RCV_OFFERED"
    fact_names = ("offered_to",)
    words = "it is on offer"
    next_step = "wait for the answer, or: p2pchain receivable withdraw"
    guilt = Guilt.STATE


class OffsetMismatch(Refusal):
    """The two do not run against each other in one currency."""

    code = "RCV_OFFSET"
    fact_names = ("receivable", "against")
    words = "the two do not run against each other in one currency"
    next_step = "each one's debtor holds the other, in one currency"
    guilt = Guilt.INPUT


class Overdue(Refusal):
    """Its due day has passed, so it changes hands no more."""

    code = "RCV_OVERDUE"
    fact_names = ("due_day", "today")
    words = "its due day has passed"
    next_step = "present it"
    guilt = Guilt.STATE


class PartyInvalid(Refusal):
    """No such organisation, or one that cannot have this part."""

    code = "RCV_PARTY"
    fact_names = ("part", "org")
    words = "no such organisation, or it cannot take this role"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.INPUT


class PaymentAmountOther(Refusal):
    """The payment is of another amount than the receivable."""

    code = "RCV_PAYMENT_AMOUNT"
    fact_names = ("paid_minor", "amount_minor", "currency")
    words = "the payment is of another amount"
    next_step = "split it to be paid in parts"
    guilt = Guilt.INPUT


class PriceTooHigh(Refusal):
    """The price lies above the amount."""

    code = "RCV_PRICE"
    fact_names = ("price_minor", "amount_minor", "currency")
    words = "the price lies above the amount"
    next_step = "ask for less"
    guilt = Guilt.INPUT


class SimilarInvoiceUnacknowledged(Refusal):
    """Others like it were financed or registered, and nobody acknowledged them."""

    code = "RCV_SIMILAR_UNACKNOWLEDGED"
    fact_names = ("similar",)
    words = "similar ones were financed or registered"
    next_step = "look at them, then give --acknowledge-similar"
    guilt = Guilt.STATE


class ReceivableSpent(Refusal):
    """It was split, so its parts stand in its place."""

    code = "RCV_SPENT"
    words = "it was split"
    next_step = "act on its parts"
    guilt = Guilt.STATE


class SplitSumOther(Refusal):
    """Fewer than two parts, or they do not make up the amount."""

    code = "RCV_SPLIT_SUM"
    fact_names = ("parts_minor", "amount_minor", "currency")
    words = "the parts do not make up the amount"
    next_step = "correct them"
    guilt = Guilt.INPUT


class StateUnsuited(Refusal):
    """In its state this cannot be done."""

    code = "RCV_STATE"
    fact_names = ("state", "expected")
    words = "this cannot be done in its state"
    next_step = "see: p2pchain receivable history"
    guilt = Guilt.STATE


class TenorExceeded(Refusal):
    """From issue to due day lie more days than the members allow."""

    code = "RCV_TENOR_EXCEEDED"
    fact_names = ("tenor_days", "tenor_days_max")
    words = "its due day lies too far ahead"
    next_step = "choose an earlier one"
    guilt = Guilt.LIMIT


class ReceivableUnknown(Refusal):
    """No receivable has this id."""

    code = "RCV_UNKNOWN"
    words = "no such receivable"
    next_step = "see: p2pchain receivable list"
    guilt = Guilt.UNKNOWN


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    ReferenceCharacters,
    ReferenceEmpty,
    ReferenceReused,
    BackingUsed,
    RecourseClaimed,
    CurrencyUnknown,
    DocumentNeeded,
    DocumentOther,
    DocumentUnregistered,
    DuePast,
    EndorsementsExceeded,
    ReceivableExists,
    AlreadyGuaranteed,
    Irrevocable,
    LimitsReversed,
    NotAccepted,
    NotClaimed,
    NotDefaulted,
    NotDue,
    NotOffered,
    NotPledged,
    NotPresented,
    NoRecourse,
    OnOfferAlready,
    OffsetMismatch,
    Overdue,
    PartyInvalid,
    PaymentAmountOther,
    PriceTooHigh,
    SimilarInvoiceUnacknowledged,
    ReceivableSpent,
    SplitSumOther,
    StateUnsuited,
    TenorExceeded,
    ReceivableUnknown,
)
