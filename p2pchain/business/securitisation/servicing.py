"""A period: reported by the servicer, verified by the trustee, distributed by the rule.

The servicer says what came in and what is left of the pool; opening balance less principal less losses has to
be the closing balance. The trustee verifies with what it has computed from the file of the loans itself and
with what arrived at its bank. The amounts that are paid nobody says: ``distribute`` computes them, and the
statement of the period is a record of its own, so that an investor proves it offline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.securitisation.day_count import year_part
from p2pchain.business.securitisation.fields import (
    ISSUED,
    MONEY_MAX,
    PERIOD,
    PERIODS_MAX,
    CountMade,
    MoneyMade,
    PoolId,
    RootMade,
    nullable,
    typed,
)
from p2pchain.business.securitisation.formation import OnPool
from p2pchain.business.securitisation.parties import (
    SERVICER,
    TRUSTEE,
    require_party,
    require_state,
)
from p2pchain.business.securitisation.period_report import (
    REPORT,
    PoolReport,
    report_of,
    require_no_report,
    store_report,
)
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
    today,
)
from p2pchain.business.securitisation.refusals import (
    AmountBeyond,
    CollectionsBroken,
    PeriodOrder,
    ReportNotVerified,
    ReportOther,
)
from p2pchain.business.securitisation.statement import store_statement
from p2pchain.business.securitisation.waterfall import (
    MILLION,
    Cash,
    Course,
    Payout,
    Rank,
    after_payout,
    interest_of,
    part_of,
    pay_out,
)
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Day
from p2pchain.ledger.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPeriod:
    """Report a period's collections and the remaining balance. Amounts that are null are nothing."""

    pool: PoolId
    period: Annotated[int, PERIOD, Entry(is_argument=True)]
    end_day: Annotated[int, Day(help="last day of the period"), Entry(option="end")]
    interest_minor: Annotated[int | None, nullable(typed("interest that came in")), Entry(option="interest")]
    principal_minor: Annotated[
        int | None, nullable(typed("principal that came in")), Entry(option="principal")
    ]
    recoveries_minor: Annotated[
        int | None, nullable(typed("what came in on losses of before")), Entry(option="recoveries")
    ]
    losses_minor: Annotated[int | None, nullable(typed("principal written off")), Entry(option="losses")]
    arrears_minor: Annotated[
        int | None, nullable(typed("balance of assets that are in arrears")), Entry(option="arrears")
    ]
    closing_minor: MoneyMade
    count: CountMade
    root: RootMade


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """The trustee confirms a report with what it has computed from its own copy of the file, and with the
    cash that arrived, null for none.
    """

    pool: PoolId
    period: Annotated[int, PERIOD, Entry(is_argument=True)]
    collected_minor: Annotated[
        int | None, nullable(typed("cash that arrived in the period")), Entry(option="collected")
    ]
    closing_minor: MoneyMade
    count: CountMade
    root: RootMade


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPeriod:
    """The trustee decides on the report of a period."""

    pool: PoolId
    period: Annotated[int, PERIOD, Entry(is_argument=True)]


