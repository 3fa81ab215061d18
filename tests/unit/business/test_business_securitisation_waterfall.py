"""The waterfall and its day counts, worked by hand, and run on the schedule of a real deal."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from p2pchain.business.securitisation.day_count import ACT_360, ACT_365, THIRTY_360, civil, year_part
from p2pchain.business.securitisation.waterfall import (
    AFTER_TRIGGER,
    PRO_RATA,
    SEQUENTIAL,
    STRUCTURES,
    Cash,
    Course,
    Payout,
    Rank,
    after_payout,
    interest_of,
    pay_out,
    shares_of,
)
from tests.unit.ledger.receivable_steps import TODAY
from tests.unit.ledger.securitisation_steps import (
    POOL,
    SERVICER,
    TRUSTEE,
    Deal,
    act,
    loan,
    report,
    verify,
)

TOP = Path(__file__).parents[3]
OWN_RUNOFF = TOP / "tests" / "samples" / "securitisation-runoff.csv"
REAL_RUNOFF = TOP.parent / "shared" / "data" / "abs" / "jianyuan-2019-11-runoff.csv"
"""The scheduled runoff of a Chinese RMBS of 2019; beside the repository where it is at all."""
REAL_TRANCHES = (60_000_000_000, 299_600_000_000, 506_645_010_000, 195_705_698_208)
EPOCH = date(1970, 1, 1)


def course(structure: str = SEQUENTIAL, *, hit: bool = False, accelerated: bool = False) -> Course:
    """A way of the cash."""
    return Course(structure=structure, is_hit=hit, is_accelerated=accelerated)


def ranks(*owed: int, interest: tuple[int, ...] = ()) -> tuple[Rank, ...]:
    """Ranks that are owed this, and interest beside."""
    due = interest or (0,) * len(owed)
    return tuple(Rank(owed_minor=part, interest_minor=of) for part, of in zip(owed, due, strict=True))


def cash(collected: int, principal: int = 0, *, reserve: int = 0, fees: int = 0, target: int = 0) -> Cash:
    """Cash, and what it is for."""
    return Cash(
        collected_minor=collected,
        reserve_minor=reserve,
        fees_minor=fees,
        principal_due_minor=principal,
        reserve_target_minor=target,
    )


def paid(payout: Payout) -> tuple[int, tuple[int, ...], tuple[int, ...], int, int]:
    """(fees, interest, principal, residual, reserve)."""
    return (
        payout.fees_minor,
        payout.interest_minor,
        payout.principal_minor,
        payout.residual_minor,
        payout.reserve_minor,
    )


@pytest.mark.parametrize(
    ("way", "owed", "money", "expected"),
    [
        (course(), ranks(60, 40, interest=(3, 2)), cash(100, 50), (0, (3, 2), (50, 0), 45, 0)),
        (course(), ranks(60, 40, interest=(3, 2)), cash(4, 50, fees=2), (2, (2, 0), (0, 0), 0, 0)),
        (course(), ranks(60, 40), cash(100, 70), (0, (0, 0), (60, 10), 30, 0)),
        (course(), ranks(60, 40), cash(100, 500), (0, (0, 0), (60, 40), 0, 0)),
        (course(), ranks(60, 40), cash(20, 10, reserve=5, target=8), (0, (0, 0), (10, 0), 7, 8)),
        (course(), ranks(60, 40), cash(3, 10, reserve=5, target=8), (0, (0, 0), (8, 0), 0, 0)),
        (course(PRO_RATA), ranks(60, 40), cash(100, 50), (0, (0, 0), (30, 20), 50, 0)),
        (course(PRO_RATA), ranks(1, 1, 1), cash(100, 2), (0, (0, 0, 0), (1, 1, 0), 98, 0)),
        (course(AFTER_TRIGGER), ranks(60, 40), cash(50, 50), (0, (0, 0), (30, 20), 0, 0)),
        (course(AFTER_TRIGGER, hit=True), ranks(60, 40), cash(50, 50), (0, (0, 0), (50, 0), 0, 0)),
        (course(hit=True), ranks(60, 40), cash(80, 10, target=5), (0, (0, 0), (60, 15), 0, 5)),
        (
            course(PRO_RATA, accelerated=True),
            ranks(60, 40, interest=(3, 2)),
            cash(70, 1, fees=1, target=9),
            (1, (3, 2), (60, 4), 0, 0),
        ),
    ],
)
def test_who_is_paid_what(way: Course, owed: tuple[Rank, ...], money: Cash, expected: object) -> None:
    assert paid(pay_out(way, owed, money)) == expected


def test_the_remainder_is_the_most_seniors_that_is_owed() -> None:
    assert shares_of(5, (1, 3, 3)) == (1, 2, 2)
    assert shares_of(2, (0, 1, 1, 1)) == (0, 1, 1, 0)
    assert shares_of(0, (0, 0)) == (0, 0)
    with pytest.raises(AssertionError):
        shares_of(3, (1, 1))


def test_civil_days() -> None:
    for days in (*range(-1_000, 60_000, 7), 99_999, -719_162, 11_016, 47_540):
        day = EPOCH + timedelta(days=days)
        assert civil(days) == (day.year, day.month, day.day)


def day(text: str) -> int:
    """A day, counted from 1970."""
    return (date.fromisoformat(text) - EPOCH).days


@pytest.mark.parametrize(
    ("count", "first", "last", "expected"),
    [
        (ACT_360, "2027-01-31", "2027-02-28", (28, 360)),
        (ACT_365, "2028-01-31", "2028-03-01", (30, 365)),
        (THIRTY_360, "2027-01-31", "2027-03-31", (60, 360)),
        (THIRTY_360, "2027-01-30", "2027-02-28", (28, 360)),
        (THIRTY_360, "2027-01-15", "2027-01-31", (16, 360)),
        (THIRTY_360, "2027-12-31", "2028-12-31", (360, 360)),
    ],
)
def test_day_counts(count: str, first: str, last: str, expected: tuple[int, int]) -> None:
    """The examples of the ISDA 2006 definitions, section 4.16."""
    assert year_part(count, day(first), day(last)) == expected


def test_interest_is_rounded_down() -> None:
    assert interest_of(100_000_000, 33_400, 30, 360) == 278_333
    assert interest_of(1, 1, 1, 365) == 0


def months(text: str) -> list[tuple[int, int, int, int]]:
    """(day, balance, principal, interest) of each month, in minor units: balances as the file has them, and
    as principal what they go down by, which is that of the file but for the rounding of its balances.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    balance = minor(rows[0]["balance"]) + minor(rows[0]["principal"])
    schedule = []
    for row in rows:
        after = minor(row["balance"])
        assert abs(balance - after - minor(row["principal"])) < 100, "rounded to whole units at most"
        schedule.append((day(row["date"]), after, balance - after, minor(row["interest"])))
        balance = after
    return schedule


