"""Folding: what a re-typed invoice keeps in common with the original, and what stays apart."""

from __future__ import annotations

import pytest

from p2pchain.documents.folding import fold_legal_id, fold_name, fold_number, fold_vat_id


@pytest.mark.parametrize(
    ("folded", "written"),
    [
        (
            "inv1",
            [
                "INV-001",
                "INV-001 ",
                "inv 001",
                "Inv.001",
                "INV001",
                "ＩＮＶ－００１",
                "INV\u2010001",
                "i\u200bnv-1",
                "ínv#1",
            ],
        ),
        ("1-12", ["1-12", "01/12", "1 - 12", "1.12", "1–12", "１－１２", "١-١٢"]),
        ("11-2", ["11-2", "11/02"]),
        ("112", ["112", "0112"]),
        ("18304-28865", ["018304 / 28865", "018304/28865"]),
        ("2026r7", ["2026-R-0007", "2026/R/7", "2026R7"]),
        ("0", ["0", "000"]),
        ("1-0-5", ["1-0-5", "1-00-05"]),
        ("輸出2026-431", ["輸出 2026/000431"]),
        ("", ["", "---", " / ", "#"]),
    ],
)
def test_numbers(folded: str, written: list[str]) -> None:
    assert [fold_number(text) for text in written] == [folded] * len(written)


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


@pytest.mark.parametrize(
    ("folded", "written"),
    [
        ("nl820098395b01", ["NL8200.98.395.B.01", "NL820098395B01", "nl 8200 98 395 b01"]),
        ("be0000000196", ["BE 0000.000.196", "BE0000000196"]),
        ("el123456789", ["EL123456789", "GR123456789", "gr 123 456 789"]),
        ("gr12345678", ["GR12345678"]),
        ("", ["", "-", "N/A", "none"]),
    ],
)
def test_vat_identifiers(folded: str, written: list[str]) -> None:
    assert [fold_vat_id(text) for text in written] == [folded] * len(written)


def test_leading_zeros_of_identifiers_count() -> None:
    assert fold_vat_id("BE0123456789") != fold_vat_id("BE123456789")
    assert fold_legal_id("00123456") == "00123456"
    assert fold_legal_id("HRB 990117") == "hrb990117"
    assert fold_legal_id("n/a") == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Société Générale d'Outillage S.A.", "SOCIETE GENERALE D\u2019OUTILLAGE SA", True),
        ("Straße GmbH", "STRASSE GmbH", True),
        ("がく", "かく", False),
        ("長岡精密工業株式会社", "長岡精密工業㈱", False),
        ("Alpha", "Αlpha", False),
    ],
)
def test_names(one: str, other: str, same: bool) -> None:
    assert (fold_name(one) == fold_name(other)) is same
