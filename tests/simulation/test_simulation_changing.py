"""Validators of simulated worlds grow from four to seven and shrink back, beside faults and hostility."""

from __future__ import annotations

import pytest

from tests.simulation.profiles import CHANGES
from tests.simulation.world import World

HEIGHTS = 45


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CHANGES)
def test_the_set_grows_and_shrinks_back(name: str, seed: int) -> None:
    world = World(seed, CHANGES[name], nodes=4)
    outcome = world.run(HEIGHTS)
    assert (outcome.tally["validators added"], outcome.tally["validators removed"]) == (3, 3)
    ledgers = [node.replica.ledger for node in world.honest]
    assert {len(ledger.validators) for ledger in ledgers} == {4}
