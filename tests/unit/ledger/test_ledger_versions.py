"""Versions of modules: which one a block runs, what a change needs, and what who lacks one does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.context import Context
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.record import read_record
from p2pchain.ledger.system import versions_key
from p2pchain.ledger.versions import ModuleVersionMissing
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.messages import MODULE_NAME_CHARS_MAX, MODULE_VERSION_MAX
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.edition_world import (
    DIGEST,
    NEWER,
    NOTE_2,
    NOTE_3,
    NOTICE,
    PUT_1,
    PUT_2,
    QUORUM,
    REGISTER,
    SHRED,
    Consortium,
    set_version,
    withdraw,
)
from tests.unit.ledger.ledger_world import TIME_MS, key

NOTES = b"note/" + key("bank-a")


def replayed(ledger: Ledger, records: list[BlockRecord]) -> Ledger:
    """Another ledger, after the blocks of these records."""
    for record in records:
        header = record.block.header
        execution = ledger.execute(
            height=header.height,
            time_ms=header.time_ms,
            transactions=record.block.transactions,
            evidence=(),
            system=(),
        )
        assert execution.state_root == header.state_root, header.height
        ledger.commit(execution)
    return ledger


def test_from_its_height_on_blocks_run_the_next_version() -> None:
    """The last block before it runs the one before; its own transactions find migrated records."""
    world = Consortium()
    world.does("bank-a", PUT_1)
    height = world.scheduled()
    assert world.told() == {
        "module": "note",
        "in_force": 1,
        "since": 0,
        "digest": None,
        "scheduled": 2,
        "scheduled_height": height,
        "scheduled_digest": DIGEST.hex(),
        "suspended": False,
        "software": [1, 2],
    }
    world.up_to(height - 2)
    assert world.refused("bank-a", SHRED)["code"] == "TX_UNKNOWN_ACTION"
    assert world.ledger.height == height - 1
    receipts = world.block(world.transaction("bank-a", PUT_2), world.transaction("bank-b", PUT_1))
    assert [receipt.code for receipt in receipts] == ["OK", "TX_INVALID_ARGS"]
    raw = world.ledger.get(NOTES)
    assert raw is not None
    assert read_record(raw) == ("v2", 2, "desk")
    told = world.told()
    assert (told["in_force"], told["since"], told["scheduled"]) == (2, height, None)
    assert (told["digest"], told["scheduled_digest"]) == (DIGEST.hex(), None)
    world.does("bank-a", SHRED)
    assert world.ledger.get(NOTES) is None


def test_what_a_migration_changes_is_the_blocks() -> None:
    """An empty block moves every record, once, and nobody hears its events."""
    world = Consortium()
    world.does("bank-a", PUT_1)
    world.up_to(world.scheduled() - 1)
    execution = world.execute()
    assert (NOTES, world.ledger.get(NOTES)) not in execution.changes
    assert [key for key, _ in execution.changes] == [NOTES]
    assert execution.receipts == ()
    world.block()
    before = world.ledger.get(NOTES)
    world.block()
    assert world.ledger.get(NOTES) == before


def test_questions_are_answered_by_the_version_that_wrote_the_state() -> None:
    """And what enters the pool is looked at by the one of the next block."""
    world = Consortium()
    world.does("bank-a", PUT_1)
    height = world.scheduled()
    world.up_to(height - 2)
    world.ledger.check(world.transaction("bank-a", PUT_1).transaction)
    world.up_to(height - 1)
    shown = world.ledger.query("note", "show", {"public_key": key("bank-a")}, None)
    assert shown["count"] == 1
    with pytest.raises(Refused, match="QUERY_UNKNOWN"):
        world.ledger.query("note", "drawer", {}, None)
    world.ledger.check(world.transaction("bank-a", PUT_2).transaction)
    with pytest.raises(Refused, match="TX_INVALID_ARGS"):
        world.ledger.check(world.transaction("bank-a", PUT_1).transaction)
    world.block()
    assert world.ledger.query("note", "drawer", {}, None) == {"record": ["v2", 1, "old"]}
    with pytest.raises(Refused, match="QUERY_UNKNOWN"):
        world.ledger.query("note", "show", {"public_key": key("bank-a")}, None)


def test_what_the_state_says() -> None:
    """Nothing at genesis; at most the version in force and the one that follows."""
    world = Consortium((*NEWER, NOTE_3))
    assert list(world.ledger.walk(b"system/module/")) == []

    def recorded() -> Value:
        raw = world.ledger.get(versions_key("note"))
        return None if raw is None else read_record(raw)

    second = world.scheduled()
    assert recorded() == ((2, second, DIGEST),)
    world.up_to(second)
    third = world.scheduled(version=3)
    assert recorded() == ((2, second, DIGEST), (3, third, DIGEST))
    world.up_to(third + 1)
    fourth = world.scheduled(version=4)
    assert recorded() == ((3, third, DIGEST), (4, fourth, DIGEST))
    world.does(QUORUM, withdraw("note", 4))
    assert recorded() == ((3, third, DIGEST),)
    assert world.restored().state_root == world.ledger.state_root


@pytest.mark.parametrize(
    ("signers", "operation", "expected"),
    [
        ("bank-a", set_version("note", 2, 1_000), {"code": "MEMBERSHIP_NO_QUORUM"}),
        ("bank-a", withdraw("note", 2), {"code": "MEMBERSHIP_NO_QUORUM"}),
        (QUORUM, set_version("note", 1, 1_000), {"code": "GOV_VERSION_NOT_NEXT", "in_force": 1, "next": 2}),
        (QUORUM, set_version("note", 3, 1_000), {"code": "GOV_VERSION_NOT_NEXT", "in_force": 1, "next": 2}),
        (QUORUM, set_version("deeds", 2, 1_000), {"code": "GOV_VERSION_NOT_NEXT", "in_force": 0, "next": 1}),
        (QUORUM, set_version("note", 2, NOTICE), {"code": "GOV_VERSION_HEIGHT", "earliest": NOTICE + 1}),
        (QUORUM, withdraw("note", 2), {"code": "GOV_VERSION_NOT_SCHEDULED", "scheduled": None}),
        (QUORUM, withdraw("nothing", 1), {"code": "GOV_VERSION_NOT_SCHEDULED", "in_force": 0}),
        (QUORUM, set_version("system", 1, 1_000), {"code": "TX_INVALID_ARGS"}),
        (QUORUM, set_version("a/b", 1, 1_000), {"code": "TX_INVALID_ARGS"}),
        (QUORUM, set_version("", 1, 1_000), {"code": "TX_INVALID_ARGS"}),
        (QUORUM, set_version("a" * (MODULE_NAME_CHARS_MAX + 1), 1, 1_000), {"code": "TX_INVALID_ARGS"}),
        (QUORUM, set_version("note", MODULE_VERSION_MAX + 1, 1_000), {"code": "TX_INVALID_ARGS"}),
    ],
)
def test_what_is_refused(signers: str, operation: Operation, expected: dict[str, Value]) -> None:
    world = Consortium()
    told = world.refused(signers, operation)
    assert {name: told[name] for name in expected} == expected
    assert list(world.ledger.walk(b"system/module/")) == []


def test_the_earliest_height_may_be_chosen() -> None:
    world = Consortium()
    world.does(QUORUM, set_version("note", 2, 1 + NOTICE))
    assert world.told()["scheduled_height"] == 1 + NOTICE


def test_a_scheduled_version_is_put_on_another_height() -> None:
    """One at a time: the version after it has to wait. The event says from where it was moved."""
    world = Consortium((*NEWER, NOTE_3))
    first = world.scheduled()
    assert world.refused(QUORUM, set_version("note", 3, first + 500))["code"] == "GOV_VERSION_NOT_NEXT"
    receipt = world.does(QUORUM, set_version("note", 2, first + 300))
    assert receipt.events[0].fields == ("note", 2, first + 300, first, DIGEST)
    receipt = world.does(QUORUM, set_version("note", 2, first + 50))
    world.up_to(first + 49)
    assert world.told()["in_force"] == 2, "of the next block"
    world.does("bank-a", PUT_2)
    world.up_to(first + 300)
    assert world.told()["in_force"] == 2


def test_a_scheduled_version_is_taken_back_up_to_the_last_block_before_it() -> None:
    world = Consortium()
    height = world.scheduled()
    told = world.refused(QUORUM, withdraw("note", 3))
    assert (told["code"], told["scheduled"]) == ("GOV_VERSION_NOT_SCHEDULED", 2)
    world.up_to(height - 2)
    receipt = world.does(QUORUM, withdraw("note", 2))
    assert receipt.events[0].fields == ("note", 2, height)
    assert world.ledger.get(versions_key("note")) is None
    world.does("bank-a", PUT_1)
    again = world.scheduled()
    world.up_to(again - 1)
    assert world.refused(QUORUM, withdraw("note", 2))["code"] == "GOV_VERSION_NOT_SCHEDULED"
    world.does("bank-a", PUT_2)


def test_a_proposal_schedules_and_takes_back() -> None:
    """What the votes decide; a proposal that was made for another version's arguments is not executed."""
    world = Consortium()
    world.declared()

    def vote_through(number: int, *operations: Value) -> None:
        propose = Operation(
            module="governance", action="propose", args=("better", 10_000, TIME_MS + 86_400_000, operations)
        )
        world.does("bank-a", propose)
        for org in QUORUM[1:]:
            world.does(org, Operation(module="governance", action="vote", args=(number, True)))

    def shown(number: int) -> tuple[str, str]:
        told = world.ledger.query("governance", "show", {"number": number}, None)
        return told["state"], str(told["reason"])

    vote_through(0, ("governance", "set_module_version", ("note", 2, 300, DIGEST)))
    assert shown(0)[0] == "executed"
    assert world.told()["scheduled_height"] == 300
    vote_through(1, ("governance", "withdraw_module_version", ("note", 2)))
    assert world.told()["scheduled"] is None
    earliest = world.ledger.height + NOTICE
    vote_through(2, ("governance", "set_module_version", ("note", 2, earliest + 4, DIGEST)))
    assert shown(2)[0] == "executed"
    earliest = world.ledger.height + NOTICE
    vote_through(3, ("governance", "set_module_version", ("note", 2, earliest + 3, DIGEST)))
    assert shown(3)[0] == "open"
    assert "GOV_VERSION_HEIGHT" in shown(3)[1]
    args: Value = ("bank-a",)
    world.does(
        "bank-a",
        Operation(
            module="governance",
            action="propose",
            args=("x", 10_000, TIME_MS + 86_400_000, (("note", "put", args),)),
        ),
    )
    world.up_to(world.told()["scheduled_height"])
    for org in QUORUM[1:]:
        world.does(org, Operation(module="governance", action="vote", args=(4, True)))
    assert "TX_INVALID_ARGS" in shown(4)[1]


