"""The waterfall: who gets what of the cash of one period, in integers.

Cash is one fund: what was collected, and the reserve. It pays, in this order:

1. fees, as far as it reaches; the rest is owed on;
2. interest, rank by rank, the most senior first; the rest is owed on, without interest on it;
3. principal, as much as leaves the notes no larger than the pool less what it had beyond them
   (``principal_due``), by the structure of the deal;
4. the reserve, up to its target;
5. once a trigger is hit, principal again, rank by rank, with all that is left;
6. what is left, to the holders of the most junior rank.

``sequential`` pays principal rank by rank. ``pro_rata`` divides it by what each rank is owed: the floor of
each share, and the remainder to the most senior that is still owed. ``sequential_after_trigger`` is pro rata
until a trigger is hit, and sequential from then on. After an acceleration each rank gets its interest and all
of its principal before the next gets anything, and nothing is reserved.

The law: fees + interest + principal + residual + reserve after = collected + reserve before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

SEQUENTIAL: Final = "sequential"
PRO_RATA: Final = "pro_rata"
AFTER_TRIGGER: Final = "sequential_after_trigger"
STRUCTURES: Final = (SEQUENTIAL, PRO_RATA, AFTER_TRIGGER)
MILLION: Final = 1_000_000
"""Rates are parts of a million: 33,400 is 3.34 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """Amounts due to one tranche. ``interest_minor``: of this period, with arrears of interest."""

    owed_minor: int
    interest_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cash:
    """The cash of a period and what it is for; all in minor units.

    ``collected_minor``: since the last distribution; ``reserve_minor``: from before; ``fees_minor``: due,
    with what was owed on; ``principal_due_minor``: of all ranks; ``reserve_target_minor``: for afterwards.
    """

    collected_minor: int
    reserve_minor: int
    fees_minor: int
    principal_due_minor: int
    reserve_target_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Way of the cash. ``is_hit``: a trigger is; ``is_accelerated``: the deal is."""

    structure: str
    is_hit: bool
    is_accelerated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """Payments of a distribution, by rank where there is one for each."""

    fees_minor: int
    interest_minor: tuple[int, ...]
    principal_minor: tuple[int, ...]
    residual_minor: int
    reserve_minor: int

    @property
    def paid_minor(self) -> int:
        """All that noteholders get."""
        return sum(self.interest_minor) + sum(self.principal_minor) + self.residual_minor


def pay_out(course: Course, ranks: Sequence[Rank], cash: Cash) -> Payout:
    """Divide the cash of a period. ``ranks``: at least one, the most senior first."""
    start = cash.collected_minor + cash.reserve_minor
    fees = min(start, cash.fees_minor)
    if course.is_accelerated:
        payout = _accelerated(ranks, fees, start - fees)
    else:
        payout = _in_course(course, ranks, cash, fees, start - fees)
    assert fees + payout.paid_minor + payout.reserve_minor == start, "what comes in goes out or stays"
    return payout


def interest_of(owed_minor: int, rate_millionths: int, days: int, year_days: int) -> int:
    """Compute the interest on what is owed for a part of a year; the fraction of a minor unit falls away."""
    return owed_minor * rate_millionths * days // (MILLION * year_days)


def part_of(whole_minor: int, millionths: int) -> int:
    """Compute so many millionths of an amount, rounded down."""
    return whole_minor * millionths // MILLION


def shares_of(amount_minor: int, owed: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount, no more than is owed in all, by what each rank is owed: floors, and the remainder to
    the most senior that is still owed.
    """
    whole = sum(owed)
    assert 0 <= amount_minor <= whole, f"{amount_minor} of {whole}"
    if whole == 0:
        return tuple(owed)
    floors = tuple(amount_minor * part // whole for part in owed)
    rest = amount_minor - sum(floors)
    more, _ = _in_order(rest, [part - floor for part, floor in zip(owed, floors, strict=True)])
    return tuple(floor + extra for floor, extra in zip(floors, more, strict=True))


def _in_course(course: Course, ranks: Sequence[Rank], cash: Cash, fees: int, left: int) -> Payout:
    interest, left = _in_order(left, [rank.interest_minor for rank in ranks])
    owed = tuple(rank.owed_minor for rank in ranks)
    due = min(cash.principal_due_minor, sum(owed), left)
    is_pro_rata = course.structure == PRO_RATA or (course.structure == AFTER_TRIGGER and not course.is_hit)
    principal = shares_of(due, owed) if is_pro_rata else _in_order(due, owed)[0]
    left -= due
    reserve = min(left, cash.reserve_target_minor)
    left -= reserve
    if course.is_hit:
        still = [part - paid for part, paid in zip(owed, principal, strict=True)]
        more, left = _in_order(left, still)
        principal = tuple(paid + extra for paid, extra in zip(principal, more, strict=True))
    return Payout(
        fees_minor=fees,
        interest_minor=interest,
        principal_minor=principal,
        residual_minor=left,
        reserve_minor=reserve,
    )


def _accelerated(ranks: Sequence[Rank], fees: int, left: int) -> Payout:
    claims: list[int] = []
    for rank in ranks:
        claims += (rank.interest_minor, rank.owed_minor)
    paid, left = _in_order(left, claims)
    return Payout(
        fees_minor=fees,
        interest_minor=paid[::2],
        principal_minor=paid[1::2],
        residual_minor=left,
        reserve_minor=0,
    )


def _in_order(left: int, claims: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Pay claims one after the other: what each gets, and what is left."""
    paid: list[int] = []
    for claim in claims:
        part = min(left, claim)
        paid.append(part)
        left -= part
    return tuple(paid), left


def after_payout(ranks: Sequence[Rank], payout: Payout) -> tuple[Rank, ...]:
    """Give what ranks are owed after a payout: principal, and interest that is owed on."""
    return tuple(
        replace(rank, owed_minor=rank.owed_minor - principal, interest_minor=rank.interest_minor - interest)
        for rank, interest, principal in zip(
            ranks, payout.interest_minor, payout.principal_minor, strict=True
        )
    )
