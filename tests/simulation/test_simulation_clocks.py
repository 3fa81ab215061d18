"""Clocks that are hours off, of everybody together, and heights that somebody wants begun too early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.replica.clock import STANDS_MS
from tests.simulation.byzantine.attacks import ATTACKS
from tests.simulation.node import EPOCH_MS
from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

HOUR_MS = 3_600_000
TWO_CAPPED_TIMEOUTS_MS = 20_000
MINUTE_MS = 60_000


def newest_ms(world: World) -> int:
    """How far the time of the newest block is ahead of true time."""
    return max(node.replica.tip.time_ms for node in world.nodes) - EPOCH_MS - world.now_ms


def jump(world: World, by_ms: int, *, lasts_ms: int) -> None:
    """All clocks jump, and are right again after a while."""
    for node in world.nodes:
        node.machine.skew_ms += by_ms
    world.run_until(world.now_ms + lasts_ms)
    for node in world.nodes:
        node.machine.skew_ms -= by_ms


@pytest.mark.parametrize("by_ms", [8 * HOUR_MS, -8 * HOUR_MS])
def test_clocks_that_are_wrong_for_a_moment_leave_no_trace(by_ms: int) -> None:
    """All clocks 8 hours off for 14 seconds, then right: no block ever has that time, and none is missing."""
    world = World(3, PROFILES["calm"])
    world.run_until(10_000)
    jump(world, by_ms, lasts_ms=14_000)
    reached = world.checkers.highest
    assert newest_ms(world) < 1_000
    world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
    assert min(node.height for node in world.nodes) > reached + 20
    assert -10_000 < newest_ms(world) < 1_000


@pytest.mark.parametrize("by_ms", [8 * HOUR_MS, -8 * HOUR_MS])
def test_blocks_go_on_where_all_believed_wrong_clocks(by_ms: int) -> None:
    """The clocks stay wrong until they are believed, and beyond; once they are right, blocks come at once,
    and for as long as the chain is ahead of the clocks.
    """
    world = World(4, PROFILES["calm"])
    world.run_until(10_000)
    jump(world, by_ms, lasts_ms=2 * STANDS_MS)
    assert (newest_ms(world) > HOUR_MS) == (by_ms > 0), "believed at last, and no time goes back"
    for _ in range(12):
        reached = world.checkers.highest
        world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
        assert min(node.height for node in world.nodes) > reached + 20


def test_blocks_go_on_where_all_start_anew_with_wrong_clocks() -> None:
    """What a node reads first it believes: all restart while their clocks are wrong, and again after that."""
    world = World(5, PROFILES["calm"])
    world.run_until(10_000)
    for skew_ms in (8 * HOUR_MS, -8 * HOUR_MS):
        for node in world.nodes:
            node.crash(power=False)
            node.machine.skew_ms += skew_ms
            world.after(world.random.randint(1, 1_000), node.start)
        world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
        reached = world.checkers.highest
        world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
        assert min(node.height for node in world.nodes) > reached + 20


def test_an_idle_chain_is_not_hurried_by_one_who_votes_early() -> None:
    """A nil prevote for the next height, said as soon as the last one is final, begins nothing."""
    attack = ATTACKS["early-votes"]
    idle = replace(PROFILES["calm"], submit_every_ms=24 * HOUR_MS, attack=lambda _random: attack())
    world = World(6, idle)
    world.run_until(10_000)
    reached = world.checkers.highest
    world.run_until(world.now_ms + MINUTE_MS)
    interval_ms = world.genesis.parameters.empty_block_interval_ms
    assert reached < world.checkers.highest <= reached + MINUTE_MS // interval_ms + 1
