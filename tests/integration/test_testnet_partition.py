"""A network cut in two has no quorum on either side; healed, it goes on. A cut-off minority does not stop
the majority.

How: four daemons that meet through the relay, which stops the flow of bytes and closes nothing.
"""

from __future__ import annotations

import pytest

from p2pchain.testnet.launcher import Launcher
from tests.integration.conftest import MakeNetwork
from tests.integration.testnet_driving import leave_note, state_roots
from tests.patience import patient

NOTICED_S = patient(15.0)
HEALED_S = patient(20.0)


@pytest.fixture(scope="module")
def parted(make_network: MakeNetwork) -> Launcher:
    """Four nodes behind the relay."""
    return make_network(4, relayed=True)


def test_halves_stall_and_heal(parted: Launcher) -> None:
    leave_note(parted, "bank-a")
    cut = parted.partition([["bank-a", "bank-b"], ["buyer", "supplier"]])
    assert len(cut) == 4
    parted.wait_until("all stall", lambda: _healths(parted) == {"stalled"}, NOTICED_S)
    heights = [parted.height(name) for name in parted.names]
    assert parted.heal() == []
    parted.wait_until("all are well", lambda: _healths(parted) == {"healthy"}, HEALED_S)
    height = leave_note(parted, "supplier")
    assert height > max(heights)
    parted.wait_for_height(height)
    assert len(state_roots(parted, height)) == 1


def test_a_cut_off_node_catches_up(parted: Launcher) -> None:
    parted.partition([["bank-a", "bank-b", "buyer"]])
    for _ in range(5):
        height = leave_note(parted, "bank-a")
    assert parted.height("supplier") < height
    parted.heal()
    parted.wait_until("supplier caught up", lambda: parted.height("supplier") >= height, HEALED_S)
    assert len(state_roots(parted, height)) == 1


def _healths(launcher: Launcher) -> set[str]:
    statuses = [launcher.status(name) for name in launcher.names]
    return {"" if status is None else str(status["health"]) for status in statuses}
