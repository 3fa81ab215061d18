"""Policies: an action that needs several signers has them, or nothing happens."""

from __future__ import annotations

import pytest

from p2pchain.ledger.consortium.policy import PolicyKind, in_words
from p2pchain.ledger.fields import Field
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.entry import read_policy
from tests.unit.ledger.ledger_world import facts
from tests.unit.ledger.membership_steps import add_account
from tests.unit.ledger.receivable_steps import Market, act, issue, name

R = name("r")
MEMBERS = ("bank-a", "bank-b", "buyer", "supplier")
FOUR_EYES: Value = (2, ("buyer.issuer", "buyer.admin", "bank-a.financier"))
FIELD = Field(name="policy", kind=PolicyKind())


def set_policy(policy: Value, module: str = "receivable", action: str = "accept") -> Operation:
    return Operation(module="policy", action="set", args=(module, action, policy))


def test_an_action_needs_who_its_policy_names() -> None:
    """And the action's own rule stays."""
    market = Market()
    market.does(MEMBERS, set_policy((2, ("bank-a.financier", "bank-b.financier", "supplier.issuer"))))
    market.does("buyer", issue(R))
    receipt = market.submit(("buyer", "bank-a"), act("accept", R))
    assert receipt.code == "POL_UNSATISFIED"
    told = facts(receipt)
    assert (told["needed"], told["parts"]) == (2, "bank-a.financier,bank-b.financier,supplier.issuer")
    assert "bank-a.financier" in str(told["signed"])
    assert market.refuses("buyer", act("accept", R)) == "POL_UNSATISFIED"
    assert market.refuses(("bank-a", "bank-b"), act("accept", R)) == "AUTH_CONTROLLER"
    market.does(("buyer", "bank-a", "supplier"), act("accept", R))
    assert market.refuses("supplier", act("cancel", R)) == "AUTH_CONTROLLER", (
        "other actions need nothing more"
    )


def test_each_part_is_filled_by_an_account_of_its_own() -> None:
    """One account with two roles is one pair of eyes; who could fill either leaves one to others."""
    market = Market()
    market.does(
        "buyer",
        add_account("buyer", "b2", "issuer"),
    )
    market.does(MEMBERS, set_policy((2, ("buyer.issuer", "buyer.issuer"))))
    market.does("buyer", issue(R))
    assert market.refuses("buyer", act("accept", R)) == "POL_UNSATISFIED"
    market.does(("buyer", "b2"), act("accept", R))
    market.does("buyer", issue(name("s")))
    market.does(MEMBERS, set_policy((2, ("buyer.issuer", "buyer.admin"))))
    assert market.refuses("buyer", act("accept", name("s"))) == "POL_UNSATISFIED"
    market.does(("buyer", "b2"), act("accept", name("s")))


def test_any_organisation_may_fill_a_star() -> None:
    market = Market()
    market.does(MEMBERS, set_policy((2, ("buyer.issuer", "*.financier"))))
    market.does("buyer", issue(R))
    assert market.refuses(("buyer", "supplier"), act("accept", R)) == "POL_UNSATISFIED"
    market.does(("buyer", "bank-b"), act("accept", R))


def test_a_policy_is_taken_away() -> None:
    market = Market()
    market.does(MEMBERS, set_policy((1, ("bank-a.admin",))))
    assert market.ledger.query("policy", "list", {}, None)["policies"] == [
        {"module": "receivable", "action": "accept", "policy": "OutOf(1, bank-a.admin)"}
    ]
    market.does("buyer", issue(R))
    assert market.refuses("buyer", act("accept", R)) == "POL_UNSATISFIED"
    market.does(MEMBERS, set_policy(None))
    market.does("buyer", act("accept", R))
    assert market.restored().state_root == market.ledger.state_root


@pytest.mark.parametrize(
    ("signers", "operation", "code"),
    [
        ("bank-a", set_policy(FOUR_EYES), "MEMBERSHIP_NO_QUORUM"),
        (MEMBERS, set_policy(FOUR_EYES, module="membership", action="admit"), "POL_EXEMPT"),
        (MEMBERS, set_policy(FOUR_EYES, module="policy", action="set"), "POL_EXEMPT"),
        (MEMBERS, set_policy(FOUR_EYES, module="governance", action="vote"), "POL_EXEMPT"),
        (MEMBERS, set_policy(FOUR_EYES, action="acept"), "POL_UNKNOWN_ACTION"),
        (MEMBERS, set_policy((3, ("a.admin", "b.admin"))), "TX_INVALID_ARGS"),
    ],
)
def test_who_may_set_what(signers: str | tuple[str, ...], operation: Operation, code: str) -> None:
    assert Market().refuses(signers, operation) == code


@pytest.mark.parametrize(
    "value",
    [
        (0, ("a.admin",)),
        (True, ("a.admin",)),
        (1, ()),
        (1, ("admin",)),
        (1, ("a.King",)),
        (1, ("b.admin", (1, ("a.admin",)))),
        (1, tuple(f"{number}.admin" for number in range(65))),
        (1, (b"a.admin",)),
        "a.admin",
    ],
)
def test_what_is_no_policy(value: Value) -> None:
    assert not FIELD.accepts(value)


@pytest.mark.parametrize(
    "words",
    [
        "OutOf(2, bank-a.financier, bank-b.financier)",
        "OutOf(2, *.auditor, a.admin, a.admin)",
    ],
)
def test_words_are_read_as_they_are_told(words: str) -> None:
    policy = read_policy(words)
    assert FIELD.accepts(policy)
    assert in_words(policy) == words
    assert read_policy(words.replace(" ", "")) == policy


@pytest.mark.parametrize(
    "words",
    [
        "",
        "bank-a.admin",
        "OutOf(",
        "OutOf()",
        "OutOf(1, a.admin",
        "OutOf(1, a.admin))",
        "OutOf(1,,)",
        "OutOf(1, OutOf(1, a.admin))",
    ],
)
def test_other_words_are_refused(words: str) -> None:
    assert not FIELD.accepts(read_policy(words))
