"""Events as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from p2pchain.client.event_words import event_words

NAME = b"\x57" * 16
REST = ("proposed", "supplier", "bank-a", 100_000_000, "CNY")


@pytest.mark.parametrize("receivable", [NAME, NAME.hex()])
def test_a_receivable_has_an_amount(receivable: object) -> None:
    told = event_words("receivable", "issued", [receivable, *REST, None])
    assert told == f"{'57' * 16}: 1,000,000.00 CNY, proposed, by supplier, held by bank-a"


def test_the_note_of_somebody_stands_last_and_in_quotes() -> None:
    told = event_words("receivable", "settled", [NAME, *REST, "X, held by me\n"])
    assert told.endswith(', held by bank-a, "reference X, held by me "')


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([], "-"),
        ([NAME, *REST[:3], -1, "CNY", None], f"{'57' * 16}, proposed, supplier, bank-a, -1, CNY, -"),
        ([NAME, *REST[:3], 1, "ZZZ", None], f"{'57' * 16}, proposed, supplier, bank-a, 1, ZZZ, -"),
        ([180, 360], "180, 360"),
        (["a\nb"], '"a b"'),
    ],
)
def test_others_stay_as_they_are(fields: list[Any], words: str) -> None:
    assert event_words("receivable", "limits_set", fields) == words


@pytest.mark.parametrize(
    ("name", "note", "told"),
    [
        ("issued", "long_tenor", '"long tenor"'),
        ("split", [100, "5000"], '"1.00 + 50.00"'),
        ("split", "in two", '"in two"'),
        ("financed", [9500, True], '"for 95.00, with recourse"'),
        ("financed", ["9500", False], '"for 95.00, without recourse"'),
        ("financed", "cheaply", "cheaply"),
        ("policy_set", [2, ["buyer.issuer", "*.admin"]], '"OutOf(2, buyer.issuer, *.admin)"'),
    ],
)
def test_a_note_is_said_in_words_and_another_as_it_is(name: str, note: object, told: str) -> None:
    """Of a version of the module that writes other notes."""
    assert event_words("receivable", name, [NAME, *REST, note]).endswith(f", held by bank-a, {told}")
