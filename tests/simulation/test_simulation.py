"""Many seeds of bad luck, each a whole world; every promise is checked after every event."""

from __future__ import annotations

import pytest

from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

SEEDS_PER_PROFILE = 3
HEIGHTS = 10


@pytest.mark.parametrize("seed", range(SEEDS_PER_PROFILE))
@pytest.mark.parametrize("name", PROFILES)
def test_promises_hold(name: str, seed: int) -> None:
    """Agreement, validity, no double vote over all lives, nothing durable lost, bounded memory, and progress
    once the faults end.
    """
    World(seed, PROFILES[name], nodes=7 if seed == 0 else 4).run(HEIGHTS)


def test_the_same_seed_gives_the_same_run() -> None:
    """Without this, no failure could be replayed."""
    first, second = World(7, PROFILES["everything"]), World(7, PROFILES["everything"])
    assert first.run(HEIGHTS) == second.run(HEIGHTS)
    assert first.checkers.blocks == second.checkers.blocks
