"""Proposals and votes: what the majority decides is done, whole or not at all, and nothing else."""

from __future__ import annotations

import pytest

from p2pchain.ledger.consortium.governance.proposal import DAY_MS, PROPOSAL
from p2pchain.ledger.record import read_record
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import TIME_MS
from tests.unit.ledger.membership_steps import add_account, member
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, issue, name

MEMBERS = ("bank-a", "bank-b", "buyer", "supplier")
ADMIT: Value = ("membership", "admit", ("tier-3", "Tier 3 Ltd", ("issuer",)))
LIMITS: Value = ("receivable", "set_limits", (10, 20))
FASTER: Value = ("governance", "set_parameter", ("block_interval_min_ms", 40))


NEVER: tuple[tuple[Value, str], ...] = (
    (("governance", "vote", (0, True)), "GOV_NESTED"),
    (("governance", "cancel", (0,)), "GOV_NESTED"),
    (("governance", "propose", ("t", 9, 9, (LIMITS,))), "GOV_NESTED"),
    (("governance", "declare_software", ((),)), "GOV_NESTED"),
    (("governance", "set_parameter", ("tx_lifetime", 30)), "GOV_PARAMETER_FIXED"),
    (("governance", "set_parameter", ("colour", 1)), "GOV_PARAMETER"),
    (("governance", "set_parameter", ("block_bytes_max", 0)), "GOV_PARAMETER"),
    (("registry", "cancel", (bytes(32),)), "AUTH_ROLE"),
    (("registry", "strike", (bytes(32),)), "AUTH_ROLE"),
    (("receivable", "accept", (bytes(16),)), "AUTH_ROLE"),
    (("receivable", "set_limits", (21, 20)), "RCV_LIMITS"),
    (("policy", "set", ("membership", "admit", None)), "POL_EXEMPT"),
    (("membership", "admit", ("buyer", "Buyer Ltd", ())), "MEMBERSHIP_EXISTS"),
    (("membership", "admit", ("no name", "Buyer Ltd", ())), "MEMBERSHIP_NAME"),
    (("membership", "admit", ("x", "X Ltd", ("king",))), "MEMBERSHIP_ROLE"),
    (("membership", "identify", ("buyer", "0" * 20, None)), "MEMBERSHIP_LEI"),
    (("membership", "add_account", ("buyer", "b", bytes(range(32)), (), bytes(64))), "MEMBERSHIP_NOT_PROVEN"),
    (("membership", "add_node", ("buyer", "b", bytes(range(32)), bytes(64))), "MEMBERSHIP_NOT_PROVEN"),
)
"""Operations that a proposal would hold in vain, whatever comes meanwhile."""


def govern(action: str, *args: Value) -> Operation:
    return Operation(module="governance", action=action, args=args)


def propose(*operations: Value, expires: int = 1_000, days: int = 30) -> Operation:
    return govern("propose", "for the better", expires, TIME_MS + days * DAY_MS, operations)


def shown(market: Market, number: int = 0) -> dict[str, object]:
    return market.ledger.query("governance", "show", {"number": number}, None)


def test_what_more_than_two_thirds_want_is_done() -> None:
    """Five validators of power 1: the fourth vote decides."""
    market = Market()
    market.does("bank-a", propose(ADMIT, LIMITS))
    for org in ("bank-b", "buyer"):
        market.does(org, govern("vote", 0, True))
    assert shown(market)["state"] == "open"
    receipt = market.does("supplier", govern("vote", 0, True))
    assert [event.name for event in receipt.events] == ["voted", "admitted", "limits_set", "executed"]
    assert shown(market)["state"] == "executed"
    assert market.ledger.query("receivable", "limits", {}, None)["tenor_days_max"] == 20
    assert market.refuses("tier-2", govern("vote", 0, False)) == "GOV_CLOSED"
    assert market.restored().state_root == market.ledger.state_root


def test_a_vote_may_be_changed_and_counts_once() -> None:
    market = Market()
    market.does("bank-a", propose(LIMITS))
    for _ in range(4):
        market.does("bank-b", govern("vote", 0, True))
    market.does("buyer", govern("vote", 0, True))
    market.does("buyer", govern("vote", 0, False))
    assert (shown(market)["state"], shown(market)["power"]) == ("open", 2)
    for org in ("supplier", "tier-2"):
        market.does(org, govern("vote", 0, True))
    assert shown(market)["state"] == "executed"


def test_of_operations_that_one_rule_refuses_none_is_done() -> None:
    """It says why, and another vote tries again once that has passed."""
    market = Market()
    market.does("bank-a", propose(LIMITS, ("membership", "remove_organisation", ("x",))))
    for org in ("bank-b", "buyer", "supplier"):
        market.does(org, govern("vote", 0, True))
    told = shown(market)
    assert (told["state"], "MEMBERSHIP_UNKNOWN" in str(told["reason"])) == ("open", True)
    assert market.ledger.query("receivable", "limits", {}, None)["tenor_days_max"] == 366
    members = ("bank-a", "bank-b", "buyer", "supplier")
    market.does(members, Operation(module="membership", action="admit", args=("x", "X Ltd", ())))
    market.does("supplier", govern("vote", 0, True))
    assert (shown(market)["state"], shown(market)["reason"]) == ("executed", None)


