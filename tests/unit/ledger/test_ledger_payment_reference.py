"""Payment references are folded by the rule: what is one payment has one key, and what is two has two."""

from __future__ import annotations

import pytest

from p2pchain.ledger.modules.receivable.payment_reference import fold_reference
from p2pchain.model.errors import Refused
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act

SAME = (
    ("E2E-1", "e2e-1", " E2E-1 ", "E2E--1", "E2E - 1", "E2E/1", "-E2E-1."),
    # ISO 11649, the example of the standard: printed in groups of four, padded, with separators.
    ("RF18539007547034", "RF18 5390 0754 7034", "rf18 5390 0754 7034", "RF18-0000-5390-0754-7034"),
    # The Swiss QR reference of the implementation guidelines, in its printed groups and without padding.
    ("210000000003139471430009017", "21 00000 00003 13947 14300 09017"),
    ("000000000000000000000001236", "00 00000 00000 00000 00000 01236", "1236"),
)
APART = (
    ("2026-1-12", "2026-11-2"),
    ("E2E-11", "E2E1-1"),
    ("RF18539007547034", "RF19539007547034"),
    ("1236", "1237"),
    ("RF18 5390 0754 7034", "18539007547034"),
)


@pytest.mark.parametrize("spellings", SAME)
def test_one_payment_has_one_key(spellings: tuple[str, ...]) -> None:
    assert len({fold_reference(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("references", APART)
def test_two_payments_have_two_keys(references: tuple[str, str]) -> None:
    assert len({fold_reference(reference) for reference in references}) == 2


@pytest.mark.parametrize("none", ["", "   ", "-", "0", "000 000", "NOTPROVIDED", "not provided", "NONREF"])
def test_what_names_no_payment_is_none(none: str) -> None:
    with pytest.raises(Refused, match="PAY_REF_EMPTY"):
        fold_reference(none)


@pytest.mark.parametrize("foreign", ["E2E\u200b1", "E2E\u20101", "Ｅ2E", "E2E\t1", "E2E\n", "\u0660\u0661"])
def test_other_characters_than_a_bank_prints_are_refused(foreign: str) -> None:
    with pytest.raises(Refused, match="PAY_REF_CHARACTERS"):
        fold_reference(foreign)


def test_one_payment_is_attested_once_however_it_is_spelled() -> None:
    market = Market()
    items = [market.accepted(text, days=0) for text in ("a", "b", "c", "d")]
    for item in items:
        market.does("supplier", act("present", item))
    market.does("buyer", act("attest_payment", items[0], "RF71 1122", AMOUNT))
    for spelling in ("RF711122", "rf71 1122", "RF71 1122 "):
        assert market.refuses("buyer", act("attest_payment", items[1], spelling, AMOUNT)) == "PAY_REF_REUSED"
    for spelling, code in (("", "PAY_REF_EMPTY"), ("RF71\u200b1122", "PAY_REF_CHARACTERS")):
        assert market.refuses("buyer", act("attest_payment", items[1], spelling, AMOUNT)) == code
    market.does("buyer", act("attest_payment", items[1], "RF71 1123", AMOUNT))
