"""Validity of a transaction handed round: as an option, and in words."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Final

import click

from p2pchain.model.transaction import TransactionBody

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
VALID_FOR_DEFAULT_MS: Final = 7 * DAY_MS
"""How long a file that goes round is good for, unless somebody says otherwise."""
VALID_FOR_MAX_MS: Final = 366 * DAY_MS
"""No chain allows more; most allow 30 days: the node says how many (``tx_valid_ms_max`` of its status)."""
_UNITS: Final = {"m": 60_000, "h": HOUR_MS, "d": DAY_MS}
_FORM: Final = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_DATE_MS_MAX: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: what lies beyond has no date."""


class ValidForType(click.ParamType[int]):
    """A length of time: ``5d``, ``12h``, ``90m``; milliseconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Milliseconds, or a usage error."""
        if isinstance(value, int):
            return value
        span = _FORM.fullmatch(str(value))
        if span is None:
            self.fail(f"{value} is no time: give days, hours or minutes, as 5d, 12h or 90m", param, ctx)
        span_ms = int(span[1]) * _UNITS[span[2]]
        if span_ms > VALID_FOR_MAX_MS:
            self.fail(f"{value} is too long: at most {VALID_FOR_MAX_MS // DAY_MS}d", param, ctx)
        return span_ms


valid_for_option = click.option(
    "--valid-for",
    "valid_for_ms",
    type=ValidForType(),
    metavar="5d|12h|90m",
    help="With --out: how long the others have to sign and submit it [default: 7d].",
)


def now_ms() -> int:
    """UTC in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def until_text(body: TransactionBody, at_ms: int) -> str:
    """Until when a transaction is valid, as seen from a moment: ``valid until 2026-12-07 14:13 UTC, for 6 d
    23 h more``.
    """
    moment = body.valid_until_ms
    if moment is None:
        return f"valid until height {body.valid_until}"
    named = f"{moment} ms"
    if moment <= _DATE_MS_MAX:
        named = f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    if moment < at_ms:
        return f"EXPIRED: was valid until {named}"
    return f"valid until {named}, for {span_text(moment - at_ms)} more"


def span_text(span_ms: int) -> str:
    """Days and hours, hours and minutes, or minutes, rounded down."""
    days, hours, minutes = span_ms // DAY_MS, span_ms % DAY_MS // HOUR_MS, span_ms % HOUR_MS // 60_000
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
