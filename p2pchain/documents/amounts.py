"""Amounts: exact decimal text to integer minor units and back. No float, no rounding."""

from __future__ import annotations

import re
from typing import Final

from p2pchain.documents.refusals import InvalidAmount
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.ids import INTEGER_MAX

AMOUNT_CHARS_MAX = 64
"""Longest text that is read as an amount, in characters."""

# xsd:decimal (XML Schema 1.1 part 2, §3.3.3): no exponent, no grouping, ASCII digits.
_DECIMAL: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")


def minor_units(text: str, currency: str) -> int:
    """Read ``text`` (``250.33``) as a positive amount in minor units of ``currency`` (25033).

    More decimals than the currency has are accepted only where they are zeros. Raises ``InvalidAmount``.
    """
    minor = signed_minor_units(text, currency)
    if minor <= 0:
        raise InvalidAmount(text=text, currency=currency, expected="an amount above zero")
    return minor


def signed_minor_units(text: str, currency: str) -> int:
    """Read ``text`` as an amount of any sign, or zero; else as ``minor_units``. Raises ``InvalidAmount``."""
    decimals = DECIMALS.get(currency)
    if decimals is None:
        raise InvalidAmount(text=text, currency=currency, expected="an amount in a currency of ISO 4217")
    match = _DECIMAL.fullmatch(text) if len(text) <= AMOUNT_CHARS_MAX else None
    if match is None or not (match[2] or match[3]):
        expected = "a decimal number with a point and without grouping, such as 1250.00"
        raise InvalidAmount(text=text, currency=currency, expected=expected)
    fraction = match[3] or ""
    if fraction[decimals:].strip("0"):
        expected = f"an amount with at most {decimals} decimals, as {currency} has"
        raise InvalidAmount(text=text, currency=currency, expected=expected)
    minor = int(match[2] + fraction[:decimals].ljust(decimals, "0") or "0")
    if minor > INTEGER_MAX:
        raise InvalidAmount(text=text, currency=currency, expected=f"at most {INTEGER_MAX} minor units")
    return -minor if match[1] == "-" else minor


def amount_text(minor: int, currency: str) -> str:
    """Format ``minor`` units of ``currency`` (asserted to be known) as a decimal text: 25033 EUR is
    ``250.33``.
    """
    assert currency in DECIMALS, f"unknown currency {currency}"
    decimals = DECIMALS[currency]
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"