def report(context: Context, message: ReportPeriod) -> None:
    """Report a period, once: it stands until the trustee rejects it, so that what the trustee has read is
    what it verifies.

    ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_PERIOD_ORDER``, ``SEC_REPORT_PENDING``,
    ``SEC_CONSERVATION``, ``SEC_AMOUNT_BEYOND``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, SERVICER)
    require_state(pool, ISSUED)
    account = account_of(context, pool)
    _require_next(context, pool, account, message)
    require_no_report(context, pool)
    stated = PoolReport(
        currency=pool.currency,
        period=message.period,
        end_day=message.end_day,
        interest_minor=message.interest_minor or 0,
        principal_minor=message.principal_minor or 0,
        recoveries_minor=message.recoveries_minor or 0,
        losses_minor=message.losses_minor or 0,
        arrears_minor=message.arrears_minor or 0,
        closing_minor=message.closing_minor,
        count=message.count,
        root=message.root,
        is_verified=False,
    )
    expected = pool.balance_minor - stated.principal_minor - stated.losses_minor
    if expected != stated.closing_minor:
        facts = amounts_of(pool, opening_minor=pool.balance_minor, closing_minor=stated.closing_minor)
        raise CollectionsBroken({**facts, "expected_minor": expected})
    if stated.collected_minor > MONEY_MAX:
        facts = amounts_of(pool, amount_minor=stated.collected_minor, most_minor=MONEY_MAX)
        raise AmountBeyond(facts)
    store_report(context, pool, stated)
    context.emit(
        "reported",
        (
            pool.key,
            stated.period,
            stated.end_day,
            stated.collected_minor,
            stated.losses_minor,
            stated.closing_minor,
            pool.currency,
        ),
    )


def verify(context: Context, message: VerifyReport) -> None:
    """Verify a report as the trustee. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_PERIOD_ORDER`` where there is
    no report of this period, ``SEC_REPORT_OTHER`` with the part that differs.
    """
    pool = require(context, message.pool)
    require_party(context, pool, TRUSTEE)
    stated = _require_report(context, pool, message.period)
    for part, verified, reported in (
        ("collected", message.collected_minor or 0, stated.collected_minor),
        ("closing", message.closing_minor, stated.closing_minor),
        ("count", message.count, stated.count),
    ):
        if verified != reported:
            raise ReportOther(facts_of(pool, period=stated.period, part=part))
    if message.root != stated.root:
        raise ReportOther(facts_of(pool, period=stated.period, part="root"))
    store_report(context, pool, replace(stated, is_verified=True))
    context.emit("verified", (pool.key, stated.period, pool.trustee))


def reject(context: Context, message: OnPeriod) -> None:
    """Reject a report as the trustee, verified or not. ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``SEC_PERIOD_ORDER``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, TRUSTEE)
    stated = _require_report(context, pool, message.period)
    context.delete(REPORT + pool.key)
    context.emit("rejected", (pool.key, stated.period, pool.trustee))


