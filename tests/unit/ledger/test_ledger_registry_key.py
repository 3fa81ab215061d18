"""The financiers' key: another one is refused, and while two live both are matched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.registry.declaration import Declarations, values_of
from p2pchain.client.registry import key_check, key_id
from p2pchain.model.ids import ChainId
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import World, fingerprint, operation
from tests.unit.ledger.receivable_steps import Market
from tests.unit.ledger.registering import CHECK, KEY_ID, SET_KEY, declaration, declare, name, register, vat

QUORUM = ("bank-a", "bank-b", "buyer", "supplier")
WHOLE = 10**18
OLD = declaration(vat("1"))
NEW = declaration(vat("1 under 2"), epoch=2)
ROTATE = operation("registry", "rotate_key", 2, fingerprint("key id 2"), fingerprint("check 2"))


def finance(document: bytes) -> Operation:
    """Finance it whole."""
    return operation("registry", "finance", document, WHOLE, True)


def rotating() -> Market:
    """A market on whose chain two keys live; bank-a finances a document that it registered before."""
    market = Market()
    market.knows_key()
    market.does("bank-a", declare(OLD), finance(OLD.document))
    assert market.refuses("bank-a", ROTATE) == "MEMBERSHIP_NO_QUORUM"
    market.does(QUORUM, ROTATE)
    return market


def test_one_digit_of_the_key_and_nothing_is_registered() -> None:
    """Two banks whose keys differ in one digit have different ids of the key, and different names."""
    good, bad = b"\x5a" * 32, b"\x5a" * 31 + b"\x5b"
    assert key_id(good) != key_id(bad)
    assert len({key_check(good, ChainId(chain), epoch) for chain in "ab" for epoch in (1, 2)}) == 4
    market = Market()
    assert market.refuses("bank-a", register()) == "REG_KEY_UNKNOWN"
    market.does("bank-a", SET_KEY)
    wrong = replace(declaration(vat("1")), key_id=fingerprint("another"))
    assert market.refuses("bank-b", declare(wrong)) == "REG_WRONG_KEY"


def test_the_first_financier_records_the_key() -> None:
    world = World()
    other = operation("registry", "set_key", 1, fingerprint("other"), CHECK)
    assert world.submit("buyer", SET_KEY).code == "AUTH_ROLE"
    assert world.submit("bank-a", operation("registry", "set_key", 2, KEY_ID, CHECK)).code == "REG_KEY_EPOCH"
    assert world.submit("bank-a", SET_KEY).code == "OK"
    assert world.submit("bank-b", SET_KEY).code == "OK", "the same again"
    assert world.submit("bank-b", other).code == "REG_WRONG_KEY"
    told = world.ledger.query("registry", "key", {}, None)["epochs"]
    assert told == [{"epoch": 1, "key_id": KEY_ID.hex(), "check": CHECK.hex(), "held": 0}]


@pytest.mark.parametrize("declared", [(OLD,), (NEW,)])
def test_while_two_live_a_document_is_named_under_both(declared: Declarations) -> None:
    market = rotating()
    step = operation("registry", "register", declared[-1].document, values_of(declared))
    assert market.refuses("bank-b", step) == "REG_KEY_EPOCHS"


def test_what_was_financed_before_is_found_under_both() -> None:
    market = rotating()
    market.does("bank-b", declare(OLD, NEW))
    assert market.refuses("bank-b", finance(NEW.document)) == "REG_DUPLICATE_FINANCED"


def test_the_old_key_closes_once_nothing_needs_it() -> None:
    """A document that is known under it alone would be financed again."""
    market = rotating()
    close = operation("registry", "close_key", 1, False)
    assert market.refuses(QUORUM, close) == "REG_KEY_NEEDED"
    renewed = operation("registry", "register", OLD.document, values_of((OLD, NEW)))
    market.does("bank-a", renewed)
    assert market.refuses("bank-a", close) == "MEMBERSHIP_NO_QUORUM"
    market.does(QUORUM, close)
    market.does("bank-b", declare(NEW))
    assert market.refuses("bank-b", finance(NEW.document)) == "REG_DUPLICATE_FINANCED"
    assert market.refuses("bank-b", declare(OLD)) == "REG_KEY_EPOCHS"
    market.does("bank-a", operation("registry", "release", OLD.document, None, "withdrawn"))
    market.does("bank-b", finance(NEW.document))


def test_what_is_left_behind_is_left_by_name() -> None:
    market = rotating()
    assert market.refuses(QUORUM, operation("registry", "close_key", 2, True)) == "REG_KEY_EPOCH"
    market.does(QUORUM, operation("registry", "close_key", 1, True))
    market.does("bank-b", declare(NEW))
    market.does("bank-b", finance(NEW.document))


def test_at_most_two_keys_live() -> None:
    market = rotating()
    third = operation("registry", "rotate_key", 3, fingerprint("key id 3"), fingerprint("check 3"))
    assert market.refuses(QUORUM, third) == "REG_KEY_EPOCH"
    market.does(QUORUM, operation("registry", "close_key", 1, True))
    again = operation("registry", "rotate_key", 3, fingerprint("key id 2"), fingerprint("check 2"))
    assert market.refuses(QUORUM, again) == "REG_KEY_EPOCH"
    market.does(QUORUM, third)


def test_names_under_two_keys_are_compared_each_for_itself() -> None:
    """What is declared falsely under one key is found by the other."""
    market = rotating()
    false = declaration(vat("false under 2"), epoch=2)
    market.does("bank-b", declare(OLD, false))
    assert market.refuses("bank-b", finance(false.document)) == "REG_DUPLICATE_FINANCED"
    both = declaration(name("weak")), declaration(vat("weak under 2"), epoch=2)
    market.does("bank-b", declare(*both), finance(both[1].document))
