"""Legal registrations and other schemed identifiers: the register of a number, and its spelling there.

Schemes are codes of ISO/IEC 6523 (ICD) and of the Electronic Address Scheme list, as ``schemeID`` has them. A
register number of Germany is of one court: ``HRB 1001`` alone names a company in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from p2pchain.documents import check_digits as check
from p2pchain.documents.characters import without_ignored
from p2pchain.documents.facts import SchemedId
from p2pchain.documents.folding import counts_up, fold_identifier, fold_name, fold_words, is_placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A number in its register, folded. ``register`` is empty where nothing tells which register it is of."""

    register: str
    number: str
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _RegisterRule:
    """``register``: the name of the register; ``form``: of the number, whose first group is kept."""

    register: str
    form: str
    check: check.Check


def _no_check(_: str) -> bool:
    return True


def _rule(code: str, form: str, is_right: check.Check = _no_check) -> _RegisterRule:
    return _RegisterRule(register=f"icd:{code}", form=form, check=is_right)


_FINNISH: Final = check.weighted((7, 9, 10, 5, 8, 4, 2, 1), 11)
_DANISH: Final = check.weighted((2, 7, 6, 5, 4, 3, 2, 1), 11)
_NORWEGIAN: Final = check.weighted((3, 2, 7, 6, 5, 4, 3, 2, 1), 11)
_SWISS: Final = check.weighted((5, 4, 3, 2, 7, 6, 5, 4, 1), 11)

_RULES: Final[Mapping[str, _RegisterRule]] = {
    "uscc": _RegisterRule(
        register="uscc", form=r"([0-9a-hj-npqrtuwxy]{2}[0-9]{6}[0-9a-hj-npqrtuwxy]{10})", check=check.uscc
    ),
    "0002": _rule("0002", r"([0-9]{9})(?:[0-9]{5})?", check.luhn),
    "0007": _rule("0007", r"(?:se)?([0-9]{10})(?:01)?", check.luhn),
    "0009": _rule("0002", r"([0-9]{9})[0-9]{5}", check.luhn),
    "0037": _rule("0212", r"(?:0037)?([0-9]{8})[0-9a-z]{0,5}", _FINNISH),
    "0060": _rule("0060", r"([0-9]{9})"),
    "0088": _rule("0088", r"([0-9]{13})", check.gln),
    "0106": _rule("0106", r"([0-9]{8})[0-9]{0,4}"),
    "0183": _rule("0183", r"(?:che)?([0-9]{9})(?:mwst|tva|iva)?", _SWISS),
    "0184": _rule("0184", r"(?:dk)?([0-9]{8})", _DANISH),
    "0192": _rule("0192", r"(?:no)?([0-9]{9})(?:mva)?", _NORWEGIAN),
    "0198": _rule("0184", r"(?:dk)?([0-9]{8})", _DANISH),
    "0199": _rule("0199", r"([0-9a-z]{18}[0-9]{2})", check.lei),
    "0208": _rule("0208", r"(?:be)?([01][0-9]{9})", check.belgium),
    "0211": _rule("0211", r"(?:it)?([0-9]{11})", check.luhn),
    "0212": _rule("0212", r"(?:fi)?([0-9]{8})", _FINNISH),
    "0213": _rule("0212", r"(?:fi)?([0-9]{8})", _FINNISH),
    "0216": _rule("0212", r"(?:0037)?([0-9]{8})[0-9a-z]{0,5}", _FINNISH),
}
"""Scheme to the rule of its numbers; SIREN and SIRET, and the schemes of Finland and of Denmark, are one."""

_OF_VAT: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "be": ("icd:0208", lambda number: number),
    "ch": ("icd:0183", lambda number: number[1:]),
    "cn": ("uscc", lambda number: number),
    "dk": ("icd:0184", lambda number: number),
    "fi": ("icd:0212", lambda number: number),
    "fr": ("icd:0002", lambda number: number[2:]),
    "it": ("icd:0211", lambda number: number),
    "no": ("icd:0192", lambda number: number),
    "se": ("icd:0007", lambda number: number[:10]),
}
"""Countries whose VAT identifiers hold the number of the company's register."""

_ICD: Final = re.compile(r"[0-9]{4}")
_EUID: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{0,10}\.[A-Za-z0-9 /-]{1,40}")
_DIGITS: Final = re.compile(r"[0-9]+")
_GERMAN: Final = frozenset({"hra", "hrb", "gnr", "gsr", "pr", "vr"})
_NO_COURT: Final = frozenset(
    [
        "ag",
        "am",
        "amtsgericht",
        "an",
        "bei",
        "beim",
        "court",
        "d",
        "der",
        "des",
        "deutschland",
        "germany",
        "gericht",
        "handelsregister",
        "handelsregisternummer",
        "hr",
        "im",
        "in",
        "nr",
        "no",
        "nummer",
        "registergericht",
        "registernummer",
    ]
)
_GLUED: Final = re.compile(r"(hra|hrb|gnr|gsr|pr|vr)([0-9]+)([a-z]{0,2})")
_SUFFIX: Final = re.compile(r"[a-z]{1,2}")


def read_registration(held: SchemedId) -> Registration | None:
    """Read a schemed identifier; None where it has no digit or is a placeholder."""
    folded = fold_identifier(held.text)
    if not folded or is_placeholder(folded):
        return None
    scheme = fold_name(held.scheme)
    rule = _RULES.get(scheme)
    if rule is not None:
        match = re.fullmatch(rule.form, folded)
        number = match[1] if match else folded
        if is_placeholder(number):
            return None
        is_valid = match is not None and rule.check(number) and not counts_up(number)
        return Registration(register=rule.register, number=number, is_valid=is_valid)
    if _ICD.fullmatch(scheme):
        return Registration(register=f"icd:{scheme}", number=folded, is_valid=not counts_up(folded))
    if _EUID.fullmatch(without_ignored(held.text)):
        return Registration(register="euid", number=folded, is_valid=True)
    return _at_court(held.text) or Registration(register="", number=folded, is_valid=False)


def registration_of_vat(country: str, number: str) -> Registration | None:
    """Return the number of the company's register that a valid VAT identifier holds, where it does."""
    if country not in _OF_VAT:
        return None
    register, take = _OF_VAT[country]
    return Registration(register=register, number=take(number), is_valid=True)


def _at_court(text: str) -> Registration | None:
    """Read a register number of Germany; its register is the court, where the text names one."""
    words = list(fold_words(text))
    glued = next((match for word in words if (match := _GLUED.fullmatch(word))), None)
    if glued is not None:
        kind, digits, suffix = glued.groups()
        at = words.index(glued[0])
        del words[at]
    else:
        kinds = (place for place, word in enumerate(words[:-1]) if word in _GERMAN)
        court_at = next((place for place in kinds if _DIGITS.fullmatch(words[place + 1])), None)
        if court_at is None:
            return None
        at, kind, digits, suffix = court_at, words[court_at], words[court_at + 1], ""
        del words[at : at + 2]
    follows = words[at] if at < len(words) else ""
    if not suffix and _SUFFIX.fullmatch(follows) and follows not in _NO_COURT:
        suffix = words.pop(at)
    court = "".join(word for word in words if word not in _NO_COURT)
    return Registration(
        register=f"court:{court}" if court else "", number=f"{kind}{digits}{suffix}", is_valid=bool(court)
    )
