"""An organisation's own accounts and name: frozen, exchanged, replaced, identified."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from p2pchain.ledger.consortium.membership.identifiers import is_lei, is_uscc
from p2pchain.ledger.meter import Figures
from p2pchain.model.errors import Refused
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import key
from tests.unit.ledger.membership_steps import add_account, add_node, member, replace_account
from tests.unit.ledger.receivable_steps import Market, act, issue, name

MEMBERS = ("bank-a", "bank-b", "buyer", "supplier")
LEIS = ("529900T8BM49AURSDO55", "5493001KJTIIGC8Y1R12", "549300E9PC51EN656011")
"""As GLEIF publishes them."""
USCC = "91350100M000100Y43"
"""The example of GB 32100-2015."""


@pytest.mark.parametrize("lei", LEIS)
def test_an_lei_has_check_digits(lei: str) -> None:
    assert is_lei(lei)
    for place in range(len(lei)):
        digit = "0" if lei[place] != "0" else "1"
        assert not is_lei(lei[:place] + digit + lei[place + 1 :])
    for other in ("", lei[:-1], lei + "0", lei.lower(), "Ä" * 20, "²" * 20):
        assert not is_lei(other)
    base = next(f"{number:018}" for number in range(1_000) if is_lei(f"{number:018}98"))
    assert not is_lei(base + "01"), "congruent, and never computed"


def test_a_uscc_has_a_check_character() -> None:
    assert is_uscc(USCC)
    for place in range(len(USCC)):
        digit = "0" if USCC[place] != "0" else "1"
        assert not is_uscc(USCC[:place] + digit + USCC[place + 1 :])
    for other in ("", USCC[:-1], USCC.lower(), USCC.replace("M", "I")):
        assert not is_uscc(other)


def confirm(org: str, number: str) -> Operation:
    return member("confirm_identifier", org, number)


def identity(market: Market, org: str) -> dict[str, Any]:
    told = market.ledger.query("membership", "organisations", {}, None)["organisations"]
    return next(dict(each) for each in told if each["org"] == org)


def test_an_organisation_claims_to_be_an_entity() -> None:
    market = Market()
    assert market.refuses("buyer", member("identify", "buyer", LEIS[0][:-1] + "4", None)) == "MEMBERSHIP_LEI"
    assert market.refuses("buyer", member("identify", "buyer", None, USCC[:-1] + "4")) == "MEMBERSHIP_USCC"
    assert market.refuses("buyer", member("identify", "supplier", None, None)) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses("buyer", member("identify", "nobody", None, None)) == "MEMBERSHIP_UNKNOWN"
    market.does("buyer", member("identify", "buyer", LEIS[0], USCC))
    told = identity(market, "buyer")
    assert (told["lei"], told["uscc"]) == (None, None), "a claim alone says nothing"
    assert [(each["number"], each["confirmed_by"]) for each in told["claims"]] == [
        (LEIS[0], None),
        (USCC, None),
    ]


def test_a_claim_counts_once_a_second_member_has_confirmed_it() -> None:
    """And nobody else's number is confirmed by mere words: the same stands in nobody's way before."""
    market = Market()
    market.does("tier-2", member("identify", "tier-2", LEIS[0], None))
    market.does("buyer", member("identify", "buyer", LEIS[0], None))
    assert identity(market, "tier-2")["claims"][0]["rivals"] == ["buyer"], "everybody sees both"
    assert market.refuses("buyer", confirm("buyer", LEIS[0])) == "MEMBERSHIP_NO_QUORUM", "not by itself"
    assert market.refuses("tier-2", confirm("buyer", LEIS[0])) == "MEMBERSHIP_NO_QUORUM", "nor by a rival"
    assert market.refuses("bank-a-clerk", confirm("buyer", LEIS[0])) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses("bank-a", confirm("buyer", LEIS[1])) == "MEMBERSHIP_UNKNOWN"
    market.does("bank-a", confirm("buyer", LEIS[0]))
    told = identity(market, "buyer")
    assert (told["lei"], told["claims"][0]["confirmed_by"]) == (LEIS[0], "bank-a")
    assert market.refuses("bank-b", confirm("tier-2", LEIS[0])) == "MEMBERSHIP_IDENTIFIER_USED"
    market.does("buyer", member("identify", "buyer", LEIS[0], USCC))
    assert identity(market, "buyer")["lei"] == LEIS[0], "what was confirmed stays so"
    market.does(MEMBERS, member("identify", "buyer", LEIS[1], None))
    assert identity(market, "buyer")["lei"] is None, "the quorum takes a false one away"
    market.does(MEMBERS, confirm("tier-2", LEIS[0]))
    assert identity(market, "tier-2")["claims"][0]["confirmed_by"] == "quorum"
    assert market.restored().state_root == market.ledger.state_root


def test_a_claim_waits_for_so_many_days() -> None:
    market = Market()
    market.does("buyer", member("identify", "buyer", LEIS[0], None))
    market.later(91)
    assert market.refuses("bank-a", confirm("buyer", LEIS[0])) == "MEMBERSHIP_CLAIM_EXPIRED"
    assert identity(market, "buyer")["claims"][0]["expired"]
    market.does("buyer", member("identify", "buyer", LEIS[0], None))
    market.does("bank-a", confirm("buyer", LEIS[0]))
    market.later(400)
    assert identity(market, "buyer")["lei"] == LEIS[0]


def test_a_frozen_account_signs_nothing_until_it_is_thawed() -> None:
    """In a block, and at the door of the pool; alone and beside others."""
    market = Market()
    market.does("buyer", add_account("buyer", "second", "admin", "issuer"))
    market.does("second", member("freeze", "buyer", "buyer"))
    assert market.refuses("second", member("freeze", "buyer", "buyer")) == "MEMBERSHIP_FROZEN"
    assert market.refuses("buyer", issue(name("r"))) == "AUTH_FROZEN"
    assert market.refuses(("supplier", "buyer"), issue(name("r"))) == "AUTH_FROZEN"
    with pytest.raises(Refused, match="AUTH_FROZEN"):
        market.ledger.check(market.transaction("buyer", issue(name("r"))).transaction)
    assert market.refuses("second", member("freeze", "buyer", "second")) == "MEMBERSHIP_LAST_ADMIN"
    assert market.refuses("bank-a", member("unfreeze", "buyer", "buyer")) == "MEMBERSHIP_NO_QUORUM"
    market.does("second", member("unfreeze", "buyer", "buyer"))
    assert market.refuses("second", member("unfreeze", "buyer", "buyer")) == "MEMBERSHIP_NOT_FROZEN"
    market.does("buyer", issue(name("r")))


def test_what_the_quorum_froze_the_quorum_alone_thaws() -> None:
    """Another key in the same place is as frozen; nor does it help to have voted for the freeze."""
    market = Market()
    market.does(MEMBERS, member("freeze", "buyer", "buyer-clerk"))
    assert market.refuses("buyer", member("unfreeze", "buyer", "buyer-clerk")) == "MEMBERSHIP_NO_QUORUM"
    market.does("buyer", replace_account("buyer", "buyer-clerk", "clerk 2"))
    assert market.refuses("clerk 2", Operation(module="note", action="put", args=("x",))) == "AUTH_FROZEN"
    assert market.refuses("buyer", member("unfreeze", "buyer", "buyer-clerk")) == "MEMBERSHIP_NO_QUORUM"
    market.does(MEMBERS, member("unfreeze", "buyer", "buyer-clerk"))
    market.does("clerk 2", Operation(module="note", action="put", args=("x",)))


def test_an_organisation_as_a_whole_is_frozen_whatever_keys_it_has() -> None:
    """It evades nothing by exchanging keys: it signs no exchange, nor does a key that comes later."""
    market = Market()
    assert market.refuses("buyer", member("freeze", "buyer", None)) == "MEMBERSHIP_NO_QUORUM"
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), member("freeze", "buyer", None))
    rotating = member("rotate_account", key("buyer"), key("buyer 2"))
    assert market.refuses(("buyer", "buyer 2"), rotating) == "AUTH_FROZEN"
    assert market.refuses("buyer", issue(name("r"))) == "AUTH_FROZEN"
    assert identity(market, "buyer")["frozen_by"] == "quorum"
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), replace_account("buyer", "buyer", "buyer 3"))
    assert market.refuses("buyer 3", member("unfreeze", "buyer", None)) == "AUTH_FROZEN"
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), member("unfreeze", "buyer", None))
    market.does("buyer 3", issue(name("r")))


def test_a_frozen_admin_may_be_removed() -> None:
    market = Market()
    market.does("buyer", add_account("buyer", "second", "admin"))
    market.does("buyer", member("freeze", "buyer", "second"))
    assert market.refuses("buyer", member("remove_account", "buyer", "buyer")) == "MEMBERSHIP_LAST_ADMIN"
    market.does("buyer", member("remove_account", "buyer", "second"))


def test_the_quorum_may_freeze_the_last_admin() -> None:
    market = Market()
    market.does(MEMBERS, member("freeze", "tier-2", "tier-2"))
    assert market.refuses("tier-2", issue(name("r"), creditor="tier-2")) == "AUTH_FROZEN"
    assert market.restored().state_root == market.ledger.state_root


def test_a_key_is_exchanged_by_both() -> None:
    """What the old one signed stays; it signs nothing more, and never returns."""
    market = Market()
    market.accepted()
    exchange = member("rotate_account", key("buyer"), key("buyer 2"))
    assert market.refuses("buyer", exchange) == "MEMBERSHIP_NOT_PROVEN"
    assert market.refuses(("bank-a", "buyer 2"), exchange) == "TX_UNKNOWN_SIGNER"
    other = member("rotate_account", key("buyer"), key("buyer 3"))
    assert market.refuses(("buyer", "buyer 2"), other) == "TX_UNKNOWN_SIGNER"
    assert market.refuses(("buyer", "bank-a"), member("rotate_account", key("buyer"), key("bank-a"))) == (
        "MEMBERSHIP_KEY_USED"
    )
    market.does(("buyer", "buyer 2"), exchange)
    assert market.refuses("buyer", issue(name("s"))) == "TX_UNKNOWN_SIGNER"
    market.does("buyer 2", issue(name("s")))
    market.does("buyer 2", act("accept", name("s")))
    back = member("rotate_account", key("buyer 2"), key("buyer"))
    assert market.refuses(("buyer 2", "buyer"), back) == "MEMBERSHIP_KEY_USED"


def test_a_stranger_that_comes_with_a_rotation_may_do_nothing_else() -> None:
    market = Market()
    exchange = member("rotate_account", key("tier-2"), key("new"))
    assert market.refuses("new", exchange) == "TX_UNKNOWN_SIGNER"
    assert market.refuses(("new", "bank-a"), exchange) == "TX_UNKNOWN_SIGNER"
    with pytest.raises(Refused, match="TX_UNKNOWN_SIGNER"):
        market.ledger.check(market.transaction("new", exchange).transaction)
    note = Operation(module="note", action="put", args=("x",))
    market.does(("new", "tier-2"), note, exchange)
    assert market.ledger.get(b"note/" + key("new")) is None
    assert market.ledger.get(b"note/" + key("tier-2")) is not None


def test_an_organisation_leaves_with_its_accounts_and_its_name() -> None:
    """Once its nodes are gone; what it held and owed is nobody else's, so its name and keys never return."""
    market = Market()
    market.does(MEMBERS, member("admit", "x", "X Ltd", ("issuer",)))
    market.does(MEMBERS, add_account("x", "x", "issuer"))
    market.does("x", issue(name("r", "x"), creditor="x"))
    assert market.refuses(MEMBERS, member("remove_organisation", "buyer")) == "MEMBERSHIP_HAS_NODES"
    assert market.refuses("bank-a", member("remove_organisation", "x")) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses(MEMBERS, member("remove_organisation", "y")) == "MEMBERSHIP_UNKNOWN"
    market.does(MEMBERS, member("remove_organisation", "x"))
    assert market.refuses("x", issue(name("s"), creditor="x")) == "TX_UNKNOWN_SIGNER"
    assert market.refuses("buyer", issue(name("s"), creditor="x")) == "RCV_PARTY"
    market.does("buyer", act("accept", name("r", "x")))
    assert (
        market.refuses(MEMBERS, member("admit", "x", "Another X Ltd", ("issuer",))) == "MEMBERSHIP_NAME_USED"
    )
    assert market.refuses(MEMBERS, add_account("x", "x")) == "MEMBERSHIP_UNKNOWN"
    market.does(MEMBERS, member("admit", "x2", "X Ltd", ("issuer",)))
    assert market.refuses(MEMBERS, add_account("x2", "x", bearer="x")) == "MEMBERSHIP_KEY_USED"
    assert market.restored().state_root == market.ledger.state_root


