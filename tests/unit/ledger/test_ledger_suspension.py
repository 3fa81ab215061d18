"""A suspended module does nothing from the next block on, until it is resumed."""

from __future__ import annotations

import pytest

from p2pchain.business.software import MODULES
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.edition_world import PUT_1, QUORUM, Consortium, resume, suspend
from tests.unit.ledger.ledger_world import TIME_MS, key

ALL_BUT_NOTE = Operation(module="policy", action="set", args=("note", "put", (1, ("*.admin",))))


def test_from_the_next_block_on() -> None:
    """Not within the block that decides it; neither the pool nor a block takes anything of it then."""
    world = Consortium(MODULES)
    receipts = world.block(world.transaction(QUORUM, suspend("note")), world.transaction("bank-a", PUT_1))
    assert [receipt.code for receipt in receipts] == ["OK", "OK"]
    assert world.told()["suspended"]
    with pytest.raises(Refused, match="MODULE_SUSPENDED"):
        world.ledger.check(world.transaction("bank-a", PUT_1).transaction)
    assert world.refused("bank-a", PUT_1) == {"code": "MODULE_SUSPENDED", "module": "note"}
    assert world.ledger.query("note", "show", {"public_key": key("bank-a")}, None)["count"] == 1
    world.does(QUORUM, ALL_BUT_NOTE)
    receipts = world.block(world.transaction(QUORUM, resume("note")), world.transaction("bank-a", PUT_1))
    assert [receipt.code for receipt in receipts] == ["OK", "MODULE_SUSPENDED"]
    world.does("bank-a", PUT_1)
    assert world.ledger.get(b"system/suspended") is None


def test_votes_do_not_get_round_it() -> None:
    world = Consortium(MODULES)
    world.does(QUORUM, suspend("note"))
    operations: Value = (("note", "put", ("hello",)),)
    args = ("a note", 10_000, TIME_MS + 86_400_000, operations)
    world.does("bank-a", Operation(module="governance", action="propose", args=args))
    for org in QUORUM[1:]:
        world.does(org, Operation(module="governance", action="vote", args=(0, True)))
    answer = world.ledger.query("governance", "show", {"number": 0}, None)
    assert answer["state"] == "open"
    assert "MODULE_SUSPENDED" in str(answer["reason"])


@pytest.mark.parametrize(
    ("signers", "operation", "code"),
    [
        ("bank-a", suspend("note"), "MEMBERSHIP_NO_QUORUM"),
        ("bank-a", resume("note"), "MEMBERSHIP_NO_QUORUM"),
        (QUORUM, suspend("governance"), "GOV_MODULE_NEEDED"),
        (QUORUM, suspend("membership"), "GOV_MODULE_NEEDED"),
        (QUORUM, suspend("policy"), "GOV_MODULE_NEEDED"),
        (QUORUM, suspend("nothing"), "GOV_MODULE_UNKNOWN"),
        (QUORUM, resume("note"), "GOV_MODULE_NOT_SUSPENDED"),
    ],
)
def test_what_is_refused(signers: str, operation: Operation, code: str) -> None:
    assert Consortium(MODULES).refused(signers, operation)["code"] == code


def test_no_module_is_suspended_twice() -> None:
    world = Consortium(MODULES)
    world.does(QUORUM, suspend("note"))
    assert world.refused(QUORUM, suspend("note"))["code"] == "GOV_MODULE_SUSPENDED"
    world.does(QUORUM, suspend("private"))
    world.does(QUORUM, resume("note"))
    restored = world.restored()
    assert [each["module"] for each in restored.module_versions if each["suspended"]] == ["private"]
    erase = Operation(module="private", action="erase", args=(bytes(32),))
    with pytest.raises(Refused, match="MODULE_SUSPENDED"):
        restored.check(world.transaction("bank-a", erase).transaction)
