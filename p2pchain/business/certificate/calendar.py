"""Months of a metering point's own time, by integers alone.

Days count from 1970-01-01; the months follow the algorithms of Howard Hinnant, "chrono-Compatible Low-Level
Date Algorithms" (``civil_from_days``, ``days_from_civil``): the year begins in March, so that the leap day
ends it.
"""

from __future__ import annotations

from typing import Final

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
_EPOCH_DAYS: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
_ERA_DAYS: Final = 146_097
"""Days of 400 years."""


def month_of(moment_ms: int, offset_minutes: int) -> int:
    """Number of a moment's month at this offset from UTC: year * 12 + month, January being 0."""
    days = (moment_ms + offset_minutes * MINUTE_MS) // DAY_MS + _EPOCH_DAYS
    era, day_of_era = divmod(days, _ERA_DAYS)
    leapless_days = day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    year_of_era = leapless_days // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_based = (5 * day_of_year + 2) // 153
    return (era * 400 + year_of_era) * 12 + march_based + 2


def month_begins_ms(month: int, offset_minutes: int) -> int:
    """First moment of a month, numbered as by ``month_of``."""
    year, march_based = divmod(month - 2, 12)
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * march_based + 2) // 5
    days = (
        era * _ERA_DAYS
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + day_of_year
        - _EPOCH_DAYS
    )
    return days * DAY_MS - offset_minutes * MINUTE_MS
