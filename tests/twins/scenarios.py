"""Twins (Bano et al., "Twins: BFT Systems Made Robust", 2021): correct nodes run twice with one key, and
generated partitions, stand for any Byzantine behaviour that needs no forged message.

A scenario is a row of phases, each a division of all nodes (twins count as two) into groups that hear only
themselves. Who proposes follows from height and round, and so from where the phases let the rounds fail.
"""

from __future__ import annotations

from random import Random

from tests.simulation.checkers import Violation
from tests.simulation.profiles import Profile
from tests.simulation.world import World

PHASES = 12
PHASE_MS = 2_500
"""About a round and a half, so that rounds are cut in their middle."""


def play(seed: int, *, nodes: int, twins: int) -> World:
    """A generated scenario: divisions into two or three groups, with a healed phase now and then."""
    world = World(seed, Profile(twins=twins), nodes=nodes)
    chance = Random(seed + 2)
    for _ in range(PHASES):
        world.network.groups = _division(chance, nodes + twins)
        world.run_until(world.now_ms + chance.randint(PHASE_MS // 4, 2 * PHASE_MS))
    world.network.heal()
    world.run_until(world.now_ms + 4 * PHASE_MS)
    return world


def forks(seed: int, *, nodes: int, twins: int) -> bool:
    """Whether the checkers found two blocks at one height."""
    try:
        play(seed, nodes=nodes, twins=twins)
    except Violation:
        return True
    return False


def _division(chance: Random, count: int) -> list[set[int]]:
    if chance.random() < 0.15:
        return []
    groups: list[set[int]] = [set() for _ in range(chance.choice((2, 2, 3)))]
    for number in range(count):
        chance.choice(groups).add(number)
    return groups