def test_a_module_that_comes_later_begins_with_version_1() -> None:
    """Before its height nobody can use it, nor set a policy for it."""
    world = Consortium()
    policy = Operation(module="policy", action="set", args=("deeds", "register", (1, ("*.admin",))))
    assert world.told("deeds")["in_force"] is None
    assert world.refused("bank-a", REGISTER)["code"] == "TX_UNKNOWN_ACTION"
    assert world.refused(QUORUM, policy)["code"] == "POL_UNKNOWN_ACTION"
    height = world.scheduled("deeds", 1)
    world.up_to(height - 2)
    assert world.refused(QUORUM, policy)["code"] == "POL_UNKNOWN_ACTION"
    assert world.ledger.get(b"deeds/count") is None
    world.does(QUORUM, policy)
    world.does("bank-a", REGISTER)
    assert world.refused("bank-a-clerk", REGISTER)["code"] == "POL_UNSATISFIED"
    raw = world.ledger.get(b"deeds/count")
    assert raw is not None
    assert read_record(raw) == (1,)


def test_a_policy_outlives_the_action_that_a_version_gives_up() -> None:
    """It may be taken away, once; a new one may not be set."""
    world = Consortium((*NEWER, NOTE_3))

    def policy(rule: Value) -> Operation:
        return Operation(module="policy", action="set", args=("note", "shred", rule))

    world.up_to(world.scheduled())
    world.does(QUORUM, policy((1, ("*.admin",))))
    world.up_to(world.scheduled(version=3))
    assert world.refused(QUORUM, policy((1, ("*.admin",))))["code"] == "POL_UNKNOWN_ACTION"
    world.does(QUORUM, policy(None))
    assert world.refused(QUORUM, policy(None))["code"] == "POL_UNKNOWN_ACTION"


