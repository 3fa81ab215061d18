"""Long work of a real node, typed: jobs beside it and without it; and its status on narrow terminals."""

from __future__ import annotations

import fcntl
import json
import os
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2pchain.cli.main import invoke
from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from tests.integration.testnet_driving import COMMAND_TIMEOUT_S, leave_note

NODE = "bank-a"
NOTES = 3


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Launcher]:
    """A chain of one node that holds some notes."""
    launcher = Launcher.make(tmp_path / "net", seed="jobs", count=1)
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        for number in range(NOTES):
            leave_note(launcher, NODE, f"note {number}")
        yield launcher
    finally:
        launcher.stop()


def test_jobs_beside_a_node_and_without_it(network: Launcher, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> tuple[int, str]:
        code = invoke(["--home", str(network.home(NODE)), *words])
        out, err = capsys.readouterr()
        return code, out or err

    def read(*words: str) -> Any:
        code, out = run(*words, "--json")
        assert code == 0, out
        return json.loads(out)

    def notes() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = read("tx", "list", "--org", NODE)["transactions"]
        return rows

    listed = notes()
    assert len(listed) == NOTES
    height = read("snapshot", "write")["height"]
    assert height in [snapshot["height"] for snapshot in read("snapshot", "list")["snapshots"]]
    assert read("reindex")["height"] >= listed[0]["height"]
    newest = leave_note(network, NODE, "after it")
    again = notes()
    assert [row["height"] for row in again] == [newest, *(row["height"] for row in listed)]
    assert again[1:] == listed
    assert run("tx", "show", again[0]["tx_id"][:12])[0] == 0
    code, out = run("verify", "--by-node", "--deep")
    assert (code, out.startswith("sound up to height")) == (0, True), out
    code, out = run("reindex", "--no-wait")
    assert (code, out.startswith("begun: reindex-4")) == (0, True), out
    ended = {(job["id"], job["state"]) for job in read("jobs") if job["id"] != "reindex-4"}
    assert ended == {("snapshot-1", "done"), ("reindex-2", "done"), ("verify-deep-3", "done")}
    assert "done" in run("jobs", "snapshot-1")[1]
    assert run("jobs", "snapshot-9")[0] == 7

    for width in (80, 60):
        lines = on_terminal(network.command(NODE, "status"), width).splitlines()
        assert [line for line in lines if line.startswith("health")], lines
        assert max(map(len, lines)) <= width, lines

    network.stop()
    code, out = run("reindex")
    assert (code, "made anew" in out) == (0, True), out
    network.start()
    network.wait_for_height(newest + 1)
    assert notes() == again


def on_terminal(words: list[str], width: int) -> str:
    """What a command prints on a terminal of this width, without colours."""
    leading, following = os.openpty()
    fcntl.ioctl(following, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    ran = subprocess.run(
        words,
        stdin=following,
        stdout=following,
        stderr=following,
        timeout=COMMAND_TIMEOUT_S,
        check=True,
        env={**environment, "TERM": "xterm"},
    )
    assert ran.returncode == 0
    os.close(following)
    heard = b""
    try:
        while part := os.read(leading, 65_536):
            heard += part
    except OSError:
        pass  # EIO: nobody has the other end open any more.
    os.close(leading)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", heard.decode()).replace("\r", "")
