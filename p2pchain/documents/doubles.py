"""Decimal numbers as the doubles that most programs hold them in (IEEE 754), computed in integers.

Hashes of events are published by a program that reads numbers as doubles: 111100001111000011110000 is
111100001111000003641344 there. To come to the same text without a double, the nearest one is found as a
fraction, and the fewest digits that no other double is nearer to (Steele and White, PLDI 1990).
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from fractions import Fraction
from typing import Final

MANTISSA_BITS: Final = 53
EXPONENT_LEAST: Final = -1_074
EXPONENT_MOST: Final = 1_024
DIGITS_MOST: Final = 17
"""Digits that tell any two doubles apart."""
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")
_EXACT: Final = Context(prec=1_200)
"""No double has so many digits."""
_PLAIN_LEAST: Final = Decimal("0.0001")


def is_number(text: str) -> bool:
    """Decide whether a text is a decimal number."""
    return _NUMBER.fullmatch(text) is not None


def double_text(text: str) -> str:
    """Return the number of a text as the nearest double is written: an integer with all its digits, anything
    else with the fewest. The text as it is where it lies beyond all doubles.
    """
    value = Fraction(text)
    nearest = nearest_double(value)
    if abs(nearest) >= 2**EXPONENT_MOST:
        return text
    if nearest.denominator == 1:
        return str(nearest.numerator)
    return _written(_shortest(nearest))


def nearest_double(value: Fraction) -> Fraction:
    """Return the double next to a value, the even one of two."""
    if not value:
        return value
    numerator, denominator = abs(value.numerator), value.denominator
    exponent = numerator.bit_length() - denominator.bit_length()
    if _scaled(numerator, denominator, exponent) < 1:
        exponent -= 1
    shift = max(exponent - MANTISSA_BITS + 1, EXPONENT_LEAST)
    scaled = _scaled(numerator, denominator, shift)
    mantissa = half_even(scaled.numerator, scaled.denominator)
    return _power(shift) * (mantissa if value > 0 else -mantissa)


def half_even(numerator: int, denominator: int) -> int:
    """Return the integer next to a fraction, the even one of two."""
    below, rest = divmod(numerator, denominator)
    is_above = 2 * rest > denominator or (2 * rest == denominator and below % 2 == 1)
    return below + is_above


def _scaled(numerator: int, denominator: int, exponent: int) -> Fraction:
    return Fraction(numerator, denominator) * _power(-exponent)


def _power(exponent: int) -> Fraction:
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def _shortest(value: Fraction) -> Decimal:
    """The decimal of the fewest digits whose nearest double this is."""
    exact = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    for digits in range(1, DIGITS_MOST):
        # Next to a power of two the nearest decimal may be another double's, and the next one this one's.
        for rounding in (ROUND_HALF_EVEN, ROUND_UP, ROUND_DOWN):
            rounded = Context(prec=digits, rounding=rounding).plus(exact)
            if nearest_double(Fraction(rounded)) == value:
                return rounded
    return Context(prec=DIGITS_MOST).plus(exact)


def _written(value: Decimal) -> str:
    """With an exponent of two digits or more below 0.0001."""
    if abs(value) >= _PLAIN_LEAST:
        return f"{value:f}"
    sign, digits, _ = value.as_tuple()
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    point = f".{rest}" if rest else ""
    return f"{'-' if sign else ''}{first}{point}e-{-value.adjusted():02}"
