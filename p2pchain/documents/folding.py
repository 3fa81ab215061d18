"""How names and numbers are folded, so that re-typing an invoice does not make it another one.

What is folded, and why:

- **Characters** (everywhere): compatibility forms, case and accents. ``ＩＮＶ``, ``inv`` and ``INV`` are one,
  and so are ``Société`` and ``SOCIETE``. Digits of every script become 0 to 9. Letters of different scripts
  stay different, even where they look alike: who forges letters can forge the digits as well.
- **Identifiers and names** (BT-31, BT-30, BT-27): everything but letters and digits is dropped, for the parts
  of such an identifier are decoration: ``NL8200.98.395.B.01`` is ``nl820098395b01``. Leading zeros count,
  since registers issue fixed lengths. A VAT identifier of Greece may begin with EL or GR (EN 16931-1
  BR-CO-9): GR becomes EL.
- **Invoice numbers** (BT-1): a separator is anything but a letter or digit, in any number. Between two digits
  it is kept as one ``-``: it tells 1-12 from 11-2 and from 112, which a seller may well issue side by side.
  Elsewhere it is dropped: a change from letters to digits shows without it, so ``INV-001``, ``inv 001`` and
  ``INV001`` are one. Leading zeros of each run of digits are dropped, as spreadsheets do: ``INV-001`` is
  ``INV-1``. A seller who issues both of those would get a false exact match only for two invoices of one day
  and one total, and else a question (``--acknowledge-similar``).

A folded text is the same however often it is folded. Folding rests on the parts of Unicode that its stability
policy freezes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ACCENT_CLASS_MIN: Final = 200
"""Combining classes from here on are accents (UAX #44); lower ones make letters, as in Hebrew or Japanese."""
_GREEK_VAT: Final = re.compile(r"gr([0-9]{9})")
_LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_SEPARATOR: Final = " "


def fold_number(text: str) -> str:
    """Fold an invoice number (BT-1); empty where it has neither letter nor digit."""
    kept: list[str] = []
    separated = False
    for character in _fold_characters(text):
        if character == _SEPARATOR:
            separated = True
            continue
        if separated and kept and kept[-1].isdecimal() and character.isdecimal():
            kept.append("-")
        kept.append(character)
        separated = False
    return _LEADING_ZEROS.sub("", "".join(kept))


def fold_vat_id(text: str) -> str:
    """Fold a VAT identifier (BT-31); empty where it has no digit, for then it identifies nobody (``N/A``)."""
    folded = fold_legal_id(text)
    greek = _GREEK_VAT.fullmatch(folded)
    return f"el{greek[1]}" if greek else folded


def fold_legal_id(text: str) -> str:
    """Fold a legal registration identifier (BT-30); empty where it has no digit, as for ``fold_vat_id``."""
    folded = fold_name(text)
    return folded if any(character.isdecimal() for character in folded) else ""


def fold_name(text: str) -> str:
    """Fold a name (BT-27); empty where it has neither letter nor digit."""
    return _fold_characters(text).replace(_SEPARATOR, "")


def _fold_characters(text: str) -> str:
    """Letters, marks that make letters, and digits, folded; every other character becomes one separator."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in folded if unicodedata.combining(c) < _ACCENT_CLASS_MIN)
    return "".join(_fold_one(c) for c in unicodedata.normalize("NFC", bare))


def _fold_one(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character if category[0] in "LMN" else _SEPARATOR
