"""Refusals of the pools: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class AmountBeyond(Refusal):
    """A sum would pass what a pool may hold."""

    code = "SEC_AMOUNT_BEYOND"
    fact_names = ("amount_minor", "most_minor")
    words = "the sum is larger than a pool may have"
    next_step = "give less, or make a second pool"
    guilt = Guilt.LIMIT


class AssetAbsent(Refusal):
    """An asset is not in this pool as it is described."""

    code = "SEC_ASSET_ABSENT"
    fact_names = ("number",)
    words = "an asset is not in this pool, or is described otherwise than when it was added"
    next_step = "give the file from which the assets were added"
    guilt = Guilt.INPUT


class AssetTaken(Refusal):
    """An asset is encumbered elsewhere: its contract, collateral, document or receivable is."""

    code = "SEC_ASSET_TAKEN"
    fact_names = ("taken", "of", "class", "number")
    words = "assets are encumbered elsewhere"
    next_step = "leave them out, or have them freed there; see: p2pchain securitisation check"
    guilt = Guilt.STATE


class BalanceMismatch(Refusal):
    """A balance is not the one of the pool."""

    code = "SEC_BALANCE_MISMATCH"
    fact_names = ("balance_minor", "expected_minor")
    words = "the balance differs from that of the assets"
    next_step = "compare the file with: p2pchain securitisation show"
    guilt = Guilt.INPUT


class CleanUpEarly(Refusal):
    """The pool is still larger than a clean-up call allows."""

    code = "SEC_CLEAN_UP_EARLY"
    fact_names = ("balance_minor", "most_minor")
    words = "the pool is too large for a clean-up call"
    next_step = "wait until it is paid down"
    guilt = Guilt.STATE


class CollectionsBroken(Refusal):
    """A report creates or loses money: opening less principal less losses is not the closing balance."""

    code = "SEC_CONSERVATION"
    fact_names = ("opening_minor", "closing_minor", "expected_minor")
    words = "opening balance less principal less losses is not the closing balance"
    next_step = "correct the report"
    guilt = Guilt.INPUT


class CountMismatch(Refusal):
    """A count is not the one of the pool."""

    code = "SEC_COUNT_MISMATCH"
    fact_names = ("count", "expected")
    words = "the pool has another number of assets"
    next_step = "compare the file with: p2pchain securitisation show"
    guilt = Guilt.INPUT


class DocumentUnregisteredBy(Refusal):
    """The originator has not registered the invoice of an asset."""

    code = "SEC_DOCUMENT_UNREGISTERED"
    fact_names = ("number", "document")
    words = "the originator has not registered the invoice of this asset"
    next_step = "register it: p2pchain registry register FILE"
    guilt = Guilt.STATE


class DocumentOfAsset(Refusal):
    """A receivable has an invoice behind it that nobody names."""

    code = "SEC_DOCUMENT_NEEDED"
    fact_names = ("number", "receivable")
    words = "the receivable names no invoice, so its invoice could be sold separately"
    next_step = "name the registered invoice of the asset"
    guilt = Guilt.INPUT


class AssetIneligible(Refusal):
    """An asset does not meet the criteria of the pool."""

    code = "SEC_INELIGIBLE"
    fact_names = ("number", "criterion")
    words = "an asset does not meet the criteria of the pool"
    next_step = "leave it out"
    guilt = Guilt.INPUT


class KeysOther(Refusal):
    """Identifiers were hashed under other keys than those in force."""

    code = "SEC_KEYS"
    fact_names = ("oldest", "newest")
    words = "the identifiers have to be hashed under each key of the financiers that is in force"
    next_step = "see: p2pchain registry key"
    guilt = Guilt.INPUT


class PoolLapsed(Refusal):
    """A pool was not accepted in time; its assets may be freed by anybody."""

    code = "SEC_LAPSED"
    fact_names = ("lapse_day",)
    words = "the pool was not accepted in time"
    next_step = "drop its assets, and make another one"
    guilt = Guilt.STATE


class ReportNotVerified(Refusal):
    """Nothing is distributed before the trustee has verified the report."""

    code = "SEC_NOT_VERIFIED"
    fact_names = ("period",)
    words = "there is no verified report of the next period"
    next_step = "the trustee: p2pchain securitisation verify"
    guilt = Guilt.STATE


class Oversold(Refusal):
    """More is issued than the pool holds, or more transferred than the holder has."""

    code = "SEC_OVERSOLD"
    fact_names = ("amount_minor", "most_minor")
    words = "more than there is"
    next_step = "give less"
    guilt = Guilt.STATE


class PartiesInvalid(Refusal):
    """An organisation cannot have this part in the pool."""

    code = "SEC_PARTY"
    fact_names = ("part", "org")
    words = "this organisation cannot take that role"
    next_step = "name another member"
    guilt = Guilt.INPUT


class PeriodOrder(Refusal):
    """A period is not the next one, ends before it begins, or has not ended yet."""

    code = "SEC_PERIOD_ORDER"
    fact_names = ("period", "expected", "end_day", "after_day", "today")
    words = "this is not the next period"
    next_step = "report the periods one after the other, once they have ended"
    guilt = Guilt.STATE


class PoolExists(Refusal):
    """The originator has used this nonce for a pool."""

    code = "SEC_EXISTS"
    words = "a pool with this id exists already"
    next_step = "give another nonce"
    guilt = Guilt.STATE


class PoolState(Refusal):
    """The pool is in a state that does not allow this."""

    code = "SEC_STATE"
    fact_names = ("state", "expected")
    words = "the state of the pool does not allow it"
    next_step = "see: p2pchain securitisation show"
    guilt = Guilt.STATE


class PoolUnknown(Refusal):
    """There is no pool of this id."""

    code = "SEC_UNKNOWN"
    words = "there is no such pool"
    next_step = "see: p2pchain securitisation list"
    guilt = Guilt.UNKNOWN


class PriceTooLow(Refusal):
    """Assets are bought back for less than is owed on them."""

    code = "SEC_PRICE"
    fact_names = ("price_minor", "least_minor")
    words = "the price is less than what is owed on the assets"
    next_step = "pay at least that"
    guilt = Guilt.INPUT


class ReportOther(Refusal):
    """The trustee verifies another report than the servicer's."""

    code = "SEC_REPORT_OTHER"
    fact_names = ("part",)
    words = "the report has other figures"
    next_step = "see the report, and verify or reject it"
    guilt = Guilt.INPUT


