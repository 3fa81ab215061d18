"""What is said of a node that is late: that it runs, what waits on, and the log of this start alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import Launcher

NODE = "bank-a"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Launcher]:
    """A network without its daemons."""
    made = Launcher.make(tmp_path / "net", count=1)
    yield made
    made.process(NODE).kill()


def late(network: Launcher, command: str) -> str:
    """What is said where a node's process does something else than to answer."""
    log = network.places.log(NODE)
    network.process(NODE).start(
        [sys.executable, "-c", f"{command}; import time; time.sleep(60)"],
        log=log,
        directory=network.places.root,
        environment=os.environ,
    )
    before = network.process(NODE).log_start
    while "print" in command and log.stat().st_size == before:
        assert network.process(NODE).pid is not None, "it ended at once"
    with pytest.raises(LaunchFailed, match="NODE_LATE") as caught:
        network.wait_for_height(2, (NODE,), timeout_s=0)
    network.process(NODE).kill()
    return str(caught.value)


def test_a_late_node_is_said_to_run_and_only_its_own_lines_are_shown(network: Launcher) -> None:
    first = late(network, "print('first life', flush=True)")
    assert "scripts/testnet up waits on" in first
    assert first.endswith("ends:\n  first life")
    assert late(network, "pass").endswith(f"{NODE}.log, has nothing of this start")
    second = late(network, "print('second life', flush=True)")
    assert second.endswith("ends:\n  second life")
