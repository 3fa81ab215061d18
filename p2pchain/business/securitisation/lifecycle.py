"""A deal from the issue of its tranches to its end: what goes in and out of the pool meanwhile.

Assets are replaced, bought back or freed once they are repaid, always in the block in which the pool and the
index of encumbrances change together. What needs the trustee besides is signed by both in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.securitisation.asset_row import PooledAsset, assets_of, balance_of, original_of
from p2pchain.business.securitisation.assets import Keys, free_assets, take_assets
from p2pchain.business.securitisation.fields import (
    ACCEPTED,
    CLOSED,
    DAY_COUNT,
    ISSUED,
    KEYS,
    MONEY_MAX,
    STRUCTURE,
    TRANCHE,
    TRANCHES_MAX,
    Assets,
    PoolId,
    money,
    nullable,
    rate,
    typed,
)
from p2pchain.business.securitisation.formation import OnPool
from p2pchain.business.securitisation.holding import first_holding
from p2pchain.business.securitisation.parties import (
    ORIGINATOR,
    SERVICER,
    TRUSTEE,
    require_party,
    require_state,
)
from p2pchain.business.securitisation.period_report import require_no_report
from p2pchain.business.securitisation.pool import (
    Deal,
    Ledgered,
    Pool,
    account_of,
    amounts_of,
    deal_of,
    facts_of,
    require,
    store,
    store_account,
    store_deal,
    today,
)
from p2pchain.business.securitisation.refusals import (
    AmountBeyond,
    BalanceMismatch,
    CleanUpEarly,
    Oversold,
    PeriodOrder,
    PriceTooLow,
    SubstitutionLimit,
    TermsInvalid,
    TriggerHit,
    Unpaid,
)
from p2pchain.business.securitisation.waterfall import part_of
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Array, Day

NAMES: Final = Array(inner=TRANCHE, most=TRANCHES_MAX, least=1, help="names of the tranches, senior first")
AMOUNTS: Final = Array(
    inner=money(low=1, currency=""),
    most=TRANCHES_MAX,
    least=1,
    is_distinct=False,
    help="what each is issued for",
)
RATES: Final = Array(
    inner=rate(""), most=TRANCHES_MAX, least=1, is_distinct=False, help="interest of a year of each"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTranches:
    """The terms of the deal, which never change afterwards; rates that are null are nothing."""

    pool: PoolId
    tranches: Annotated[tuple[str, ...], NAMES, Entry(option="tranche")]
    amounts: Annotated[tuple[int, ...], AMOUNTS, Entry(option="amount")]
    rates: Annotated[tuple[int, ...], RATES, Entry(option="rate")]
    structure: Annotated[str, STRUCTURE, Entry(default="sequential")]
    day_count: Annotated[str, DAY_COUNT, Entry(default="act/365")]
    first_day: Annotated[int, Day(help="from which day on interest accrues"), Entry(option="from-day")]
    fee_rate: Annotated[int | None, nullable(rate("fees of a year on the pool's balance"))]
    fee_minor: Annotated[int | None, nullable(typed("fees of each period beside")), Entry(option="fee")]
    reserve_rate: Annotated[int | None, nullable(rate("of the pool's balance that is reserved"))]
    loss_trigger: Annotated[int | None, nullable(rate("losses, of the sealed balance, that hit the trigger"))]
    arrears_trigger: Annotated[int | None, nullable(rate("arrears, of the balance, that hit the trigger"))]
    substitution_rate: Annotated[
        int | None,
        nullable(rate("of the sealed balance that may be substituted")),
        Entry(option="substitution"),
    ]
    clean_up_rate: Annotated[
        int | None,
        nullable(rate("of the sealed balance that allows a clean-up call")),
        Entry(option="clean-up"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteAssets:
    """Assets go out, others come in, in one block. ``balance_minor``: what is owed on those that go out."""

    pool: PoolId
    balance_minor: Annotated[
        int | None, nullable(typed("what is owed now on those that go out")), Entry(option="balance")
    ]
    keys: Annotated[Keys, KEYS, Entry(is_made=True)]
    removed: Assets
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class RepurchaseAssets:
    """The originator buys assets back. ``balance_minor``: what is owed on them, null for nothing."""

    pool: PoolId
    balance_minor: Annotated[int | None, nullable(typed("what is owed on them now")), Entry(option="balance")]
    price_minor: Annotated[int | None, nullable(typed("what is paid for them")), Entry(option="price")]
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAssets:
    """Assets that were repaid in full are free again."""

    pool: PoolId
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUpPool:
    """The originator buys all that is left of the pool."""

    pool: PoolId
    price_minor: Annotated[int, typed("what is paid for the pool"), Entry(option="price")]


def issue(context: Context, message: IssueTranches) -> None:
    """Issue the tranches; the originator holds them, and sells them.

    ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_TERMS``, ``SEC_OVERSOLD`` above the balance of
    the pool.
    """
    pool = require(context, message.pool)
    require_party(context, pool, ORIGINATOR)
    require_state(pool, ACCEPTED)
    names, amounts, rates = message.tranches, message.amounts, message.rates
    if not len(names) == len(amounts) == len(rates) or not all(names):
        raise TermsInvalid(facts_of(pool, part="tranches"))
    total = sum(amounts)
    if total > pool.balance_minor:
        raise Oversold(amounts_of(pool, amount_minor=total, most_minor=pool.balance_minor))
    if message.first_day > today(context):
        facts = facts_of(pool, first_day=message.first_day, today=today(context))
        raise PeriodOrder(facts, "interest accrues from today on at the latest")
    store_deal(context, pool, _deal_of(pool, message))
    store_account(context, pool, _first_account(pool, message, total))
    for number, (name, amount) in enumerate(zip(names, amounts, strict=True)):
        first_holding(context, pool, number, name, amount)
    store(context, replace(pool, state=ISSUED))
    context.emit("issued", (pool.key, pool.originator, len(names), total, message.structure, pool.currency))


def substitute(context: Context, message: SubstituteAssets) -> None:
    """Replace assets; originator and trustee sign together.

    ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_REPORT_PENDING``, ``SEC_TRIGGER_HIT``,
    ``SEC_ASSET_ABSENT``, ``SEC_BALANCE_MISMATCH`` where less comes in than goes out, or more goes out than
    the assets had, ``SEC_SUBSTITUTION_LIMIT``, and as ``take_assets``.
    """
    pool = require(context, message.pool)
    _require_both(context, pool)
    account, deal = account_of(context, pool), deal_of(context, pool)
    if account.is_hit or account.is_accelerated:
        raise TriggerHit(facts_of(pool, accelerated=account.is_accelerated))
    removed, assets = assets_of(message.removed), assets_of(message.assets)
    out_minor = _require_owed(pool, removed, message.balance_minor or 0)
    in_minor = balance_of(assets)
    if in_minor < out_minor:
        facts = amounts_of(pool, balance_minor=in_minor, expected_minor=out_minor)
        raise BalanceMismatch(facts, "put in at least as much as goes out")
    substituted = account.substituted_minor + in_minor
    most = part_of(pool.sealed_minor, deal.substitution_rate)
    if substituted > most:
        raise SubstitutionLimit(amounts_of(pool, substituted_minor=substituted, most_minor=most))
    less = _without(free_assets(context, pool, removed), removed, out_minor)
    after = take_assets(context, less, message.keys, assets)
    store(context, after)
    beyond = account.beyond_minor + in_minor - out_minor
    store_account(context, pool, replace(account, substituted_minor=substituted, beyond_minor=beyond))
    context.emit(
        "substituted",
        (pool.key, len(removed), out_minor, len(assets), in_minor, pool.currency),
    )


def repurchase(context: Context, message: RepurchaseAssets) -> None:
    """Buy assets back; originator and trustee sign together, who got the price. The price is cash of the next
    distribution.

    ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_REPORT_PENDING``, ``SEC_BALANCE_MISMATCH``,
    ``SEC_PRICE`` below what is owed, ``SEC_AMOUNT_BEYOND``, ``SEC_ASSET_ABSENT``.
    """
    pool = require(context, message.pool)
    _require_both(context, pool)
    account = account_of(context, pool)
    assets = assets_of(message.assets)
    balance_minor = _require_owed(pool, assets, message.balance_minor or 0)
    paid = _priced(pool, account, message.price_minor or 0, balance_minor)
    store(context, _without(free_assets(context, pool, assets), assets, balance_minor))
    store_account(context, pool, paid)
    price_minor = message.price_minor or 0
    context.emit("repurchased", (pool.key, len(assets), balance_minor, price_minor, pool.currency))


def release(context: Context, message: ReleaseAssets) -> None:
    """Free assets that were repaid; servicer and trustee sign together. ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``SEC_STATE``, ``SEC_ASSET_ABSENT``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, SERVICER)
    require_party(context, pool, TRUSTEE)
    require_state(pool, ISSUED)
    assets = assets_of(message.assets)
    after = _without(free_assets(context, pool, assets), assets, 0)
    store(context, after)
    context.emit("released", (pool.key, len(assets), after.count))


