"""Who is told to sign nothing, in whole worlds: the silent one by everybody, nobody else by anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.model.ids import PublicKey
from p2pchain.node.health.suspicions import mute_validators
from tests.simulation.byzantine.voting import Silent
from tests.simulation.node import SimulatedNode
from tests.simulation.profiles import PROFILES
from tests.simulation.world import World


def mute(world: World, node: SimulatedNode) -> set[PublicKey]:
    """Whom the node finds mute among all others."""
    others = {other.key.public_key for other in world.nodes if other is not node}
    return set(mute_validators(node.replica, others, overdue=False))


@pytest.mark.parametrize("nodes", [4, 7])
def test_who_signs_nothing_is_named_by_everybody(nodes: int) -> None:
    """Its link is open all the time."""
    world = World(1, replace(PROFILES["calm"], attack=lambda _random: Silent()), nodes=nodes)
    world.run_until(20_000)
    silent = {node.key.public_key for node in world.nodes if not node.honest}
    assert silent
    for node in world.honest:
        assert mute(world, node) == silent


@pytest.mark.parametrize("name", ["calm", "rain", "slow"])
def test_nobody_who_signs_is_ever_named(name: str) -> None:
    """Looked at every second, by each of them, over slow links too."""
    world = World(2, PROFILES[name], nodes=4)
    for second in range(10, 60):
        world.run_until(second * 1_000)
        for node in world.nodes:
            assert mute(world, node) == set(), f"node {node.number} at {second} s"


def test_who_is_not_linked_is_heard() -> None:
    """A path of four: the ends have one link each, and count all others."""
    world = World(3, PROFILES["calm"])
    world.network.missing = {frozenset(pair) for pair in ((0, 2), (0, 3), (1, 3))}
    world.run_until(30_000)
    for node, others in ((world.nodes[0], (2, 3)), (world.nodes[3], (0, 1))):
        linked = {world.nodes[index].key.public_key for index in range(4) if index not in others}
        heard = node.replica.heights.roll_call.heard(node.replica.work, linked)
        assert set(heard) == {world.nodes[index].key.public_key for index in others}
