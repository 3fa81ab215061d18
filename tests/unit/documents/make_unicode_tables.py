"""Make ``p2pchain/documents/unicode_tables.py``: what becomes of every character before anything is hashed.

Run it with Python 3.13, whose ``unicodedata`` is Unicode 15.1.0, and with ``confusables.txt`` of UTS #39; it
prints the module::

    python3.13 tests/unit/documents/make_unicode_tables.py confusables.txt

The tables are made once and pinned: another version of Unicode would give another fingerprint.
``docs/documents.md`` says how they are read. Only what folds to ASCII, Latin, Greek, Cyrillic or Armenian is
in them: identifiers and numbers of invoices are written in these; other letters are compared as they stand.
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

UNICODE = "15.1.0"
CONFUSABLES = re.compile(r"([0-9A-F]{4,6}) ;\t([0-9A-F]{4,6}) ;\tMA")
LINE_CHARS = 100
CODE_POINTS = range(0x110000)
# Default_Ignorable_Code_Point of DerivedCoreProperties.txt 15.1.0, reserved code points with it.
IGNORABLE = (
    "00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0 "
    "FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
SPACES = frozenset("\t\n\v\f\r\x85")
ACCENT_CLASS_MIN = 200
# Letters that have no decomposition, and the base letters that they are typed as.
BASE_LETTERS = {
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ĸ": "k", "ł": "l", "ŋ": "n",
    "þ": "th", "ŧ": "t",
}  # fmt: skip
# Blocks of the scripts that are folded: Latin, Greek, Cyrillic, Armenian, and marks for them.
FOLDED = (
    (0x0000, 0x058F), (0x1AB0, 0x1AFF), (0x1C80, 0x1C8F), (0x1D00, 0x1FFF), (0x20D0, 0x20FF),
    (0x2C60, 0x2C7F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F),
    (0xFE20, 0xFE2F),
)  # fmt: skip

HEAD = '''"""Pinned tables of characters: which are kept, ignored or separators, and what each is folded to.

