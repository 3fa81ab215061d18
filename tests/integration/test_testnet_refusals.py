"""What a daemon refuses at its start, in one line and with the right exit code; and what strangers cannot do
to a running one.

How: homes of a network that was made and never started, each spoilt in one way; then garbage at the p2p port
and the control socket of a running node, which must go on committing.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from p2pchain.codec.cbor import encode
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.ports import LOOPBACK
from tests.integration.conftest import MakeNetwork
from tests.integration.testnet_driving import Done, command, leave_note
from tests.patience import patient

EX_DATAERR, EX_NOINPUT, EX_UNAVAILABLE, EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 65, 66, 69, 75, 77, 78
SOCKET_TIMEOUT_S = patient(15.0)
GIANT_HEADER_BYTES = 1_000_000
RECEIVE_BYTES = 65_536


@pytest.fixture
def idle(tmp_path: Path) -> Launcher:
    """A network of one node that was never started."""
    return Launcher.make(tmp_path / "net", count=1)


@pytest.fixture(scope="module")
def running(make_network: MakeNetwork) -> Launcher:
    """One node that runs, and is a quorum by itself."""
    return make_network(1)


def run_expecting_refusal(launcher: Launcher, code: str) -> Done:
    """Run the daemon of bank-a, which must end by itself, telling the code in its last line and no
    traceback.
    """
    done = command(launcher, "bank-a", "run")
    assert code in done.err.strip().splitlines()[-1], done
    assert "Traceback" not in done.err, done
    return done


def test_a_second_daemon_on_one_home(running: Launcher) -> None:
    done = run_expecting_refusal(running, "HOME_LOCKED")
    assert done.code == EX_TEMPFAIL, done
    leave_note(running, "bank-a")


def test_a_port_in_use(idle: Launcher) -> None:
    port = idle.plan.nodes[0].port
    with socket.create_server((LOOPBACK, port)):
        done = run_expecting_refusal(idle, "PORT_IN_USE")
    assert done.code == EX_UNAVAILABLE, done
    assert str(port) in done.err, done


def _remove_peer_key(home: Path) -> None:
    (home / "keys" / "peer.key").unlink()


def _remove_consensus_key(home: Path) -> None:
    (home / "keys" / "consensus.key").unlink()


def _open_key(home: Path) -> None:
    (home / "keys" / "consensus.key").chmod(0o644)


def _misspell_setting(home: Path) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text().replace("[mempool]", "[mempol]"))


def _break_config(home: Path) -> None:
    (home / "config.toml").write_text("[node\n")


def _remove_config(home: Path) -> None:
    (home / "config.toml").unlink()


def _remove_genesis(home: Path) -> None:
    (home / "genesis.json").unlink()


def _break_genesis(home: Path) -> None:
    genesis = home / "genesis.json"
    genesis.write_text(genesis.read_text().replace('"power": 1', '"power": -1'))


def _change_genesis(home: Path) -> None:
    genesis = home / "genesis.json"
    genesis.write_text(genesis.read_text().replace("Bank A AG", "Bank A plc"))


@pytest.mark.parametrize(
    ("spoil", "code", "exit_code"),
    [
        (_remove_peer_key, "KEY_MISSING", EX_NOINPUT),
        (_remove_consensus_key, "KEY_MISSING", EX_NOINPUT),
        (_open_key, "KEY_PERMISSIONS", EX_NOPERM),
        (_misspell_setting, "CONFIG_INVALID", EX_CONFIG),
        (_break_config, "CONFIG_INVALID", EX_CONFIG),
        (_remove_config, "CONFIG_MISSING", EX_NOINPUT),
        (_remove_genesis, "GENESIS_MISSING", EX_NOINPUT),
        (_break_genesis, "CODEC_RANGE", EX_CONFIG),
        (_change_genesis, "GENESIS_CHANGED", EX_CONFIG),
    ],
)
def test_a_spoilt_home(idle: Launcher, spoil: Callable[[Path], None], code: str, exit_code: int) -> None:
    spoil(idle.home("bank-a"))
    done = run_expecting_refusal(idle, code)
    assert done.code == exit_code, done


def test_a_genesis_that_differs_from_the_peers(make_network: MakeNetwork, tmp_path: Path) -> None:
    """bank-b gets a home of another chain with the same name and keys: both sides say so, bank-a goes on
    without it.
    """
    network = make_network(4)
    network.stop(["supplier"])
    stranger = Launcher.make(tmp_path / "other", count=4)
    home, other = network.home("supplier"), stranger.home("supplier")
    for part in ("genesis.json", "data"):
        _replace(home / part, other / part)
    network.start(["supplier"])
    network.wait_until(
        "supplier names the difference",
        lambda: (
            "HELLO_OTHER_GENESIS" in _reasons(network, "supplier")
            or network.process("supplier").exit_code == EX_CONFIG
        ),
        SOCKET_TIMEOUT_S,
    )
    leave_note(network, "bank-a")
    assert network.height("supplier") == 0


def test_a_stranger_is_refused_and_named(running: Launcher, tmp_path: Path) -> None:
    """A node with a key that the members do not know dials bank-a, which it knows."""
    stranger = Launcher.make(tmp_path / "stranger", count=2)
    config = stranger.home("bank-b") / "config.toml"
    true_port, own_port = running.plan.nodes[0].port, stranger.plan.nodes[0].port
    config.write_text(config.read_text().replace(f"/tcp/{own_port}", f"/tcp/{true_port}"))
    stranger.start(["bank-b"])
    try:
        running.wait_until("it is refused", lambda: _logged(running, "PEER_STRANGER"), SOCKET_TIMEOUT_S)
        status = running.status("bank-a")
        assert status is not None
        assert (status["peers"], status["health"]) == (0, "healthy"), status
        assert stranger.height("bank-b") == 0
    finally:
        stranger.stop()
    leave_note(running, "bank-a")


def test_garbage_at_the_p2p_port(running: Launcher) -> None:
    port = running.plan.nodes[0].port
    chance = random.Random(7)
    frames = [
        chance.randbytes(5_000),
        b"\xff" * 10_000,
        b"\x13/multistream/1.0.0\n" + chance.randbytes(2_000),
        b"\x13/multistream/1.0.0\n\x07/noise\n\xff\xff" + b"\x00" * 100_000,
        b"GET / HTTP/1.1\r\n\r\n",
        b"",
    ]
    for frame in frames:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((LOOPBACK, port), SOCKET_TIMEOUT_S) as stream,
        ):
            stream.sendall(frame)
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(RECEIVE_BYTES):
                pass
    leave_note(running, "bank-a")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(
            b"GET /v1/status HTTP/1.1\r\nhost: x\r\nx: " + b"a" * GIANT_HEADER_BYTES + b"\r\n\r\n",
            431,
            id="giant",
        ),
        pytest.param(os.urandom(4_000) + b"\r\n\r\n", 400, id="random"),
        pytest.param(b"\x00" * 100_000, 400, id="zeros"),
        pytest.param(
            b"POST /v1/tx HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"
            b'{"tx": "0',
            400,
            id="bad-json",
        ),
        pytest.param(
            b"POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ncontent-length: 6\r\n\r\n"
            b"\x9f\x80\x80\x80\x80\xff",
            400,
            id="bad-cbor",
        ),
        pytest.param(
            b"POST /v1/txs HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n", 413, id="giant-body"
        ),
        pytest.param(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n", 404, id="unknown-path"),
        pytest.param(b"DELETE /v1/status HTTP/1.1\r\nhost: x\r\n\r\n", 405, id="wrong-method"),
    ],
)
def test_garbage_at_the_control_socket(running: Launcher, request_: bytes, status: int) -> None:
    assert _status_of(running, request_) == status
    leave_note(running, "bank-a")


def test_garbage_as_transactions(running: Launcher) -> None:
    chance = random.Random(11)
    body = encode((chance.randbytes(200), b"", b"\x80", encode((b"\x80", ()))))
    head = b"POST /v1/txs?wait=1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n"
    length = f"content-length: {len(body)}\r\n\r\n"
    assert _status_of(running, head + length.encode() + body) == 200
    leave_note(running, "bank-a")


@pytest.fixture(autouse=True, scope="module")
def _no_crash(running: Launcher) -> Iterator[None]:
    """After all of it the node is the process that it was, and its log holds no traceback."""
    pid = running.process("bank-a").pid
    yield
    assert running.process("bank-a").pid == pid
    log = running.places.log("bank-a").read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") :][:2_000]


def _status_of(launcher: Launcher, request: bytes) -> int:
    """Send bytes to the control socket; the status of the answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(SOCKET_TIMEOUT_S)
        stream.connect(str(launcher.places.control_socket("bank-a")))
        with contextlib.suppress(BrokenPipeError):
            stream.sendall(request)
        answer = stream.recv(RECEIVE_BYTES)
    assert answer.startswith(b"HTTP/1.1 "), answer
    return int(answer.split()[1])


def _logged(launcher: Launcher, what: str) -> bool:
    return what in launcher.places.log("bank-a").read_text(errors="replace")


def _replace(old: Path, new: Path) -> None:
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink()
    new.rename(old)


def _reasons(launcher: Launcher, name: str) -> str:
    status = launcher.status(name)
    return "" if status is None else " ".join(status["reasons"])
