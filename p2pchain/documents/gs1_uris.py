"""GS1 identifiers in one form: EPC URIs and GS1 Digital Links become canonical Digital Links.

After CBV 2.0 §8.9 with the Tag Data Standard 2.0 §6 (EPC URIs) and the GS1 Digital Link Standard 1.2 (URI
syntax): the domain is ``https://id.gs1.org``, the finest level alone stays (a serial number makes the lot
superfluous), consumer product variants and query strings go. Whatever is none of these stays as it is.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

DOMAIN: Final = "https://id.gs1.org"
URI_CHARS_MAX: Final = 512
"""Longest identifier that is looked at."""
_SERIAL_CHAR: Final = (
    r"(?:%2[125-9A-Fa-f]|%3[0-9A-Fa-f]|%4[1-9A-Fa-f]|%5[0-9AaFf]|%6[1-9A-Fa-f]|%7[0-9Aa]"
    r"|[!')(*+,.0-9:;=A-Za-z_-])"
)
"""A character of a serial number in an EPC URI (TDS 2.0, table A-1)."""
_PART_CHAR: Final = r"(?:%2[3dfDF]|%3[0-9]|%4[1-9A-Fa-f]|%5[0-9Aa]|[0-9A-Z-])"
_PREFIX_DIGITS: Final = (6, 12)
_ESCAPED: Final = {char: f"%{ord(char):02X}" for char in "!()*+,:"}
"""Characters that a Digital Link writes as escapes and an EPC URI does not."""
_ESCAPE: Final = str.maketrans(_ESCAPED)


def _keyed(scheme: str, digits: int, tail: str) -> re.Pattern[str]:
    """An EPC URI whose company prefix and reference have ``digits`` together, with a dot between them."""
    low, high = _PREFIX_DIGITS
    split = "|".join(f"[0-9]{{{at}}}\\.[0-9]{{{digits - at}}}" for at in range(low, high + 1))
    return re.compile(f"urn:epc:{scheme}:(?P<key>{split}){tail}")


def _serial(name: str, most: int) -> str:
    return f"\\.(?P<{name}>{_SERIAL_CHAR}{{1,{most}}})"


_EPC_URIS: Final = (
    ("01", "/21/", True, _keyed("id:sgtin", 13, _serial("tail", 20))),
    ("00", "", True, _keyed("id:sscc", 17, "")),
    ("414", "/254/", False, _keyed("id:sgln", 12, _serial("tail", 20))),
    ("8003", "", False, _keyed("id:grai", 12, _serial("tail", 16))),
    ("8018", "", False, _keyed("id:gsrn", 17, "")),
    ("8017", "", False, _keyed("id:gsrnp", 17, "")),
    ("253", "", False, _keyed("id:gdti", 12, _serial("tail", 17))),
    ("255", "", False, _keyed("id:sgcn", 12, r"\.(?P<tail>[0-9]{1,12})")),
    ("402", "", False, _keyed("id:gsin", 16, "")),
    (
        "8006",
        "/21/",
        True,
        _keyed("id:itip", 13, r"\.(?P<piece>[0-9]{2})\.(?P<total>[0-9]{2})" + _serial("tail", 20)),
    ),
    ("01", "/235/", True, _keyed("id:upui", 13, _serial("tail", 28))),
    ("417", "", False, _keyed("id:pgln", 12, "")),
    ("01", "/10/", True, _keyed("class:lgtin", 13, _serial("tail", 20))),
    ("01", "", True, _keyed("idpat:sgtin", 13, r"\.\*")),
    ("8003", "", False, _keyed("idpat:grai", 12, r"\.\*")),
    ("253", "", False, _keyed("idpat:gdti", 12, r"\.\*")),
    ("255", "", False, _keyed("idpat:sgcn", 12, r"\.\*")),
    ("8006", "", True, _keyed("idpat:itip", 13, r"\.(?P<piece>[0-9]{2})\.(?P<total>[0-9]{2})\.\*")),
    ("01", "", True, _keyed("idpat:upui", 13, r"\.\*")),
)
"""Application identifier, what stands before the serial number or lot, whether the first digit of the
reference goes before the prefix, and the form.
"""
_LONG: Final = f"{_SERIAL_CHAR}{{1,24}}"
_FREE_URIS: Final = (
    ("8004", re.compile(rf"urn:epc:id:giai:(?P<prefix>[0-9]{{6,12}})\.(?P<ref>{_LONG})")),
    ("401", re.compile(rf"urn:epc:id:ginc:(?P<prefix>[0-9]{{6,12}})\.(?P<ref>{_LONG})")),
    (
        "8010",
        re.compile(
            rf"urn:epc:id:cpi:(?P<prefix>[0-9]{{6,12}})\.(?P<ref>{_PART_CHAR}{{1,24}})\.(?P<tail>[0-9]{{1,12}})"
        ),
    ),
    (
        "8010",
        re.compile(rf"urn:epc:idpat:cpi:(?P<prefix>[0-9]{{6,12}})\.(?P<ref>{_PART_CHAR}{{1,24}})\.\*"),
    ),
)
_URN_PREFIX: Final = re.compile(r"urn:epc:(?:id|class|idpat):[a-z]+:([0-9]{6,12})\.")

_ALIASES: Final = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
"""Short names of Digital Link 1.1, and the application identifiers that they stand for."""
_KEYS: Final = frozenset(
    ("01", "8006", "8010", "414", "417", "8017", "8018", "255", "00", "253", "401", "402", "8003", "8004")
)
_LINK: Final = re.compile(r"https?://[^/?#]*(?P<path>/[^?#\n]*)(?:\?[^\n]*)?")
_KEY_VALUE: Final = re.compile(r"[0-9]{4}.+")
_CHAR: Final = r"[\x22\x27\x2D\x2E0-9\x3B-\x3FA-Z_a-z]"
_PLAIN: Final = re.compile(
    "|".join(
        (
            r"/00/[0-9]{18}",
            rf"/01/[0-9]{{14}}(?:/(?:21|10)/{_CHAR}{{0,20}}|/235/{_CHAR}{{0,28}})?",
            rf"/253/[0-9]{{13}}{_CHAR}{{0,17}}",
            r"/255/[0-9]{13,25}",
            rf"/401/{_CHAR}{{0,30}}",
            r"/402/[0-9]{17}",
            rf"/414/[0-9]{{13}}(?:/254/{_CHAR}{{0,20}})?",
            r"/417/[0-9]{13}",
            rf"/8003/[0-9]{{14}}{_CHAR}{{0,16}}",
            rf"/8004/{_CHAR}{{0,30}}",
            rf"/8006/[0-9]{{18}}(?:/(?:21|10)/{_CHAR}{{0,20}})?",
            r"/8010/[\x23\x2D\x2F0-9A-Z]{0,30}(?:/8011/[0-9]{0,12})?",
            r"/801[78]/[0-9]{18}",
        )
    )
)
"""Digital Links that are left: a key and at most one qualifier, without escapes."""
_GTIN_ZEROS: Final = {8: 6, 12: 2, 13: 1}
_FIRST_DIGIT: Final = {"01": 1, "00": 1, "8003": 1, "8006": 1}
"""Where the company prefix begins in a key; at its first digit in all others."""
_KEY_DIGITS: Final = re.compile(rf"{re.escape(DOMAIN)}/([0-9]+)/([0-9]+)")
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_HOST: Final = re.compile(r"https?://([A-Za-z0-9.-]{1,64})(?:[:/?#].*)?")
_URN: Final = re.compile(r"(urn:[A-Za-z0-9-]{1,32}):.+")


def canonical_uri(uri: str) -> str | None:
    """Return the canonical Digital Link of a GS1 identifier; None for anything else."""
    if len(uri) > URI_CHARS_MAX or "." not in uri:
        return None
    return _from_epc_uri(uri) if uri.startswith("urn:epc:") else _from_link(uri)


def company_prefix(uri: str, known: tuple[str, ...]) -> str | None:
    """Return the company prefix of an identifier: what an EPC URI states, or the longest of ``known`` with
    which the key of a Digital Link begins; of any other URI its host or the namespace of its URN.
    """
    stated = _URN_PREFIX.match(uri)
    if stated is not None:
        return stated[1]
    link = canonical_uri(uri)
    if link is not None:
        key = _KEY_DIGITS.match(link)
        digits = "" if key is None else key[2][_FIRST_DIGIT.get(key[1], 0) :]
        fitting = [prefix for prefix in known if digits.startswith(prefix)]
        return max(fitting, key=len, default=None)
    other = _HOST.fullmatch(uri) or _URN.fullmatch(uri)
    return None if other is None else other[1]


def _from_epc_uri(uri: str) -> str | None:
    for key, before, moves, form in _EPC_URIS:
        matched = form.fullmatch(uri)
        if matched is not None:
            return _keyed_link(key, before, matched, moves=moves)
    for key, form in _FREE_URIS:
        matched = form.fullmatch(uri)
        if matched is not None:
            parts = matched.groupdict()
            tail = f"/8011/{parts['tail']}" if parts.get("tail") else ""
            return f"{DOMAIN}/{key}/{parts['prefix']}{parts['ref'].translate(_ESCAPE)}{tail}"
    return None


def _keyed_link(key: str, before: str, matched: re.Match[str], *, moves: bool) -> str:
    parts = matched.groupdict()
    prefix, _, reference = parts["key"].partition(".")
    digits = reference[:1] + prefix + reference[1:] if moves else prefix + reference
    if key == "8003":
        digits = f"0{digits}"
    digits += _check_digit(digits) + (parts.get("piece") or "") + (parts.get("total") or "")
    tail = parts.get("tail")
    if tail is None or (key == "414" and tail == "0"):
        return f"{DOMAIN}/{key}/{digits}"
    return f"{DOMAIN}/{key}/{digits}{before}{tail.translate(_ESCAPE)}"


def _from_link(uri: str) -> str | None:
    link = _LINK.fullmatch(uri)
    if link is None:
        return None
    segments = [_ALIASES.get(segment, segment) for segment in link["path"].split("/")]
    begin = next(
        (
            at
            for at, (name, value) in enumerate(pairwise(segments))
            if name in _KEYS and _KEY_VALUE.fullmatch(value)
        ),
        None,
    )
    if begin is None:
        return None
    names, values = segments[begin::2], segments[begin + 1 :: 2]
    pairs = dict(zip(names, values, strict=False))
    pairs.pop("22", None)
    if "21" in pairs:
        pairs.pop("10", None)
    gtin = pairs.get("01", "")
    if _DIGITS.fullmatch(gtin):
        pairs["01"] = "0" * _GTIN_ZEROS.get(len(gtin), 0) + gtin
    path = "".join(f"/{name}/{value}" for name, value in pairs.items())
    return DOMAIN + path if _PLAIN.fullmatch(path) else None


def _check_digit(digits: str) -> str:
    """The check digit of a key (GS1 General Specifications §7.9)."""
    total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)
