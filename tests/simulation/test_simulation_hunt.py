"""A short hunt: the worlds in which faults of the safety code show, one after the other.

It is what ``tests/mutants`` gives the simulator to catch a mutant with: a few seconds, where the evidence in
``docs/simulation.md`` took hours.
"""

from __future__ import annotations

from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

SEEDS = range(2)
HEIGHTS = 8


def test_no_world_breaks_a_promise() -> None:
    for seed in SEEDS:
        for profile in PROFILES.values():
            World(seed, profile, nodes=4).run(HEIGHTS)
