"""Histories of scheduled, moved and withdrawn versions: newer and older software agree on every block that
both can execute, and what is in force only ever moves on as it was scheduled.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.business.software import MODULES
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Module
from p2pchain.ledger.system import MODULE_VERSIONS, decode_versions
from p2pchain.model.transaction import Operation
from tests.examples import examples
from tests.unit.ledger.edition_world import (
    NEWER,
    NOTE_3,
    NOTICE,
    PUT_1,
    PUT_2,
    QUORUM,
    REGISTER,
    Consortium,
    set_version,
    withdraw,
)

NAMES = st.sampled_from(("note", "deeds"))
STEP = st.one_of(
    st.tuples(st.just("set"), NAMES, st.integers(1, 3), st.integers(NOTICE - 2, NOTICE + 8)),
    st.tuples(st.just("withdraw"), NAMES, st.integers(1, 3), st.just(0)),
    st.tuples(st.just("use"), NAMES, st.integers(1, 2), st.just(0)),
    st.tuples(st.just("wait"), NAMES, st.just(0), st.sampled_from((1, NOTICE - 3, NOTICE, NOTICE + 8))),
)
NEWEST = (*NEWER, NOTE_3)
DEEDS_2 = Module(name="deeds", version=2, at_genesis=False)


def operation(kind: str, module: str, version: int, ahead: int, height: int) -> Operation:
    """What a step does in the block at ``height``."""
    match kind, module:
        case "set", _:
            return set_version(module, version, height + ahead)
        case "withdraw", _:
            return withdraw(module, version)
        case _, "deeds":
            return REGISTER
        case _:
            return PUT_1 if version == 1 else PUT_2


@settings(max_examples=examples(80), deadline=None)
@given(steps=st.lists(STEP, max_size=14))
def test_software_agrees_as_far_as_it_goes(steps: list[tuple[str, str, int, int]]) -> None:
    world = Consortium((*NEWEST, DEEDS_2))
    older: Ledger | None = Ledger.from_genesis(world.genesis, MODULES)
    world.declared()
    older = followed(older, world, 0)
    in_force = {"note": 1, "deeds": 0}
    for kind, module, version, ahead in steps:
        first = len(world.records)
        if kind == "wait":
            for _ in range(ahead):
                if not world.ledger.edition.missing:
                    world.block()
        else:
            world.submit(QUORUM, operation(kind, module, version, ahead, world.ledger.height + 1))
        if world.ledger.edition.missing:
            break
        older = followed(older, world, first)
        for each in world.ledger.module_versions:
            name = each["module"]
            if name in in_force:
                now = each["in_force"] or 0
                assert now - in_force[name] in (0, 1), "one version after the other"
                in_force[name] = now
    for key, raw in world.ledger.walk(MODULE_VERSIONS):
        record = decode_versions(raw)
        assert 1 <= len(record) <= 2, key
        assert list(record) == sorted(record), "ascending"
    restored = world.restored()
    assert restored.state_root == world.ledger.state_root
    assert restored.module_versions == world.ledger.module_versions
    assert restored.edition.catalogue.versions == world.ledger.edition.catalogue.versions


def followed(older: Ledger | None, world: Consortium, first: int) -> Ledger | None:
    """The older software after the blocks from ``first`` on; None once it lacks a version."""
    for record in world.records[first:]:
        if older is None or older.edition.missing:
            return None
        header = record.block.header
        execution = older.execute(
            height=header.height,
            time_ms=header.time_ms,
            transactions=record.block.transactions,
            evidence=(),
            system=(),
        )
        assert execution.state_root == header.state_root
        assert execution.receipts == record.receipts
        older.commit(execution)
    return older
