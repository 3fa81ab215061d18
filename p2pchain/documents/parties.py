"""Parties of an invoice, from the statements about their terms: each term once, however it is spelled."""

from __future__ import annotations

from collections.abc import Callable

from p2pchain.documents.facts import Party, SchemedId
from p2pchain.documents.folding import fold_country, fold_identifier, fold_name
from p2pchain.documents.refusals import InvalidTerm
from p2pchain.documents.statements import Statement, Statements
from p2pchain.documents.terms import PartyTerms, Term
from p2pchain.documents.vat_ids import read_vat_id


def read_party(statements: Statements, terms: PartyTerms) -> Party:
    """Read the statements of the document about one party.

    Texts that identify nobody once folded are absent. Raises ``InvalidTerm`` where name, VAT identifier or
    legal registration are stated twice and differ.
    """
    country = _first(statements, terms.country)
    legal = _one(statements, terms.legal_id, lambda held: fold_identifier(held.text))

    def vat_text(held: Statement) -> str:
        read = read_vat_id(held.text, country)
        return read.text if read else ""

    name = _one(statements, terms.name, lambda held: fold_name(held.text))
    vat = _one(statements, terms.vat_id, vat_text)
    return Party(
        name=name.text if name else None,
        trading_names=tuple(held.text for held in _all(statements, terms.trading_name)),
        vat_id=vat.text if vat else None,
        legal_id=_schemed(legal) if legal else None,
        ids=tuple(_schemed(held) for held in _all(statements, terms.id) if fold_identifier(held.text)),
        tax_ids=tuple(held.text for held in _all(statements, terms.tax_id) if fold_identifier(held.text)),
        endpoint=next((_schemed(held) for held in _all(statements, terms.endpoint)), None),
        country=country,
    )


def _schemed(held: Statement) -> SchemedId:
    return SchemedId(scheme=held.scheme, text=held.text)


def _all(statements: Statements, term: Term | None) -> tuple[Statement, ...]:
    return () if term is None else statements.by_term[term]


def _first(statements: Statements, term: Term | None) -> str | None:
    return next((held.text for held in _all(statements, term) if fold_country(held.text)), None)


def _one(statements: Statements, term: Term | None, fold: Callable[[Statement], str]) -> Statement | None:
    """Return the one statement of a term, the first of those that fold to the same."""
    if term is None:
        return None
    held = {
        folded: statement for statement in reversed(statements.by_term[term]) if (folded := fold(statement))
    }
    if len(held) > 1:
        texts = " and ".join(statement.text for statement in reversed(held.values()))
        raise InvalidTerm(term=term, stated=texts, expected="stated once")
    return next(iter(held.values()), None)
