"""A bug of a module that a committed block met is logged with its place, counted, and shown in ``status``."""

from __future__ import annotations

from p2pchain.ledger.block_run import FAULTS_MAX
from p2pchain.ledger.context import Context
from p2pchain.node.health.reasons import module_reasons
from p2pchain.replica.effects import Effect, Notice
from p2pchain.replica.module_faults import ModuleFaults
from tests.unit.ledger.probing import go, probed


def broken(_context: Context, word: str) -> None:
    """A rule that fails for one word."""
    if word == "bug":
        raise ZeroDivisionError("by zero")


def test_a_bug_is_logged_with_its_place_and_is_a_reason() -> None:
    said: list[Effect] = []
    faults = ModuleFaults(emit=said.append)
    world = probed(broken)
    faults.committed(world.execute(world.transaction("bank-a", go("fine"))))
    assert (said, faults.count, module_reasons(faults)) == ([], 0, [])
    transaction = world.transaction("bank-a", go("bug"))
    faults.committed(world.execute(transaction))
    (notice,) = said
    assert isinstance(notice, Notice)
    told = dict(notice.facts)
    trace = str(told.pop("trace"))
    assert notice.name == "module.fault"
    assert told == {
        "height": 1,
        "tx_id": transaction.tx_id.hex(),
        "module": "probe",
        "version": 1,
        "action": "go",
    }
    assert trace.endswith("ZeroDivisionError: by zero")
    assert "in broken\n" in trace
    (reason,) = module_reasons(faults)
    assert reason.startswith("module probe go (version 1) met a bug of its own once, last at height 1")


def test_many_bugs_of_a_block_are_counted_and_few_are_logged() -> None:
    said: list[Effect] = []
    faults = ModuleFaults(emit=said.append)
    world = probed(broken)
    faults.committed(world.execute(*(world.transaction("bank-a", go("bug")) for _ in range(FAULTS_MAX + 4))))
    assert (len(said), faults.count) == (FAULTS_MAX, FAULTS_MAX + 4)
    assert f"{FAULTS_MAX + 4} times" in module_reasons(faults)[0]
