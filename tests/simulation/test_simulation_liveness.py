"""Liveness as figures: how soon blocks come after an outage of any length, how many rounds a height takes
under heavy loss beside silent validators, and what one dead validator of four costs.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace

import pytest

from tests.simulation.byzantine.voting import Silent
from tests.simulation.network import Weather
from tests.simulation.profiles import PROFILES, Profile
from tests.simulation.world import World

TWO_CAPPED_TIMEOUTS_MS = 20_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LOOK_EVERY_MS = 5
HEAVY_LOSS = Profile(weather=Weather(loss=300), attack=lambda _random: Silent())
"""30 % of all messages are lost, and f validators say nothing."""
ROUNDS_P99 = {4: 12, 7: 16}
"""By validators: 99 of 100 heights are decided within so many rounds (docs/simulation.md)."""
DEAD_COSTS_PERCENT = 20
DEAD_COSTS_ON_AVERAGE_PERCENT = 30
"""The mean counts the one failed round, in which some wait for 1.6 s."""


@pytest.mark.parametrize(
    ("nodes", "down", "lasts_ms"),
    [
        pytest.param(4, 2, HOUR_MS, id="2 of 4, an hour"),
        pytest.param(7, 3, HOUR_MS // 4, id="3 of 7, a quarter of an hour"),
        pytest.param(4, 4, DAY_MS, id="all of 4, a day"),
        pytest.param(4, 3, 6 * HOUR_MS, id="3 of 4, six hours"),
    ],
)
def test_blocks_come_again_after_an_outage_however_long(nodes: int, down: int, lasts_ms: int) -> None:
    """More than a third lose power together, and come back within a second."""
    world = World(down, replace(PROFILES["rain"], submit_every_ms=MINUTE_MS), nodes=nodes)
    world.run_until(10_000)
    for node in world.nodes[:down]:
        node.crash()
    world.run_until(world.now_ms + 10_000)
    reached = world.checkers.highest
    world.run_until(world.now_ms + lasts_ms)
    assert world.checkers.highest == reached, "without a quorum nothing is decided"
    for node in world.nodes[:down]:
        world.after(world.random.randint(1, 1_000), node.start)
    world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
    assert min(node.height for node in world.nodes) > reached


@pytest.mark.parametrize("lasts_ms", [MINUTE_MS, HOUR_MS // 4])
def test_blocks_come_again_after_a_split_in_halves(lasts_ms: int) -> None:
    """Everybody is up all the time, and hears only its own half."""
    world = World(1, replace(PROFILES["rain"], submit_every_ms=MINUTE_MS))
    world.run_until(10_000)
    world.network.groups = [{0, 1}, {2, 3}]
    world.run_until(world.now_ms + 10_000)
    reached = world.checkers.highest
    world.run_until(world.now_ms + lasts_ms)
    assert world.checkers.highest == reached, "no half is a quorum"
    world.network.heal()
    world.run_until(world.now_ms + TWO_CAPPED_TIMEOUTS_MS)
    assert min(node.height for node in world.nodes) > reached


@pytest.mark.parametrize(("nodes", "seeds", "heights"), [(4, 8, 12), (7, 2, 8)])
def test_heavy_loss_and_silent_validators_cost_a_bounded_number_of_rounds(
    nodes: int, seeds: int, heights: int
) -> None:
    """99 of 100 heights are decided within the bound, whichever seed they are of."""
    rounds: list[int] = []
    for seed in range(seeds):
        world = World(seed, HEAVY_LOSS, nodes=nodes)
        world.run(heights)
        rounds.extend(round_ + 1 for round_ in world.checkers.decided_in.values())
    rounds.sort()
    assert len(rounds) >= seeds * heights
    assert rounds[len(rounds) * 99 // 100] <= ROUNDS_P99[nodes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What clients saw over many heights: blocks a second, and median and mean from hand-in to decision."""

    heights_per_s: float
    latency_ms: float
    mean_ms: float


def test_one_dead_validator_of_four_costs_less_than_a_fifth() -> None:
    """The rotation lets the dead one sit out until it votes again: its turn fails once in a thousand
    heights.
    """
    alive, one_dead = _pace(dead=0, heights=1_000), _pace(dead=1, heights=1_000)
    assert one_dead.heights_per_s >= alive.heights_per_s * (100 - DEAD_COSTS_PERCENT) / 100
    assert one_dead.latency_ms <= alive.latency_ms * (100 + DEAD_COSTS_PERCENT) / 100
    assert one_dead.mean_ms <= alive.mean_ms * (100 + DEAD_COSTS_ON_AVERAGE_PERCENT) / 100


def _pace(*, dead: int, heights: int) -> Pace:
    """The same transactions at the same moments, to nodes that live in both worlds."""
    world = World(1, replace(PROFILES["calm"], submit_every_ms=DAY_MS, skew_max_ms=10))
    world.run_until(2_000)
    for node in world.nodes[4 - dead :]:
        node.crash()
    handed_in: dict[bytes, int] = {}
    decided: dict[int, int] = {}
    began_ms, began = world.now_ms, world.checkers.highest

    def hand_in(count: int) -> None:
        node = world.nodes[count % 3]
        transaction = world.clients[count % 4].note(world.random, valid_until=node.height + 100)
        handed_in[transaction.tx_id] = world.now_ms
        node.submit(transaction)
        world.after(20, hand_in, count + 1)

    world.after(0, hand_in, 0)
    while world.checkers.highest < began + heights:
        world.run_until(world.now_ms + LOOK_EVERY_MS)
        decided.setdefault(world.checkers.highest, world.now_ms)
    waits = [
        decided[height] - handed_in[transaction.tx_id]
        for height in range(began + 1, began + heights)
        for block in world.nodes[0].serve(height, 1).blocks
        for transaction in block.block.transactions
    ]
    return Pace(
        heights_per_s=1000 * heights / (world.now_ms - began_ms),
        latency_ms=statistics.median(waits),
        mean_ms=statistics.mean(waits),
    )
