"""Invoice terms in UBL 2.1 (OASIS UBL 2.1 Invoice; binding of CEN/TS 16931-3-2)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.folding import fold_name
from p2pchain.documents.statements import Statement, Statements, collect, text_of
from p2pchain.documents.terms import BILL_OF_LADING, VAT_WORDS, Term

ROOT: Final = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
"""Root element of a UBL invoice."""

_NAMESPACES: Final = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_SELLER: Final = "cac:AccountingSupplierParty/cac:Party"
_BUYER: Final = "cac:AccountingCustomerParty/cac:Party"
_PAYEE: Final = "cac:PayeeParty"
_LEGAL: Final = "cac:PartyLegalEntity"
_TAX: Final = "cac:PartyTaxScheme"
_COUNTRY: Final = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_TOTALS: Final = "cac:LegalMonetaryTotal"
_CREDITOR_SCHEME: Final = "sepa"
"""A party identification under this scheme is BT-90, the bank's identifier of a creditor."""

PATHS: Final = MappingProxyType(
    {
        Term.NUMBER: "cbc:ID",
        Term.ISSUE_DATE: "cbc:IssueDate",
        Term.TYPE_CODE: "cbc:InvoiceTypeCode",
        Term.CURRENCY: "cbc:DocumentCurrencyCode",
        Term.ORDER: "cac:OrderReference/cbc:ID",
        Term.BILL: f"cac:AdditionalDocumentReference[cbc:DocumentTypeCode='{BILL_OF_LADING}']/cbc:ID",
        Term.PRECEDING: "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
        Term.SELLER_NAME: f"{_SELLER}/{_LEGAL}/cbc:RegistrationName",
        Term.SELLER_TRADING_NAME: f"{_SELLER}/cac:PartyName/cbc:Name",
        Term.SELLER_ID: f"{_SELLER}/cac:PartyIdentification/cbc:ID",
        Term.SELLER_LEGAL_ID: f"{_SELLER}/{_LEGAL}/cbc:CompanyID",
        Term.SELLER_VAT_ID: f"{_SELLER}/{_TAX}[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
        Term.SELLER_TAX_ID: f"{_SELLER}/{_TAX}/cbc:CompanyID",
        Term.SELLER_ENDPOINT: f"{_SELLER}/cbc:EndpointID",
        Term.SELLER_COUNTRY: f"{_SELLER}/{_COUNTRY}",
        Term.BUYER_NAME: f"{_BUYER}/{_LEGAL}/cbc:RegistrationName",
        Term.BUYER_TRADING_NAME: f"{_BUYER}/cac:PartyName/cbc:Name",
        Term.BUYER_ID: f"{_BUYER}/cac:PartyIdentification/cbc:ID",
        Term.BUYER_LEGAL_ID: f"{_BUYER}/{_LEGAL}/cbc:CompanyID",
        Term.BUYER_VAT_ID: f"{_BUYER}/{_TAX}[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
        Term.BUYER_COUNTRY: f"{_BUYER}/{_COUNTRY}",
        Term.PAYEE_NAME: f"{_PAYEE}/cac:PartyName/cbc:Name",
        Term.PAYEE_ID: f"{_PAYEE}/cac:PartyIdentification/cbc:ID",
        Term.PAYEE_LEGAL_ID: f"{_PAYEE}/{_LEGAL}/cbc:CompanyID",
        Term.TOTAL_WITH_VAT: f"{_TOTALS}/cbc:TaxInclusiveAmount",
        Term.PAID: f"{_TOTALS}/cbc:PrepaidAmount",
        Term.ROUNDING: f"{_TOTALS}/cbc:PayableRoundingAmount",
        Term.DUE: f"{_TOTALS}/cbc:PayableAmount",
    }
)
"""Term to its path below the root."""
_TAX_TERMS: Final = (
    (_SELLER, Term.SELLER_VAT_ID, Term.SELLER_TAX_ID),
    (_BUYER, Term.BUYER_VAT_ID, None),
)


def ubl_statements(root: Element, terms: Collection[Term]) -> Statements:
    """Collect the statements of a UBL invoice about ``terms``. Raises ``InvalidTerm`` for what is not plain
    text.
    """
    special = {term for _, *tax_terms in _TAX_TERMS for term in tax_terms}
    statements: dict[Term, tuple[Statement, ...]] = {
        term: collect(root.findall(path, _NAMESPACES), term)
        for term, path in PATHS.items()
        if term in terms and term not in special
    }
    for term in statements.keys() & {Term.SELLER_ID, Term.BUYER_ID, Term.PAYEE_ID}:
        statements[term] = tuple(
            statement for statement in statements[term] if fold_name(statement.scheme) != _CREDITOR_SCHEME
        )
    for party, vat_term, tax_term in _TAX_TERMS:
        if vat_term in terms:
            statements[vat_term] = collect(_tax_ids(root, party, vat_term, is_vat=True), vat_term)
        if tax_term is not None and tax_term in terms:
            statements[tax_term] = collect(_tax_ids(root, party, tax_term, is_vat=False), tax_term)
    return Statements(by_term=statements, paths=PATHS)


def _tax_ids(root: Element, party: str, term: Term, *, is_vat: bool) -> Iterator[Element]:
    """Return the tax registrations under a word for VAT, or under any other word."""
    for registration in root.findall(f"{party}/{_TAX}", _NAMESPACES):
        schemes = registration.findall("cac:TaxScheme/cbc:ID", _NAMESPACES)
        if any(fold_name(text_of(scheme, term)) in VAT_WORDS for scheme in schemes) is is_vat:
            yield from registration.findall("cbc:CompanyID", _NAMESPACES)
