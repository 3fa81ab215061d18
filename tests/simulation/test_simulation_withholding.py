"""Members that claim blocks and give none, with peer ids that come before all others: whoever is behind is
back at the tip in seconds, whatever the seed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.sync.planner import DEADLINE_MS
from tests.simulation.byzantine.lying import WithheldBlocks
from tests.simulation.profiles import PROFILES
from tests.simulation.world import World

WITHHELD = replace(PROFILES["calm"], attack=lambda _random: WithheldBlocks())


@pytest.mark.parametrize("seed", range(4))
def test_who_was_down_is_back_before_a_deadline_has_passed_though_blocks_are_withheld(seed: int) -> None:
    """The last two of seven withhold; the ids of their links sort first, and their claims come first."""
    world = World(seed, WITHHELD, nodes=7)
    hostile = {world.peer_ids[node.number] for node in world.nodes if not node.honest}
    assert set(sorted(world.peer_ids)[: len(hostile)]) == hostile
    world.run_until(5_000)
    behind = world.nodes[0]
    behind.crash()
    world.run_until(world.now_ms + 20_000)
    world.network.slow = {(node.number, 0): 300 for node in world.honest[1:]}
    reached = world.checkers.highest
    behind.start()
    world.run_until(world.now_ms + DEADLINE_MS)
    assert behind.height >= reached