class ReportPending(Refusal):
    """A report awaits the trustee, or its distribution."""

    code = "SEC_REPORT_PENDING"
    fact_names = ("period",)
    words = "a report of this pool is not distributed yet"
    next_step = "distribute or reject it first"
    guilt = Guilt.STATE


class RootMismatch(Refusal):
    """The assets are others than those that are in the pool, or were sealed."""

    code = "SEC_ROOT_MISMATCH"
    fact_names = ("root", "expected")
    words = "the assets differ from those of the pool"
    next_step = "compare the files with the originator"
    guilt = Guilt.INPUT


class StatementUnknown(Refusal):
    """There is no statement of that period."""

    code = "SEC_STATEMENT_UNKNOWN"
    fact_names = ("period", "last")
    words = "nothing was distributed for that period"
    next_step = "see: p2pchain securitisation show"
    guilt = Guilt.UNKNOWN


class SubstitutionLimit(Refusal):
    """More is substituted than the deal allows."""

    code = "SEC_SUBSTITUTION_LIMIT"
    fact_names = ("substituted_minor", "most_minor")
    words = "more would be substituted than the deal allows"
    next_step = "repurchase the assets instead"
    guilt = Guilt.LIMIT


class TermsInvalid(Refusal):
    """The terms of the tranches contradict one another."""

    code = "SEC_TERMS"
    fact_names = ("part",)
    words = "the terms of the tranches do not fit one another"
    next_step = "give a name, an amount and a rate for each tranche, names once"
    guilt = Guilt.INPUT


class TrancheUnknown(Refusal):
    """The deal has no such tranche."""

    code = "SEC_TRANCHE_UNKNOWN"
    fact_names = ("tranche",)
    words = "the deal has no such tranche"
    next_step = "see: p2pchain securitisation show"
    guilt = Guilt.UNKNOWN


class TriggerHit(Refusal):
    """A trigger of the deal is hit, or it is accelerated: nothing goes in any more."""

    code = "SEC_TRIGGER_HIT"
    fact_names = ("accelerated",)
    words = "a trigger of the deal is hit"
    next_step = "assets can be repurchased, not substituted"
    guilt = Guilt.STATE


class Unpaid(Refusal):
    """A deal cannot close while the pool, the reserve or a report is there."""

    code = "SEC_UNPAID"
    fact_names = ("balance_minor", "cash_minor")
    words = "the pool is not paid out yet"
    next_step = "report and distribute what is left"
    guilt = Guilt.STATE


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    AmountBeyond,
    AssetAbsent,
    AssetIneligible,
    AssetTaken,
    BalanceMismatch,
    CleanUpEarly,
    CollectionsBroken,
    CountMismatch,
    DocumentOfAsset,
    DocumentUnregisteredBy,
    KeysOther,
    Oversold,
    PartiesInvalid,
    PeriodOrder,
    PoolExists,
    PoolLapsed,
    PoolState,
    PoolUnknown,
    PriceTooLow,
    ReportNotVerified,
    ReportOther,
    ReportPending,
    RootMismatch,
    StatementUnknown,
    SubstitutionLimit,
    TermsInvalid,
    TrancheUnknown,
    TriggerHit,
    Unpaid,
)
