"""SEC EX-102 (Form ABS-EE, Regulation AB item 1125, Schedule AL) of commercial mortgages.

Filings give a loan a number within its deal alone. Its contract is therefore known by what its note says:
originator, day of origination, original amount, maturity, and the name of its first property. What secures
it is known by the address of each property, for a whole loan (``WL``) alone: the property of a loan that is
split into notes of equal rank secures several notes in several deals, as it should.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.amounts import minor_units, signed_minor_units
from p2pchain.documents.characters import trimmed
from p2pchain.documents.refusals import InvalidAmount
from p2pchain.documents.tape import TAPE_ROWS_MAX, TapeAsset, identity_of
from p2pchain.documents.tape_refusals import TapeRowInvalid, TapeTooLong, TapeUnknown

NAMESPACE: Final = "{http://www.sec.gov/edgar/document/absee/cmbs/assetdata}"
ROOT: Final = f"{NAMESPACE}assetData"
CURRENCY: Final = "USD"
WHOLE_LOAN: Final = "WL"
EPOCH: Final = date(1970, 1, 1)

ARREARS_DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {"A": 0, "B": 1, "0": 0, "1": 30, "2": 60, "3": 90, "4": 0, "5": 1, "6": 121}
)
"""Least days in arrears by ``paymentStatusLoanCode`` (CREFC: in grace, late by less than 30 days, current,
30 to 59, 60 to 89, 90 to 120, performing and non-performing matured balloon, 121 and more).
"""
_DAY: Final = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})")


def read_ex102(root: Element) -> tuple[TapeAsset, ...]:
    """Read the loans of a filing; what is a property of a loan of its own row is none.

    Raises ``TapeUnknown``, ``TapeTooLong``, ``TapeRowInvalid``.
    """
    loans = [
        asset
        for asset in root.findall(f"{NAMESPACE}assets")
        if asset.find(f"{NAMESPACE}originalLoanAmount") is not None
    ]
    if not loans:
        raise TapeUnknown(missing="assets with an originalLoanAmount")
    if len(loans) > TAPE_ROWS_MAX:
        raise TapeTooLong(rows=len(loans), rows_max=TAPE_ROWS_MAX)
    return tuple(_loan(number, loan) for number, loan in enumerate(loans, 1))


def _loan(number: int, loan: Element) -> TapeAsset:
    properties = loan.findall(f"{NAMESPACE}property")
    first = _text(properties[0], "propertyName") if properties else ""
    note = identity_of(
        *(
            _text(loan, name)
            for name in ("originatorName", "originationDate", "originalLoanAmount", "maturityDate")
        ),
        first,
    )
    is_whole = _text(loan, "loanStructureCode") == WHOLE_LOAN
    addresses = tuple(filter(None, map(_address, properties))) if is_whole else ()
    status = _text(loan, "paymentStatusLoanCode")
    if status not in ARREARS_DAYS:
        expected = f"one of {', '.join(sorted(ARREARS_DAYS))}"
        raise TapeRowInvalid(row=number, column="paymentStatusLoanCode", stated=status, expected=expected)
    return TapeAsset(
        number=number,
        contracts=(note,),
        collateral=tuple(dict.fromkeys(addresses)),
        documents=(),
        currency=CURRENCY,
        original_minor=_amount(number, loan, "originalLoanAmount", is_positive=True),
        balance_minor=_amount(number, loan, "reportPeriodEndActualBalanceAmount", is_positive=False),
        maturity_day=_day(number, loan, "maturityDate"),
        arrears_days=ARREARS_DAYS[status],
    )


def _address(place: Element) -> tuple[str, ...]:
    street = _text(place, "propertyAddress")
    rest = (_text(place, name) for name in ("propertyCity", "propertyState", "propertyZip"))
    return identity_of(street, *rest) if street else ()


def _amount(number: int, loan: Element, column: str, *, is_positive: bool) -> int:
    text = _text(loan, column)
    try:
        amount = minor_units(text, CURRENCY) if is_positive else signed_minor_units(text, CURRENCY)
    except InvalidAmount as fault:
        expected = str(fault.facts["expected"])
        raise TapeRowInvalid(row=number, column=column, stated=text, expected=expected) from fault
    if amount < 0:
        raise TapeRowInvalid(row=number, column=column, stated=text, expected="no less than nothing")
    return amount


def _day(number: int, loan: Element, column: str) -> int:
    text = _text(loan, column)
    match = _DAY.fullmatch(text)
    try:
        if match is not None:
            return (date(int(match[3]), int(match[1]), int(match[2])) - EPOCH).days
    except ValueError:
        pass
    raise TapeRowInvalid(row=number, column=column, stated=text, expected="a day as MM-DD-YYYY")


def _text(element: Element, name: str) -> str:
    return trimmed(element.findtext(f"{NAMESPACE}{name}") or "")
