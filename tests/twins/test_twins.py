"""With f twins there is never a fork, and they are named; with more there must be one, and it is seen."""

from __future__ import annotations

import pytest

from tests.simulation.checkers import Violation
from tests.simulation.profiles import Profile
from tests.simulation.world import World
from tests.twins.scenarios import forks, play

SEEDS = 5
CONTROL_SEEDS = 40


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("nodes", "twins"), [(4, 1), (7, 2)])
def test_up_to_f_twins_never_fork(seed: int, nodes: int, twins: int) -> None:
    """The checkers raise at the first difference; blocks come once all hear each other again."""
    world = play(seed, nodes=nodes, twins=twins)
    assert world.checkers.highest > 0


def test_twins_are_proven_in_blocks() -> None:
    """Both halves of a twin vote; their votes meet, and the evidence names the key and nobody else."""
    named = [play(seed, nodes=4, twins=1) for seed in range(4)]
    twin = named[0].nodes[0].key.public_key
    assert any(world.checkers.evidence[twin] for world in named)
    assert all(set(world.checkers.evidence) <= {twin} for world in named)


def test_the_control_two_twins_of_four_fork() -> None:
    """Two groups of three keys each: both are a quorum, and the checker must see it."""
    world = World(1, Profile(twins=2), nodes=4)
    world.network.groups = [{0, 1, 2}, {3, 4, 5}]
    with pytest.raises(Violation, match="committed"):
        world.run_until(20_000)


def test_the_control_of_the_generator() -> None:
    """Generated scenarios fork with more than f twins: else it means nothing that they do not with f."""
    assert any(forks(seed, nodes=4, twins=2) for seed in range(CONTROL_SEEDS))
