"""Chinese electronic invoices: the XML of a fully digitalised invoice (数电票), root ``EInvoice``.

What is open of the format: the element names of the Ministry of Finance's standard of accounting data for
electronic vouchers (电子凭证会计数据标准), as the tax authority's files bear them and many open programs read
them. No schema is published with the files, and the signature beside them is not checked here: whether an
invoice is the tax authority's is its portal's to say. PDF and OFD are other renderings and are not read.

Such an invoice is an invoice like any other: number (20 digits, unique in the country), day, seller with its
taxpayer's identification (a USCC), total with tax in CNY. A red-letter invoice has a negative total, and is a
credit note.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.amounts import signed_minor_units
from p2pchain.documents.facts import InvoiceFacts, Party
from p2pchain.documents.folding import fold_number
from p2pchain.documents.identities import identities_of
from p2pchain.documents.refusals import CreditNote, InvalidAmount, InvalidTerm, MissingTerm
from p2pchain.documents.statements import text_of
from p2pchain.documents.terms import Term

ROOT: Final = "EInvoice"
CURRENCY: Final = "CNY"
COUNTRY: Final = "CN"
TYPE_CODE: Final = "380"
RED: Final = "红字"
_DATA: Final = "EInvoiceData"
PATHS: Final = {
    Term.NUMBER: ("TaxSupervisionInfo/InvoiceNumber",),
    Term.ISSUE_DATE: ("TaxSupervisionInfo/IssueTime", f"{_DATA}/BasicInformation/RequestTime"),
    Term.SELLER_NAME: (f"{_DATA}/SellerInformation/SellerName",),
    Term.SELLER_VAT_ID: (f"{_DATA}/SellerInformation/SellerIdNum",),
    Term.TOTAL_WITH_VAT: (f"{_DATA}/BasicInformation/TotalTax-includedAmount",),
}
"""Term to its paths below the root, the first that states something counts."""


def read_fapiao(root: Element) -> InvoiceFacts:
    """Read a fully digitalised invoice. Raises ``MissingTerm``, ``InvalidTerm``, ``CreditNote``."""
    number = _needed(root, Term.NUMBER)
    if not fold_number(number):
        raise InvalidTerm(term=Term.NUMBER, stated=number, expected="a number")
    total_minor = _total(_needed(root, Term.TOTAL_WITH_VAT))
    seller = Party(
        name=_stated(root, Term.SELLER_NAME) or None,
        vat_id=_stated(root, Term.SELLER_VAT_ID) or None,
        country=COUNTRY,
    )
    if not identities_of(seller):
        path = PATHS[Term.SELLER_VAT_ID][0]
        raise MissingTerm(term=Term.SELLER_VAT_ID, path=path, instead=(Term.SELLER_NAME,))
    return InvoiceFacts(
        number=number,
        issue_date=_day(_needed(root, Term.ISSUE_DATE)),
        type_code=TYPE_CODE,
        currency=CURRENCY,
        seller=seller,
        total_minor=total_minor,
        payable_minor=total_minor,
    )


def _stated(root: Element, term: Term) -> str:
    for path in PATHS[term]:
        texts = {text for element in root.findall(path) if (text := text_of(element, term))}
        if len(texts) > 1:
            raise InvalidTerm(term=term, stated=" and ".join(sorted(texts)), expected="stated once")
        if texts:
            return texts.pop()
    return ""


def _needed(root: Element, term: Term) -> str:
    text = _stated(root, term)
    if not text:
        raise MissingTerm(term=term, path=PATHS[term][0])
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        expected = "a day of the calendar, YYYY-MM-DD"
        raise InvalidTerm(term=Term.ISSUE_DATE, stated=text, expected=expected) from error


def _total(text: str) -> int:
    try:
        total_minor = signed_minor_units(text, CURRENCY)
    except InvalidAmount as error:
        raise InvalidTerm(
            term=Term.TOTAL_WITH_VAT, stated=text, expected=str(error.facts["expected"])
        ) from error
    if total_minor <= 0:
        raise CreditNote(stated=RED)
    return total_minor
