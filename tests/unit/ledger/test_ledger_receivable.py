"""Receivables from issue to settlement: each rule by its refusal, and the ways that lead to an end."""

from __future__ import annotations

import pytest

from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import facts, key, operation
from tests.unit.ledger.membership_steps import add_account
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, finance, issue, name, part, pledge
from tests.unit.ledger.registering import doc, register

R = name("r")
INVOICE = doc("invoice")


def finance_by(
    market: Market, receivable: bytes, bank: str, *, recourse: bool, holder: str = "supplier"
) -> None:
    """The holder asks, the bank discounts."""
    market.does(holder, act("request_finance", receivable, bank, 1_000, recourse))
    market.does(bank, finance(receivable, none=True, acknowledge=True))


def test_from_issue_to_settlement() -> None:
    """The way of most of them, and what its history says."""
    market = Market()
    item = name("r", "supplier")
    market.does("supplier", issue(item))
    market.does("buyer", act("accept", item))
    market.later(180)
    market.does("supplier", act("present", item))
    market.does("bank-a", act("attest_payment", item, "E2E-1", AMOUNT))
    market.does("supplier", act("confirm", item))
    told = market.ledger.query("receivable", "history", {"receivable": item}, None)
    assert [line["action"] for line in told["lines"]] == [
        "issued",
        "accepted",
        "presented",
        "payment_attested",
        "settled",
    ]
    assert [line["org"] for line in told["lines"]] == ["supplier", "buyer", "supplier", "bank-a", "supplier"]
    assert told["receivable"]["state"] == "settled"


def test_before_acceptance() -> None:
    market = Market()
    market.does("buyer", issue(R))
    assert market.refuses("supplier", act("transfer", R, "tier-2", False)) == "RCV_NOT_ACCEPTED"
    assert market.refuses("supplier", act("split", R, (1, AMOUNT - 1))) == "RCV_NOT_ACCEPTED"
    assert market.refuses("supplier", act("accept", R)) == "AUTH_CONTROLLER"
    assert market.refuses("buyer-clerk", act("accept", R)) == "AUTH_ROLE"
    assert market.refuses("supplier", act("cancel", R)) == "AUTH_CONTROLLER"
    assert market.refuses("bank-a", act("guarantee", R, "bank-a")) == "RCV_NOT_ACCEPTED"
    market.does("buyer", act("reject", R, "goods are broken"))
    assert market.refuses("buyer", act("accept", R)) == "RCV_STATE"
    assert market.refuses("buyer", act("cancel", R)) == "RCV_STATE"


def test_acceptance_is_for_good() -> None:
    market = Market()
    market.accepted()
    assert market.refuses("buyer", act("cancel", R)) == "RCV_IRREVOCABLE"
    assert market.refuses("buyer", act("reject", R, "no")) == "RCV_IRREVOCABLE"
    assert market.refuses("buyer", act("accept", R)) == "RCV_STATE"


@pytest.mark.parametrize(
    ("operation_", "code"),
    [
        (issue(R, days=367), "RCV_TENOR_EXCEEDED"),
        (issue(R, days=-1), "RCV_DUE_PAST"),
        (issue(R, debtor="supplier"), "RCV_PARTY"),
        (issue(R, debtor="nobody"), "RCV_PARTY"),
        (issue(R, currency="XXX"), "RCV_CURRENCY"),
        (issue(R, debtor="bank-a", creditor="bank-b"), "AUTH_CONTROLLER"),
        (issue(R, amount=0), "TX_INVALID_ARGS"),
        (act("transfer", R, "tier-2", False), "RCV_UNKNOWN"),
    ],
)
def test_what_cannot_be_issued(operation_: Operation, code: str) -> None:
    assert Market().refuses("supplier", operation_) == code


def test_a_long_tenor_is_told_and_the_members_may_set_others() -> None:
    market = Market()
    market.does("buyer", issue(R, days=184))
    assert (
        market.ledger.query("receivable", "history", {"receivable": R}, None)["lines"][0]["note"]
        == "long_tenor"
    )
    market.does("buyer", issue(name("366"), days=366))
    assert market.refuses("buyer", issue(R)) == "RCV_EXISTS"
    limits = Operation(module="receivable", action="set_limits", args=(30, 60))
    assert market.refuses("buyer", limits) == "MEMBERSHIP_NO_QUORUM"
    members = ("bank-a", "bank-b", "buyer", "supplier")
    wrong = Operation(module="receivable", action="set_limits", args=(61, 60))
    assert market.refuses(members, wrong) == "RCV_LIMITS"
    market.does(members, limits)
    assert market.refuses("buyer", issue(name("61"), days=61)) == "RCV_TENOR_EXCEEDED"
    assert market.ledger.query("receivable", "limits", {}, None)["tenor_days_max"] == 60


