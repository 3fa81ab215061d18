"""The short form of ``scripts/torture``: four real daemons on hosts of their own, most faults once."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.torture.heavy_attacks import HEAVY_ATTACKS
from tests.torture.hostile_attacks import ATTACKS
from tests.torture.rig import Rig, missing_tools, rig
from tests.torture.tormenting import torment

HOLD_S = 1.0
SHORT = ("partition-2-2", "partition-3-1", "one-way", "kill", "stop-one", "full-disk", "fsync", "clock-ahead")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Four nodes, shared by all faults: each begins where the last one ended."""
    assert missing_tools() == []
    with rig(tmp_path_factory.mktemp("torture") / "net") as found:
        yield found


@pytest.mark.root
@pytest.mark.parametrize("name", [*SHORT, *ATTACKS, *HEAVY_ATTACKS])
def test_four_real_nodes_hold(made: Rig, name: str) -> None:
    """What must hold while it lasts and afterwards, and `verify --deep` over the four homes."""
    found = torment(made, name, random.Random(name), HOLD_S)
    assert not found["contradictions"]
    assert len(found["homes"]) == len(made.names)
    assert all(not home["faults"] for home in found["homes"])
