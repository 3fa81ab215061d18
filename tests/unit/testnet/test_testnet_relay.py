"""The relay between two sockets: passes bytes, holds them back while a pair is cut, loses none."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.places import Places
from p2pchain.testnet.plan import format_plan, make_plan, members_of, read_plan
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
    found.settings.write_text(
        format_plan(make_plan(members=members_of(3), seed="1", relayed=True, ports=ports))
    )
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


def joined(places: Places) -> tuple[socket.socket, socket.socket]:
    """A connection of bank-a to bank-b through the relay: both ends."""
    plan = read_plan(places.settings)
    pair = next(each for each in plan.pairs if (each.dialler, each.listener) == ("bank-a", "bank-b"))
    with socket.create_server((LOOPBACK, plan.nodes[1].port)) as listener:
        listener.settimeout(TIMEOUT_S)
        near = socket.create_connection((LOOPBACK, pair.port), TIMEOUT_S)
        far, _ = listener.accept()
    far.settimeout(TIMEOUT_S)
    return near, far


def read_exactly(stream: socket.socket, size: int) -> bytes:
    """So many bytes, or what came before the end."""
    data = bytearray()
    while len(data) < size and (chunk := stream.recv(size - len(data))):
        data += chunk
    return bytes(data)


def is_silent(stream: socket.socket) -> bool:
    """Whether nothing comes for a while, not even an end."""
    stream.settimeout(SILENCE_S)
    try:
        stream.recv(1)
    except TimeoutError:
        return True
    finally:
        stream.settimeout(TIMEOUT_S)
    return False


def test_bytes_pass_both_ways_and_ends_too(places: Places) -> None:
    near, far = joined(places)
    with near, far:
        with ThreadPoolExecutor() as pool:
            sent = pool.submit(near.sendall, LARGE)
            assert read_exactly(far, len(LARGE)) == LARGE
            sent.result()
        far.sendall(b"answer")
        assert read_exactly(near, 6) == b"answer"
        near.shutdown(socket.SHUT_WR)
        assert far.recv(1) == b""
        far.sendall(b"last words")
        far.close()
        assert read_exactly(near, 100) == b"last words"


def test_a_cut_holds_bytes_back_and_healing_delivers_them(places: Places) -> None:
    near, far = joined(places)
    with near, far:
        assert order(places, [["bank-a", "buyer"], ["bank-b"]]) == [["bank-a", "bank-b"], ["bank-b", "buyer"]]
        near.sendall(b"while cut")
        assert is_silent(far)
        near.shutdown(socket.SHUT_WR)
        assert is_silent(far), "an end is held back too: nothing tells a cut from a slow peer"
        assert order(places, None) == []
        assert read_exactly(far, 100) == b"while cut"


def test_a_cut_pair_takes_no_connection_until_healed(places: Places) -> None:
    plan = read_plan(places.settings)
    pair = next(each for each in plan.pairs if (each.dialler, each.listener) == ("buyer", "bank-b"))
    order(places, [["bank-a", "bank-b"], ["buyer"]])
    with (
        socket.create_server((LOOPBACK, plan.nodes[1].port)) as listener,
        socket.create_connection((LOOPBACK, pair.port), TIMEOUT_S) as near,
    ):
        listener.settimeout(SILENCE_S)
        with pytest.raises(TimeoutError):
            listener.accept()
        order(places, None)
        listener.settimeout(TIMEOUT_S)
        far, _ = listener.accept()
        with far:
            near.sendall(b"at last")
            assert read_exactly(far, 7) == b"at last"


def test_a_listener_that_is_down_closes_the_connection(places: Places) -> None:
    pair = read_plan(places.settings).pairs[0]
    with socket.create_connection((LOOPBACK, pair.port), TIMEOUT_S) as near, suppress(ConnectionResetError):
        assert near.recv(1) == b""


def test_a_bad_order_changes_nothing(places: Places) -> None:
    order(places, [["bank-a"], ["bank-b", "buyer"]])
    for line in (b"\n", b"{}\n", b"[1]\n", b'{"groups": 5}\n', b"\xff\n"):
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(TIMEOUT_S)
            channel.connect(str(places.relay_socket))
            channel.sendall(line)
            assert channel.recv(100) == b"", line
    assert order(places, [["bank-a"], ["bank-b", "buyer"]]) == [["bank-a", "bank-b"], ["bank-a", "buyer"]]


def test_which_pairs_are_cut() -> None:
    names = ("a", "b", "c", "d")
    assert cut_pairs(names, None) == set()
    assert cut_pairs(names, [list(names)]) == set()
    halves = cut_pairs(names, [["a", "b"], ["c", "d"]])
    assert halves == {frozenset(pair) for pair in (("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"))}
    assert cut_pairs(names, [["a", "b", "c"]]) == {frozenset((name, "d")) for name in "abc"}
    assert len(cut_pairs(names, [["a", "b"], ["b", "c"]])) == 4, (
        "b is in both: a-c is cut, a-b and b-c are not"
    )