def distribute(context: Context, message: OnPool) -> None:
    """Pay what was collected by the waterfall of the deal. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``,
    ``SEC_NOT_VERIFIED``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, TRUSTEE)
    require_state(pool, ISSUED)
    account, stated = account_of(context, pool), report_of(context, pool)
    if stated is None or not stated.is_verified:
        raise ReportNotVerified(facts_of(pool, period=account.period + 1))
    deal = deal_of(context, pool)
    hit = account.is_hit or is_trigger_hit(pool, deal, account, stated)
    ranks = ranks_of(deal, account, stated.end_day)
    cash = cash_of(pool, deal, account, stated)
    course = Course(structure=deal.structure, is_hit=hit, is_accelerated=account.is_accelerated)
    payout = pay_out(course, ranks, cash)
    after = _settled(account, stated, cash, payout, after_payout(ranks, payout))
    if hit and not account.is_hit:
        context.emit("trigger_hit", (pool.key, stated.period))
    store(context, replace(pool, balance_minor=stated.closing_minor))
    store_account(context, pool, replace(after, is_hit=hit))
    store_statement(context, pool, stated.period, statement_values(stated, deal, cash, payout, after, hit))
    context.delete(REPORT + pool.key)
    context.emit(
        "distributed",
        (
            pool.key,
            stated.period,
            cash.collected_minor,
            payout.fees_minor,
            payout.paid_minor,
            payout.reserve_minor,
            pool.currency,
        ),
    )


def is_trigger_hit(pool: Pool, deal: Deal, account: Ledgered, stated: PoolReport) -> bool:
    """Decide whether losses of all periods, or arrears of this one, exceed what hits a trigger."""
    losses = account.losses_minor + stated.losses_minor
    if deal.loss_trigger is not None and losses * MILLION > deal.loss_trigger * pool.sealed_minor:
        return True
    limit = deal.arrears_trigger
    return limit is not None and stated.arrears_minor * MILLION > limit * stated.closing_minor


def ranks_of(deal: Deal, account: Ledgered, end_day: int) -> tuple[Rank, ...]:
    """Give what each tranche is owed at the end of a period."""
    days, year_days = year_part(deal.day_count, account.end_day, end_day)
    return tuple(
        Rank(owed_minor=owed, interest_minor=unpaid + interest_of(owed, rate, days, year_days))
        for (owed, unpaid, _), (_, _, rate) in zip(account.tranches, deal.tranches, strict=True)
    )


def cash_of(pool: Pool, deal: Deal, account: Ledgered, stated: PoolReport) -> Cash:
    """Give the cash of a period and what it is for."""
    days, year_days = year_part(deal.day_count, account.end_day, stated.end_day)
    owed = sum(owed for owed, _, _ in account.tranches)
    left = max(0, stated.closing_minor - account.beyond_minor)
    principal_due = max(0, owed - left)
    fees = interest_of(pool.balance_minor, deal.fee_rate, days, year_days) + deal.fee_minor
    is_kept = stated.closing_minor > 0 and principal_due < owed
    return Cash(
        collected_minor=stated.collected_minor + account.cash_minor,
        reserve_minor=account.reserve_minor,
        fees_minor=account.owed_fees_minor + fees,
        principal_due_minor=principal_due,
        reserve_target_minor=part_of(stated.closing_minor, deal.reserve_rate) if is_kept else 0,
    )


def statement_values(
    stated: PoolReport, deal: Deal, cash: Cash, payout: Payout, after: Ledgered, hit: bool
) -> Record:
    """Make the record of a statement: the period, its cash, and a row for each tranche."""
    rows = tuple(
        (name, interest, principal, owed, unpaid)
        for (name, _, _), interest, principal, (owed, unpaid, _) in zip(
            deal.tranches, payout.interest_minor, payout.principal_minor, after.tranches, strict=True
        )
    )
    return (
        stated.currency,
        stated.end_day,
        cash.collected_minor,
        cash.reserve_minor,
        payout.fees_minor,
        payout.reserve_minor,
        payout.residual_minor,
        stated.losses_minor,
        stated.closing_minor,
        stated.count,
        stated.root,
        hit,
        rows,
    )


def _settled(
    account: Ledgered, stated: PoolReport, cash: Cash, payout: Payout, ranks: Sequence[Rank]
) -> Ledgered:
    """Give the account after a distribution; the residual is the last tranche's."""
    last = len(ranks) - 1
    tranches = tuple(
        (
            rank.owed_minor,
            rank.interest_minor,
            paid + interest + principal + (payout.residual_minor if number == last else 0),
        )
        for number, (rank, (_, _, paid), interest, principal) in enumerate(
            zip(ranks, account.tranches, payout.interest_minor, payout.principal_minor, strict=True)
        )
    )
    return replace(
        account,
        period=stated.period,
        end_day=stated.end_day,
        collected_minor=account.collected_minor + cash.collected_minor,
        fees_minor=account.fees_minor + payout.fees_minor,
        paid_minor=account.paid_minor + payout.paid_minor,
        reserve_minor=payout.reserve_minor,
        owed_fees_minor=cash.fees_minor - payout.fees_minor,
        losses_minor=account.losses_minor + stated.losses_minor,
        cash_minor=0,
        tranches=tranches,
    )


def _require_next(view: View, pool: Pool, account: Ledgered, message: ReportPeriod) -> None:
    expected = account.period + 1
    is_over = message.end_day <= today(view)
    if message.period != expected or message.end_day <= account.end_day or not is_over:
        facts = facts_of(pool, period=message.period, expected=expected, end_day=message.end_day)
        raise PeriodOrder({**facts, "after_day": account.end_day, "today": today(view)})
    assert expected <= PERIODS_MAX, "the field takes no later one"


def _require_report(view: View, pool: Pool, period: int) -> PoolReport:
    stated = report_of(view, pool)
    if stated is None or stated.period != period:
        expected = None if stated is None else stated.period
        raise PeriodOrder(facts_of(pool, period=period, expected=expected), "there is no such report")
    return stated
