"""A node under a real systemd: started, killed, back by itself, stopped.

``boot-systemd`` boots one in namespaces over a throw-away overlay. An installation as operators make it is
laid out in ``/opt/p2pchain``: the interpreter and the packages in use here are bound to where the hardened
unit, which hides the homes, sees them. ``systemd_story.py`` runs inside, and its last line tells what it saw.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
BOOT = Path(__file__).parent / "boot-systemd"
STORY_TIMEOUT_S = 480
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
LAUNCHER = """#!/opt/p2pchain/bin/python
import sys
from p2pchain.cli.main import main
sys.exit(main())
"""


def lay_out_installation(folder: Path) -> None:
    """What ``python -m venv /opt/p2pchain`` and pip would have made, with room for packages and source."""
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / PYTHON / "site-packages").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "pyvenv.cfg").write_text("home = /opt/python/bin\ninclude-system-site-packages = false\n")
    (folder / "bin" / "python").symlink_to(f"/opt/python/bin/{PYTHON}")
    (folder / "bin" / "p2pchain").write_text(LAUNCHER)
    (folder / "bin" / "p2pchain").chmod(0o755)


def boot(installation: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command under a systemd of its own."""
    binds = {
        str(installation): "/opt/p2pchain",
        sys.base_prefix: "/opt/python",
        sysconfig.get_path("purelib"): f"/opt/p2pchain/lib/{PYTHON}/site-packages",
        str(TOP): "/opt/p2pchain/src",
    }
    arguments = [
        argument for source, target in binds.items() for argument in ("--bind", f"{source}:{target}")
    ]
    return subprocess.run(
        [str(BOOT), *arguments, *command],
        env={**os.environ, "BOOT_SYSTEMD_TIMEOUT": str(STORY_TIMEOUT_S)},
        capture_output=True,
        text=True,
        timeout=STORY_TIMEOUT_S + 30,
        check=False,
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen, step by step; the whole story is told once."""
    installation = tmp_path_factory.mktemp("installation") / "p2pchain"
    lay_out_installation(installation)
    told = boot(
        installation,
        *("env", "LD_LIBRARY_PATH=/opt/python/lib", "PYTHONPATH=/opt/p2pchain/src"),
        *("/opt/p2pchain/bin/python", "/opt/p2pchain/src/tests/integration/systemd_story.py"),
    )
    assert told.returncode == 0, told.stdout + told.stderr
    seen: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return seen


@pytest.mark.root
def test_start_returns_when_the_node_is_ready(story: dict[str, Any]) -> None:
    assert story["started"]["ActiveState"] == "active"
    assert story["started"]["SubState"] == "running"
    assert story["started"]["StatusText"]


@pytest.mark.root
def test_a_killed_node_comes_back_and_goes_on(story: dict[str, Any]) -> None:
    assert story["returned"]["MainPID"] != story["started"]["MainPID"]
    assert story["returned"]["NRestarts"] == "1"
    assert story["height_after"] > story["height_before"] > 0


@pytest.mark.root
def test_reload_keeps_the_process(story: dict[str, Any]) -> None:
    assert story["reloaded"]["MainPID"] == story["returned"]["MainPID"]
    assert story["reloaded"]["ActiveState"] == "active"


@pytest.mark.root
def test_stop_is_clean(story: dict[str, Any]) -> None:
    assert story["stopped"]["ActiveState"] == "inactive"
    assert story["stopped"]["Result"] == "success"
    assert story["stopped"]["ExecMainStatus"] == "0"
    assert story["stop_ms"] < 2_000


@pytest.mark.root
def test_a_configuration_error_is_not_retried(story: dict[str, Any]) -> None:
    assert story["misconfigured"]["ActiveState"] == "failed"
    assert story["misconfigured"]["ExecMainStatus"] == "78"
    assert story["misconfigured"]["NRestarts"] == "0"
