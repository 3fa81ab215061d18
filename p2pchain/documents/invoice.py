"""From the bytes of an invoice to its facts: the syntax is told by the root, then every term is judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents import cii, ubl
from p2pchain.documents.amounts import amount_text, minor_units, signed_minor_units
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.folding import fold_number
from p2pchain.documents.identities import identities_of, shares_identity
from p2pchain.documents.parties import read_party
from p2pchain.documents.refusals import (
    AssignedClaim,
    CreditNote,
    InvalidAmount,
    InvalidTerm,
    MissingTerm,
    NothingDue,
    WrongRoot,
)
from p2pchain.documents.safe_xml import parse_xml
from p2pchain.documents.statements import Statement, Statements
from p2pchain.documents.terms import BUYER, PAYEE, SELLER, Term
from p2pchain.documents.type_codes import (
    ASSIGNED_CODES,
    CREDIT_NOTE_CODES,
    INVOICE_CODES,
    SELF_BILLED_CODES,
)
from p2pchain.model.currencies import DECIMALS

PRECEDING_MAX = 16
"""Most preceding invoices (BT-25) of one invoice."""
REFERENCES_MAX = 4
"""Most orders, and most bills of lading, that an invoice is matched by."""

_SYNTAXES: Final[Mapping[str, Callable[[Element, Collection[Term]], Statements]]] = {
    ubl.ROOT: ubl.ubl_statements,
    cii.ROOT: cii.cii_statements,
}
_ALWAYS: Final = frozenset(Term) - BUYER.all
"""Terms that are judged in every invoice; those of the buyer only where the number is the buyer's."""
# xsd:date may carry a time zone; EN 16931 gives it no meaning. Exporters write the day's first moment, too.
_DATE: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T00:00(?::00(?:\.0{1,9})?)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


def read_invoice(data: bytes) -> InvoiceFacts:
    """Read a UBL 2.1 Invoice or a UN/CEFACT Cross Industry Invoice (EN 16931-1:2017).

    ``data`` is the whole file. Raises a ``Refused`` of ``refusals``: ``DocumentTooLarge``,
    ``DocumentTooComplex``, ``NotXml``, ``ForbiddenXml``, ``WrongRoot``, ``CreditNote``, ``MissingTerm``,
    ``InvalidTerm``, ``NothingDue``.
    """
    return invoice_of(parse_xml(data))


def invoice_of(root: Element) -> InvoiceFacts:
    """Read the root of an invoice. Raises as ``read_invoice``, but for the parser's."""
    namespace, _, local = root.tag.removeprefix("{").rpartition("}")
    if local.endswith("CreditNote"):
        raise CreditNote(stated=local)
    if root.tag not in _SYNTAXES:
        raise WrongRoot(root=local, namespace=namespace)
    read_terms = _SYNTAXES[root.tag]
    statements = read_terms(root, _ALWAYS)
    type_code = _type_code(statements)
    number = number_of(statements)
    issue_date = issue_date_of(statements)
    currency = currency_of(statements)
    seller = read_party(statements, SELLER)
    if not identities_of(seller):
        path = statements.paths[Term.SELLER_VAT_ID]
        instead = (Term.SELLER_LEGAL_ID, Term.SELLER_NAME, Term.SELLER_ID)
        raise MissingTerm(term=Term.SELLER_VAT_ID, path=path, instead=instead)
    payee = read_party(statements, PAYEE)
    is_other_payee = bool(identities_of(payee)) and not shares_identity(payee, seller)
    total_minor = total_minor_of(statements, currency)
    return InvoiceFacts(
        number=number,
        issue_date=issue_date,
        type_code=type_code,
        currency=currency,
        seller=seller,
        buyer=read_party(read_terms(root, BUYER.all), BUYER) if type_code in SELF_BILLED_CODES else None,
        payee=payee.label if is_other_payee else None,
        preceding=_preceding(statements),
        orders=_referred(statements, Term.ORDER),
        bills=_referred(statements, Term.BILL),
        total_minor=total_minor,
        payable_minor=_payable_minor(statements, currency, total_minor),
    )


def check_unassigned(facts: InvoiceFacts) -> None:
    """Raise ``AssignedClaim`` where the invoice says that the claim is another's than the seller's."""
    if facts.payee is not None:
        raise AssignedClaim(term=Term.PAYEE_NAME, stated=facts.payee)
    if facts.type_code in ASSIGNED_CODES:
        raise AssignedClaim(term=Term.TYPE_CODE, stated=facts.type_code)


def _type_code(statements: Statements) -> str:
    code = _required(statements, Term.TYPE_CODE)
    if code in CREDIT_NOTE_CODES:
        raise CreditNote(stated=code)
    if code not in INVOICE_CODES:
        expected = "the code of an invoice that is to be paid, such as 380"
        raise InvalidTerm(term=Term.TYPE_CODE, stated=code, expected=expected)
    return code


