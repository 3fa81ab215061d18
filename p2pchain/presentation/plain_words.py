"""Words for amounts, days and moments, without importing a declaration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from p2pchain.documents.amounts import amount_text
from p2pchain.model.currencies import DECIMALS

FIRST_DAY: Final = date(1970, 1, 1)
DAY_MIN: Final = (date.min - FIRST_DAY).days
DAY_MAX: Final = (date.max - FIRST_DAY).days
"""First and last day that has a date."""
MOMENT_MAX_MS: Final = 253_402_300_799_999
"""Last millisecond of the year 9999."""


def whole(value: object) -> int | None:
    """Read an integer, which JSON may hold as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int else None


def grouped(minor: int, currency: str) -> str:
    """Write an amount as people read it: 100000000 CNY is ``1,000,000.00``."""
    units, point, fraction = amount_text(minor, currency).partition(".")
    return f"{int(units):,}{point}{fraction}"


def amount_words(minor: object, currency: object) -> str | None:
    """Write ``1,000,000.00 CNY``; None where this is no amount."""
    amount = whole(minor)
    if amount is None or amount < 0 or not isinstance(currency, str) or currency not in DECIMALS:
        return None
    return f"{grouped(amount, currency)} {currency}"


def day_text(number: int) -> str:
    """Write the day of a number: 20961 is ``2027-05-23``."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def day_words(number: object) -> str | None:
    """Write ``2027-05-23``; None where this is no day that has a date."""
    day = whole(number)
    return day_text(day) if day is not None and DAY_MIN <= day <= DAY_MAX else None


def moment_words(time_ms: object) -> str | None:
    """Write ``2027-05-23 12:00:00``, in UTC; None where this is no moment that has a date."""
    moment_ms = whole(time_ms)
    if moment_ms is None or not 0 <= moment_ms <= MOMENT_MAX_MS:
        return None
    return datetime.fromtimestamp(moment_ms // 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
