"""Shares of a home: integers over one denominator, which always sum to one.

A transfer divides the giver's own share and no other: all numerators grow by the denominator of the division,
and the giver's are handed out in its numerators. So co-owners keep exactly what they had. What remains is
reduced, so that denominators do not grow with every sale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from p2pchain.business.title.fields import DENOMINATOR_MAX, OWNERS_MAX
from p2pchain.business.title.records import Share
from p2pchain.business.title.refusals import SharesInvalid
from p2pchain.ledger.context import View

EUCLID_STEPS_MAX: Final = 128
"""More than Euclid's algorithm takes for numbers below ``DENOMINATOR_MAX ** 2``."""


def stated_shares(
    view: View, unit: str, owners: Sequence[bytes], numerators: Sequence[int], denominator: int
) -> tuple[Share, ...]:
    """Shares as a message states them, ascending by owner. Raises ``TTL_SHARES`` unless they sum to one."""
    view.meter.stepped(len(owners))
    if len(owners) != len(numerators):
        raise SharesInvalid({"unit": unit, "reason": "count"})
    if sum(numerators) != denominator:
        raise SharesInvalid({"unit": unit, "reason": "sum"})
    return tuple(sorted(zip(owners, numerators, strict=True)))


def divided(
    view: View,
    unit: str,
    held: tuple[Sequence[Share], int],
    giver: bytes,
    division: tuple[Sequence[Share], int],
) -> tuple[tuple[Share, ...], int]:
    """Shares and denominator after ``giver`` handed its share out as ``division`` says.

    ``held``, ``division``: shares and the denominator that they sum to. Raises ``TTL_SHARES`` where the giver
    owns nothing, or where what results is too fine or too many to be kept.
    """
    (shares, whole), (parts, divisor) = held, division
    after = dict(shares)
    handed_out = after.pop(giver, 0)
    if handed_out == 0:
        raise SharesInvalid({"unit": unit, "reason": "giver"})
    numerators = {owner: numerator * divisor for owner, numerator in after.items()}
    for owner, part in parts:
        numerators[owner] = numerators.get(owner, 0) + handed_out * part
    result, denominator = reduced(view, tuple(sorted(numerators.items())), whole * divisor)
    if denominator > DENOMINATOR_MAX:
        raise SharesInvalid({"unit": unit, "reason": "denominator"})
    if len(result) > OWNERS_MAX:
        raise SharesInvalid({"unit": unit, "reason": "owners"})
    return result, denominator


def reduced(view: View, shares: Sequence[Share], denominator: int) -> tuple[tuple[Share, ...], int]:
    """The same shares over the least denominator."""
    divisor = denominator
    for _, numerator in shares:
        view.meter.stepped()
        divisor = _greatest_common_divisor(divisor, numerator)
    return tuple((owner, numerator // divisor) for owner, numerator in shares), denominator // divisor


def _greatest_common_divisor(first: int, second: int) -> int:
    for _ in range(EUCLID_STEPS_MAX):
        if second == 0:
            return first
        first, second = second, first % second
    raise AssertionError(f"numbers beyond {DENOMINATOR_MAX} squared: {first}")