def accelerate(context: Context, message: OnPool) -> None:
    """Accelerate a deal as its trustee, for good. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``,
    ``SEC_TRIGGER_HIT`` where it is accelerated already.
    """
    pool = require(context, message.pool)
    require_party(context, pool, TRUSTEE)
    require_state(pool, ISSUED)
    account = account_of(context, pool)
    if account.is_accelerated:
        raise TriggerHit(facts_of(pool, accelerated=True), "it is accelerated already")
    store_account(context, pool, replace(account, is_accelerated=True))
    context.emit("accelerated", (pool.key, pool.trustee))


def clean_up(context: Context, message: CleanUpPool) -> None:
    """Buy all that is left; originator and trustee sign together. The price is cash of the last distribution.

    ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_REPORT_PENDING``, ``SEC_CLEAN_UP_EARLY``,
    ``SEC_PRICE``, ``SEC_AMOUNT_BEYOND``.
    """
    pool = require(context, message.pool)
    _require_both(context, pool)
    account = account_of(context, pool)
    most = part_of(pool.sealed_minor, deal_of(context, pool).clean_up_rate)
    if pool.balance_minor > most:
        raise CleanUpEarly(amounts_of(pool, balance_minor=pool.balance_minor, most_minor=most))
    store_account(context, pool, _priced(pool, account, message.price_minor, pool.balance_minor))
    store(context, replace(pool, balance_minor=0))
    context.emit("cleaned_up", (pool.key, pool.balance_minor, message.price_minor, pool.currency))


