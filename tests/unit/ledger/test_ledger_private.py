"""Private payloads as the chain knows them: who may put, for whom, and who has erased."""

from __future__ import annotations

from p2pchain.codec.private import payload_root
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import fingerprint, key, signing_key
from tests.unit.ledger.membership_steps import add_account, set_sealing_key
from tests.unit.ledger.receivable_steps import Market

TREE, DIGEST = fingerprint("tree"), fingerprint("digest")
ROOT = payload_root("buyer", TREE)


def private(action: str, *args: Value) -> Operation:
    return Operation(module="private", action=action, args=args)


def member(action: str, *args: Value) -> Operation:
    return Operation(module="membership", action=action, args=args)


def put(*recipients: str, tree: bytes = TREE) -> Operation:
    return private("put", tree, DIGEST, 1_000, recipients)


def enrolled(*orgs: str) -> Market:
    market = Market()
    for org in orgs:
        market.does(org, set_sealing_key(org, signing_key(f"{org} sealing")))
    return market


def test_a_payload_is_for_those_who_have_a_key() -> None:
    market = enrolled("buyer")
    assert market.refuses("buyer", put("buyer", "supplier")) == "PRIV_KEY_MISSING"
    assert market.refuses("buyer", put("buyer", "nobody")) == "PRIV_KEY_MISSING"
    market.does("supplier", set_sealing_key("supplier", signing_key("supplier sealing")))
    market.does("buyer", put("buyer", "supplier"))
    assert market.refuses("buyer", put("buyer", "supplier")) == "PRIV_EXISTS"
    told = market.ledger.query("private", "show", {"root": ROOT}, None)
    assert (told["owner"], told["recipients"], told["erased_by"]) == ("buyer", ["buyer", "supplier"], [])


def test_what_is_seen_in_the_pool_is_put_by_nobody_else() -> None:
    """Another member is first with the same tree: that is a payload of its own."""
    market = enrolled("bank-a", "buyer", "supplier")
    market.does("bank-a", put("bank-a", "buyer"))
    market.does("buyer", put("buyer", "supplier"))
    for owner in ("bank-a", "buyer"):
        root = payload_root(owner, TREE)
        assert market.ledger.query("private", "show", {"root": root}, None)["owner"] == owner


def test_its_owner_is_among_its_recipients_and_they_ascend() -> None:
    market = enrolled("buyer", "supplier")
    for recipients in (("supplier",), ("supplier", "buyer"), ()):
        assert market.refuses("buyer", put(*recipients)) == "PRIV_RECIPIENTS"
    assert market.refuses("buyer", put("buyer", "buyer")) == "TX_INVALID_ARGS"


def test_a_key_is_named_by_an_admin_and_may_be_exchanged() -> None:
    market = enrolled("buyer")
    assert market.refuses("buyer-clerk", set_sealing_key("buyer", signing_key("x"))) == "AUTH_ROLE"
    market.does("buyer", set_sealing_key("buyer", signing_key("another")))
    told = market.ledger.query("private", "key", {"org": "buyer"}, None)
    assert told == {"org": "buyer", "public_key": key("another").hex()}
    assert market.ledger.query("private", "key", {"org": "supplier"}, None)["public_key"] is None


def test_a_sealing_key_proves_itself() -> None:
    """Nobody has sealed to another's key what is meant for himself."""
    market = Market()
    whole = set_sealing_key("supplier", signing_key("of the supplier"))
    assert market.refuses("buyer", whole) == "MEMBERSHIP_NOT_PROVEN"
    assert market.refuses("supplier", private("set_key", whole.args[0], bytes(64))) == "MEMBERSHIP_NOT_PROVEN"
    market.does("supplier", whole)


def test_a_recipient_says_once_that_its_copy_is_gone() -> None:
    market = enrolled("buyer", "supplier", "bank-a")
    assert market.refuses("buyer", private("erase", ROOT)) == "PRIV_UNKNOWN"
    market.does("buyer", put("buyer", "supplier"))
    assert market.refuses("bank-a", private("erase", ROOT)) == "AUTH_CONTROLLER"
    market.does("supplier", private("erase", ROOT))
    assert market.refuses("supplier", private("erase", ROOT)) == "PRIV_ERASED"
    assert market.ledger.query("private", "show", {"root": ROOT}, None)["erased_by"] == ["supplier"]
    assert market.restored().state_root == market.ledger.state_root


def test_the_members_agree_on_auditors_that_read_everything() -> None:
    market = enrolled("buyer", "supplier", "bank-a")
    three = ("buyer", "supplier", "bank-a", "bank-b")
    assert market.refuses("buyer", private("set_auditors", ("bank-a",))) == "MEMBERSHIP_NO_QUORUM"
    assert market.refuses(three, private("set_auditors", ("bank-b",))) == "PRIV_KEY_MISSING"
    assert market.refuses(three, private("set_auditors", ("nobody",))) == "PRIV_KEY_MISSING"
    market.does(three, private("set_auditors", ("bank-a",)))
    assert market.ledger.query("private", "auditors", {}, None) == {"auditors": ["bank-a"]}
    assert market.refuses("buyer", put("buyer", "supplier")) == "PRIV_AUDITOR_MISSING"
    market.does("buyer", put("bank-a", "buyer", "supplier"))
    market.does(three, private("set_auditors", ()))
    market.does("buyer", put("buyer", "supplier", tree=fingerprint("another")))
    assert market.ledger.query("private", "auditors", {}, None) == {"auditors": []}


def test_who_has_left_reads_nothing_more() -> None:
    """Neither as an auditor nor as a recipient, though its key is still known."""
    market = enrolled("buyer", "supplier")
    four = ("buyer", "supplier", "bank-a", "bank-b")
    market.does(four, member("admit", "x", "X Ltd", ("admin",)))
    market.does(four, add_account("x", "x", "admin"))
    market.does("x", set_sealing_key("x", signing_key("x sealing")))
    market.does(four, private("set_auditors", ("x",)))
    market.does(four, member("remove_organisation", "x"))
    assert market.ledger.query("private", "auditors", {}, None) == {"auditors": []}
    assert market.refuses("buyer", put("buyer", "x")) == "PRIV_KEY_MISSING"
    market.does("buyer", put("buyer", "supplier"))


def test_lists_come_page_by_page() -> None:
    market = enrolled("buyer", "supplier")
    trees = {payload_root("buyer", tree): tree for tree in map(fingerprint, map(str, range(5)))}
    roots = sorted(trees)
    for number, root in enumerate(roots):
        recipients = ("buyer", "supplier") if number % 2 else ("buyer",)
        market.does("buyer", put(*recipients, tree=trees[root]))
    page = market.ledger.query("private", "list", {"limit": 3}, None)
    rest = market.ledger.query("private", "list", {"limit": 3, "after": bytes.fromhex(page["next"])}, None)
    told = [each["root"] for each in (*page["payloads"], *rest["payloads"])]
    assert told == [root.hex() for root in roots]
    ours = market.ledger.query("private", "list", {"org": "supplier"}, None)["payloads"]
    assert [each["root"] for each in ours] == [roots[1].hex(), roots[3].hex()]
