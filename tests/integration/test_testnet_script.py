"""``scripts/testnet`` as a newcomer types it: up, status, exec, kill, logs, restart, down, on one network of
two nodes.

How: the module that the script runs, as a process, in a directory of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.testnet_driving import SAMPLES, Done
from tests.patience import patient

TIMEOUT_S = patient(90.0)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the network lies; stopped in the end."""
    found = tmp_path_factory.mktemp("script") / "net"
    yield found
    if found.exists():
        script(found, "down", "--purge")


def script(directory: Path, *arguments: str, cwd: Path | None = None) -> Done:
    """Run ``scripts/testnet``, told by the environment where its network is."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "p2pchain.testnet", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        cwd=cwd,
        env={**os.environ, "P2PCHAIN_TESTNET": str(directory)},
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def states(directory: Path) -> dict[str, str]:
    """Name to state, as ``status --json`` tells."""
    return {node["name"]: node["state"] for node in json.loads(script(directory, "status", "--json").out)}


def test_the_life_of_a_network(directory: Path, tmp_path: Path) -> None:
    missing = script(directory, "status")
    assert (missing.code, "scripts/testnet up" in missing.err) == (1, True), missing
    up = script(directory, "up", "-n", "2", "--seed", "story")
    assert up.code == 0, up
    assert "scripts/testnet exec bank-a" in up.out, "it says what to try next"
    assert "already running" in script(directory, "up").out
    other = script(directory, "up", "--seed", "another")
    assert (other.code, "TESTNET_DIFFERS" in other.err) == (1, True), other
    table = script(directory, "status").out
    assert table.count("healthy") == 2, table

    (tmp_path / "here.xml").write_bytes((SAMPLES / "invoice-ubl.xml").read_bytes())
    arguments = ("registry", "register", "here.xml", "--as", "bank-a", "--json")
    done = script(directory, "exec", "bank-a", "--", *arguments, cwd=tmp_path)
    assert done.code == 0, done
    assert done.told["events"][-1]["event"] == "registered"
    assert script(directory, "exec", "bank-a", "--", "tx", "show", "00" * 32).code == 7
    assert script(directory, "exec", "nobody", "--", "status").code == 1

    assert script(directory, "kill", "bank-b").code == 0
    assert states(directory) == {"bank-a": "running", "bank-b": "down"}
    assert "DOWN" in script(directory, "status").out
    down = script(directory, "exec", "bank-b", "--", "status")
    assert down.code == 3, down
    assert script(directory, "restart", "bank-b").code == 0
    assert script(directory, "pause", "bank-b").code == 0
    assert states(directory)["bank-b"] == "paused"
    assert script(directory, "resume", "bank-b").code == 0
    assert "node.started" in script(directory, "logs", "bank-b").out
    cut = script(directory, "partition", "bank-a|bank-b")
    assert "bank-a - bank-b" in cut.out, cut
    assert script(directory, "heal").code == 0

    assert script(directory, "down").code == 0
    assert states(directory) == {"bank-a": "down", "bank-b": "down"}
    again = script(directory, "up")
    assert again.code == 0, again
    assert script(directory, "down", "--purge").code == 0
    assert not directory.exists()