def test_the_name_of_an_account_serves_once() -> None:
    market = Market()
    market.does("buyer", member("remove_account", "buyer", "buyer-clerk"))
    again = add_account("buyer", "buyer-clerk", bearer="another")
    assert market.refuses("buyer", again) == "MEMBERSHIP_NAME_USED"


def test_a_lost_key_is_replaced_by_an_admin_or_the_quorum() -> None:
    market = Market()
    market.does("buyer", replace_account("buyer", "buyer-clerk", "clerk 2"))
    assert market.refuses("buyer-clerk", issue(name("r"))) == "TX_UNKNOWN_SIGNER"
    assert market.refuses("bank-a", replace_account("buyer", "buyer", "b")) == "MEMBERSHIP_NO_QUORUM"
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), replace_account("buyer", "buyer", "b"))
    market.does("b", issue(name("r")))
    assert market.refuses("b", replace_account("buyer", "nobody", "c")) == "MEMBERSHIP_UNKNOWN"


def test_no_key_comes_onto_the_ledger_unproven() -> None:
    """Nobody puts the key of another under his own name: not as an account's, nor in the place of one."""
    market = Market()
    whole = add_account("buyer", "second", bearer="of somebody")
    for forged in (
        (*whole.args[:4], bytes(64)),
        ("buyer", "third", *whole.args[2:]),
        (*whole.args[:2], key("another"), *whole.args[3:]),
    ):
        assert market.refuses("buyer", member("add_account", *forged)) == "MEMBERSHIP_NOT_PROVEN"
    elsewhere = add_account("supplier", "second", bearer="of somebody").args
    assert market.refuses("buyer", member("add_account", "buyer", *elsewhere[1:])) == "MEMBERSHIP_NOT_PROVEN"
    placed = member("replace_account", "buyer", "buyer-clerk", key("of somebody"), bytes(64))
    assert market.refuses("buyer", placed) == "MEMBERSHIP_NOT_PROVEN"
    node = member("add_node", "buyer", "second", key("of somebody"), bytes(64))
    assert market.refuses(MEMBERS, node) == "MEMBERSHIP_NOT_PROVEN"
    market.does("buyer", whole)
    market.does(MEMBERS, add_node("buyer", "second"))


