"""``init`` and ``run`` as a user types them: a real daemon alone on its chain, and the exit codes of those
that cannot run.
"""

from __future__ import annotations

import codecs
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

from p2pchain.model.ids import TxId
from p2pchain.node.home.layout import Home
from p2pchain.node.home.sender_refusals import refuse_transaction
from tests.patience import patient

SAMPLE = Path(__file__).parent.parent / "samples" / "invoice-ubl.xml"
COMMAND_TIMEOUT_S = patient(60)
CLEAN_STOP_S = patient(2)


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
    assert (registered.returncode, told["events"][-1]["event"]) == (0, "registered")
    financed = run(home, "registry", "finance", told["document"][:10], "--amount", "250.33", "--json")
    assert (financed.returncode, json.loads(financed.stdout)["events"][0]["event"]) == (0, "financed")
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


@pytest.fixture
def unwanted(home: Path) -> TxId:
    """A transaction that the node of this home ended for, before it is started again."""
    tx_id = TxId(bytes(range(32)))
    refuse_transaction(Home(home).refused_senders, tx_id)
    return tx_id


def test_who_holds_all_power_suspends_a_module_and_takes_a_version_back(
    home: Path, unwanted: TxId, daemon: subprocess.Popen[str]
) -> None:
    """With what an operator types besides: a rehearsal, and a transaction that is taken up again."""

    def done(*words: str) -> str:
        ended = run(home, *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert unwanted.hex() in done("mempool", "refuse", "--list")
    assert done("mempool", "refuse", "--clear", unwanted.hex()) == "takes transactions of everybody\n"
    assert done("governance", "suspend-module", "note", "--dry-run").startswith("ok      governance suspend_")
    assert "note is suspended from the next block on" in done("governance", "suspend-module", "note")
    refused = run(home, "note", "put", "hello")
    assert refused.returncode == 1
    assert "MODULE_SUSPENDED" in refused.stderr
    assert "note goes on from the next block on" in done("governance", "resume-module", "note")
    done("note", "put", "hello")
    ahead = ("--height", "5000", "--digest", "ab" * 32)
    assert "version 2 of note counts from height 5000 on" in done(
        "governance", "set-module-version", "note", "2", *ahead
    )
    withdrawn = json.loads(done("governance", "withdraw-module-version", "note", "2", "--json"))
    (event,) = withdrawn["events"]
    assert (withdrawn["code"], event["event"]) == (None, "module_version_withdrawn")


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
        ("an address of the router", 78, "NET_CANNOT_LISTEN"),
        ("a socket's path too long", 73, "CONTROL_SOCKET"),
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
            case "an address of the router":
                settings.write_text(settings.read_text().replace("/ip4/127.0.0.1/", "/ip4/203.0.113.7/"))
            case "a socket's path too long":
                settings.write_text(
                    settings.read_text().replace("# socket = ...", f'socket = "/tmp/{"s" * 120}.sock"')
                )
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


def test_a_path_that_no_socket_can_have_is_said_before_anybody_waits(home: Path) -> None:
    """By ``config check``, and by whoever asks the node that cannot start there."""
    settings = home / "config.toml"
    settings.write_text(settings.read_text().replace("# socket = ...", f'socket = "/tmp/{"s" * 120}.sock"'))
    checked = run(home, "config", "check")
    assert (checked.returncode, "CONTROL_SOCKET" in checked.stderr) == (1, True)
    asked = run(home, "status")
    assert asked.returncode == 3
    assert "shorter control.socket" in asked.stderr
    assert "start it with" not in asked.stderr


@pytest.mark.parametrize("name", ["genesis.json", "config.toml"])
def test_a_byte_order_mark_is_no_matter(home: Path, name: str) -> None:
    """Editors of Windows put one before a file that goes round by mail; the chain's id stays the same."""
    before = run(home, "config", "check")
    path = home / name
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    after = run(home, "config", "check")
    assert (before.returncode, after.returncode, after.stdout) == (0, 0, before.stdout)


def test_output_that_cannot_be_written_is_one_line(home: Path) -> None:
    """Monitors redirect into files on the very disk that is full."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command(home, "key", "show", "--json"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["code"] == "OUTPUT_UNWRITABLE"
    assert len(done.stderr.splitlines()) == 1


def test_a_log_whose_reader_goes_away_ends_no_node(home: Path) -> None:
    """The node goes on, commits, and says in its status that the log is lost."""
    reading, writing = os.pipe()
    process = subprocess.Popen(command(home, "run"), stderr=writing)
    os.close(writing)
    try:
        assert run(home, "wait", "--height", "1").returncode == 0
        os.close(reading)
        process.send_signal(signal.SIGHUP)  # A reload is logged; an idle node logs little else.
        height = int(json.loads(run(home, "status", "--json").stdout)["height"])
        assert run(home, "wait", "--height", str(height + 2)).returncode == 0
        told = json.loads(run(home, "status", "--json").stdout)
        assert any("the log cannot be written (Broken pipe" in reason for reason in told["reasons"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
