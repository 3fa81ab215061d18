"""Folding of single characters before texts are compared: from pinned tables, never the interpreter's.

The tables of Unicode that a Python brings differ from version to version, and a fingerprint must not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import Final

from p2pchain.documents.unicode_tables import CLASSES, FOLDS, LOOKS

SEPARATOR: Final = " "
"""Stands for every character that is neither letter, mark, digit nor ignored."""
DIGITS: Final = frozenset("0123456789")
"""The only digits that a folded text has."""
WHITE_SPACE: Final = " \t\r\n"

_CODE_POINTS: Final = 0x110000
_ASCII_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
# Alike within ASCII (UTS #39 has one prototype for each of these groups).
_BLURRED: Final = str.maketrans("oil", "011")


def is_readable(text: str) -> bool:
    """Return whether every character is assigned, and neither a surrogate nor for private use."""
    starts, classes = _starts()
    return all(classes[bisect_right(starts, ord(character)) - 1] != "U" for character in text)


def fold(text: str) -> str:
    """Fold every character: case, accents, width, digits of all scripts, capitals that look Latin.

    Ignored characters vanish; every separator becomes ``SEPARATOR``.
    """
    return text.translate(_folded())


def look(text: str) -> str:
    """Fold every character to what it looks like, also once it is folded; then O to 0, I and L to 1."""
    return text.translate(_seen()).translate(_folded()).translate(_seen()).translate(_BLURRED)


def trimmed(text: str) -> str:
    """Take white space off both ends, as XML knows it: blanks, tabs, ends of lines."""
    return text.strip(WHITE_SPACE)


def ascii_lower(text: str) -> str:
    """Write A to Z small, and leave all other characters."""
    return text.translate(_ASCII_LOWER)


def without_ignored(text: str) -> str:
    """Return ``text`` without the characters that are never seen."""
    return text.translate(_ignored())


def _runs(table: str) -> Iterator[tuple[int, str]]:
    """Yield (code point, text) of ``first,count,step,difference`` and ``code=text`` entries, hexadecimal."""
    for entry in table.split(" "):
        code, _, text = entry.partition("=")
        if text or "=" in entry:
            yield int(code, 16), "".join(chr(int(part, 16)) for part in text.split(".") if part)
        else:
            first, count, step, difference = (int(part, 16) for part in entry.split(","))
            for character in range(first, first + count * step, step):
                yield character, chr(character + difference)


def _classes() -> Iterator[tuple[str, range]]:
    """Yield (class, code points) for every run of ``CLASSES``."""
    first = 0
    for entry in CLASSES.split(" "):
        length = int(entry[1:], 16)
        yield entry[0], range(first, first + length)
        first += length
    assert first == _CODE_POINTS, "every code point has a class"


def _of_class(wanted: str) -> Iterator[int]:
    for name, codes in _classes():
        if name == wanted:
            yield from codes


@cache
def _starts() -> tuple[tuple[int, ...], str]:
    """Return the first code point of each run of a class, and their classes."""
    runs = tuple(_classes())
    return tuple(codes.start for _, codes in runs), "".join(name for name, _ in runs)


@cache
def _ignored() -> dict[int, str]:
    return dict.fromkeys(_of_class("I"), "")


@cache
def _folded() -> dict[int, str]:
    return {**dict.fromkeys(_of_class("S"), SEPARATOR), **_ignored(), **dict(_runs(FOLDS))}


@cache
def _seen() -> dict[int, str]:
    return dict(_runs(LOOKS))
