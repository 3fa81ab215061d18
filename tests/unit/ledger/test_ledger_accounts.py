"""An organisation's own accounts and name: frozen, exchanged, replaced, identified."""

from __future__ import annotations

import pytest

from p2pchain.ledger.meter import Figures
from p2pchain.ledger.modules.membership.identifiers import is_lei, is_uscc
from p2pchain.model.errors import Refused
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import key
from tests.unit.ledger.receivable_steps import Market, act, issue, name

MEMBERS = ("bank-a", "bank-b", "buyer", "supplier")
LEIS = ("529900T8BM49AURSDO55", "5493001KJTIIGC8Y1R12", "549300E9PC51EN656011")
"""As GLEIF publishes them."""
USCC = "91350100M000100Y43"
"""The example of GB 32100-2015."""


def member(action: str, *args: Value) -> Operation:
    return Operation(module="membership", action=action, args=args)


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


def test_an_organisation_says_which_entity_it_is() -> None:
    market = Market()
    market.does("buyer", member("identify", "buyer", LEIS[0], USCC))
    assert market.refuses("buyer", member("identify", "buyer", LEIS[0][:-1] + "4", None)) == "MEMBERSHIP_LEI"
    assert market.refuses("buyer", member("identify", "buyer", None, USCC[:-1] + "4")) == "MEMBERSHIP_USCC"
    assert market.refuses("buyer", member("identify", "supplier", None, None)) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses("buyer", member("identify", "nobody", None, None)) == "MEMBERSHIP_UNKNOWN"
    market.does("buyer", member("identify", "buyer", LEIS[1], USCC))
    market.does("supplier", member("identify", "supplier", LEIS[0], None))
    assert (
        market.refuses("tier-2", member("identify", "tier-2", LEIS[0], None)) == "MEMBERSHIP_IDENTIFIER_USED"
    )
    told = market.ledger.query("membership", "organisations", {}, None)["organisations"]
    assert [(each["lei"], each["uscc"]) for each in told if each["org"] == "buyer"] == [(LEIS[1], USCC)]


def test_a_frozen_account_signs_nothing_until_it_is_thawed() -> None:
    """In a block, and at the door of the pool; alone and beside others."""
    market = Market()
    market.does("buyer", member("add_account", "buyer", "second", key("second"), ("admin", "issuer")))
    market.does("second", member("freeze", key("buyer")))
    assert market.refuses("second", member("freeze", key("buyer"))) == "MEMBERSHIP_FROZEN"
    assert market.refuses("buyer", issue(name("r"))) == "AUTH_FROZEN"
    assert market.refuses(("supplier", "buyer"), issue(name("r"))) == "AUTH_FROZEN"
    with pytest.raises(Refused, match="AUTH_FROZEN"):
        market.ledger.check(market.transaction("buyer", issue(name("r"))).transaction)
    assert market.refuses("second", member("freeze", key("second"))) == "MEMBERSHIP_LAST_ADMIN"
    assert market.refuses("bank-a", member("unfreeze", key("buyer"))) == "MEMBERSHIP_NO_QUORUM"
    market.does("second", member("unfreeze", key("buyer")))
    assert market.refuses("second", member("unfreeze", key("buyer"))) == "MEMBERSHIP_FROZEN"
    market.does("buyer", issue(name("r")))


def test_what_the_quorum_froze_the_quorum_thaws() -> None:
    market = Market()
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), member("freeze", key("buyer-clerk")))
    assert market.refuses("buyer", member("unfreeze", key("buyer-clerk"))) == "MEMBERSHIP_NO_QUORUM"
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), member("unfreeze", key("buyer-clerk")))


def test_a_frozen_admin_may_be_removed() -> None:
    market = Market()
    market.does("buyer", member("add_account", "buyer", "second", key("second"), ("admin",)))
    market.does("buyer", member("freeze", key("second")))
    assert market.refuses("buyer", member("remove_account", key("buyer"))) == "MEMBERSHIP_LAST_ADMIN"
    market.does("buyer", member("remove_account", key("second")))


