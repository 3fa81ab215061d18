"""CSV with columns of the ESMA templates (Regulation (EU) 2020/1225), by their names, or by their codes where
these are known for certain; and plain columns for who has no template.

Identifiers of a template are the lender's own, so a contract is known by its identifier together with the
lender (its LEI, where the file has it). Collateral that a registry names, such as the VIN of a car, is known
by that alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from p2pchain.documents.amounts import minor_units, signed_minor_units
from p2pchain.documents.characters import DIGITS, ascii_lower, trimmed
from p2pchain.documents.refusals import InvalidAmount, NotXml
from p2pchain.documents.tape import TAPE_ROWS_MAX, TapeAsset, identity_of
from p2pchain.documents.tape_refusals import TapeRowInvalid, TapeTooLong, TapeUnknown
from p2pchain.model.ids import HASH_BYTES

EPOCH: Final = date(1970, 1, 1)
FIELD_CHARS_MAX: Final = 1_000
"""Longest value of a field; as ESMA's longest, ALPHANUM-1000."""
IDS_MAX: Final = 16
"""Most identifiers in one field, set apart by semicolons or bars."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "contract": ("contract", "originalunderlyingexposureidentifier", "rrel2", "autl2"),
        "lender": ("lender", "originatorlegalentityidentifier", "originallenderlegalentityidentifier"),
        "collateral": ("collateral", "originalcollateralidentifier", "rrec3"),
        "vin": ("vin", "vehicleidentificationnumber"),
        "document": ("document",),
        "original": ("original", "originalprincipalbalance", "rrel29", "autl29"),
        "balance": (
            "balance",
            "currentprincipalbalance",
            "rrel30",
            "crel23",
            "crpl39",
            "autl30",
            "cmrl28",
            "ccdl22",
            "lesl28",
            "estl28",
        ),
        "maturity": ("maturity", "maturitydate"),
        "arrears": ("arrears", "numberofdaysinarrears"),
        "currency": ("currency", "currencydenomination"),
    }
)
"""What a column holds, by its heading without case, blanks and marks."""
NEEDED: Final = ("original", "balance", "maturity")
NO_DATA: Final = frozenset({"", "ND1", "ND2", "ND3", "ND5"})
"""What stands where a template allows that there is nothing."""
_MARKS: Final = re.compile("[^a-z0-9]")
_IDS: Final = re.compile("[;|]")


def read_csv(text: str, currency: str) -> tuple[TapeAsset, ...]:
    """Read the assets of a file, in ``currency`` where it names none.

    Raises ``TapeUnknown``, ``TapeTooLong``, ``TapeRowInvalid``.
    """
    lines = text.splitlines(keepends=True)
    if len(lines) > TAPE_ROWS_MAX + 1:
        raise TapeTooLong(rows=len(lines) - 1, rows_max=TAPE_ROWS_MAX)
    heading = lines[0] if lines else ""
    delimiter = max(",;\t", key=heading.count)
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if any(row)]
    except csv.Error as fault:
        raise NotXml(reason=f"{fault}", line=None, column=None, hint="send the CSV file as it is") from fault
    places = _places(rows[0] if rows else ())
    return tuple(
        _asset(number, _Row(number, row, places), currency) for number, row in enumerate(rows[1:], 1)
    )


class _Row:
    """One row, whose values are asked for by what they are."""

    def __init__(self, number: int, values: Sequence[str], places: Mapping[str, int]) -> None:
        self._number = number
        self._values = values
        self._places = places

    def text(self, what: str) -> str:
        """The value, empty where there is none."""
        place = self._places.get(what)
        value = "" if place is None or place >= len(self._values) else trimmed(self._values[place])
        if len(value) > FIELD_CHARS_MAX:
            raise self.invalid(what, value, f"at most {FIELD_CHARS_MAX} characters")
        return "" if value in NO_DATA else value

    def several(self, what: str) -> tuple[str, ...]:
        """The identifiers in a field."""
        ids = tuple(filter(None, (trimmed(part) for part in _IDS.split(self.text(what)))))
        if len(ids) > IDS_MAX:
            raise self.invalid(what, self.text(what), f"at most {IDS_MAX} identifiers")
        return ids

    def invalid(self, what: str, stated: str, expected: str) -> TapeRowInvalid:
        """Make the refusal of a value."""
        return TapeRowInvalid(row=self._number, column=what, stated=stated, expected=expected)


def _places(headings: Sequence[str]) -> dict[str, int]:
    by_heading = {_MARKS.sub("", ascii_lower(heading)): place for place, heading in enumerate(headings)}
    places: dict[str, int] = {}
    for what, known in COLUMNS.items():
        named = [by_heading[heading] for heading in known if heading in by_heading]
        if named:
            places[what] = named[0]
    missing = [what for what in NEEDED if what not in places]
    if not {"contract", "collateral", "vin", "document"} & places.keys():
        missing.insert(0, "contract")
    if missing:
        raise TapeUnknown(missing=f"columns: {', '.join(missing)}")
    return places


def _asset(number: int, row: _Row, currency: str) -> TapeAsset:
    stated = row.text("currency")
    if stated and stated != currency:
        raise row.invalid("currency", stated, f"{currency}, the currency of the pool")
    contract = row.text("contract")
    identities = (identity_of(row.text("lender"), contract),) if contract else ()
    collateral = (identity_of("", part) for part in row.several("collateral"))
    cars = (identity_of("vin", part) for part in row.several("vin"))
    return TapeAsset(
        number=number,
        contracts=tuple(filter(None, identities)),
        collateral=tuple(dict.fromkeys(filter(None, (*collateral, *cars)))),
        documents=tuple(dict.fromkeys(_document(row, part) for part in row.several("document"))),
        currency=currency,
        original_minor=_amount(row, "original", currency, is_positive=True),
        balance_minor=_amount(row, "balance", currency, is_positive=False),
        maturity_day=_day(row),
        arrears_days=_arrears(row),
    )


def _document(row: _Row, text: str) -> bytes:
    try:
        document = bytes.fromhex(text)
    except ValueError:
        document = b""
    if len(document) != HASH_BYTES:
        raise row.invalid("document", text, "ids of registered invoices, 64 hexadecimal digits each")
    return document


def _amount(row: _Row, what: str, currency: str, *, is_positive: bool) -> int:
    text = row.text(what)
    try:
        amount = minor_units(text, currency) if is_positive else signed_minor_units(text, currency)
    except InvalidAmount as fault:
        raise row.invalid(what, text, str(fault.facts["expected"])) from fault
    if amount < 0:
        raise row.invalid(what, text, "no less than nothing")
    return amount


def _day(row: _Row) -> int:
    text = row.text("maturity")
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError as fault:
        raise row.invalid("maturity", text, "a day such as 2027-05-23") from fault


def _arrears(row: _Row) -> int:
    text = row.text("arrears")
    if text and not (len(text) < 6 and all(letter in DIGITS for letter in text)):
        raise row.invalid("arrears", text, "a number of days")
    return int(text or "0")