Made by ``tests/unit/documents/make_unicode_tables.py``: never edit.
Sources: Unicode Character Database {unicode} (general category, NFKD, full case folding,
canonical combining class, decimal digits, Default_Ignorable_Code_Point); confusables.txt of UTS #39, version
{version}, SHA-256 {digest}. Unicode License v3.
No table of the interpreter is used, for those differ between its versions; ``docs/documents.md`` says how to
read these.
"""

from __future__ import annotations

from typing import Final

UNICODE_VERSION: Final = "{unicode}"
"""Version of the Unicode Character Database behind the tables."""'''


def ignorable() -> frozenset[int]:
    """Code points that are never seen."""
    held: set[int] = set()
    for text in IGNORABLE.split():
        first, _, last = text.partition("-")
        held.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(held)


IGNORED = ignorable()


def class_of(code: int) -> str:
    """``K`` kept, ``S`` separator, ``I`` ignored, ``U`` unreadable."""
    character = chr(code)
    category = unicodedata.category(character)
    if character in SPACES:
        return "S"
    if code in IGNORED or category in ("Cc", "Cf"):
        return "I"
    return {"L": "K", "M": "K", "N": "K", "P": "S", "S": "S", "Z": "S"}.get(category[0], "U")


def look_alikes(text: str) -> dict[str, str]:
    """Characters beyond ASCII that look like one ASCII letter or digit (UTS #39), with it."""
    held = {}
    for match in CONFUSABLES.finditer(text):
        character, target = chr(int(match[1], 16)), chr(int(match[2], 16))
        if not character.isascii() and target.isascii() and target.isalnum():
            if class_of(ord(character)) == "K":
                held[character] = target
    return held


def decomposed(character: str) -> str:
    """NFKD and case folding until nothing changes, without accents; digits as ASCII."""
    text, before = character, ""
    while text != before:
        before, text = text, unicodedata.normalize("NFKD", text.casefold())
    bare = (c for c in text if unicodedata.combining(c) < ACCENT_CLASS_MIN)
    digits = (str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in bare)
    return unicodedata.normalize("NFC", "".join(digits))


def capital_look(character: str, looks: dict[str, str]) -> str:
    """The Latin letter that the capital of a letter looks like, in lower case; else the letter."""
    capital = character.upper()
    target = looks.get(capital, "")
    if unicodedata.category(character)[0] != "L" or len(capital) != 1 or not target.isalpha():
        return character
    if target == "l":
        return "i" if unicodedata.category(capital) == "Lu" else character
    return target.lower() if target.isupper() else character


def fold(code: int, looks: dict[str, str]) -> str:
    """What a character is folded to: letters and digits, and a space for each separator."""
    character = chr(code)
    if class_of(code) == "I":
        return ""
    if character.isascii():
        return character.lower() if class_of(code) == "K" else " "
    parts = []
    for part in decomposed(character):
        base = BASE_LETTERS.get(part, part)
        parts.append(base if base != part or part.isascii() else capital_look(part, looks))
    text = "".join(part if class_of(ord(part[0])) == "K" else " " for part in parts)
    if all(c.isascii() or is_folded(ord(c)) for c in text) and (text or is_folded(code)):
        return text
    return character if class_of(code) == "K" else " "


def is_folded(code: int) -> bool:
    """Whether a code point is in a block of a script that is folded."""
    return any(first <= code <= last for first, last in FOLDED)


def blurred(text: str) -> str:
    """Fold what is alike within ASCII, too: O and 0; I, L and 1."""
    return text.translate(str.maketrans("oil", "011"))


def runs(mapping: dict[int, str]) -> Iterator[str]:
    """``first,count,step,difference`` for runs of single characters, ``code=text`` else; hexadecimal."""
    left = dict(sorted(mapping.items()))
    while left:
        code, text = next(iter(left.items()))
        best: list[int] = [code]
        if len(text) == 1:
            difference = ord(text) - code
            for step in (1, 2):
                run = [code]
                while left.get(run[-1] + step) == chr((run[-1] + step + difference) % 0x110000):
                    run.append(run[-1] + step)
                if len(run) > len(best):
                    best, best_step = run, step
        if len(best) > 1:
            yield f"{code:x},{len(best):x},{best_step:x},{ord(text) - code:x}"
        else:
            yield f"{code:x}={'.'.join(f'{ord(c):x}' for c in text)}"
        for code in best:
            del left[code]


def classes() -> Iterator[str]:
    """``CLASSlength`` for every run of one class, hexadecimal, from code point 0."""
    first = 0
    for code in (*CODE_POINTS, None):
        if code is None or class_of(code) != class_of(first):
            yield f"{class_of(first)}{(0x110000 if code is None else code) - first:x}"
            first = code or 0


def literal(name: str, words: Iterable[str], about: str) -> str:
    """A constant of lines."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) >= LINE_CHARS:
            lines.append(line)
            line = ""
        line += word + " "
    quoted = "\n".join(f'    "{line}"' for line in (*lines, line.rstrip()))
    return f'{name}: Final = (\n{quoted}\n)\n"""{about}"""\n'


def main(path: Path) -> None:
    """Print the module."""
    assert unicodedata.unidata_version == UNICODE, f"Unicode {unicodedata.unidata_version}"
    data = path.read_bytes()
    looks = look_alikes(data.decode("utf-8-sig"))
    version = re.search(r"^# Version: (\S+)", data.decode("utf-8-sig"), re.MULTILINE)
    assert version is not None, "confusables.txt says its version"
    readable = [code for code in CODE_POINTS if class_of(code) in "KS"]
    folds = {code: fold(code, looks) for code in readable}
    for text in folds.values():
        again = "".join(folds.get(ord(c), "") if c != " " else " " for c in text)
        assert again == text, f"{text!r} is folded again to {again!r}"
    changed = {c: t for c, t in folds.items() if t != (chr(c) if class_of(c) == "K" else " ")}
    seen = {
        ord(c): blurred(t.lower())
        for c, t in looks.items()
        if unicodedata.category(c) != "Nd" and blurred(t.lower()) != blurred(folds[ord(c)])
    }
    print(HEAD.format(unicode=UNICODE, version=version[1], digest=hashlib.sha256(data).hexdigest()))
    for name, words, about in (
        ("CLASSES", classes(), "Runs of classes: letter and length in hexadecimal, from code point 0."),
        ("FOLDS", runs(changed), "What characters are folded to, where it is not themselves."),
        ("LOOKS", runs(seen), "What characters look like, where it is not what they are folded to."),
    ):
        print("\n" + literal(name, words, about), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
