"""Power is lost at every boundary of a short world in turn: at each write, sync, rename, message and effect
of one validator, from its first start on. It starts again, and every promise holds.

The walk is over the numbers of the boundaries (``Machine.boundaries``): world k differs from the others only
in where the power went, until then they are the same.
"""

from __future__ import annotations

import pytest

from tests.simulation.profiles import PROFILES
from tests.simulation.settling import demand_settled
from tests.simulation.world import World

WALK_MS = 2_000
"""The first start, and the first blocks with transactions."""
HEIGHTS_MIN = 3
SHARES = 4
VICTIM = 1


def _world() -> World:
    return World(3, PROFILES["calm"])


@pytest.mark.parametrize("share", range(SHARES))
def test_power_is_lost_at_every_boundary(share: int) -> None:
    """All of them, in shares."""
    walked = _world()
    created = walked.nodes[VICTIM].machine.boundaries
    walked.run_until(WALK_MS)
    assert walked.nodes[VICTIM].height >= HEIGHTS_MIN
    for boundary in range(created + 1 + share, walked.nodes[VICTIM].machine.boundaries + 1, SHARES):
        world = _world()
        world.nodes[VICTIM].machine.power_until = boundary
        world.run_until(WALK_MS)
        assert world.tally["power lost at a boundary"] == 1, f"boundary {boundary}"
        for _ in demand_settled(world):
            continue
        assert world.nodes[VICTIM].up
