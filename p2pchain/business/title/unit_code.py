"""Codes of real property units, GB/T 37346: 28 characters in seven levels, without a check digit.

=====  ==========================================================================================
1-6    county (GB/T 2260): the district whose register keeps the unit
7-9    cadastral zone
10-12  cadastral sub-zone
13     who owns the land: ``G`` the state, ``J`` a collective, ``Z`` not settled
14     what the land is used for, one of ``USES``
15-19  number of the parcel, from 1
20     fixture: ``F`` building, ``L`` trees, ``Q`` other, ``W`` none
21-28  number of the fixture; of a building four digits for it and four for the unit; zeros for none
=====  ==========================================================================================
"""

from __future__ import annotations

from typing import Final

from p2pchain.business.title.refusals import UnitCodeInvalid

UNIT_CHARS: Final = 28
DISTRICT_CHARS: Final = 6
DIGITS: Final = "0123456789"
OWNERSHIPS: Final = "GJZ"
USES: Final = "ABSXCDEFLNHGWY"
FIXTURES: Final = "FLQW"
NO_FIXTURE: Final = "W"
PROVINCES: Final = (
    *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41"),
    *("42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71"),
    *("81", "82"),
)
"""First two digits of a county's code (GB/T 2260)."""


def check_unit(unit: str) -> str:
    """Accept the code of a unit; its district. Raises ``TTL_CODE`` with the level that is wrong."""
    wrong = _wrong_level(unit)
    if wrong is not None:
        raise UnitCodeInvalid({"unit": unit, "level": wrong})
    return district_of(unit)


def check_district(district: str) -> None:
    """Accept the six digits of a county. Raises ``TTL_CODE``."""
    if len(district) != DISTRICT_CHARS or not _is_county(district):
        raise UnitCodeInvalid({"unit": district, "level": "county"})


def district_of(unit: str) -> str:
    """The district whose register keeps a unit."""
    return unit[:DISTRICT_CHARS]


def _wrong_level(unit: str) -> str | None:
    """Name the first level of a code that is wrong; None for a code that is right."""
    if len(unit) != UNIT_CHARS:
        return "length"
    fixture, number = unit[19], unit[20:]
    levels = (
        ("county", _is_county(unit[:6])),
        ("zone", _is_number(unit[6:12])),
        ("ownership", unit[12] in OWNERSHIPS),
        ("use", unit[13] in USES),
        ("parcel", _is_number(unit[14:19]) and unit[14:19] != "00000"),
        ("fixture", fixture in FIXTURES),
        ("number", _is_number(number) and (number == "00000000") == (fixture == NO_FIXTURE)),
    )
    return next((level for level, is_right in levels if not is_right), None)


def _is_county(text: str) -> bool:
    return _is_number(text) and text[:2] in PROVINCES


def _is_number(text: str) -> bool:
    return all(char in DIGITS for char in text)