def test_three_of_five_decide_nothing() -> None:
    """Not even what anybody could do alone."""
    market = Market()
    market.does("bank-a", propose(("note", "put", ("x",))))
    for org in ("bank-b", "buyer"):
        market.does(org, govern("vote", 0, True))
    assert shown(market)["state"] == "open"
    market.does("supplier", govern("vote", 0, True))
    assert shown(market)["state"] == "executed"


def test_a_vote_counts_as_long_as_its_key_does() -> None:
    """The account that gave it is frozen before the majority is there."""
    market = Market()
    market.does("bank-a", add_account("bank-a", "b", "admin"))
    market.does("bank-a", propose(LIMITS))
    market.does("b", Operation(module="membership", action="freeze", args=("bank-a", "bank-a")))
    for org in ("bank-b", "buyer", "supplier"):
        market.does(org, govern("vote", 0, True))
    assert (shown(market)["state"], shown(market)["power"]) == ("open", 3)
    market.does("b", govern("vote", 0, True))
    assert shown(market)["state"] == "executed"


def test_those_in_favour_act_as_admins_alone() -> None:
    """A bank's admin that is a financier too does no business by voting: it attests no payment of others."""
    market = Market()
    item = market.accepted(days=0, debtor="buyer", creditor="supplier")
    market.does("supplier", act("present", item))
    market.does("bank-a", propose(("receivable", "attest_payment", (item, "E2E-1", AMOUNT))))
    for org in ("bank-b", "supplier", "tier-2"):
        market.does(org, govern("vote", 0, True))
    assert "AUTH_CONTROLLER" in str(shown(market)["reason"])


def test_an_organisation_has_so_many_open_and_blocks_nobody_else() -> None:
    """What has expired or is taken back makes room; the number is a parameter of the chain."""
    market = Market()
    most = market.ledger.parameters.proposals_per_org
    for number in range(most):
        market.does("bank-a", propose(LIMITS, expires=1_000 if number else most))
    market.does("bank-a", propose(LIMITS))
    assert market.refuses("bank-a", propose(LIMITS)) == "GOV_TOO_MANY"
    market.does("bank-b", propose(LIMITS))
    market.does("bank-a", govern("cancel", 1))
    market.does("bank-a", propose(LIMITS))
    market.later(31)
    market.does("bank-a", propose(LIMITS, days=60))
    market.does(MEMBERS, govern("set_parameter", "proposals_per_org", 2))
    market.does("bank-a", propose(LIMITS, days=60))
    assert market.refuses("bank-a", propose(LIMITS, days=60)) == "GOV_TOO_MANY"


def test_a_vote_costs_the_same_however_long_the_proposal_is() -> None:
    """It was kept in the proposal, which every vote wrote anew, and which no more votes fitted in one day."""
    market = Market()
    many = tuple(("membership", "admit", (f"org-{number}", "x" * 200, ())) for number in range(16))
    market.does("bank-a", propose(LIMITS))
    market.does("bank-a", propose(*many))
    short, long = (
        market.execute(market.transaction("bank-b", govern("vote", number, False))).figures
        for number in (0, 1)
    )
    assert short.bytes_written == long.bytes_written < 300


def test_a_vote_against_executes_nothing() -> None:
    """Powers have changed meanwhile, and those in favour are a majority of the moment: one of them has to
    want it still.
    """
    market = Market()
    market.does("bank-a", propose(LIMITS))
    for org in ("bank-b", "buyer"):
        market.does(org, govern("vote", 0, True))
    market.does(MEMBERS, member("set_power", "bank-a", 5, True))
    market.block()
    assert shown(market)["power"] == 7, "of 9"
    receipt = market.does("tier-2", govern("vote", 0, False))
    assert [event.name for event in receipt.events] == ["voted"]
    market.does("supplier", govern("vote", 0, False))
    assert shown(market)["state"] == "open"
    market.does("buyer", govern("vote", 0, False))
    assert (shown(market)["state"], shown(market)["power"]) == ("open", 6)
    market.does("buyer", govern("vote", 0, True))
    assert shown(market)["state"] == "executed"


def test_a_majority_of_yesterday_is_none_today() -> None:
    market = Market()
    market.does("bank-a", propose(LIMITS))
    for org in ("bank-b", "buyer"):
        market.does(org, govern("vote", 0, True))
    market.does(MEMBERS, member("set_power", "tier-2", 5, True))
    market.block()
    market.does("supplier", govern("vote", 0, True))
    assert (shown(market)["state"], shown(market)["power"]) == ("open", 4), "of 9"


