"""Restarts and the readiness gate: all at once must begin again, and who was away long says nothing stale."""

from __future__ import annotations

import pytest

from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

TWO_CAPPED_TIMEOUTS_MS = 20_000


@pytest.mark.parametrize("nodes", [4, 7])
@pytest.mark.parametrize("seed", range(4))
def test_all_restart_at_once_and_blocks_come_again(seed: int, nodes: int) -> None:
    """Three times, each node at another moment of the same second."""
    world = World(seed, PROFILES["rain"], nodes=nodes)
    world.run_until(5_000)
    for _ in range(3):
        for node in world.nodes:
            node.crash()
        reached = max(world.checkers.blocks)
        for node in world.nodes:
            world.after(world.random.randint(1, 1_000), node.start)
        world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
        assert max(world.checkers.blocks) > reached


@pytest.mark.parametrize("seed", range(4))
def test_a_bare_quorum_restarts_without_the_silent_ones(seed: int) -> None:
    """Five of seven: two never come back."""
    world = World(seed, PROFILES["rain"], nodes=7)
    world.run_until(5_000)
    for node in world.nodes:
        node.crash()
    reached = max(world.checkers.blocks)
    for node in world.nodes[2:]:
        world.after(world.random.randint(1, 1_000), node.start)
    world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
    assert max(world.checkers.blocks) > reached


@pytest.mark.parametrize("seed", range(4))
def test_one_that_was_away_long_signs_at_no_height_decided_meanwhile(seed: int) -> None:
    """The others went on for a minute."""
    world = World(seed, PROFILES["rain"])
    world.run_until(3_000)
    victim = world.nodes[3]
    victim.crash()
    world.run_until(60_000)
    before, reached = world.checkers.places_of(3), max(world.checkers.blocks)
    assert reached > victim.height + 20
    victim.start()
    world.run_until(80_000)
    after = world.checkers.places_of(3) - before
    assert after, "it signs again"
    assert min(height for height, _, _ in after) > reached