def test_a_transfer_is_offered_and_taken() -> None:
    market = Market()
    market.accepted()
    assert market.refuses("buyer", act("transfer", R, "tier-2", False)) == "AUTH_CONTROLLER"
    assert market.refuses("supplier", act("transfer", R, "buyer", False)) == "RCV_PARTY"
    assert market.refuses("tier-2", act("accept_transfer", R)) == "RCV_NOT_OFFERED"
    market.does("supplier", act("transfer", R, "tier-2", False))
    assert market.refuses("supplier", act("transfer", R, "bank-a", False)) == "RCV_OFFERED"
    assert market.refuses("bank-a", act("accept_transfer", R)) == "AUTH_CONTROLLER"
    assert market.refuses("tier-2", finance(R, none=True)) == "RCV_NOT_OFFERED"
    assert market.refuses("tier-2", act("withdraw", R)) == "AUTH_CONTROLLER"
    market.does("supplier", act("withdraw", R))
    market.does("supplier", act("transfer", R, "tier-2", False))
    market.does("tier-2", act("decline", R))
    market.does(("supplier", "tier-2"), act("transfer", R, "tier-2", True), act("accept_transfer", R))
    shown = market.shown(R)
    assert (shown["holder"], shown["endorsements"]) == ("tier-2", [{"org": "supplier", "recourse": True}])
    assert market.refuses("supplier", act("transfer", R, "bank-a", False)) == "AUTH_CONTROLLER"


def test_a_split_makes_up_the_amount_and_spends_it() -> None:
    market = Market()
    market.accepted()
    for amounts in ((60, 40), (AMOUNT,), (AMOUNT, 1)):
        assert market.refuses("supplier", act("split", R, amounts)) == "RCV_SPLIT_SUM"
    market.does("supplier", act("split", R, (60_000_000, 40_000_000)))
    assert market.refuses("supplier", act("transfer", R, "tier-2", False)) == "RCV_SPENT"
    assert market.refuses("supplier", act("present", R)) == "RCV_SPENT"
    shown = market.shown(part(R, 1))
    assert (shown["amount_minor"], shown["holder"], shown["parent"]) == (40_000_000, "supplier", R.hex())
    told = market.ledger.query("receivable", "history", {"receivable": part(R, 0)}, None)["lines"]
    assert [line["action"] for line in told] == ["issued", "accepted", "split", "part_made"]


def test_what_is_pledged_stays_until_the_pledgee_lets_go() -> None:
    market = Market()
    market.accepted()
    market.does(("supplier", "bank-a"), pledge(R, "bank-a", none=True, acknowledge=True))
    for operation_ in (
        act("transfer", R, "tier-2", False),
        pledge(R, "bank-b", none=True),
        act("split", R, (1, AMOUNT - 1)),
        act("request_finance", R, "bank-b", 1, False),
    ):
        assert market.refuses("supplier", operation_) == "ENC_ACTIVE"
    for wrong in ("supplier", "bank-b"):
        assert market.refuses(wrong, act("unpledge", R)) == "AUTH_CONTROLLER"
    market.does("bank-a", act("unpledge", R))
    assert market.refuses("bank-a", act("unpledge", R)) == "RCV_NOT_PLEDGED"
    market.does("supplier", act("transfer", R, "tier-2", False))


def test_who_has_it_as_security_gets_the_money() -> None:
    market = Market()
    market.accepted()
    market.does(("supplier", "bank-a"), pledge(R, "bank-a", none=True, acknowledge=True))
    market.later(180)
    market.does("supplier", act("present", R))
    market.does("buyer", act("attest_payment", R, "E2E-1", AMOUNT))
    assert market.refuses("supplier", act("confirm", R)) == "AUTH_CONTROLLER"
    market.does("bank-a", act("confirm", R))


def test_nothing_is_financed_twice() -> None:
    market = Market()
    market.accepted()
    assert market.refuses("supplier", act("request_finance", R, "bank-a", AMOUNT + 1, False)) == "RCV_PRICE"
    market.does("supplier", act("request_finance", R, "tier-2", 1, False))
    assert market.refuses("tier-2", finance(R, none=True)) == "AUTH_ROLE"
    market.does("supplier", act("withdraw", R))
    finance_by(market, R, "bank-a", recourse=False)
    assert market.refuses("bank-a", act("request_finance", R, "bank-b", 1, False)) == "ENC_ACTIVE"
    assert (
        market.refuses(("bank-a", "bank-b"), pledge(R, "bank-b", none=True, acknowledge=True)) == "ENC_ACTIVE"
    )
    assert market.refuses("bank-a", act("recourse", R)) == "RCV_NO_RECOURSE"
    market.does("bank-a", act("split", R, (1, AMOUNT - 1)))
    assert (
        market.refuses(("bank-a", "bank-b"), pledge(part(R, 0), "bank-b", none=True, acknowledge=True))
        == "ENC_ACTIVE"
    )


