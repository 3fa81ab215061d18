"""Payment references are folded by the rule: what is one payment has one key, and what is two has two."""

from __future__ import annotations

import pytest

from p2pchain.business.receivable.payment_reference import fold_reference
from p2pchain.model.errors import Refused
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, issue, name, pledge

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
    market.does("supplier", act("confirm", items[0]))
    for spelling in ("RF711122", "rf71 1122", "RF71 1122 "):
        assert market.refuses("buyer", act("attest_payment", items[1], spelling, AMOUNT)) == "PAY_REF_REUSED"
    for spelling, code in (("", "PAY_REF_EMPTY"), ("RF71\u200b1122", "PAY_REF_CHARACTERS")):
        assert market.refuses("buyer", act("attest_payment", items[1], spelling, AMOUNT)) == code
    market.does("buyer", act("attest_payment", items[1], "RF71 1123", AMOUNT))


def presented(market: Market, text: str, debtor: str, creditor: str) -> bytes:
    """A receivable that is due, presented by its creditor."""
    item = name(text, debtor)
    market.does(
        (debtor, creditor), issue(item, days=0, debtor=debtor, creditor=creditor), act("accept", item)
    )
    market.does(creditor, act("present", item))
    return item


def test_friends_burn_nobodys_reference() -> None:
    """Two in collusion attest a payment under somebody else's reference; denied or confirmed, the payment
    that bears it arrives at another, and settles what is owed there.
    """
    market = Market()
    honest = presented(market, "honest", "buyer", "supplier")
    made_up = presented(market, "made up", "tier-2", "bank-b")
    market.does("tier-2", act("attest_payment", made_up, "E2E-1", AMOUNT))
    market.does("buyer", act("attest_payment", honest, "E2E-1", AMOUNT))
    market.does("bank-b", act("deny", made_up))
    market.does("tier-2", act("attest_payment", made_up, "E2E-1", AMOUNT))
    market.does("bank-b", act("confirm", made_up))
    market.does("supplier", act("confirm", honest))
    assert market.shown(honest)["state"] == "settled"


def test_nobodys_attestation_is_in_anothers_way() -> None:
    """A stranger that owes the same holder, or is a bank, names the reference first, in each block anew: the
    one that paid attests too, and the holder, whose money it is, says which it was.
    """
    market = Market()
    honest = presented(market, "honest", "buyer", "supplier")
    strangers = presented(market, "strangers", "tier-2", "supplier")
    market.does("bank-b", act("attest_payment", strangers, "E2E-1", AMOUNT))
    market.does("buyer", act("attest_payment", honest, "E2E-1", AMOUNT))
    market.does("supplier", act("confirm", honest))
    assert market.refuses("supplier", act("confirm", strangers)) == "PAY_REF_REUSED"
    market.does("supplier", act("deny", strangers))
    assert market.refuses("tier-2", act("attest_payment", strangers, "e2e-1", AMOUNT)) == "PAY_REF_REUSED"


def test_what_was_denied_may_be_attested_again() -> None:
    """The money came a day later than it was looked for."""
    market = Market()
    item = presented(market, "late", "buyer", "supplier")
    for _ in range(2):
        market.does("buyer", act("attest_payment", item, "E2E-1", AMOUNT))
        market.does("supplier", act("deny", item))
    market.does("buyer", act("attest_payment", item, "E2E-1", AMOUNT))
    market.does("supplier", act("confirm", item))


def test_a_payment_in_recourse_is_used_once_too() -> None:
    """What the endorser paid does not settle another that it owes the same holder."""
    market = Market()
    item = market.accepted("endorsed", days=0)
    market.does(("supplier", "bank-a"), act("transfer", item, "bank-a", True), act("accept_transfer", item))
    other = presented(market, "other", "supplier", "bank-a")
    market.does("bank-a", act("present", item))
    market.later(1)
    market.does("bank-a", act("default", item), act("recourse", item))
    market.does("supplier", act("attest_payment", item, "E2E-1", AMOUNT))
    market.does("bank-a", act("confirm", item))
    assert market.refuses("supplier", act("attest_payment", other, "E2E-1", AMOUNT)) == "PAY_REF_REUSED"


def test_the_pledgee_gets_the_payment_and_uses_its_reference() -> None:
    market = Market()
    item = market.accepted("pledged", days=0)
    market.does(("supplier", "bank-a"), pledge(item, "bank-a", none=True, acknowledge=True))
    market.does("supplier", act("present", item))
    market.does("buyer", act("attest_payment", item, "E2E-1", AMOUNT))
    market.does("bank-a", act("confirm", item))
    banks = presented(market, "banks", "buyer", "bank-a")
    assert market.refuses("buyer", act("attest_payment", banks, "E2E-1", AMOUNT)) == "PAY_REF_REUSED"
    suppliers = presented(market, "suppliers", "buyer", "supplier")
    market.does("buyer", act("attest_payment", suppliers, "E2E-1", AMOUNT))
