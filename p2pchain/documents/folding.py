"""Folding of names and numbers: a retyped invoice stays the same invoice.

What is folded, and why:

- **Characters** (everywhere): ``characters`` reads pinned tables. Invisible characters vanish; width, case
  and accents do not count; digits of every script become 0 to 9; a letter whose capital looks like a Latin
  one becomes it, so that Greek or Cyrillic Α is A.
- **Identifiers and names**: everything but letters and digits is dropped, for the parts of such an identifier
  are decoration: ``NL8200.98.395.B.01`` is ``nl820098395b01``. Leading zeros count, since registers issue
  fixed lengths.
- **Names**, a second time: ``ü`` is typed as u or as ue, ``ø`` as o or as oe.
- **Invoice numbers** (BT-1): a separator is anything but a letter or digit, in any number. Between two digits
  it is kept as one ``-``: it tells 1-12 from 11-2 and from 112, which a seller may well issue side by side.
  Elsewhere it is dropped: a change from letters to digits shows without it, so ``INV-001``, ``inv 001`` and
  ``INV001`` are one. Leading zeros of each run of digits are dropped, as spreadsheets do.
- **Invoice numbers, loosely**: all separators are dropped, and what looks alike is one: O and 0; I, L and 1;
  a letter of another script and the Latin one that it looks like. This leads to similar invoices alone.

A folded text is the same however often it is folded.
"""

from __future__ import annotations

import re
from typing import Final

from p2pchain.documents.characters import DIGITS, SEPARATOR, fold, look, without_ignored

COUNTED_CHARS_MIN = 8
"""Shortest row of digits that count up and so look made up."""

_COUNTED: Final = ("1234567890123456789", "0123456789")
_LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_DIGRAPHS: Final = (
    (re.compile("[Ää]|[Aa]\u0308"), "ae"),
    (re.compile("[Öö]|[Oo]\u0308"), "oe"),
    (re.compile("[Üü]|[Uu]\u0308"), "ue"),
    (re.compile("[Øø]"), "oe"),
    (re.compile("[Åå]|[Aa]\u030a"), "aa"),
)
_NOBODY: Final = frozenset(
    [
        "dummy",
        "inconnu",
        "keine",
        "keiner",
        "na",
        "nil",
        "none",
        "null",
        "nichtvorhanden",
        "notapplicable",
        "notavailable",
        "ohne",
        "placeholder",
        "sansobjet",
        "tba",
        "tbd",
        "test",
        "unbekannt",
        "undefined",
        "unknown",
        "xxx",
    ]
)
"""Folded texts that stand where somebody had nothing to fill in."""


def fold_number(text: str) -> str:
    """Fold an invoice number (BT-1); empty where it has neither letter nor digit."""
    kept: list[str] = []
    separated = False
    for character in fold(text):
        if character == SEPARATOR:
            separated = True
            continue
        if separated and kept and kept[-1] in DIGITS and character in DIGITS:
            kept.append("-")
        kept.append(character)
        separated = False
    return _LEADING_ZEROS.sub("", "".join(kept))


def loosen_number(text: str) -> str:
    """Fold an invoice number to what it looks like, without separators."""
    return _LEADING_ZEROS.sub("", look(text).replace(SEPARATOR, ""))


def fold_identifier(text: str) -> str:
    """Fold an identifier; empty where it has no digit, for then it identifies nobody (``N/A``)."""
    folded = fold_name(text)
    return folded if any(character in DIGITS for character in folded) else ""


def fold_words(text: str) -> tuple[str, ...]:
    """Fold a text to its words, between separators."""
    return tuple(word for word in fold(text).split(SEPARATOR) if word)


def fold_name(text: str) -> str:
    """Fold a name; empty where it has neither letter nor digit, or says that there is none."""
    folded = fold(text).replace(SEPARATOR, "")
    return "" if folded in _NOBODY else folded


def name_forms(text: str) -> tuple[str, ...]:
    """Fold a name in both transliterations: base letters (``ü`` as u), then digraphs (``ue``)."""
    digraphs = without_ignored(text)
    for pattern, digraph in _DIGRAPHS:
        digraphs = pattern.sub(digraph, digraphs)
    return tuple(dict.fromkeys(form for form in (fold_name(text), fold_name(digraphs)) if form))


def fold_country(text: str) -> str:
    """Fold a country code of ISO 3166-1: two lower-case letters, or empty."""
    folded = fold_name(text)
    return folded if re.fullmatch(r"[a-z]{2}", folded) else ""


def is_placeholder(folded: str) -> bool:
    """Return whether a folded identifier is one digit repeated, after leading zeros or not.

    It stands where a number had to be filled in, and identifies nobody.
    """
    if any(character not in DIGITS for character in folded):
        return False
    bare = folded.lstrip("0")
    return len(set(folded)) == 1 or len(set(bare)) == 1 < len(bare)


def counts_up(folded: str) -> bool:
    """Return whether an identifier has ``COUNTED_CHARS_MIN`` digits or more that count up from 0 or 1.

    It may be somebody's, but is more often an example: it never proves anything.
    """
    return len(folded) >= COUNTED_CHARS_MIN and any(row.startswith(folded) for row in _COUNTED)
