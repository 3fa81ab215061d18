"""Runs inside the systemd that ``boot-systemd`` booted: installs the unit as an operator would, and tells it.

The last line printed is a JSON object, one entry per step; on a failure the journal is printed instead.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCE = Path("/opt/p2pchain/src/systemd")
HOME = Path("/var/lib/p2pchain/solo")
UNIT = "p2pchain@solo.service"
PROPERTIES = "ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus,StatusText"
STEP_TIMEOUT_S = 120.0
POLL_S = 0.05
DROP_IN = """[Service]
Environment=PYTHONPATH=/opt/p2pchain/src LD_LIBRARY_PATH=/opt/python/lib
"""


def run(*command: str) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


def node(*arguments: str) -> str:
    """Output of the command line, as the node's own user."""
    return run(
        "runuser", "-u", "p2pchain", "--", "/opt/p2pchain/bin/p2pchain", "--home", str(HOME), *arguments
    )


def shown() -> dict[str, str]:
    """What systemd knows of the unit."""
    lines = run("systemctl", "show", f"--property={PROPERTIES}", UNIT).splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def height() -> int:
    """Height of the node's chain."""
    return int(json.loads(node("status", "--json"))["height"])


def wait_for(what: str, holds: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + STEP_TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {STEP_TIMEOUT_S} s: {what}; {shown()}"
        time.sleep(POLL_S)


def install() -> None:
    """What the packager's script would do; the drop-in tells where this test keeps the packages."""
    shutil.copy(SOURCE / "p2pchain@.service", "/etc/systemd/system")
    for kind in ("sysusers.d", "tmpfiles.d"):
        Path("/etc", kind).mkdir(exist_ok=True)
        shutil.copy(SOURCE / kind / "p2pchain.conf", Path("/etc", kind))
    drop_in = Path("/etc/systemd/system/p2pchain@.service.d/installation.conf")
    drop_in.parent.mkdir()
    drop_in.write_text(DROP_IN)
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create")
    run("systemctl", "daemon-reload")


def make_home() -> None:
    """A chain of one validator, in a home that belongs to the node's user."""
    run("install", "-d", "-o", "p2pchain", "-g", "p2pchain", "-m", "0750", str(HOME))
    node("init", "--name", "solo")


def tell() -> dict[str, Any]:
    """The story: start, kill, return, reload, stop, and a start that cannot succeed."""
    seen: dict[str, Any] = {}
    run("systemctl", "start", UNIT)
    seen["started"] = shown()
    wait_for("the first blocks", lambda: height() > 1)

    seen["height_before"] = height()
    os.kill(int(seen["started"]["MainPID"]), signal.SIGKILL)
    # For a moment after the kill the unit is still active, with no process: 0.
    gone = {"0", seen["started"]["MainPID"]}

    def is_back() -> bool:
        unit = shown()
        return unit["ActiveState"] == "active" and unit["MainPID"] not in gone

    wait_for("the killed node is back", is_back)
    seen["returned"] = shown()
    wait_for("the chain goes on", lambda: height() > seen["height_before"])
    seen["height_after"] = height()

    run("systemctl", "reload", UNIT)
    wait_for("it serves after a reload", lambda: height() >= seen["height_after"])
    seen["reloaded"] = shown()

    begun = time.monotonic()
    run("systemctl", "stop", UNIT)
    seen["stop_ms"] = round((time.monotonic() - begun) * 1000)
    seen["stopped"] = shown()

    (HOME / "config.toml").write_text("this is no configuration\n")
    started = subprocess.run(["systemctl", "start", UNIT], capture_output=True, check=False)
    assert started.returncode != 0, "a node without a configuration started"
    wait_for("the node gives up", lambda: shown()["ActiveState"] == "failed")
    seen["misconfigured"] = shown()
    return seen


def main() -> int:
    """Tell the story; on a failure, what the journal has of it."""
    try:
        install()
        make_home()
        seen = tell()
    except AssertionError as failure:
        journal = subprocess.run(
            ["journalctl", "--no-pager", "-o", "cat", "-u", UNIT], capture_output=True, text=True, check=False
        )
        print(f"{failure}\nThe journal of {UNIT}:\n{journal.stdout}")
        return 1
    print(json.dumps(seen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