def test_a_proposal_ends_after_its_days() -> None:
    """Heights come slowly on an idle chain."""
    market = Market()
    market.does("bank-a", propose(LIMITS, days=3))
    market.later(2)
    market.does("bank-b", govern("vote", 0, True))
    market.later(2)
    assert market.refuses("buyer", govern("vote", 0, True)) == "GOV_EXPIRED"
    assert shown(market)["state"] == "expired"


def test_what_may_become_possible_may_be_proposed() -> None:
    """An organisation that is not there yet, and a value that others of the parameters forbid today."""
    market = Market()
    smaller = ("governance", "set_parameter", ("timeout_cap_ms", 1))
    market.does("bank-a", propose(("membership", "remove_organisation", ("x",)), smaller))
    many = tuple(
        ("governance", "set_parameter", (name, 1)) for name in ("timeout_propose_ms", "timeout_vote_ms")
    )
    market.does(MEMBERS, *(govern(action, *args) for _, action, args in (*many, smaller)))


def test_nobody_decides_alone() -> None:
    market = Market()
    assert market.refuses("bank-a-clerk", propose(LIMITS)) == "AUTH_ROLE"
    market.does("bank-a", propose(("receivable", "cancel", (name("r"),))))
    market.does("buyer", issue(name("r")))
    for org in ("bank-b", "supplier", "tier-2"):
        market.does(org, govern("vote", 0, True))
    assert "AUTH_CONTROLLER" in str(shown(market)["reason"]), "they act for themselves, not for the buyer"
    market.does("buyer", act("accept", name("r")))


def test_an_organisation_without_power_adds_none() -> None:
    """And one that has lost its admin neither."""
    market = Market()
    members = ("bank-a", "bank-b", "buyer", "supplier")
    market.does(members, Operation(module="membership", action="admit", args=("x", "X Ltd", ("admin",))))
    market.does(members, add_account("x", "x", "admin"))
    market.does("x", propose(LIMITS))
    assert shown(market)["power"] == 0


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (propose(LIMITS, expires=1), "GOV_EXPIRY"),
        (propose(LIMITS, expires=2_000_000), "GOV_EXPIRY"),
        (propose(LIMITS, days=0), "GOV_EXPIRY"),
        (propose(LIMITS, days=93), "GOV_EXPIRY"),
        (propose(("receivable", "set_limit", (1, 2))), "TX_UNKNOWN_ACTION"),
        (propose(("receivable", "set_limits", (1,))), "TX_INVALID_ARGS"),
        *((propose(operation), code) for operation, code in NEVER),
        (propose(), "TX_INVALID_ARGS"),
        (govern("vote", 7, True), "GOV_UNKNOWN"),
        (govern("set_parameter", "block_interval_min_ms", 40), "MEMBERSHIP_NO_QUORUM"),
    ],
)
def test_what_is_refused(operation: Operation, code: str) -> None:
    assert Market().refuses("bank-a", operation) == code


def test_a_proposal_ends_at_its_height_and_where_it_is_taken_back() -> None:
    market = Market()
    market.does("bank-a", propose(LIMITS, expires=3))
    market.does("bank-a", propose(LIMITS))
    assert market.refuses("bank-b", govern("cancel", 1)) == "AUTH_CONTROLLER"
    market.block()
    assert shown(market)["state"] == "expired"
    assert market.refuses("bank-b", govern("vote", 0, True)) == "GOV_EXPIRED"
    market.does("bank-a", govern("cancel", 1))
    assert market.refuses("bank-b", govern("vote", 1, True)) == "GOV_CLOSED"
    listed = market.ledger.query("governance", "list", {}, None)["proposals"]
    assert [(each["number"], each["state"]) for each in listed] == [(1, "cancelled"), (0, "expired")]


def test_parameters_change_at_the_next_block_within_their_bounds() -> None:
    market = Market()
    market.does("bank-a", propose(FASTER))
    for org in ("bank-b", "buyer", "supplier"):
        market.does(org, govern("vote", 0, True))
    assert market.ledger.parameters.block_interval_min_ms == 40
    members = ("bank-a", "bank-b", "buyer", "supplier")
    for parameter, value, code in (
        ("tx_lifetime", 30, "GOV_PARAMETER_FIXED"),
        ("timeout_cap_ms", 1, "GOV_PARAMETER"),
        ("block_bytes_max", 0, "GOV_PARAMETER"),
        ("colour", 1, "GOV_PARAMETER"),
    ):
        assert market.refuses(members, govern("set_parameter", parameter, value)) == code
    assert market.restored().parameters == market.ledger.parameters


def test_the_record_holds_what_was_proposed() -> None:
    market = Market()
    market.does("bank-a", propose(ADMIT))
    raw = market.ledger.get(b"governance/" + PROPOSAL + bytes(4))
    assert raw is not None
    assert read_record(raw)[6] == (ADMIT,)
    assert market.ledger.height == Height(1)