def test_who_lacks_a_version_agrees_up_to_it_and_executes_nothing_from_it_on() -> None:
    """Whatever software it has, it schedules alike, knows what it will lack, and blames nobody."""
    world = Consortium()
    world.does("bank-a", PUT_1)
    height = world.scheduled()
    world.up_to(height + 3)
    older = Ledger.from_genesis(world.genesis, MODULES)
    assert not older.missing
    replayed(older, world.records[:3])
    (missing,) = older.missing
    assert (missing.module, missing.version, missing.height, missing.has) == ("note", 2, height, (1,))
    assert older.edition.missing == ()
    replayed(older, world.records[3 : height - 1])
    assert older.height == height - 1
    assert older.query("note", "show", {"public_key": key("bank-a")}, None)["count"] == 1
    with pytest.raises(ModuleVersionMissing) as raised:
        replayed(older, world.records[height - 1 : height])
    assert not isinstance(raised.value, Refused), "nobody is to be blamed, nor the block to be voted against"
    assert dict(raised.value.facts) == {
        "module": "note",
        "version": 2,
        "height": height,
        "this_software_has": "1",
    }
    assert older.height == height - 1


def test_a_withdrawn_version_is_missed_no_more() -> None:
    world = Consortium(MODULES)
    height = world.scheduled()
    assert world.ledger.missing != ()
    world.up_to(height - 2)
    world.does(QUORUM, withdraw("note", 2))
    assert world.ledger.missing == ()
    world.does("bank-a", PUT_1)