def test_one_debtor_accepts_one_receivable_for_an_invoice() -> None:
    """What is proposed, or accepted by another, is in nobody's way: the chain knows no invoice's parties."""
    market = Market()
    again, foreign = name("again"), name("foreign", "tier-2")
    market.does("tier-2", issue(foreign, debtor="supplier", creditor="tier-2", document=INVOICE))
    market.does("supplier", act("accept", foreign))
    market.does("buyer", issue(R, document=INVOICE))
    market.does("buyer", issue(again, document=INVOICE))
    market.does("buyer", act("accept", R))
    assert market.refuses("buyer", act("accept", again)) == "RCV_BACKING_USED"
    market.does("buyer", act("cancel", again))


def test_the_registry_and_the_receivables_share_what_is_financed() -> None:
    """Parts of one receivable may each be financed; anybody else is refused, until nothing of it is taken."""
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    financing = operation("registry", "finance", INVOICE, 10**18, False)
    for bank in ("bank-a", "bank-b"):
        market.does(bank, register("invoice"))
    market.does("supplier", act("split", R, (60_000_000, 40_000_000)))
    market.does(("supplier", "bank-a"), pledge(part(R, 1), "bank-a"))
    market.does("supplier", act("request_finance", part(R, 0), "bank-a", 1_000, False))
    market.does("bank-a", finance(part(R, 0)))
    receipt = market.submit("bank-b", financing)
    assert receipt.code == "REG_DUPLICATE_FINANCED"
    assert (facts(receipt)["cross_applicant"], facts(receipt)["remaining_share"]) == (True, 0)
    asked = market.ledger.query("registry", "check", {"document": INVOICE}, key("bank-b"))
    assert (asked["financeable"], asked["remaining_share"]) == (False, 0)
    held = market.ledger.query("encumbrance", "document", {"document": INVOICE}, None)
    assert held["encumbrance"] == "financed"
    market.does("bank-a", act("unpledge", part(R, 1)))
    assert market.refuses("bank-b", financing) == "REG_DUPLICATE_FINANCED", "a part is financed still"
    assert market.refuses("bank-a", operation("registry", "cancel", INVOICE)) == "REG_FINANCED"


def test_what_the_registry_has_financed_no_receivable_finances() -> None:
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    for bank in ("bank-a", "bank-b"):
        market.does(bank, register("invoice"))
    market.does("bank-b", operation("registry", "finance", INVOICE, 10**17, False))
    assert market.refuses(("supplier", "bank-a"), pledge(R, "bank-a")) == "ENC_ACTIVE"
    market.does("supplier", act("request_finance", R, "bank-a", 1, False))
    assert market.refuses("bank-a", finance(R)) == "ENC_ACTIVE"
    market.does("bank-b", operation("registry", "release", INVOICE, None, "withdrawn"))
    market.does("bank-a", finance(R))


def test_a_payment_is_attested_confirmed_and_used_once() -> None:
    market = Market()
    market.accepted()
    other = market.accepted("other")
    assert market.refuses("supplier", act("present", R)) == "RCV_NOT_DUE"
    market.later(180)
    assert market.refuses("buyer", act("attest_payment", R, "E2E-1", AMOUNT)) == "RCV_STATE"
    for each in (R, other):
        market.does("supplier", act("present", each))
    assert market.refuses("supplier", act("confirm", R)) == "RCV_STATE"
    assert market.refuses("tier-2", act("attest_payment", R, "E2E-1", AMOUNT)) == "AUTH_CONTROLLER"
    assert market.refuses("buyer", act("attest_payment", R, "E2E-1", AMOUNT - 1)) == "RCV_PAYMENT_AMOUNT"
    market.does("buyer", act("attest_payment", R, "E2E-1", AMOUNT))
    market.does("supplier", act("deny", R))
    market.does("buyer", act("attest_payment", R, "E2E-2", AMOUNT))
    assert market.refuses("buyer", act("confirm", R)) == "AUTH_CONTROLLER"
    market.does("supplier", act("confirm", R))
    assert market.refuses("buyer", act("attest_payment", other, "E2E-2", AMOUNT)) == "PAY_REF_REUSED"
    assert market.refuses("supplier", act("present", R)) == "RCV_STATE"


def test_what_is_overdue_changes_hands_no_more() -> None:
    """Overdue follows from the time of the block."""
    market = Market()
    market.accepted()
    market.later(181)
    assert market.refuses("supplier", act("transfer", R, "tier-2", False)) == "RCV_OVERDUE"
    assert market.shown(R)["overdue"] is True
    assert market.refuses("supplier", act("default", R)) == "RCV_NOT_PRESENTED"


