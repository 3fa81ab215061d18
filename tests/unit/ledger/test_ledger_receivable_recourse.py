"""What follows where the debtor does not pay: back along the endorsers to the guarantor."""

from __future__ import annotations

from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, finance, name

R = name("r")


def defaulted(market: Market, receivable: bytes, holder: str) -> None:
    """Presented in vain."""
    market.later(181)
    market.does(holder, act("present", receivable))
    market.does(holder, act("default", receivable))


def test_a_default_comes_after_the_due_day() -> None:
    market = Market()
    market.accepted()
    market.later(180)
    market.does("supplier", act("present", R))
    assert market.refuses("supplier", act("default", R)) == "RCV_NOT_DUE"
    market.later(1)
    market.does("supplier", act("default", R))
    assert market.refuses("supplier", act("recourse", R)) == "RCV_NO_RECOURSE"
    market.does("buyer", act("attest_payment", R, "LATE-1", AMOUNT))
    market.does("supplier", act("confirm", R))
    assert market.shown(R)["state"] == "settled"


def test_recourse_goes_back_along_the_endorsers_to_the_guarantor() -> None:
    """Supplier stayed liable, tier-2 did not: bank-a asks the supplier, who asks the guarantor."""
    market = Market()
    market.accepted()
    market.does("bank-b", act("guarantee", R, "bank-b"))
    assert market.refuses("bank-a", act("guarantee", R, "bank-a")) == "RCV_GUARANTEED"
    market.does(("supplier", "tier-2"), act("transfer", R, "tier-2", True), act("accept_transfer", R))
    market.does("tier-2", act("request_finance", R, "bank-a", 1_000, False))
    market.does("bank-a", finance(R, none=True))
    assert market.refuses("bank-a", act("recourse", R)) == "RCV_NOT_DEFAULTED"
    defaulted(market, R, "bank-a")
    market.does("bank-a", act("recourse", R))
    assert market.shown(R)["claim_on"] == "supplier"
    assert market.refuses("bank-a", act("recourse", R)) == "RCV_CLAIMED"
    assert market.refuses("buyer", act("attest_payment", R, "R-1", AMOUNT)) == "AUTH_CONTROLLER"
    market.does("supplier", act("attest_payment", R, "R-1", AMOUNT))
    market.does("bank-a", act("confirm", R))
    assert (market.shown(R)["holder"], market.shown(R)["endorsements"]) == ("supplier", [])
    market.does("supplier", act("recourse", R))
    market.does("bank-b", act("attest_payment", R, "R-2", AMOUNT))
    market.does("supplier", act("confirm", R))
    assert (market.shown(R)["holder"], market.shown(R)["recourse_against"]) == ("bank-b", None)
    assert market.refuses("bank-b", act("recourse", R)) == "RCV_NO_RECOURSE"


def test_who_does_not_pay_in_recourse_is_passed_over() -> None:
    """Along the endorsers to the guarantor; in the end the debtor pays late."""
    market = Market()
    market.accepted()
    market.does("bank-b", act("guarantee", R, "bank-b"))
    for giver, taker in (("supplier", "tier-2"), ("tier-2", "bank-a")):
        market.does((giver, taker), act("transfer", R, taker, True), act("accept_transfer", R))
    defaulted(market, R, "bank-a")
    assert market.refuses("bank-a", act("waive", R)) == "RCV_NOT_CLAIMED"
    for asked in ("tier-2", "supplier", "bank-b"):
        market.does("bank-a", act("recourse", R))
        assert market.shown(R)["claim_on"] == asked
        assert market.refuses(asked, act("waive", R)) == "AUTH_CONTROLLER"
        market.does("bank-a", act("waive", R))
    assert market.refuses("bank-a", act("recourse", R)) == "RCV_NO_RECOURSE"
    assert market.shown(R)["endorsements"] == [
        {"org": "supplier", "recourse": False},
        {"org": "tier-2", "recourse": False},
    ]
    market.does("buyer", act("attest_payment", R, "LATE-1", AMOUNT))
    market.does("bank-a", act("confirm", R))
    assert market.shown(R)["state"] == "settled"


def test_what_is_paid_in_recourse_is_not_waived() -> None:
    market = Market()
    market.accepted()
    market.does(("supplier", "tier-2"), act("transfer", R, "tier-2", True), act("accept_transfer", R))
    defaulted(market, R, "tier-2")
    market.does("tier-2", act("recourse", R))
    market.does("supplier", act("attest_payment", R, "R-1", AMOUNT))
    assert market.refuses("tier-2", act("waive", R)) == "RCV_STATE"
