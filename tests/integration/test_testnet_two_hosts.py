"""One validator's key on two hosts: evidence in a block, both hosts named, no fork, and the chain goes on.

How: four daemons; the organisation of one has a second node, a member without a vote, into whose home the
validator's key is copied. The daemon refuses to run there. A host that does not ask (``second_host.py``)
proves the key and contradicts every vote of the first.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from p2pchain.client.node_client import NodeClient
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.model.genesis import Genesis, GenesisNode
from p2pchain.model.ids import PeerId
from p2pchain.node.home.config import PeerAddress, format_config
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.signing.keyfile import new_key, read_key, write_key
from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from tests.integration.testnet_driving import command, leave_note, state_roots
from tests.patience import patient

TOP = Path(__file__).parents[2]
VICTIM, SECOND = "supplier", "supplier-standby"
OTHERS = ("bank-a", "bank-b", "buyer")
FOUND_S = patient(40.0)
SOON_S = patient(20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoHosts:
    """The network, the second host's home, and the peer ids of both."""

    network: Launcher
    second: Home
    first_id: PeerId
    second_id: PeerId


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHosts]:
    """Four daemons at height 2; the second host does not run."""
    network = Launcher.make(tmp_path_factory.mktemp("network") / "net")
    second = Home(tmp_path_factory.mktemp("second") / "home")
    peer_key = new_key()
    genesis = _with_standby(
        Home(network.home(VICTIM)).read_genesis(),
        GenesisNode(name=SECOND, peer_key=peer_key.public_key, consensus_key=None, power=0),
    )
    for name in network.names:
        home = Home(network.home(name))
        config = home.read_config()
        shutil.rmtree(home.root / "data")
        home.config.unlink()
        home.genesis.unlink()
        lay_out(home, config, genesis)
    first = Home(network.home(VICTIM))
    config = replace(first.read_config(), name=SECOND, listen="/ip4/127.0.0.1/tcp/0")
    lay_out(second, config, genesis)
    write_key(second.peer_key, peer_key, "peer", None)
    shutil.copy(first.consensus_key, second.consensus_key)
    network.start()
    network.wait_for_height(READY_HEIGHT)
    yield TwoHosts(
        network=network,
        second=second,
        first_id=peer_id_of(read_key(first.peer_key, None).public_key),
        second_id=peer_id_of(peer_key.public_key),
    )
    network.stop()


def _with_standby(genesis: Genesis, node: GenesisNode) -> Genesis:
    return replace(
        genesis,
        organisations=tuple(
            replace(each, nodes=(*each.nodes, node)) if each.org == VICTIM else each
            for each in genesis.organisations
        ),
    )


def reasons(network: Launcher, name: str) -> str:
    status = network.status(name)
    return "" if status is None else "; ".join(status["reasons"])


@contextmanager
def second_host(hosts: TwoHosts) -> Iterator[None]:
    """The second host runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.second_host", str(hosts.second.root)], cwd=TOP
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def evidence(network: Launcher, name: str) -> Sequence[Mapping[str, Any]]:
    return network.ask(name, NodeClient.evidence) or ()


def test_the_daemon_does_not_run_with_the_key_of_another_node(hosts: TwoHosts) -> None:
    """What an operator would try first."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "p2pchain.cli", "--home", str(hosts.second.root), "run"],
        capture_output=True,
        text=True,
        timeout=SOON_S,
        check=False,
    )
    assert (done.returncode, "CONSENSUS_KEY_FOREIGN" in done.stderr) == (78, True), done


def test_two_hosts_with_one_key_are_found_and_named(hosts: TwoHosts) -> None:
    """By the hello at once, by the votes soon; the first host stops when it sees the evidence."""
    network, both = hosts.network, {hosts.first_id, hosts.second_id}
    with second_host(hosts):
        told = f"validator key of {VICTIM} used by two peers"
        network.wait_until("they say so", lambda: told in reasons(network, "bank-a"), SOON_S)
        assert all(peer in reasons(network, "bank-a") for peer in both)

        def recorded() -> bool:
            leave_note(network, "bank-a", "so that all vote")
            return bool(evidence(network, "bank-a"))

        network.wait_until("evidence in a block", recorded, FOUND_S)
        network.wait_until(
            "the first host stops", lambda: "GUARD_SIGNATURE_FOREIGN" in reasons(network, VICTIM), SOON_S
        )
        assert "p2pchain key import-state" in reasons(network, VICTIM)
        for _ in range(3):
            height = leave_note(network, "bank-b", "it goes on")
    network.wait_for_height(height)
    assert len(state_roots(network, height)) == 1
    seen = [each for name in OTHERS for each in evidence(network, name) if each["came_over"]]
    assert {each["org"] for each in seen} == {VICTIM}
    assert both in [{vote["peer_id"] for vote in each["came_over"]} for each in seen]
    logs = [network.places.log(name).read_text() for name in OTHERS]
    assert any("evidence.found" in log and all(peer in log for peer in both) for log in logs)
    assert "validator.key_shared" in logs[0]
    shown = command(network, "bank-a", "equivocations")
    assert shown.code == 0, shown


def test_a_host_that_meets_its_key_elsewhere_stops_at_once(hosts: TwoHosts) -> None:
    """The first host signs again after an import; then the second one dials it, and proves the key."""
    network = hosts.network
    network.stop([VICTIM])
    floor = network.height("bank-a") + 1
    done = command(network, VICTIM, "key", "import-state", "--floor", str(floor), "--yes")
    assert done.code == 0, done
    network.start([VICTIM])
    while network.height("bank-a") <= floor:
        leave_note(network, "bank-a", "on to the floor")
    network.wait_until("it signs", lambda: "sign" not in reasons(network, VICTIM), SOON_S)

    first, second = Home(network.home(VICTIM)).read_config(), hosts.second.read_config()
    peer = PeerAddress(peer_id=hosts.first_id, address=first.listen)
    hosts.second.config.write_text(format_config(replace(second, peers=(*second.peers, peer))))
    with second_host(hosts):
        network.wait_until(
            "the first host stops", lambda: "GUARD_KEY_ELSEWHERE" in reasons(network, VICTIM), SOON_S
        )
        assert hosts.second_id in reasons(network, VICTIM)
        height = leave_note(network, "bank-b", "it goes on")
    network.wait_for_height(height)
    assert len(state_roots(network, height)) == 1
