"""One daemon bans another: out, out after a restart too, and back within seconds.

How: four daemons, orders given on the command line; blocks go on all the while. Then what ``bans.json`` may
hold.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from p2pchain.client.node_client import NodeClient
from p2pchain.model.ids import PeerId
from p2pchain.node.home.bans import BANS_BYTES_MAX, read_bans, write_bans
from p2pchain.node.home.layout import HomeError
from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import command, leave_note
from tests.patience import patient

AT_ONCE_S = patient(5.0)
BACK_S = patient(10.0)
STAYS_OUT_HEIGHTS = 3
"""Notes committed while the banned node dials in vain; it dials at least every 5 s."""


UP, DOWN, BANNED = (True, False), (False, False), (False, True)


@pytest.fixture
def linked(network: Launcher) -> Launcher:
    """The module's network, every node running and bank-a linked to all."""
    network.start()
    for peer in set(network.names) - {"bank-a"}:
        network.wait_until(f"linked to {peer}", lambda peer=peer: link(network, "bank-a", peer) == UP, BACK_S)  # type: ignore[misc]
    return network


def row(network: Launcher, name: str, peer: str) -> dict[str, Any] | None:
    """What a node tells of a peer; None where it does not answer (yet)."""
    rows = network.ask(name, NodeClient.peers)
    return None if rows is None else dict(next(each for each in rows if each["name"] == peer))


def link(network: Launcher, name: str, peer: str) -> tuple[bool, bool] | None:
    """Whether a peer is connected, and whether it is banned."""
    found = row(network, name, peer)
    return None if found is None else (found["connected"], found["banned"])


def is_healthy(network: Launcher) -> bool:
    status = network.status("bank-a")
    return status is not None and status["health"] == "healthy"


def peer_id(network: Launcher, name: str, peer: str) -> str:
    found = row(network, name, peer)
    assert found is not None, f"{name} does not answer"
    return str(found["peer_id"])


def test_ban_restart_unban(linked: Launcher) -> None:
    network = linked
    done = command(network, "bank-a", "peer", "ban", "buyer")
    assert (done.code, done.out) == (0, "buyer is banned until: p2pchain peer unban buyer\n"), done
    network.wait_until("dropped", lambda: link(network, "bank-a", "buyer") == BANNED, AT_ONCE_S)
    network.wait_until("dropped there", lambda: link(network, "buyer", "bank-a") == DOWN, AT_ONCE_S)
    bans = network.home("bank-a") / "bans.json"
    assert json.loads(bans.read_text()) == {"banned": [peer_id(network, "bank-a", "buyer")]}
    assert stat.S_IMODE(bans.stat().st_mode) == 0o600
    status = network.status("bank-a")
    assert status is not None
    assert status["health"] == "degraded"
    assert any("banned here: buyer" in reason for reason in status["reasons"]), status
    done = command(network, "bank-a", "peer", "connect", "buyer")
    assert (done.code, "PEER_BANNED" in done.err) == (1, True), done

    network.stop(["bank-a"])
    network.start(["bank-a"])
    network.wait_until("others linked", lambda: link(network, "bank-a", "bank-b") == UP, BACK_S)
    done = command(network, "buyer", "peer", "connect", "bank-a")
    assert (done.code, "PEER_UNREACHABLE" in done.err) == (1, True), done
    for _ in range(STAYS_OUT_HEIGHTS):
        height = leave_note(network, "buyer", "goes through the others")
        assert link(network, "bank-a", "buyer") == BANNED
    network.wait_until("blocks reach it", lambda: network.height("bank-a") >= height, BACK_S)

    done = command(network, "bank-a", "peer", "unban", "buyer", "--json")
    assert (done.code, done.told["banned"]) == (0, False), done
    network.wait_until("linked", lambda: link(network, "bank-a", "buyer") == UP, AT_ONCE_S)
    assert json.loads(bans.read_text()) == {"banned": []}
    network.wait_until("well", lambda: is_healthy(network), BACK_S)


def test_disconnect_and_connect(linked: Launcher) -> None:
    network = linked
    done = command(network, "bank-a", "peer", "disconnect", peer_id(network, "bank-a", "bank-b"))
    assert (done.code, done.out.startswith("bank-b is disconnected")) == (0, True), done
    done = command(network, "bank-a", "peer", "connect", "bank-b")
    assert (done.code, done.out) == (0, "bank-b is connected\n"), done
    assert command(network, "bank-a", "peer", "connect", "bank-a").code == 7, "itself"


def test_an_unreachable_peer_is_told_with_its_reason(linked: Launcher) -> None:
    network = linked
    network.stop(["supplier"])
    network.wait_until("gone", lambda: link(network, "bank-a", "supplier") == DOWN, BACK_S)
    done = command(network, "bank-a", "peer", "connect", "supplier")
    network.start(["supplier"])
    assert (done.code, done.err.count("\n")) == (1, 1), done
    assert "PEER_UNREACHABLE" in done.err
    assert "/tcp/" in done.err, "the address that was dialled"
    network.wait_until("back", lambda: link(network, "bank-a", "supplier") == UP, BACK_S)


def test_bans_file_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "bans.json"
    assert read_bans(path) == frozenset()
    for banned in ({PeerId("b"), PeerId("a")}, {PeerId("a")}, set[PeerId]()):
        write_bans(path, banned)
        assert read_bans(path) == banned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"banned": "a"}',
        '{"banned": [1]}',
        '{"banned": [""]}',
        '{"banned": [], "more": 1}',
        "[" * 100_000,
        " " * (BANS_BYTES_MAX + 1),
    ],
)
def test_a_damaged_bans_file_is_never_taken_for_no_bans(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bans.json"
    path.write_text(text)
    with pytest.raises(HomeError) as caught:
        read_bans(path)
    assert caught.value.code == "BANS_INVALID"
