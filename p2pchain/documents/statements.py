"""Statements of a document about each term, from both syntaxes, before judgement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.characters import is_readable
from p2pchain.documents.refusals import InvalidTerm
from p2pchain.documents.terms import Term

TERM_CHARS_MAX = 300
"""Longest content of one term, in characters."""
TERM_STATEMENTS_MAX = 64
"""Most statements of one term."""

# White_Space of the Unicode Character Database, which never changed since version 6.3.
_SPACE: Final = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One occurrence of a term: its text, and its attributes ``currencyID`` and ``schemeID``."""

    text: str
    currency: str | None = None
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """All non-empty occurrences of the terms asked for, in document order; ``paths``: where terms belong."""

    by_term: Mapping[Term, tuple[Statement, ...]]
    paths: Mapping[Term, str]


def collect(elements: Iterable[Element], term: Term) -> tuple[Statement, ...]:
    """Collect the non-empty statements of ``elements`` about ``term``; raises as ``text_of`` does.

    Raises ``InvalidTerm`` for more than ``TERM_STATEMENTS_MAX`` of them, too.
    """
    stated = []
    for element in elements:
        text = text_of(element, term)
        if text:
            currency = element.get("currencyID")
            scheme = plain_text(element.get("schemeID", ""))
            stated.append(
                Statement(text=text, currency=plain_text(currency) if currency else None, scheme=scheme)
            )
    if len(stated) > TERM_STATEMENTS_MAX:
        raise InvalidTerm(
            term=term, stated=f"{len(stated)} times", expected=f"stated at most {TERM_STATEMENTS_MAX} times"
        )
    return tuple(stated)


def text_of(element: Element, term: Term) -> str:
    """Return the text of ``element`` with outer white space cut and inner white space made single spaces; may
    be empty.

    Raises ``InvalidTerm`` for elements within it, more than ``TERM_CHARS_MAX`` characters, or characters that
    are unassigned, surrogates or for private use.
    """
    if len(element):
        raise InvalidTerm(term=term, stated=element[0].tag, expected="plain text, with no element inside")
    text = plain_text(element.text or "")
    if len(text) > TERM_CHARS_MAX:
        raise InvalidTerm(term=term, stated=text, expected=f"at most {TERM_CHARS_MAX} characters long")
    if not is_readable(text):
        raise InvalidTerm(term=term, stated=text, expected="written in assigned Unicode characters")
    return text


def plain_text(text: str) -> str:
    """Cut outer white space, and make inner white space single spaces."""
    return _SPACE.sub(" ", text).strip(" ")
