"""Structured fields of HTTP (RFC 9651), as far as signatures and digests of requests need them: dictionaries
whose members are byte strings, or inner lists of strings, with parameters.

Reading is strict, and what is read is written back in the one canonical form (§4.1), so that both sides of a
signature have the same bytes. Tokens, decimals, dates and display strings do not occur.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.decimal_text import decimal
from p2pchain.model.errors import Invalid

FIELD_CHARS_MAX: Final = 4_096
"""Longest field that is read."""
MEMBERS_MAX: Final = 8
"""Most members of a dictionary."""
ITEMS_MAX: Final = 32
"""Most items of an inner list, and most parameters."""

BareItem = int | str | bytes | bool
"""An integer, string, byte string or boolean."""

_KEY: Final = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_STRING: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BYTES: Final = re.compile(r":([A-Za-z0-9+/=]*):")


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerList:
    """Strings in brackets, and parameters; an item of the list that has parameters of its own is refused."""

    items: tuple[str, ...]
    parameters: tuple[tuple[str, BareItem], ...]


Member = InnerList | bytes


def read_dictionary(text: str) -> dict[str, Member]:
    """Read a dictionary (§4.2.2); of a repeated name the last member counts. ``Invalid("HTTP_FIELD")``."""
    if len(text) > FIELD_CHARS_MAX:
        raise _invalid("too long", FIELD_CHARS_MAX)
    reader = _FieldReader(text.strip(" "))
    members: dict[str, Member] = {}
    while not reader.at_end:
        name = reader.match(_KEY, "a name")
        reader.expect("=")
        members[name] = reader.inner_list() if reader.peek == "(" else reader.octets()
        if len(members) > MEMBERS_MAX:
            raise _invalid("members", MEMBERS_MAX)
        reader.skip_blanks()
        if reader.at_end:
            break
        reader.expect(",")
        reader.skip_blanks()
        if reader.at_end:
            raise _invalid("comma at the end", reader.place)
    return members


def write_inner_list(value: InnerList) -> str:
    """Write an inner list with its parameters (§4.1.1.1)."""
    items = " ".join(_string(item) for item in value.items)
    return f"({items}){write_parameters(value.parameters)}"


def write_parameters(parameters: Sequence[tuple[str, BareItem]]) -> str:
    """Write parameters (§4.1.1.2)."""
    return "".join(f";{name}" if value is True else f";{name}={_bare(value)}" for name, value in parameters)


def write_octets(members: Mapping[str, bytes]) -> str:
    """Write a dictionary of byte strings."""
    return ", ".join(f"{name}={_bare(value)}" for name, value in members.items())


class _FieldReader:
    """A place in a text. Every method moves on, or raises ``Invalid``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0

    @property
    def at_end(self) -> bool:
        return self.place >= len(self._text)

    @property
    def peek(self) -> str:
        return self._text[self.place : self.place + 1]

    def match(self, pattern: re.Pattern[str], expected: str) -> str:
        matched = pattern.match(self._text, self.place)
        if matched is None:
            raise _invalid(f"expected {expected}", self.place)
        self.place = matched.end()
        return matched[matched.lastindex or 0]

    def expect(self, char: str) -> None:
        if self.peek != char:
            raise _invalid(f"expected {char}", self.place)
        self.place += 1

    def skip_blanks(self) -> None:
        while self.peek in (" ", "\t") and not self.at_end:
            self.place += 1

    def inner_list(self) -> InnerList:
        self.expect("(")
        items: list[str] = []
        while True:
            while self.peek == " ":
                self.place += 1
            if self.peek == ")":
                self.place += 1
                return InnerList(items=tuple(items), parameters=self.parameters())
            items.append(self.string())
            if len(items) > ITEMS_MAX:
                raise _invalid("items", ITEMS_MAX)
            if self.peek not in (" ", ")"):
                raise _invalid("expected a blank, no parameters", self.place)

    def parameters(self) -> tuple[tuple[str, BareItem], ...]:
        parameters: dict[str, BareItem] = {}
        while self.peek == ";":
            self.place += 1
            while self.peek == " ":
                self.place += 1
            name = self.match(_KEY, "a name")
            value: BareItem = True
            if self.peek == "=":
                self.place += 1
                value = self.bare_item()
            parameters.pop(name, None)
            parameters[name] = value
            if len(parameters) > ITEMS_MAX:
                raise _invalid("parameters", ITEMS_MAX)
        return tuple(parameters.items())

    def bare_item(self) -> BareItem:
        match self.peek:
            case '"':
                return self.string()
            case ":":
                return self.octets()
            case "?":
                self.place += 1
                return self.match(re.compile("[01]"), "0 or 1") == "1"
            case _:
                return decimal(self.match(_INTEGER, "an integer, string, byte string or boolean"))

    def string(self) -> str:
        return re.sub(r'\\(["\\])', r"\1", self.match(_STRING, "a string"))

    def octets(self) -> bytes:
        text = self.match(_BYTES, "a byte string")
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise _invalid("no base64", self.place) from None


def _bare(value: BareItem) -> str:
    match value:
        case bool():
            return "?1" if value else "?0"
        case bytes():
            return f":{base64.b64encode(value).decode()}:"
        case str():
            return _string(value)
        case _:
            return str(value)


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _invalid(reason: str, place: int) -> Invalid:
    return Invalid("HTTP_FIELD", {"reason": reason, "at": place})
