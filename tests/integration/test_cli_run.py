"""``init`` and ``run`` as a user types them: a real daemon alone on its chain, and the exit codes of those
that cannot run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent / "samples" / "invoice-ubl.xml"
COMMAND_TIMEOUT_S = 60
CLEAN_STOP_S = 2


def command(home: Path, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "p2pchain.cli", "--home", str(home), *map(str, arguments)]


def run(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    words = command(home, *arguments)
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=COMMAND_TIMEOUT_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that was just made."""
    made = tmp_path / "solo"
    listen = f"/ip4/127.0.0.1/tcp/{free_port()}"
    done = run(made, "init", "--name", "solo", "--listen", listen)
    assert done.returncode == 0, done.stderr
    assert "NOT encrypted" in done.stdout
    return made


@pytest.fixture
def daemon(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A running daemon that is healthy."""
    with subprocess.Popen(command(home, "run"), stderr=subprocess.PIPE, text=True) as process:
        try:
            done = run(home, "wait", "--height", 1, "--timeout", 30)
            assert done.returncode == 0, done.stderr
            yield process
        finally:
            process.kill()


def test_a_chain_of_one(home: Path, daemon: subprocess.Popen[str]) -> None:
    """It commits, takes an invoice, keeps a second daemon away, and stops cleanly within 2 s."""
    registered = run(home, "registry", "register", SAMPLE, "--json")
    told = json.loads(registered.stdout)
    assert (registered.returncode, told["state"]) == (0, "registered")
    financed = run(home, "registry", "finance", told["document"][:10], "--amount", "1.00", "--json")
    assert (financed.returncode, json.loads(financed.stdout)["state"]) == (0, "financed")
    assert json.loads(run(home, "tx", "show", told["tx_id"], "--json").stdout)["code"] == "OK"
    assert run(home, "status", "--check").returncode == 0
    again = run(home, "run")
    assert (again.returncode, "HOME_LOCKED" in again.stderr.splitlines()[-1]) == (75, True)
    began = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(10) == 0
    assert time.monotonic() - began < CLEAN_STOP_S
    assert not (home / "control.sock").exists()
    assert run(home, "status").returncode == 3


@pytest.mark.parametrize(
    ("damage", "exit_code", "code"),
    [
        ("no settings", 66, "CONFIG_MISSING"),
        ("misspelt setting", 78, "CONFIG_INVALID"),
        ("no genesis", 66, "GENESIS_MISSING"),
        ("no consensus key", 66, "KEY_MISSING"),
        ("key open to others", 77, "KEY_PERMISSIONS"),
        ("no place for the socket", 73, "CONTROL_SOCKET"),
        ("port in use", 69, "PORT_IN_USE"),
        ("no chain log", 65, "LOG_MISSING"),
    ],
)
def test_what_keeps_it_from_running(home: Path, damage: str, exit_code: int, code: str) -> None:
    """One line that says what, and the exit code of sysexits.h."""
    settings = home / "config.toml"
    with socket.socket() as taken:
        match damage:
            case "no settings":
                settings.unlink()
            case "misspelt setting":
                settings.write_text(settings.read_text().replace("level", "levle"))
            case "no genesis":
                (home / "genesis.json").unlink()
            case "no consensus key":
                (home / "keys" / "consensus.key").unlink()
            case "key open to others":
                (home / "keys" / "peer.key").chmod(0o644)
            case "no place for the socket":
                settings.write_text(
                    settings.read_text().replace("# socket = ...", 'socket = "/nowhere/c.sock"')
                )
            case "port in use":
                taken.bind(("127.0.0.1", 0))
                taken.listen()
                text = settings.read_text()
                old = text.partition("/tcp/")[2].partition('"')[0]
                settings.write_text(text.replace(f"/tcp/{old}", f"/tcp/{taken.getsockname()[1]}"))
            case _:
                shutil.rmtree(home / "data" / "chain")
        done = run(home, "run")
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"p2pchain: {code}"), done.stderr
    assert "; " in last, "it says what to do next"
    assert done.returncode == exit_code
    assert "Traceback" not in done.stderr


def test_a_passphrase_protects_the_keys(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("open sesame\n")
    home = tmp_path / "sealed"
    words = command(home, "init", "--name", "sealed", "--listen", f"/ip4/127.0.0.1/tcp/{free_port()}")
    given = {**os.environ, "P2PCHAIN_PASSPHRASE_FILE": str(passphrase)}
    subprocess.run(words, env=given, check=True, capture_output=True, timeout=COMMAND_TIMEOUT_S)
    assert "seed" not in json.loads((home / "keys" / "consensus.key").read_text())
    done = run(home, "run")
    assert (done.returncode, "KEY_PASSPHRASE" in done.stderr) == (77, True)
