"""VAT identifiers of the EU, EFTA and the United Kingdom: one spelling for each, and whether it can be one.

The same number is written with and without its country, with the suffix that its country's invoices bear
(MVA in Norway, MWST, TVA or IVA in Switzerland), with dots and spaces. A number whose form or check digits
are wrong still leads to its seller's invoices, but proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from p2pchain.documents import check_digits as check
from p2pchain.documents.characters import DIGITS
from p2pchain.documents.folding import counts_up, fold_country, fold_identifier, is_placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class VatId:
    """A VAT identifier, folded. ``country``: lower-case prefix, empty where nothing tells it."""

    country: str
    number: str
    is_valid: bool

    @property
    def text(self) -> str:
        """Return prefix and number."""
        return self.country + self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class _VatIdRule:
    """``form``: regular expression of the number without its prefix; ``check``: of its check digits."""

    form: str
    check: check.Check


def _no_check(_: str) -> bool:
    return True


RULES: Final[Mapping[str, _VatIdRule]] = {
    "at": _VatIdRule(form=r"u[0-9]{8}", check=check.austria),
    "be": _VatIdRule(form=r"[01][0-9]{9}", check=check.belgium),
    "bg": _VatIdRule(form=r"[0-9]{9,10}", check=check.bulgaria),
    "ch": _VatIdRule(
        form=r"e[0-9]{9}", check=lambda n: check.weighted((5, 4, 3, 2, 7, 6, 5, 4, 1), 11)(n[1:])
    ),
    "cn": _VatIdRule(form=r"[0-9a-hj-npqrtuwxy]{2}[0-9]{6}[0-9a-hj-npqrtuwxy]{10}", check=check.uscc),
    "cy": _VatIdRule(form=r"[0-9]{8}[a-z]", check=check.cyprus),
    "cz": _VatIdRule(form=r"[0-9]{8,10}", check=check.czechia),
    "de": _VatIdRule(form=r"[1-9][0-9]{8}", check=check.mod_11_10),
    "dk": _VatIdRule(form=r"[1-9][0-9]{7}", check=check.weighted((2, 7, 6, 5, 4, 3, 2, 1), 11)),
    "ee": _VatIdRule(form=r"[0-9]{9}", check=check.weighted((3, 7, 1, 3, 7, 1, 3, 7, 1), 10)),
    "el": _VatIdRule(form=r"[0-9]{9}", check=check.greece),
    "es": _VatIdRule(form=r"[0-9a-z][0-9]{7}[0-9a-z]", check=check.spain),
    "fi": _VatIdRule(form=r"[0-9]{8}", check=check.weighted((7, 9, 10, 5, 8, 4, 2, 1), 11)),
    "fr": _VatIdRule(form=r"[0-9a-hj-np-z]{2}[0-9]{9}", check=check.france),
    "gb": _VatIdRule(form=r"[0-9]{9}", check=check.weighted((8, 7, 6, 5, 4, 3, 2, 10, 1), 97, 0, 42, 55)),
    "hr": _VatIdRule(form=r"[0-9]{11}", check=check.mod_11_10),
    "hu": _VatIdRule(form=r"[0-9]{8}", check=check.weighted((9, 7, 3, 1, 9, 7, 3, 1), 10)),
    "ie": _VatIdRule(form=r"[0-9](?:[0-9]{6}|[a-z][0-9]{5})[a-z]|[0-9]{7}[a-w][a-i]", check=check.ireland),
    "is": _VatIdRule(form=r"[0-9]{5,6}", check=_no_check),
    "it": _VatIdRule(form=r"[0-9]{11}", check=check.luhn),
    "li": _VatIdRule(form=r"[0-9]{5}", check=_no_check),
    "lt": _VatIdRule(form=r"[0-9]{9}|[0-9]{12}", check=check.lithuania),
    "lu": _VatIdRule(form=r"[0-9]{8}", check=check.luxembourg),
    "lv": _VatIdRule(form=r"[0-9]{11}", check=check.latvia),
    "mt": _VatIdRule(form=r"[1-9][0-9]{7}", check=check.weighted((3, 4, 6, 7, 8, 9, 10, 1), 37)),
    "nl": _VatIdRule(form=r"[0-9]{9}b[0-9]{2}", check=check.netherlands),
    "no": _VatIdRule(form=r"[0-9]{9}", check=check.weighted((3, 2, 7, 6, 5, 4, 3, 2, 1), 11)),
    "pl": _VatIdRule(form=r"[0-9]{10}", check=check.weighted((6, 5, 7, 2, 3, 4, 5, 6, 7, -1), 11)),
    "pt": _VatIdRule(form=r"[1-9][0-9]{8}", check=check.portugal),
    "ro": _VatIdRule(form=r"[1-9][0-9]{1,9}", check=check.romania),
    "se": _VatIdRule(form=r"[0-9]{12}", check=check.sweden),
    "si": _VatIdRule(form=r"[1-9][0-9]{7}", check=check.slovenia),
    "sk": _VatIdRule(form=r"[1-9][0-9]{9}", check=lambda n: int(n) % 11 == 0),
}
"""Prefix to the rule of its numbers."""

_OTHER_PREFIXES: Final = {"gr": "el", "xi": "gb", "uk": "gb"}
"""Prefixes that stand for another: Greece by its ISO code, Northern Ireland, the United Kingdom by habit."""
_SWISS: Final = re.compile(r"(ch|che|chche)?([0-9]{9})(mwst|tva|iva|vat)?")
_NORWEGIAN: Final = re.compile(r"(no)?([0-9]{9})(mva)?")
_PREFIXED: Final = re.compile(r"([a-z]{2})([0-9a-z]+)")
_SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "at": lambda n: f"u{n}" if len(n) == 8 else n,
    "be": lambda n: n.rjust(10, "0"),
    "el": lambda n: n.rjust(9, "0"),
    "gb": lambda n: n[:9] if re.fullmatch(r"[0-9]{12}", n) else n,
    "se": lambda n: f"{n}01" if len(n) == 10 else n,
}
"""What a country's numbers are brought to: Austria's U, Belgium's and Greece's first 0, no British branch."""

_CORES: Final = {"nl": 9, "se": 10}
"""Countries whose numbers end in characters that every company has."""


def read_vat_id(text: str, country: str | None) -> VatId | None:
    """Read a VAT identifier; ``country`` is that of the party (BT-40), for a number without a prefix.

    None where it has no digit or is a placeholder: then it identifies nobody.
    """
    folded = fold_identifier(text)
    prefix, number = _parts(folded, fold_country(country or ""))
    digits = "".join(character for character in number[: _CORES.get(prefix)] if character in DIGITS)
    if not digits or is_placeholder(digits):
        return None
    rule = RULES.get(prefix)
    is_well_formed = rule is not None and re.fullmatch(rule.form, number) is not None
    is_valid = rule is not None and is_well_formed and rule.check(number) and not counts_up(digits)
    return VatId(country=prefix, number=number, is_valid=is_valid)


def _parts(folded: str, country: str) -> tuple[str, str]:
    """Split into prefix, empty where it is unknown, and number in its one spelling."""
    country = _OTHER_PREFIXES.get(country, country)
    swiss = _SWISS.fullmatch(folded)
    if swiss and (swiss[1] or swiss[3] or country == "ch"):
        return "ch", f"e{swiss[2]}"
    norwegian = _NORWEGIAN.fullmatch(folded)
    if norwegian and (norwegian[1] or norwegian[3] or country == "no"):
        return "no", norwegian[2]
    prefixed = _PREFIXED.fullmatch(folded)
    if prefixed:
        prefix = _OTHER_PREFIXES.get(prefixed[1], prefixed[1])
        if prefix in RULES:
            return prefix, _spelling(prefix, prefixed[2])
    if country in RULES:
        number = _spelling(country, folded)
        if re.fullmatch(RULES[country].form, number):
            return country, number
    return "", folded


def _spelling(country: str, number: str) -> str:
    spell = _SPELLINGS.get(country)
    return number if spell is None else spell(number)
