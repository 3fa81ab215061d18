"""Integers in text, by ASCII digits alone: ``int()`` takes the digits of every script that its interpreter
knows.
"""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "0123456789"


def decimal(text: str) -> int:
    """Parse an integer of ASCII digits, after one minus at most; ``ValueError`` for any other text."""
    negative = text[:1] == "-"
    value = 0
    digits = text[1:] if negative else text
    for digit in digits or "-":
        value = value * 10 + _DIGITS.index(digit)
    return -value if negative else value
