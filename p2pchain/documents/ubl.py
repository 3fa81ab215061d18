"""Where UBL 2.1 puts the terms (OASIS UBL 2.1 Invoice; binding of CEN/TS 16931-3-2)."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.statements import Statement, Statements, collect, text_of
from p2pchain.documents.terms import Term

ROOT: Final = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
"""Root element of a UBL invoice."""

_NAMESPACES: Final = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_SELLER: Final = "cac:AccountingSupplierParty/cac:Party"

PATHS: Final = MappingProxyType(
    {
        Term.NUMBER: "cbc:ID",
        Term.ISSUE_DATE: "cbc:IssueDate",
        Term.TYPE_CODE: "cbc:InvoiceTypeCode",
        Term.CURRENCY: "cbc:DocumentCurrencyCode",
        Term.SELLER_NAME: f"{_SELLER}/cac:PartyLegalEntity/cbc:RegistrationName",
        Term.SELLER_LEGAL_ID: f"{_SELLER}/cac:PartyLegalEntity/cbc:CompanyID",
        Term.SELLER_VAT_ID: f"{_SELLER}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
        Term.TOTAL_WITH_VAT: "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    }
)
"""Term to its path below the root."""


def ubl_statements(root: Element) -> Statements:
    """What a UBL invoice states. Raises ``InvalidTerm`` for content that is not plain text."""
    found: dict[Term, tuple[Statement, ...]] = {
        term: collect(root.findall(path, _NAMESPACES), term)
        for term, path in PATHS.items()
        if term is not Term.SELLER_VAT_ID
    }
    found[Term.SELLER_VAT_ID] = collect(_vat_ids(root), Term.SELLER_VAT_ID)
    return Statements(found=found, paths=PATHS)


def _vat_ids(root: Element) -> Iterator[Element]:
    """Tax registrations whose scheme is VAT; any other scheme states BT-32, the local tax registration."""
    for registration in root.findall(f"{_SELLER}/cac:PartyTaxScheme", _NAMESPACES):
        schemes = registration.findall("cac:TaxScheme/cbc:ID", _NAMESPACES)
        if any(text_of(scheme, Term.SELLER_VAT_ID).upper() == "VAT" for scheme in schemes):
            yield from registration.findall("cbc:CompanyID", _NAMESPACES)
