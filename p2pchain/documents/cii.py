"""Where UN/CEFACT Cross Industry Invoice (D16B and later) puts the terms: CEN/TS 16931-3-3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.refusals import InvalidTerm
from p2pchain.documents.statements import Statement, Statements, collect, text_of
from p2pchain.documents.terms import Term

ROOT: Final = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
"""Root element of a cross industry invoice."""

_NAMESPACES: Final = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_TRADE: Final = "rsm:SupplyChainTradeTransaction"
_SELLER: Final = f"{_TRADE}/ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty"
_SETTLEMENT: Final = f"{_TRADE}/ram:ApplicableHeaderTradeSettlement"
_SUMMATION: Final = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_REGISTRATION: Final = f"{_SELLER}/ram:SpecifiedTaxRegistration/ram:ID"

PATHS: Final = MappingProxyType(
    {
        Term.NUMBER: "rsm:ExchangedDocument/ram:ID",
        Term.ISSUE_DATE: "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
        Term.TYPE_CODE: "rsm:ExchangedDocument/ram:TypeCode",
        Term.CURRENCY: f"{_SETTLEMENT}/ram:InvoiceCurrencyCode",
        Term.SELLER_NAME: f"{_SELLER}/ram:Name",
        Term.SELLER_LEGAL_ID: f"{_SELLER}/ram:SpecifiedLegalOrganization/ram:ID",
        Term.SELLER_VAT_ID: f"{_REGISTRATION}[@schemeID='VA']",
        Term.TOTAL_WITH_VAT: f"{_SUMMATION}/ram:GrandTotalAmount",
    }
)
"""Term to its path below the root."""

_FORMAT_DAY: Final = "102"
"""UNTDID 2379: CCYYMMDD, the only format that EN 16931 allows."""
_DAY: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def cii_statements(root: Element) -> Statements:
    """What a cross industry invoice states; dates come out as ``YYYY-MM-DD``.

    Raises ``InvalidTerm`` for content that is not plain text and for dates in another format than 102.
    """
    special = (Term.SELLER_VAT_ID, Term.ISSUE_DATE)
    found: dict[Term, tuple[Statement, ...]] = {
        term: collect(root.findall(path, _NAMESPACES), term)
        for term, path in PATHS.items()
        if term not in special
    }
    found[Term.SELLER_VAT_ID] = collect(_vat_ids(root), Term.SELLER_VAT_ID)
    found[Term.ISSUE_DATE] = tuple(_days(root))
    return Statements(found=found, paths=PATHS)


def _vat_ids(root: Element) -> Iterator[Element]:
    """Tax registrations with scheme VA; FC and others state BT-32, the local tax registration."""
    for registration in root.findall(_REGISTRATION, _NAMESPACES):
        if registration.get("schemeID", "").strip().upper() == "VA":
            yield registration


def _days(root: Element) -> Iterator[Statement]:
    for element in root.findall(PATHS[Term.ISSUE_DATE], _NAMESPACES):
        text = text_of(element, Term.ISSUE_DATE)
        if not text:
            continue
        day = _DAY.fullmatch(text)
        if element.get("format", "").strip() != _FORMAT_DAY or day is None:
            raise InvalidTerm(
                term=Term.ISSUE_DATE, found=text, expected='a day as YYYYMMDD with format="102"'
            )
        yield Statement(text="-".join(day.groups()))
