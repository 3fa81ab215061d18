"""Folding beyond the examples of the page: what stays apart, and tables that no interpreter decides."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.documents import characters, unicode_tables
from p2pchain.documents.characters import fold, is_readable, look
from p2pchain.documents.folding import fold_identifier, fold_name, fold_number, loosen_number, name_forms
from p2pchain.documents.vat_ids import RULES, read_vat_id

ROOM = Path(characters.__file__).parent
FORBIDDEN = {
    "casefold",
    "capitalize",
    "isalnum",
    "isalpha",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "lower",
    "swapcase",
    "title",
    "upper",
}
"""Methods of ``str`` that ask the interpreter's tables."""
SHOWN_ONLY = {("refusals.py", "isprintable"), ("safe_xml.py", "lower"), ("refusals.py", "title")}
"""What is shown to a person, and an ASCII name of an encoding; a term's own ``title``."""


def test_numbers_that_one_seller_may_issue_side_by_side_stay_apart() -> None:
    numbers = [
        "1-12",
        "11-2",
        "112",
        "1-1-2",
        "1-120",
        "A-1-12",
        "A-11-2",
        "A1",
        "B1",
        "1A",
        "2026-1",
        "20261",
        "2026-10",
    ]
    assert len({fold_number(number) for number in numbers}) == len(numbers)


def test_leading_zeros_of_identifiers_count() -> None:
    assert fold_identifier("00123456") == "00123456"
    assert fold_identifier("HRB 990117") == "hrb990117"
    assert fold_identifier("n/a") == ""


def test_letters_of_scripts_that_are_not_folded_stay() -> None:
    assert fold_name("がく") != fold_name("かく")
    assert fold_name("長岡精密工業株式会社") != fold_name("長岡精密工業㈱")


def interpreter_tables(path: Path) -> Iterator[tuple[str, str]]:
    """Where a file asks a table of the interpreter: a method of ``str``, a module, a class of a pattern."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Attribute(attr=name) if name in FORBIDDEN:
                yield path.name, name
            case ast.Attribute(attr="IGNORECASE" | "I") | ast.Name(id="unicodedata"):
                yield path.name, "unicodedata or IGNORECASE"
            case ast.Import(names=names) if any(each.name in ("unicodedata", "locale") for each in names):
                yield path.name, "import"
            case ast.Call(func=ast.Attribute(attr="split" | "strip", value=value), args=[]) if not isinstance(
                value, ast.Name | ast.Constant
            ):
                yield path.name, "white space"
            case ast.Constant(value=str(text)) if any(f"\\{letter}" in text for letter in "dDwWsSbB"):
                yield path.name, text


def test_no_table_of_the_interpreter_is_asked() -> None:
    asked = {each for path in sorted(ROOM.glob("*.py")) for each in interpreter_tables(path)}
    asked -= {(name, text) for name, text in asked if name == "safe_xml.py" and "encoding" in text}
    assert asked <= SHOWN_ONLY | {("cii.py", "white space")}


def test_a_table_that_is_asked_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "asks.py"
    file.write_text("import unicodedata\nx = y.casefold()\nz = re.compile(r'\\d')\n")
    assert {what for _, what in interpreter_tables(file)} == {"import", "casefold", "\\d"}


DIGEST = "1dd66e6d61e86b0abf177fbb6c047f9bacf02b336e2ac913df691c2533622f2d"
DIGESTING = """
import hashlib, sys, types
for name in ("p2pchain", "p2pchain.documents"):
    room = types.ModuleType(name)
    room.__path__ = [sys.argv[1] + "/" + name.replace(".", "/")]
    sys.modules[name] = room
from p2pchain.documents import characters, unicode_tables
every = "z".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
texts = (unicode_tables.CLASSES, characters.fold(every), characters.look(every))
print(hashlib.sha256("|".join(texts).encode()).hexdigest())
"""
"""Folds every character without the packages that another interpreter lacks."""


def test_every_interpreter_folds_every_character_as_ever() -> None:
    for interpreter in interpreters():
        command = [interpreter, "-c", DIGESTING, str(ROOM.parents[1])]
        told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        assert told.stdout.strip() == DIGEST, interpreter


def test_every_character_is_folded_to_what_stays() -> None:
    """Alone it folds at most once, and so does what it looks like."""
    for code in range(0x110000):
        character = chr(code)
        assert fold(fold(character)) == fold(character), f"{code:x}"
        assert look(look(character)) == look(character), f"{code:x}"


def interpreters() -> list[str]:
    """This interpreter, and those of other versions beside it that are there."""
    others = Path(sys.base_prefix).parent.glob("3.1[1-9]*/bin/python3.1[1-9]")
    return [sys.executable, *sorted(str(path) for path in others)]


def test_the_tables_agree_with_unicode_where_the_interpreter_knows_it() -> None:
    """NFKD and case folding of assigned characters never change, so any version may bear witness."""
    assert unicode_tables.UNICODE_VERSION == "15.1.0"
    for code in range(0x250):
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cc", "Cf") and not character.isspace():
            assert fold(character) == ""
        elif category[0] in "PSZ" and category != "Sk":
            assert fold(character).strip(" ") == "" or unicodedata.decomposition(character)
        elif character.isascii() and character.isalnum():
            assert fold(character) == character.lower()
    for code in range(0x110000):
        if unicodedata.category(chr(code)) == "Nd":
            assert fold(chr(code)) in (str(unicodedata.decimal(chr(code))), chr(code)) or code > 0xFFFF
            if is_readable(chr(code)):
                assert fold(chr(code)) == str(unicodedata.decimal(chr(code)))


@pytest.mark.parametrize("text", ["INV-1", "Müller", "ß", "½", "ΐ", "İ1", "ᾳͅ", "№", "ŉ", "ǰ"])
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold_number(fold_number(text)) == fold_number(text)
    assert loosen_number(loosen_number(text)) == loosen_number(text)
    for form in name_forms(text):
        assert fold_name(form) == form


@pytest.mark.parametrize("prefix", sorted(RULES))
def test_a_changed_digit_makes_a_valid_vat_id_invalid(prefix: str) -> None:
    """Every check rule of the table sees most single wrong digits; those without a rule see none."""
    valid = json.loads((Path(__file__).with_name("vat_ids.json")).read_text("utf-8"))[prefix]
    read = read_vat_id(prefix + valid, None)
    assert read is not None
    assert read.is_valid
    wrong = 0
    places = [place for place, character in enumerate(valid) if character in "0123456789"]
    for place in places:
        other = valid[:place] + str((int(valid[place]) + 1) % 10) + valid[place + 1 :]
        changed = read_vat_id(prefix + other, None)
        wrong += changed is None or not changed.is_valid
    assert wrong == 0 if prefix in ("is", "li") else wrong >= len(places) * 3 // 4
