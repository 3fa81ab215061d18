"""Networks of real daemons for tests, on the launcher that ``scripts/testnet`` uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from p2pchain.testnet.launcher import READY_HEIGHT, START_TIMEOUT_S, Launcher
from tests.patience import patient

MakeNetwork = Callable[..., Launcher]


@pytest.fixture(scope="module")
def make_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeNetwork]:
    """Makes networks that run and are at height 2; all are stopped when the module's tests are over."""
    made: list[Launcher] = []

    def make(count: int = 4, *, relayed: bool = False) -> Launcher:
        directory: Path = tmp_path_factory.mktemp("network") / "net"
        launcher = Launcher.make(directory, count=count, relayed=relayed)
        made.append(launcher)
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT, timeout_s=patient(START_TIMEOUT_S))
        return launcher

    yield make
    for launcher in made:
        launcher.stop()


@pytest.fixture(scope="module")
def network(make_network: MakeNetwork) -> Launcher:
    """Four organisations, shared by the tests of a module."""
    return make_network()
