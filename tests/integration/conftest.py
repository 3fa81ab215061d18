"""Networks of real daemons for tests, on the launcher that ``scripts/testnet`` uses."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from p2pchain.model.parameters import Parameters
from p2pchain.testnet.launcher import LOG_LINES_TOLD, READY_HEIGHT, START_TIMEOUT_S, Launcher
from tests.patience import patient

MakeNetwork = Callable[..., Launcher]
LOGS_SHOWN = 8


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure how the logs of its nodes end."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for log in logs_of(item)[:LOGS_SHOWN]:
            lines = log.read_text("utf-8", "replace").splitlines()[-LOG_LINES_TOLD:]
            report.sections.append((f"log of {log.stem}", "\n".join(lines)))
    return report


def logs_of(item: pytest.Function) -> list[Path]:
    """Logs of all nodes that a test used."""
    logs: list[Path] = []
    for used in item.funcargs.values():
        if isinstance(used, Launcher):
            logs += (used.places.log(name) for name in used.names)
        elif isinstance(used, Path):
            logs += sorted(used.glob("*/logs/*.log"))
    return [log for log in logs if log.is_file()]


@pytest.fixture(scope="module")
def make_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeNetwork]:
    """Makes networks that run and are at height 2; all are stopped when the module's tests are over."""
    made: list[Launcher] = []

    def make(count: int = 4, *, relayed: bool = False, parameters: Parameters | None = None) -> Launcher:
        directory: Path = tmp_path_factory.mktemp("network") / "net"
        launcher = Launcher.make(directory, count=count, relayed=relayed, parameters=parameters)
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