def test_an_organisation_asks_several_of_its_admins() -> None:
    """One stolen key does nothing then; what it asks of itself changes under itself alone."""
    market = Market()
    own = partial(Operation, module="policy", action="set_own")
    assert market.refuses("buyer", own(args=("buyer", 2))) == "POL_OWN_ADMINS"
    for second in ("second", "third"):
        market.does("buyer", add_account("buyer", second, "admin"))
    assert market.refuses("bank-a", own(args=("buyer", 2))) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses("buyer", own(args=("nobody", 2))) == "MEMBERSHIP_UNKNOWN"
    market.does("buyer", own(args=("buyer", 2)))
    alone = (
        add_account("buyer", "thief", "admin"),
        member("remove_account", "buyer", "second"),
        member("freeze", "buyer", "second"),
        replace_account("buyer", "second", "thief"),
        member("identify", "buyer", LEIS[0], None),
        own(args=("buyer", 1)),
    )
    for operation in alone:
        assert market.refuses("buyer", operation) == "POL_OWN_UNSATISFIED"
        assert market.refuses(("buyer", "buyer-clerk"), operation) == "POL_OWN_UNSATISFIED"
    market.does(("buyer", "third"), member("remove_account", "buyer", "second"))
    last = member("remove_account", "buyer", "third")
    assert market.refuses(("buyer", "third"), last) == "MEMBERSHIP_LAST_ADMIN", "two have to stay"
    assert market.ledger.query("policy", "list", {}, None)["own"] == [{"org": "buyer", "needed": 2}]


