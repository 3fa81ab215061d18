"""Mutants once more, with the simulator alone to catch them: a short hunt over all profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from tests.mutants.mutant import Mutant

HUNT: Final = "tests/simulation/test_simulation_hunt.py"
CAUGHT_BY_SIMULATION: Final = (
    "quorum-f+1",
    "round-skip-at-f",
    "equivocator-counted-twice",
    "safety-log-not-written",
    "safety-log-not-synced",
    "chain-log-not-synced",
    "evidence-repeated",
)
"""What 80 short worlds show; the others need a schedule that chance seldom makes, or no disk is ever read in
such a world, and unit tests show them.
"""


def simulated(mutants: Iterable[Mutant]) -> tuple[Mutant, ...]:
    """Those of the mutants, under names of their own."""
    return tuple(
        replace(mutant, name=f"{mutant.name}@simulator", catchers=(HUNT,))
        for mutant in mutants
        if mutant.name in CAUGHT_BY_SIMULATION
    )