def test_the_quorum_may_freeze_the_last_admin() -> None:
    market = Market()
    market.does(MEMBERS, member("freeze", key("tier-2")))
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


def test_an_organisation_leaves_with_its_accounts() -> None:
    """Once its nodes are gone; neither its keys nor its name ever serve again."""
    market = Market()
    market.does(MEMBERS, member("admit", "x", "X Ltd", ("issuer",)))
    market.does(MEMBERS, member("add_account", "x", "x", key("x"), ("issuer",)))
    market.does("x", issue(name("r"), creditor="x"))
    assert market.refuses(MEMBERS, member("remove_organisation", "buyer")) == "MEMBERSHIP_HAS_NODES"
    assert market.refuses("bank-a", member("remove_organisation", "x")) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses(MEMBERS, member("remove_organisation", "y")) == "MEMBERSHIP_UNKNOWN"
    market.does(MEMBERS, member("remove_organisation", "x"))
    assert market.refuses("x", issue(name("s"), creditor="x")) == "TX_UNKNOWN_SIGNER"
    assert market.refuses("buyer", issue(name("s"), creditor="x")) == "RCV_PARTY"
    market.does("buyer", act("accept", name("r")))
    assert market.refuses(MEMBERS, member("admit", "x", "X Ltd", ("issuer",))) == "MEMBERSHIP_EXISTS"
    market.does(MEMBERS, member("admit", "y", "Y Ltd", ("issuer",)))
    assert market.refuses(MEMBERS, member("add_account", "y", "y", key("x"), ())) == "MEMBERSHIP_KEY_USED"
    assert market.restored().state_root == market.ledger.state_root


def test_a_lost_key_is_replaced_by_an_admin_or_the_quorum() -> None:
    market = Market()
    market.does("buyer", member("replace_account", key("buyer-clerk"), key("clerk 2")))
    assert market.refuses("buyer-clerk", issue(name("r"))) == "TX_UNKNOWN_SIGNER"
    assert (
        market.refuses("bank-a", member("replace_account", key("buyer"), key("b"))) == "MEMBERSHIP_NO_QUORUM"
    )
    market.does(("bank-a", "bank-b", "supplier", "tier-2"), member("replace_account", key("buyer"), key("b")))
    market.does("b", issue(name("r")))
    assert market.refuses("b", member("replace_account", key("nobody"), key("c"))) == "MEMBERSHIP_UNKNOWN"


def test_what_an_admin_does_costs_the_same_however_many_accounts_there_are() -> None:
    """960 accounts, and freezing walked all of them: 60 transactions were more than any round allows."""
    market = Market()

    def cost_of_freezing() -> Figures:
        execution = market.execute(
            market.transaction(
                "bank-a", member("freeze", key("bank-a-clerk")), member("unfreeze", key("bank-a-clerk"))
            )
        )
        assert execution.receipts[0].code == "OK"
        return execution.figures

    before = cost_of_freezing()
    adding = [
        market.transaction(
            "bank-a",
            *(
                member("add_account", "bank-a", f"a{at}", key(f"a{at}"), ("admin",))
                for at in range(start, start + 64)
            ),
        )
        for start in range(0, 960, 64)
    ]
    assert {receipt.code for receipt in market.block(*adding)} == {"OK"}
    after = cost_of_freezing()
    assert (after.gets, after.puts, after.steps) == (before.gets, before.puts, 0)
    assert after.work <= before.work + 10  # The tally's numbers take a byte more.
    sixty = [
        market.transaction(
            "bank-a",
            *(member(("freeze", "unfreeze")[at % 2], key("bank-a-clerk")) for at in range(64)),
        )
        for _ in range(60)
    ]
    assert market.execute(*sixty).figures.work < Parameters().block_work_max
