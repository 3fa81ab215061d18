"""Day counts: the part of a year between two days, as a fraction of integers.

Days count from 1970-01-01 in the proleptic Gregorian calendar. The names are those of the ISDA 2006
definitions, section 4.16: ``act/360`` (e), ``act/365`` (d, fixed), ``30/360`` (f, bond basis).
"""

from __future__ import annotations

from typing import Final

ACT_360: Final = "act/360"
ACT_365: Final = "act/365"
THIRTY_360: Final = "30/360"
DAY_COUNTS: Final = (ACT_360, ACT_365, THIRTY_360)

_ERA_YEARS: Final = 400
_ERA_DAYS: Final = 146_097
_EPOCH_SHIFT: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""


def year_part(day_count: str, first_day: int, last_day: int) -> tuple[int, int]:
    """Give (days, days of a year) from ``first_day`` up to ``last_day``, which is not counted."""
    assert first_day <= last_day, "a period ends after it begins"
    if day_count == THIRTY_360:
        return _thirty_days(first_day, last_day), 360
    assert day_count in DAY_COUNTS, f"day count {day_count}"
    return last_day - first_day, 360 if day_count == ACT_360 else 365


def civil(day: int) -> tuple[int, int, int]:
    """Give (year, month, day of the month) of a day; years begin in March while it counts, so that the day
    of leap years is the last.
    """
    shifted = day + _EPOCH_SHIFT
    era, of_era = divmod(shifted, _ERA_DAYS)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    from_march = (5 * of_year + 2) // 153
    month = from_march + 3 if from_march < 10 else from_march - 9
    return (
        era * _ERA_YEARS + year + (1 if month <= 2 else 0),
        month,
        of_year - (153 * from_march + 2) // 5 + 1,
    )


def _thirty_days(first_day: int, last_day: int) -> int:
    first_year, first_month, first = civil(first_day)
    last_year, last_month, last = civil(last_day)
    first = min(first, 30)
    if first == 30:
        last = min(last, 30)
    return 360 * (last_year - first_year) + 30 * (last_month - first_month) + last - first