def minor(text: str) -> int:
    """A decimal text in hundredths."""
    return int(Decimal(text) * 100)


def total_of(text: str) -> int:
    """All that a schedule collects."""
    return sum(principal + interest for _, _, principal, interest in months(text))


def run_off(text: str, tranches: tuple[int, ...], structure: str) -> tuple[int, tuple[Rank, ...]]:
    """Run a schedule through a waterfall; what was paid in all, and what is owed at the end. After each month
    the balance is that of the file.
    """
    rows = months(text)
    balance = rows[0][1] + rows[0][2]
    beyond = balance - sum(tranches)
    owed = ranks(*tranches)
    last_day, in_all = rows[0][0] - 30, 0
    for end_day, in_file, principal, interest in rows:
        days, year = year_part(ACT_365, last_day, end_day)
        due = tuple(
            replace(
                rank, interest_minor=rank.interest_minor + interest_of(rank.owed_minor, 30_000, days, year)
            )
            for rank in owed
        )
        balance -= principal
        assert balance == in_file, end_day
        left = max(0, balance - beyond)
        money = cash(principal + interest, sum(rank.owed_minor for rank in owed) - left)
        payout = pay_out(course(structure), due, money)
        assert payout.paid_minor == principal + interest, "nothing is created or lost"
        owed = after_payout(due, payout)
        assert sum(rank.owed_minor for rank in owed) == left
        if structure == SEQUENTIAL:
            for above, below, whole in zip(owed, owed[1:], tranches[1:], strict=False):
                assert above.owed_minor == 0 or below.owed_minor == whole, "one after the other"
        last_day, in_all = end_day, in_all + payout.paid_minor
    assert balance == 0
    return in_all, owed


def run_on_a_ledger(text: str, tranches: tuple[int, ...]) -> Deal:
    """The same as a deal on a ledger: each month is reported, verified and distributed."""
    rows = months(text)
    whole = rows[0][1] + rows[0][2]
    deal = Deal()
    deal.issued(
        (loan("one", whole - 1_000_000), loan("two", 1_000_000)),
        tranches,
        first_day=rows[0][0] - 30,
        rates=(30_000,) * len(tranches),
        day_count=ACT_365,
    )
    deal.later(max(0, rows[-1][0] - TODAY) + 1)
    balance = whole
    for period, (end_day, in_file, principal, interest) in enumerate(rows, 1):
        balance -= principal
        deal.does(
            (SERVICER, TRUSTEE),
            report(period, end_day, balance, principal=principal, interest=interest),
            verify(period, balance, principal + interest),
            act("distribute", POOL),
        )
        assert deal.show()["balance_minor"] == in_file, end_day
        shown = deal.show()
        assert shown["paid_minor"] + shown["reserve_minor"] == shown["collected_minor"] - shown["fees_minor"]
    deal.does(TRUSTEE, act("close", POOL))
    return deal


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_schedule_runs_off(structure: str) -> None:
    """Our own small one, for a fresh clone."""
    text = OWN_RUNOFF.read_text("utf-8")
    in_all, owed = run_off(text, (40_000_000, 30_000_000, 20_000_000), structure)
    assert [rank.owed_minor for rank in owed] == [0, 0, 0]
    assert in_all == total_of(text)


def test_a_schedule_runs_off_on_a_ledger() -> None:
    text = OWN_RUNOFF.read_text("utf-8")
    deal = run_on_a_ledger(text, (40_000_000, 30_000_000, 20_000_000))
    assert deal.show()["paid_minor"] == sum(
        principal + interest for _, _, principal, interest in months(text)
    )


if REAL_RUNOFF.exists():

    @pytest.mark.parametrize("structure", STRUCTURES)
    def test_the_321_months_of_a_real_deal(structure: str) -> None:
        text = REAL_RUNOFF.read_text("utf-8")
        assert len(months(text)) == 321
        in_all, owed = run_off(text, REAL_TRANCHES, structure)
        assert [rank.owed_minor for rank in owed] == [0, 0, 0, 0]
        assert in_all == 1_098_746_424_956 + 284_253_036_429

    def test_the_321_months_on_a_ledger() -> None:
        deal = run_on_a_ledger(REAL_RUNOFF.read_text("utf-8"), REAL_TRANCHES)
        shown = deal.show()
        assert (shown["state"], shown["period"]) == ("closed", 321)
        assert [row["owed_minor"] for row in shown["tranches"]] == [0, 0, 0, 0]
        assert shown["paid_minor"] == 1_098_746_424_956 + 284_253_036_429