def test_what_is_missing_is_told_by_height() -> None:
    """A module of which this software has never heard, too."""
    world = Consortium(MODULES)
    world.declared()
    later = world.ledger.height + 500
    world.does(QUORUM, set_version("note", 2, later), set_version("deeds", 1, later - 100))
    told = [(each.module, each.height, each.has_in_words) for each in world.ledger.missing]
    assert told == [("deeds", later - 100, "none"), ("note", later, "1")]
    assert world.told("deeds")["software"] == []
    world.up_to(later - 101)
    assert [each.module for each in world.ledger.edition.missing] == ["deeds"]


def test_a_ledger_is_restored_on_either_side_of_the_height() -> None:
    """At every height around it the restored one goes on with the same blocks to the same roots."""
    world = Consortium()
    world.does("bank-a", PUT_1)
    height = world.scheduled()
    world.up_to(height - 1)
    world.does("bank-a", PUT_2)
    world.up_to(height + 2)
    records = world.records
    for cut in range(height - 3, height + 2):
        world.records = records[:cut]
        restored = world.restored()
        replayed(restored, records[cut:])
        assert restored.state_root == world.ledger.state_root
    replayed(Ledger.from_genesis(world.genesis, NEWER), records)


def test_older_software_is_restored_behind_the_height_and_executes_nothing() -> None:
    """As after joining by a snapshot: it knows the state, and that it cannot go on."""
    world = Consortium()
    world.up_to(world.scheduled() + 2)
    world.modules = MODULES
    restored = world.restored()
    assert restored.state_root == world.ledger.state_root
    assert [each.version for each in restored.missing] == [2]
    assert {
        account["org"] for account in restored.query("membership", "organisations", {}, None)["organisations"]
    }
    with pytest.raises(Refused, match="QUERY_UNKNOWN"):
        restored.query("note", "show", {"public_key": key("bank-a")}, None)
    with pytest.raises(ModuleVersionMissing):
        restored.execute(
            height=Height(restored.height + 1),
            time_ms=restored.time_ms + 1,
            transactions=(),
            evidence=(),
            system=(),
        )


def test_a_migration_that_refuses_is_a_bug_of_ours() -> None:
    """It must not look like a block that breaks a rule."""

    def refuse(context: Context) -> None:
        raise Refused("NOTE_NO", {})

    world = Consortium((*MODULES, replace(NOTE_2, migrate=refuse)))
    world.up_to(world.scheduled() - 1)
    with pytest.raises(AssertionError, match="migration to note 2"):
        world.block()
