"""What a node says of versions that its software lacks, and with which exit code it ends."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from p2pchain.business.software import MODULES
from p2pchain.ledger.versions import Missing, ModuleVersionMissing
from p2pchain.node.health.reasons import version_reasons
from p2pchain.node.run.exit_codes import EX_CONFIG, EndedRunning, exit_code
from p2pchain.node.run.module_versions import VersionWatch
from tests.unit.ledger.edition_world import NEWER, QUORUM, Consortium, set_version, withdraw


def heard(world: Consortium) -> list[Any]:
    """What is logged while blocks are told to a watch, one after the other."""
    watch = VersionWatch(world.ledger, structlog.get_logger())
    with capture_logs() as logged:
        for _ in range(2):
            world.block()
            watch.committed(world.records[-1])
    return [(each["event"], each["module"], each["version"], each["height"]) for each in logged]


def test_it_is_told_once_and_in_the_status() -> None:
    world = Consortium(MODULES)
    assert heard(world) == []
    assert version_reasons(world.ledger) == []
    world.does(QUORUM, set_version("note", 2, 500), set_version("deeds", 1, 400))
    assert heard(world) == [
        ("module.version_missing", "deeds", 1, 400),
        ("module.version_missing", "note", 2, 500),
    ]
    assert version_reasons(world.ledger) == [
        "from height 400 on module deeds needs version 1; this software has none: "
        "install a newer release before",
        "from height 500 on module note needs version 2; this software has 1: install a newer release before",
    ]
    world.does(QUORUM, withdraw("note", 2), withdraw("deeds", 1))
    assert version_reasons(world.ledger) == []


def test_the_run_ends_with_the_last_block_that_can_be_judged() -> None:
    world = Consortium(MODULES)
    height = world.scheduled()
    watch = VersionWatch(world.ledger, structlog.get_logger())
    world.up_to(height - 2)
    watch.committed(world.records[-1])
    world.block()
    with pytest.raises(ModuleVersionMissing, match=f"height={height}"):
        watch.committed(world.records[-1])


def test_who_has_it_hears_nothing() -> None:
    world = Consortium(NEWER)
    world.up_to(world.scheduled() - 1)
    assert heard(world) == []


def test_a_service_manager_does_not_start_it_again() -> None:
    """Neither where it ran, nor where it could not start."""
    fault = ModuleVersionMissing(Missing(module="note", version=2, height=7, has=(1,)))
    assert exit_code(fault) == exit_code(EndedRunning(fault)) == EX_CONFIG
