"""Legal names: one answer on every interpreter, whatever its Unicode tables; and integers of ASCII alone."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from p2pchain.codec.decimal_text import decimal
from p2pchain.codec.legal_name import LEGAL_NAME_CHARS_MAX, UNSEEN, is_legal_name, is_seen

FORMATS = Path(__file__).parents[3] / "docs" / "formats.md"
PLANES = tuple((plane * 0x10000 + 0xFFFE, plane * 0x10000 + 0xFFFF) for plane in range(1, 0xD))


@pytest.mark.parametrize("name", ["\U0002ebf0", "\U000323b0", "A", "Żółć & Söhne GmbH", "株式会社", "\u0378"])
def test_what_a_legal_name_may_hold(name: str) -> None:
    """U+2EBF0 came with Unicode 15.1: Python 3.11 calls it unprintable, 3.13 does not. U+323B0 and U+0378 are
    not assigned yet.
    """
    assert is_legal_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " A",
        "A ",
        "a\u0000b",
        "a\nb",
        "a\u00a0b",
        "a\u200bb",
        "a\u202eb",
        "\u3164",
        "\ud800",
        "\ue000",
        "\uffff",
    ],
    ids=ascii,
)
def test_what_it_may_not_hold(name: str) -> None:
    assert not is_legal_name(name)


def test_its_length() -> None:
    assert is_legal_name("é" * LEGAL_NAME_CHARS_MAX)
    assert not is_legal_name("é" * (LEGAL_NAME_CHARS_MAX + 1))


def test_the_ranges_ascend_and_agree_with_any_table_on_what_it_knows() -> None:
    """Of what this interpreter has assigned; only marks that are drawn as nothing are refused beyond it."""
    edges = [edge for bounds in UNSEEN for edge in bounds]
    assert edges == sorted(edges)
    for point in range(0x110000):
        category = unicodedata.category(chr(point))
        if category != "Cn" and not chr(point).isprintable():
            assert not is_seen(chr(point)), hex(point)
        elif category != "Cn" and category not in {"Mn", "Lo"}:
            assert is_seen(chr(point)), hex(point)


def test_the_page_states_the_ranges() -> None:
    text = FORMATS.read_text("utf-8")
    stated = re.search(
        r"takes its place: (.*?), the last two of each plane.*?, (DFFFE.*?)\.\n", text, re.DOTALL
    )
    assert stated is not None
    words = re.findall(r"([0-9A-F]{4,6})(?:-([0-9A-F]{4,6}))?", " ".join(stated.groups()))
    ranges = [(int(low, 16), int(high or low, 16)) for low, high in words]
    assert sorted([*ranges, *PLANES]) == list(UNSEEN)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-12", -12), ("90071", 90071)])
def test_integers_of_ascii_digits(text: str, value: int) -> None:
    assert decimal(text) == value


@pytest.mark.parametrize("text", ["", "-", "٣", "1_0", " 1", "+1", "²"])
def test_digits_of_other_scripts_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="not found"):
        decimal(text)
