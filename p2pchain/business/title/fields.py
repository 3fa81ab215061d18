"""Kinds of the fields that messages, events, records and answers of the titles share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.business.title.unit_code import DISTRICT_CHARS, UNIT_CHARS
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Choice,
    Currency,
    Day,
    Hash,
    Integer,
    Optional,
    Organisation,
    Text,
)

OWNERS_MAX: Final = 32
"""Most owners of one unit."""
UNITS_MAX: Final = 16
"""Most units that a split makes, or a merger takes."""
RIGHTS_MAX: Final = 32
"""Most rights of one kind that stand on a unit."""
RANK_MAX: Final = 32
DENOMINATOR_MAX: Final = 10**12
"""Finest share: so the product of two denominators stays an integer of the wire."""
REVISION_MAX: Final = 2**32 - 1

REGISTERED: Final = "registered"
SPLIT: Final = "split"
MERGED: Final = "merged"
STATE: Final = Choice(words=(REGISTERED, SPLIT, MERGED), help="what became of the unit")

MORTGAGE: Final = "mortgage"
SEIZURE: Final = "seizure"
LEASE: Final = "lease"
OBJECTION: Final = "objection"
NOTICE: Final = "notice"
RESIDENCE: Final = "residence"
KINDS: Final = (MORTGAGE, SEIZURE, LEASE, OBJECTION, NOTICE, RESIDENCE)
"""Kinds of rights and restrictions (ISO 19152), in the order in which they are shown."""
KIND: Final = Choice(
    words=KINDS, help="kind of the right: mortgage, seizure, lease, objection, notice (advance), residence"
)

UNIT: Final = Text(bytes_max=UNIT_CHARS, help="code of the unit, 28 characters (GB/T 37346)")
DISTRICT: Final = Text(bytes_max=DISTRICT_CHARS, help="code of the county, 6 digits (GB/T 2260)")
OWNER: Final = Hash(label="owner", help="commitment to a person, 64 hexadecimal digits")
OWNERS: Final = Array(inner=OWNER, least=1, most=OWNERS_MAX, help="commitments to the owners")
NUMERATOR: Final = Integer(low=1, high=DENOMINATOR_MAX)
NUMERATORS: Final = Array(
    inner=NUMERATOR, least=1, most=OWNERS_MAX, is_distinct=False, help="numerator of each owner's share"
)
DENOMINATOR: Final = Integer(low=1, high=DENOMINATOR_MAX, help="sum of the numerators")
SOURCE: Final = Hash(label="source", help="SHA-256 of the instrument (LA_AdministrativeSource)")
REVISION: Final = Integer(low=1, high=REVISION_MAX, help="revision of the title, as title show gives it")
NUMBER: Final = Integer(low=1, high=REVISION_MAX, help="number of the right, as title show gives it")
RANK: Final = Integer(low=1, high=RANK_MAX, help="rank of a mortgage, 1 for the first")
UNITS: Final = Array(inner=UNIT, most=UNITS_MAX, help="codes of units")
SECURED: Final = Amount(help="amount that a mortgage secures")
CURRENCY: Final = Currency(help="code of ISO 4217, such as CNY")
FROM_DAY: Final = Day(help="first day of the right")
UNTIL_DAY: Final = Day(help="last day of the right; it lapses after it")
HOLDER_ORG: Final = Optional(inner=Organisation(), help="member that holds it, and has to sign its discharge")

UnitCode = Annotated[str, UNIT, Entry(is_argument=True)]
Revision = Annotated[int, REVISION]
Source = Annotated[bytes, SOURCE, Entry(is_made=True)]
