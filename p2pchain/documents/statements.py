"""What a document states about each term, before anything is judged: where two syntaxes meet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.refusals import InvalidTerm
from p2pchain.documents.terms import Term

TERM_CHARS_MAX = 300
"""Longest content of one term, in characters."""

# Not assigned, private use, surrogate: another version of Unicode may read them differently, so nobody reads
# them.
_UNREADABLE: Final = frozenset({"Cn", "Co", "Cs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One occurrence of a term: its text, and the currency that an amount itself carries, if any."""

    text: str
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """All non-empty occurrences of each term in document order; ``paths`` tells where each term belongs."""

    found: Mapping[Term, tuple[Statement, ...]]
    paths: Mapping[Term, str]


def collect(elements: Iterable[Element], term: Term) -> tuple[Statement, ...]:
    """The non-empty statements that ``elements`` make about ``term``; raises as ``text_of`` does."""
    stated = []
    for element in elements:
        text = text_of(element, term)
        if text:
            currency = element.get("currencyID")
            stated.append(Statement(text=text, currency=currency.strip() if currency else None))
    return tuple(stated)


def text_of(element: Element, term: Term) -> str:
    """Text of ``element`` with outer white space cut and inner white space made single spaces; may be empty.

    Raises ``InvalidTerm`` for elements within it, more than ``TERM_CHARS_MAX`` characters, or characters that
    no version of Unicode has to know.
    """
    if len(element):
        raise InvalidTerm(term=term, found=element[0].tag, expected="plain text, with no element inside")
    text = " ".join((element.text or "").split())
    if len(text) > TERM_CHARS_MAX:
        raise InvalidTerm(term=term, found=text, expected=f"at most {TERM_CHARS_MAX} characters long")
    for character in text:
        if unicodedata.category(character) in _UNREADABLE:
            raise InvalidTerm(term=term, found=text, expected="written in assigned Unicode characters")
    return text