def close(context: Context, message: OnPool) -> None:
    """End a deal whose pool is paid out, or one that was accepted and never issued; anybody drops the
    assets then. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_REPORT_PENDING``, ``SEC_UNPAID``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, TRUSTEE)
    require_state(pool, ACCEPTED, ISSUED)
    require_no_report(context, pool)
    owed_minor = 0
    if pool.state == ISSUED:
        account = account_of(context, pool)
        cash_minor = account.cash_minor + account.reserve_minor
        if pool.balance_minor or cash_minor:
            raise Unpaid(amounts_of(pool, balance_minor=pool.balance_minor, cash_minor=cash_minor))
        owed_minor = sum(owed for owed, _, _ in account.tranches)
    store(context, replace(pool, state=CLOSED))
    context.emit("closed", (pool.key, pool.trustee, owed_minor, pool.currency))


def _deal_of(pool: Pool, message: IssueTranches) -> Deal:
    return Deal(
        currency=pool.currency,
        structure=message.structure,
        day_count=message.day_count,
        first_day=message.first_day,
        fee_rate=message.fee_rate or 0,
        fee_minor=message.fee_minor or 0,
        reserve_rate=message.reserve_rate or 0,
        loss_trigger=message.loss_trigger,
        arrears_trigger=message.arrears_trigger,
        substitution_rate=message.substitution_rate or 0,
        clean_up_rate=message.clean_up_rate or 0,
        tranches=tuple(zip(message.tranches, message.amounts, message.rates, strict=True)),
    )


def _first_account(pool: Pool, message: IssueTranches, total_minor: int) -> Ledgered:
    return Ledgered(
        currency=pool.currency,
        period=0,
        end_day=message.first_day,
        collected_minor=0,
        fees_minor=0,
        paid_minor=0,
        reserve_minor=0,
        owed_fees_minor=0,
        losses_minor=0,
        substituted_minor=0,
        cash_minor=0,
        beyond_minor=pool.balance_minor - total_minor,
        is_hit=False,
        is_accelerated=False,
        tranches=tuple((amount, 0, 0) for amount in message.amounts),
    )


def _require_both(context: Context, pool: Pool) -> None:
    """Raise unless originator and trustee sign, the deal runs, and no report counts on the pool as it is."""
    require_party(context, pool, ORIGINATOR)
    require_party(context, pool, TRUSTEE)
    require_state(pool, ISSUED)
    require_no_report(context, pool)


def _require_owed(pool: Pool, assets: tuple[PooledAsset, ...], balance_minor: int) -> int:
    """Give what is owed on assets, which is no more than when they were added, and than the pool has."""
    most = min(balance_of(assets), pool.balance_minor)
    if balance_minor > most:
        raise BalanceMismatch(amounts_of(pool, balance_minor=balance_minor, expected_minor=most))
    return balance_minor


def _without(pool: Pool, assets: tuple[PooledAsset, ...], balance_minor: int) -> Pool:
    """Give the pool without assets on which so much is owed."""
    original_minor = pool.original_minor - original_of(assets)
    assert min(original_minor, pool.count - len(assets)) >= 0, "what goes out was counted"
    return replace(
        pool,
        count=pool.count - len(assets),
        original_minor=original_minor,
        balance_minor=pool.balance_minor - balance_minor,
    )


def _priced(pool: Pool, account: Ledgered, price_minor: int, least_minor: int) -> Ledgered:
    """Give the account with a price that came in; ``SEC_PRICE``, ``SEC_AMOUNT_BEYOND``."""
    if price_minor < least_minor:
        raise PriceTooLow(amounts_of(pool, price_minor=price_minor, least_minor=least_minor))
    cash_minor = account.cash_minor + price_minor
    if cash_minor > MONEY_MAX:
        raise AmountBeyond(amounts_of(pool, amount_minor=cash_minor, most_minor=MONEY_MAX))
    return replace(account, cash_minor=cash_minor)