def number_of(statements: Statements) -> str:
    """Take the number (BT-1). Raises ``MissingTerm``, ``InvalidTerm``."""
    return _required(statements, Term.NUMBER, fold_number)


def _preceding(statements: Statements) -> tuple[str, ...]:
    """Return the numbers of the invoices that this one corrects, each once."""
    term = Term.PRECEDING
    texts = tuple(
        dict.fromkeys(statement.text for statement in statements.by_term[term] if fold_number(statement.text))
    )
    if len(texts) > PRECEDING_MAX:
        raise InvalidTerm(
            term=term, stated=f"{len(texts)} invoices", expected=f"at most {PRECEDING_MAX} invoices"
        )
    return texts


def _referred(statements: Statements, term: Term) -> tuple[str, ...]:
    """Return the numbers of documents that this one refers to, each once, the first few."""
    texts = (statement.text for statement in statements.by_term[term] if fold_number(statement.text))
    return tuple(dict.fromkeys(texts))[:REFERENCES_MAX]


def issue_date_of(statements: Statements) -> str:
    """Take the issue date (BT-2). Raises ``MissingTerm``, ``InvalidTerm``."""
    return _required(statements, Term.ISSUE_DATE, _day)


def _day(text: str) -> str:
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match[1] if match else "").isoformat()
    except ValueError as error:
        raise InvalidTerm(
            term=Term.ISSUE_DATE, stated=text, expected="a day of the calendar, YYYY-MM-DD"
        ) from error


def currency_of(statements: Statements) -> str:
    """Take the currency (BT-5). Raises ``MissingTerm``, ``InvalidTerm``."""
    code = _required(statements, Term.CURRENCY)
    if code not in DECIMALS:
        raise InvalidTerm(
            term=Term.CURRENCY, stated=code, expected="a currency code of ISO 4217, in capitals"
        )
    return code


def total_minor_of(statements: Statements, currency: str) -> int:
    """Return the one total in the currency of the invoice; a total without ``currencyID`` is in that
    currency.
    """
    term = Term.TOTAL_WITH_VAT
    stated = statements.by_term[term]
    if not stated:
        raise MissingTerm(term=term, path=statements.paths[term])
    own = _in_currency(stated, currency)
    if not own:
        total = f"{stated[0].text} {stated[0].currency}"
        raise InvalidTerm(term=term, stated=total, expected=f"in the invoice currency {currency} (BT-5)")
    return _one_amount(term, own, currency, minor_units)


def _payable_minor(statements: Statements, currency: str, total_minor: int) -> int:
    """Return the amount due: the least of the one that the invoice states (BT-115), the one that its sums
    leave, and its total.
    """
    paid, rounding, due = (
        _one_amount(term, own, currency, signed_minor_units) if own else None
        for term in (Term.PAID, Term.ROUNDING, Term.DUE)
        for own in (_in_currency(statements.by_term[term], currency),)
    )
    left = total_minor - (paid or 0) + (rounding or 0)
    payable = min(left, total_minor) if due is None else min(due, left, total_minor)
    if payable <= 0:
        total = amount_text(total_minor, currency)
        raise NothingDue(due=amount_text(payable, currency), total=total, currency=currency)
    return payable


def _in_currency(stated: tuple[Statement, ...], currency: str) -> tuple[Statement, ...]:
    return tuple(statement for statement in stated if statement.currency in (None, currency))


def _one_amount(
    term: Term, stated: tuple[Statement, ...], currency: str, read: Callable[[str, str], int]
) -> int:
    try:
        amounts = {read(statement.text, currency) for statement in stated}
    except InvalidAmount as error:
        raise InvalidTerm(
            term=term, stated=str(error.facts["found"]), expected=str(error.facts["expected"])
        ) from error
    if len(amounts) > 1:
        raise InvalidTerm(
            term=term, stated=" and ".join(statement.text for statement in stated), expected="stated once"
        )
    return amounts.pop()


def _required(statements: Statements, term: Term, fold: Callable[[str], str] = str) -> str:
    """Return the one text of ``term``, as first written; texts that fold to nothing are absent."""
    folded = {fold(statement.text): statement.text for statement in reversed(statements.by_term[term])}
    folded.pop("", None)
    if not folded:
        raise MissingTerm(term=term, path=statements.paths[term])
    if len(folded) > 1:
        raise InvalidTerm(term=term, stated=" and ".join(reversed(folded.values())), expected="stated once")
    text = folded.popitem()
    return text[0] if term is Term.ISSUE_DATE else text[1]
