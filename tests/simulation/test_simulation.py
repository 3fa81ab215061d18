"""Many seeds of bad luck, each a whole world; every promise is checked after every event."""

from __future__ import annotations

import pytest

from tests.simulation.network import Weather
from tests.simulation.world import Profile, World

RAIN = Weather(loss=50, repeat=20, delay_max_ms=60)
STORM = Weather(loss=200, repeat=100, delay_max_ms=150, spike=30)

PROFILES = {
    "calm": Profile(nodes=4, duration_ms=15_000),
    "rain": Profile(nodes=4, weather=RAIN),
    "storm": Profile(nodes=4, weather=STORM),
    "crashes": Profile(nodes=4, weather=RAIN, crash_every_ms=4_000, down_at_once=2),
    "power-cuts": Profile(nodes=4, weather=RAIN, crash_every_ms=1_500, crash_inside=True, down_at_once=4),
    "partitions": Profile(nodes=4, weather=RAIN, partition_every_ms=3_000),
    "everything": Profile(
        nodes=4,
        weather=STORM,
        crash_every_ms=3_000,
        crash_inside=True,
        partition_every_ms=4_000,
        down_at_once=3,
    ),
    "seven": Profile(
        nodes=7,
        duration_ms=15_000,
        weather=RAIN,
        crash_every_ms=3_000,
        partition_every_ms=4_000,
        down_at_once=3,
    ),
}
SEEDS_PER_PROFILE = 25
"""8 profiles: 200 worlds."""


@pytest.mark.parametrize("seed", range(SEEDS_PER_PROFILE))
@pytest.mark.parametrize("name", PROFILES)
def test_promises_hold(name: str, seed: int) -> None:
    """Agreement, no double vote over all lives, equal state roots, nothing durable lost, progress after
    healing.
    """
    World(seed, PROFILES[name]).run()


def test_the_same_seed_gives_the_same_run() -> None:
    """Without this, no failure could be replayed."""
    first, second = World(7, PROFILES["everything"]), World(7, PROFILES["everything"])
    first.run()
    second.run()
    assert first.checkers.blocks == second.checkers.blocks
    assert first.events == second.events