def test_what_an_organisation_can_raise_no_more_the_quorum_lowers() -> None:
    market = Market()
    market.does("buyer", add_account("buyer", "second", "admin"))
    lower = Operation(module="policy", action="set_own", args=("buyer", 1))
    market.does("buyer", Operation(module="policy", action="set_own", args=("buyer", 2)))
    assert market.refuses("buyer", lower) == "POL_OWN_UNSATISFIED", "the other key is lost"
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), lower)
    market.does("buyer", replace_account("buyer", "second", "second again"))


def test_what_an_admin_does_costs_the_same_however_many_accounts_there_are() -> None:
    """960 accounts, and freezing walked all of them: 60 transactions were more than any round allows."""
    market = Market()
    switching = (member("freeze", "bank-a", "bank-a-clerk"), member("unfreeze", "bank-a", "bank-a-clerk"))

    def cost_of_freezing() -> Figures:
        execution = market.execute(market.transaction("bank-a", *switching))
        assert execution.receipts[0].code == "OK"
        return execution.figures

    before = cost_of_freezing()
    adding = [
        market.transaction(
            "bank-a", *(add_account("bank-a", f"a{at}", "admin") for at in range(start, start + 64))
        )
        for start in range(0, 960, 64)
    ]
    assert {receipt.code for receipt in market.block(*adding)} == {"OK"}
    after = cost_of_freezing()
    assert (after.gets, after.puts, after.steps) == (before.gets, before.puts, 0)
    assert after.work <= before.work + 10  # The tally's numbers take a byte more.
    sixty = [market.transaction("bank-a", *(switching[at % 2] for at in range(64))) for _ in range(60)]
    assert market.execute(*sixty).figures.work < Parameters().block_work_max
