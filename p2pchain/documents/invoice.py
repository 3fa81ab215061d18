"""From the bytes of an invoice to its facts: the syntax is told by the root, then every term is judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents import cii, ubl
from p2pchain.documents.amounts import minor_units
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.folding import fold_legal_id, fold_name, fold_number, fold_vat_id
from p2pchain.documents.refusals import CreditNote, InvalidAmount, InvalidTerm, MissingTerm, WrongRoot
from p2pchain.documents.safe_xml import parse_xml
from p2pchain.documents.statements import Statements
from p2pchain.documents.terms import Term
from p2pchain.documents.type_codes import CREDIT_NOTE_CODES, INVOICE_CODES
from p2pchain.model.currencies import DECIMALS

_SYNTAXES: Final[Mapping[str, Callable[[Element], Statements]]] = {
    ubl.ROOT: ubl.ubl_statements,
    cii.ROOT: cii.cii_statements,
}
_FOLDS: Final[Mapping[Term, Callable[[str], str]]] = {
    Term.NUMBER: fold_number,
    Term.SELLER_NAME: fold_name,
    Term.SELLER_LEGAL_ID: fold_legal_id,
    Term.SELLER_VAT_ID: fold_vat_id,
}
"""Terms that count as absent where nothing is left of them once folded."""
# xsd:date may carry a time zone; EN 16931 gives it no meaning.
_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")


def read_invoice(data: bytes) -> InvoiceFacts:
    """Read a UBL 2.1 Invoice or a UN/CEFACT Cross Industry Invoice (EN 16931-1:2017).

    ``data`` is the whole file. Raises a ``Refused`` of ``refusals``: ``DocumentTooLarge``,
    ``DocumentTooComplex``, ``NotXml``, ``ForbiddenXml``, ``WrongRoot``, ``CreditNote``, ``MissingTerm``,
    ``InvalidTerm``.
    """
    root = parse_xml(data)
    namespace, _, local = root.tag.removeprefix("{").rpartition("}")
    if local.endswith("CreditNote"):
        raise CreditNote(found=local)
    if root.tag not in _SYNTAXES:
        raise WrongRoot(found=local, namespace=namespace)
    statements = _SYNTAXES[root.tag](root)
    type_code = _type_code(statements)
    number = _required(statements, Term.NUMBER)
    issue_date = _issue_date(statements)
    currency = _currency(statements)
    vat_id, legal_id, name = (
        _optional(statements, term) for term in (Term.SELLER_VAT_ID, Term.SELLER_LEGAL_ID, Term.SELLER_NAME)
    )
    if vat_id is None and legal_id is None and name is None:
        path = statements.paths[Term.SELLER_VAT_ID]
        raise MissingTerm(
            term=Term.SELLER_VAT_ID, path=path, instead=(Term.SELLER_LEGAL_ID, Term.SELLER_NAME)
        )
    return InvoiceFacts(
        number=number,
        issue_date=issue_date,
        type_code=type_code,
        currency=currency,
        seller_name=name,
        seller_legal_id=legal_id,
        seller_vat_id=vat_id,
        total_minor=_total_minor(statements, currency),
    )


def _type_code(statements: Statements) -> str:
    code = _required(statements, Term.TYPE_CODE)
    if code in CREDIT_NOTE_CODES:
        raise CreditNote(found=code)
    if code not in INVOICE_CODES:
        expected = "the code of an invoice that is to be paid, such as 380"
        raise InvalidTerm(term=Term.TYPE_CODE, found=code, expected=expected)
    return code


def _issue_date(statements: Statements) -> str:
    text = _required(statements, Term.ISSUE_DATE)
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match[1] if match else "").isoformat()
    except ValueError as error:
        raise InvalidTerm(
            term=Term.ISSUE_DATE, found=text, expected="a day of the calendar, YYYY-MM-DD"
        ) from error


def _currency(statements: Statements) -> str:
    code = _required(statements, Term.CURRENCY)
    if code not in DECIMALS:
        raise InvalidTerm(term=Term.CURRENCY, found=code, expected="a currency code of ISO 4217, in capitals")
    return code


def _total_minor(statements: Statements, currency: str) -> int:
    """The one total in the currency of the invoice; a total without ``currencyID`` is in that currency."""
    term = Term.TOTAL_WITH_VAT
    stated = statements.found[term]
    if not stated:
        raise MissingTerm(term=term, path=statements.paths[term])
    own = [each for each in stated if each.currency in (None, currency)]
    if not own:
        found = f"{stated[0].text} {stated[0].currency}"
        raise InvalidTerm(term=term, found=found, expected=f"in the invoice currency {currency} (BT-5)")
    try:
        totals = {minor_units(each.text, currency) for each in own}
    except InvalidAmount as error:
        raise InvalidTerm(
            term=term, found=str(error.facts["found"]), expected=str(error.facts["expected"])
        ) from error
    if len(totals) > 1:
        raise InvalidTerm(term=term, found=" and ".join(each.text for each in own), expected="stated once")
    return totals.pop()


def _required(statements: Statements, term: Term) -> str:
    text = _optional(statements, term)
    if text is None:
        raise MissingTerm(term=term, path=statements.paths[term])
    return text


def _optional(statements: Statements, term: Term) -> str | None:
    """The one text of ``term``, or None where it is absent; two different texts are refused."""
    fold = _FOLDS.get(term, str)
    texts = list(dict.fromkeys(each.text for each in statements.found[term] if fold(each.text)))
    if len(texts) > 1:
        raise InvalidTerm(term=term, found=" and ".join(texts), expected="stated once")
    return texts[0] if texts else None
