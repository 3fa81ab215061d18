"""Invoice terms in UN/CEFACT Cross Industry Invoice (D16B and later): CEN/TS 16931-3-3."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.folding import fold_name
from p2pchain.documents.refusals import InvalidTerm
from p2pchain.documents.statements import Statement, Statements, collect, text_of
from p2pchain.documents.terms import BILL_OF_LADING, VAT_WORDS, Term

ROOT: Final = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
"""Root element of a cross industry invoice."""

_NAMESPACES: Final = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_TRADE: Final = "rsm:SupplyChainTradeTransaction"
_AGREEMENT: Final = f"{_TRADE}/ram:ApplicableHeaderTradeAgreement"
_SELLER: Final = f"{_AGREEMENT}/ram:SellerTradeParty"
_BUYER: Final = f"{_AGREEMENT}/ram:BuyerTradeParty"
_SETTLEMENT: Final = f"{_TRADE}/ram:ApplicableHeaderTradeSettlement"
_PAYEE: Final = f"{_SETTLEMENT}/ram:PayeeTradeParty"
_SUMMATION: Final = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_LEGAL: Final = "ram:SpecifiedLegalOrganization"
_TAX: Final = "ram:SpecifiedTaxRegistration/ram:ID"
_COUNTRY: Final = "ram:PostalTradeAddress/ram:CountryID"
_ISSUED: Final = "rsm:ExchangedDocument/ram:IssueDateTime"

PATHS: Final = MappingProxyType(
    {
        Term.NUMBER: "rsm:ExchangedDocument/ram:ID",
        Term.ISSUE_DATE: f"{_ISSUED}/udt:DateTimeString",
        Term.TYPE_CODE: "rsm:ExchangedDocument/ram:TypeCode",
        Term.CURRENCY: f"{_SETTLEMENT}/ram:InvoiceCurrencyCode",
        Term.ORDER: f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
        Term.BILL: f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='{BILL_OF_LADING}']/"
        "ram:IssuerAssignedID",
        Term.PRECEDING: f"{_SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
        Term.SELLER_NAME: f"{_SELLER}/ram:Name",
        Term.SELLER_TRADING_NAME: f"{_SELLER}/{_LEGAL}/ram:TradingBusinessName",
        Term.SELLER_ID: f"{_SELLER}/ram:ID",
        Term.SELLER_LEGAL_ID: f"{_SELLER}/{_LEGAL}/ram:ID",
        Term.SELLER_VAT_ID: f"{_SELLER}/{_TAX}[@schemeID='VA']",
        Term.SELLER_TAX_ID: f"{_SELLER}/{_TAX}",
        Term.SELLER_ENDPOINT: f"{_SELLER}/ram:URIUniversalCommunication/ram:URIID",
        Term.SELLER_COUNTRY: f"{_SELLER}/{_COUNTRY}",
        Term.BUYER_NAME: f"{_BUYER}/ram:Name",
        Term.BUYER_TRADING_NAME: f"{_BUYER}/{_LEGAL}/ram:TradingBusinessName",
        Term.BUYER_ID: f"{_BUYER}/ram:ID",
        Term.BUYER_LEGAL_ID: f"{_BUYER}/{_LEGAL}/ram:ID",
        Term.BUYER_VAT_ID: f"{_BUYER}/{_TAX}[@schemeID='VA']",
        Term.BUYER_COUNTRY: f"{_BUYER}/{_COUNTRY}",
        Term.PAYEE_NAME: f"{_PAYEE}/ram:Name",
        Term.PAYEE_ID: f"{_PAYEE}/ram:ID",
        Term.PAYEE_LEGAL_ID: f"{_PAYEE}/{_LEGAL}/ram:ID",
        Term.TOTAL_WITH_VAT: f"{_SUMMATION}/ram:GrandTotalAmount",
        Term.PAID: f"{_SUMMATION}/ram:TotalPrepaidAmount",
        Term.ROUNDING: f"{_SUMMATION}/ram:RoundingAmount",
        Term.DUE: f"{_SUMMATION}/ram:DuePayableAmount",
    }
)
"""Term to its path below the root; for identifiers of a party ``ram:GlobalID`` counts as ``ram:ID`` does."""
_IDS: Final = ((_SELLER, Term.SELLER_ID), (_BUYER, Term.BUYER_ID), (_PAYEE, Term.PAYEE_ID))
_TAX_TERMS: Final = (
    (_SELLER, Term.SELLER_VAT_ID, Term.SELLER_TAX_ID),
    (_BUYER, Term.BUYER_VAT_ID, None),
)

_FORMAT_DAY: Final = "102"
"""UNTDID 2379: CCYYMMDD, the only format that EN 16931 allows; taken for granted where none is stated."""
_DAY: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def cii_statements(root: Element, terms: Collection[Term]) -> Statements:
    """Collect the statements of a cross industry invoice about ``terms``.

    Dates come out as ``YYYY-MM-DD``, or as ``udt:DateTime`` has them.

    Raises ``InvalidTerm`` for content that is not plain text and for dates in another format than 102.
    """
    special = {Term.ISSUE_DATE, *(term for _, *tax_terms in _TAX_TERMS for term in tax_terms)}
    statements: dict[Term, tuple[Statement, ...]] = {
        term: collect(root.findall(path, _NAMESPACES), term)
        for term, path in PATHS.items()
        if term in terms and term not in special
    }
    for party, term in _IDS:
        if term in terms:
            statements[term] += collect(root.findall(f"{party}/ram:GlobalID", _NAMESPACES), term)
    for party, vat_term, tax_term in _TAX_TERMS:
        if vat_term in terms:
            statements[vat_term] = collect(_tax_ids(root, party, is_vat=True), vat_term)
        if tax_term is not None and tax_term in terms:
            statements[tax_term] = collect(_tax_ids(root, party, is_vat=False), tax_term)
    if Term.ISSUE_DATE in terms:
        statements[Term.ISSUE_DATE] = tuple(_days(root))
    return Statements(by_term=statements, paths=PATHS)


def _tax_ids(root: Element, party: str, *, is_vat: bool) -> Iterator[Element]:
    """Return the tax registrations under a word for VAT, or under any other word."""
    for registration in root.findall(f"{party}/{_TAX}", _NAMESPACES):
        if (fold_name(registration.get("schemeID", "")) in VAT_WORDS) is is_vat:
            yield registration


def _days(root: Element) -> Iterator[Statement]:
    yield from collect(root.findall(f"{_ISSUED}/udt:DateTime", _NAMESPACES), Term.ISSUE_DATE)
    for element in root.findall(PATHS[Term.ISSUE_DATE], _NAMESPACES):
        text = text_of(element, Term.ISSUE_DATE)
        if not text:
            continue
        day = _DAY.fullmatch(text)
        if element.get("format", _FORMAT_DAY).strip() != _FORMAT_DAY or day is None:
            raise InvalidTerm(
                term=Term.ISSUE_DATE, stated=text, expected='a day as YYYYMMDD with format="102"'
            )
        yield Statement(text="-".join(day.groups()))