def test_two_that_run_against_each_other_are_set_off() -> None:
    """By both, in either order; of the larger one a part is left."""
    market = Market()
    market.accepted()
    back = name("back", "supplier")
    market.does("supplier", issue(back, debtor="supplier", creditor="buyer", amount=30_000_000))
    market.does("supplier", act("accept", back))
    assert market.refuses("tier-2", act("offset", R, back)) == "AUTH_CONTROLLER"
    assert market.refuses("supplier", act("offset", R, R)) == "RCV_OFFSET"
    market.does("supplier", act("offset", R, back))
    market.does("supplier", act("offset", R, back))
    assert market.shown(R)["state"] == "accepted", "the other has not agreed"
    market.does("buyer", act("offset", back, R))
    states = [market.shown(each)["state"] for each in (R, back, part(R, 0), part(R, 1))]
    assert states == ["split", "settled", "settled", "accepted"]
    assert market.shown(part(R, 1))["amount_minor"] == AMOUNT - 30_000_000


def test_what_one_holder_agreed_to_binds_no_other() -> None:
    """The one who agreed to the offset has given it away meanwhile."""
    market = Market()
    market.accepted()
    back = name("back", "supplier")
    market.does("supplier", issue(back, debtor="supplier", creditor="buyer"))
    market.does("supplier", act("accept", back))
    market.does("supplier", act("offset", R, back))
    market.does(("supplier", "tier-2"), act("transfer", R, "tier-2", False), act("accept_transfer", R))
    assert market.refuses("buyer", act("offset", R, back)) == "RCV_OFFSET"


def test_lists_come_page_by_page() -> None:
    market = Market()
    names = sorted(name(f"many {number}") for number in range(7))
    for each in names:
        market.does("buyer", issue(each))
    market.does("buyer", act("accept", names[3]))
    pages, after = [], None
    while True:
        told = market.ledger.query(
            "receivable", "list", {"holder": "supplier", "limit": 3, "after": after}, None
        )
        pages.append([each["receivable"] for each in told["receivables"]])
        after = told["next"]
        if after is None:
            break
    assert pages == [[each.hex() for each in names[start : start + 3]] for start in (0, 3, 6)]
    asked = {"debtor": "buyer", "state": "accepted"}
    told = market.ledger.query("receivable", "list", asked, None)
    assert [each["receivable"] for each in told["receivables"]] == [names[3].hex()]
    assert market.ledger.query("receivable", "list", {"holder": "buyer"}, None)["receivables"] == []


def test_a_holder_sets_who_signs_for_one_receivable() -> None:
    """As long as it holds it; its parts keep that."""
    market = Market()
    market.does("supplier", add_account("supplier", "s2", "issuer"))
    market.accepted()
    assert market.refuses("buyer", act("set_policy", R, (1, ("buyer.issuer",)))) == "AUTH_CONTROLLER"
    market.does("supplier", act("set_policy", R, (2, ("supplier.issuer", "supplier.issuer"))))
    for operation_ in (act("transfer", R, "tier-2", False), act("set_policy", R, None)):
        assert market.refuses("supplier", operation_) == "POL_UNSATISFIED"
    both = ("supplier", "s2")
    market.does(both, act("split", R, (1, AMOUNT - 1)))
    assert market.refuses("s2", act("transfer", part(R, 0), "tier-2", False)) == "POL_UNSATISFIED"
    market.does(
        (*both, "tier-2"), act("transfer", part(R, 0), "tier-2", False), act("accept_transfer", part(R, 0))
    )
    assert market.shown(part(R, 0))["policy"] is None
    market.does("tier-2", act("transfer", part(R, 0), "bank-a", False))
    assert market.shown(part(R, 1))["policy"] == "OutOf(2, supplier.issuer, supplier.issuer)"
    market.does(both, act("set_policy", part(R, 1), None))
    market.does("supplier", act("transfer", part(R, 1), "tier-2", False))


def member(action: str, *args: Value) -> Operation:
    return Operation(module="membership", action=action, args=args)


def test_a_long_history_is_told_whole_and_stops_nothing() -> None:
    """Over the border of its pages."""
    market = Market()
    market.accepted()
    for _ in range(70):
        market.does("supplier", act("transfer", R, "tier-2", False), act("withdraw", R))
    market.does("supplier", act("transfer", R, "tier-2", False))
    lines = market.ledger.query("receivable", "history", {"receivable": R}, None)["lines"]
    assert [line["number"] for line in lines] == list(range(2 + 2 * 70 + 1))
    assert [line["action"] for line in lines[-3:]] == ["offered", "withdrawn", "offered"]


def test_a_replay_gives_the_same_state() -> None:
    market = Market()
    market.accepted()
    market.does("supplier", act("split", R, (5_000, AMOUNT - 5_000)))
    finance_by(market, part(R, 0), "bank-a", recourse=True)
    assert market.restored().state_root == market.ledger.state_root
