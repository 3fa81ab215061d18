"""The relay between two sockets: passes bytes, holds them back while a pair is cut, loses none."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.places import Places
from p2pchain.testnet.plan import Plan, format_plan, make_plan
from p2pchain.testnet.ports import LOOPBACK, claim_ports
from p2pchain.testnet.processes import Process
from p2pchain.testnet.relay import cut_pairs, order

TIMEOUT_S = 10.0
SILENCE_S = 0.2
LARGE = os.urandom(3_000_000)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A relay that runs, for a network of three nodes that do not."""
    found = Places(tmp_path)
    found.run.mkdir()
    found.logs.mkdir()
    ports = claim_ports(9, found.settings)
    found.settings.write_text(format_plan(make_plan(count=3, seed="1", relayed=True, ports=ports)))
    process = Process(found.record("relay"))
    command = [sys.executable, "-P", "-m", "p2pchain.testnet.relay", str(tmp_path)]
    process.start(command, log=found.log("relay"), directory=tmp_path, environment=os.environ)
    deadline = time.monotonic() + TIMEOUT_S
    while not _heals(found):
        assert time.monotonic() < deadline, found.log("relay").read_text()
    yield found
    process.kill()


def _heals(places: Places) -> bool:
    try:
        return order(places, None) == []
    except LaunchFailed:
        return False


def plan_of(places: Places) -> Plan:
    """The plan, with ports that this test made."""
    return make_plan(count=3, seed="1", relayed=True, ports=_ports(places))


def _ports(places: Places) -> list[int]:
    return claim_ports(9, places.settings) if not places.settings.exists() else _read(places)


def _read(places: Places) -> list[int]:
    from json import loads

    found: list[int] = loads(places.settings.read_text())["ports"]
    return found
