"""Nobody is on both sides: of a payment, of a claim; and what was said of a receivable lapses in time."""

from __future__ import annotations

from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, finance, issue, name, pledge

R = name("r")
OTHER = name("other", "supplier")


def presented(market: Market, holder: str) -> None:
    """Its day has come."""
    market.later(181)
    market.does(holder, act("present", R))


def test_who_has_it_as_security_does_not_attest_what_it_confirms() -> None:
    market = Market()
    market.accepted()
    market.does(("supplier", "bank-a"), pledge(R, "bank-a", none=True, acknowledge=True))
    presented(market, "supplier")
    assert market.refuses("bank-a", act("attest_payment", R, "E2E-1", AMOUNT)) == "AUTH_CONTROLLER"
    market.does("bank-b", act("attest_payment", R, "E2E-1", AMOUNT))
    market.does("bank-a", act("confirm", R))


def test_a_bank_that_holds_it_does_not_attest_what_its_pledgee_may_leave_to_it() -> None:
    market = Market()
    market.accepted()
    market.does("supplier", act("transfer", R, "bank-a", False))
    market.does("bank-a", act("accept_transfer", R))
    market.does(("bank-a", "bank-b"), pledge(R, "bank-b", none=True))
    presented(market, "bank-a")
    assert market.refuses("bank-a", act("attest_payment", R, "E2E-1", AMOUNT)) == "AUTH_CONTROLLER"
    assert market.refuses("bank-b", act("attest_payment", R, "E2E-1", AMOUNT)) == "AUTH_CONTROLLER"
    market.does("buyer", act("attest_payment", R, "E2E-1", AMOUNT))
    market.does("bank-b", act("unpledge", R))
    market.does("bank-a", act("confirm", R))


def test_a_guarantor_that_has_it_as_security_pays_the_holder() -> None:
    market = Market()
    market.accepted()
    market.does("bank-a", act("guarantee", R, "bank-a"))
    market.does(("supplier", "bank-a"), pledge(R, "bank-a", none=True, acknowledge=True))
    presented(market, "supplier")
    market.does("supplier", act("default", R))
    market.does("supplier", act("recourse", R))
    market.does("bank-a", act("attest_payment", R, "E2E-1", AMOUNT))
    assert market.refuses("bank-a", act("confirm", R)) == "AUTH_CONTROLLER"
    market.does("supplier", act("confirm", R))
    assert market.shown(R)["holder"] == "bank-a"


def test_nobody_is_liable_to_itself() -> None:
    """Neither who got back what it endorsed, nor who guaranteed what it holds now."""
    market = Market()
    market.accepted()
    market.does("bank-a", act("guarantee", R, "bank-a"))
    market.does("supplier", act("transfer", R, "tier-2", True))
    market.does("tier-2", act("accept_transfer", R), act("transfer", R, "supplier", False))
    market.does("supplier", act("accept_transfer", R))
    assert market.shown(R)["recourse_against"] == "bank-a"
    market.does("supplier", act("transfer", R, "bank-a", False))
    market.does("bank-a", act("accept_transfer", R))
    assert market.shown(R)["recourse_against"] == "supplier"


def test_a_guarantor_that_holds_it_without_recourse_has_none() -> None:
    market = Market()
    market.accepted()
    market.does("bank-a", act("guarantee", R, "bank-a"))
    market.does("supplier", act("transfer", R, "bank-a", False))
    market.does("bank-a", act("accept_transfer", R))
    presented(market, "bank-a")
    market.does("bank-a", act("default", R))
    assert market.refuses("bank-a", act("recourse", R)) == "RCV_NO_RECOURSE"


def test_an_offer_lapses_after_the_due_day() -> None:
    market = Market()
    market.accepted()
    market.does("supplier", act("transfer", R, "tier-2", False))
    market.later(180)
    assert market.refuses("supplier", act("present", R)) == "RCV_OFFERED"
    market.later(1)
    assert market.refuses("tier-2", act("accept_transfer", R)) == "RCV_OVERDUE"
    market.does("supplier", act("present", R))
    assert market.refuses("supplier", act("withdraw", R)) == "RCV_NOT_OFFERED"


def test_an_offer_to_a_bank_lapses_too() -> None:
    market = Market()
    market.accepted()
    market.does("supplier", act("request_finance", R, "bank-a", 1_000, False))
    market.later(181)
    assert market.refuses("bank-a", finance(R, none=True)) == "RCV_OVERDUE"


def two_that_meet(market: Market) -> None:
    """The buyer owes the supplier, and the supplier the buyer."""
    market.accepted()
    market.does("supplier", issue(OTHER, amount=40_000_000, debtor="supplier", creditor="buyer"))
    market.does("supplier", act("accept", OTHER))


def test_a_policy_holds_for_an_offset() -> None:
    market = Market()
    two_that_meet(market)
    market.does("supplier", act("set_policy", R, (2, ("supplier.issuer", "bank-a.financier"))))
    market.does("buyer", act("offset", R, OTHER))
    assert market.refuses("supplier", act("offset", R, OTHER)) == "POL_UNSATISFIED"
    assert market.refuses(("supplier", "buyer"), act("offset", R, OTHER)) == "POL_UNSATISFIED"
    market.does(("supplier", "bank-a"), act("offset", R, OTHER))
    assert market.shown(OTHER)["state"] == "settled"


def test_what_was_said_of_an_offset_lapses_with_the_next_step() -> None:
    """The supplier gave it away and got it back: what it said before does not count."""
    market = Market()
    two_that_meet(market)
    market.does("supplier", act("offset", R, OTHER))
    market.does("supplier", act("transfer", R, "tier-2", False))
    market.does("supplier", act("withdraw", R))
    market.does("buyer", act("offset", R, OTHER))
    assert market.shown(R)["state"] == "accepted"
    market.does("supplier", act("offset", R, OTHER))
    assert market.shown(OTHER)["state"] == "settled"


def test_an_offset_after_the_due_day_passes_over_a_lapsed_offer() -> None:
    market = Market()
    two_that_meet(market)
    market.does("supplier", act("transfer", R, "tier-2", False))
    market.later(181)
    market.does(("supplier", "buyer"), act("offset", R, OTHER))
    assert market.shown(OTHER)["state"] == "settled"


def test_a_guarantor_that_nobody_asked_keeps_no_other_out() -> None:
    """A hostile financier guaranteed every receivable, meant nothing by it, and left no place for another."""
    market = Market()
    receivable = market.accepted()
    market.does("bank-b", act("guarantee", receivable, "bank-b"))
    assert market.refuses("bank-a", act("guarantee", receivable, "bank-a")) == "RCV_GUARANTEED"
    both = ("bank-b", "supplier")
    assert market.refuses(both, act("guarantee", receivable, "bank-b")) == "RCV_GUARANTEED"
    market.does(("bank-a", "supplier"), act("guarantee", receivable, "bank-a"))
    shown = market.ledger.query("receivable", "show", {"receivable": receivable}, None)
    assert shown["guarantor"] == "bank-a"
    market.does("supplier", act("transfer", receivable, "tier-2", True))
    market.does("tier-2", act("accept_transfer", receivable))
    swap = act("guarantee", receivable, "bank-b")
    assert market.refuses(("bank-b", "tier-2"), swap) == "RCV_GUARANTEED", "the supplier relies on bank-a"
