"""Networks as they are laid out: keys from the seed alone, one genesis, homes that the daemon can read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from p2pchain.codec.genesis import genesis_validators
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.model.parameters import Parameters
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import read_key
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.network_files import REGISTRY_KEY, account_key, consensus_key, create_network, peer_key
from p2pchain.testnet.places import Places
from p2pchain.testnet.plan import SOCKET_PATH_BYTES_MAX, Plan, members_of, names_of, read_plan


def make(root: Path, count: int = 4, seed: str = "1", *, relayed: bool = False) -> Plan:
    """Lay out a network."""
    members = members_of(count)
    return create_network(Places(root), members=members, seed=seed, relayed=relayed, parameters=Parameters())


def test_four_organisations_with_all_that_the_design_names(tmp_path: Path) -> None:
    plan = make(tmp_path / "net")
    places = Places(tmp_path / "net")
    assert plan.names == ("bank-a", "bank-b", "buyer", "supplier")
    assert read_plan(places.settings) == plan
    genesis = Home(places.home("buyer")).read_genesis()
    assert len(genesis_validators(genesis)) == 4
    roles = {str(organisation.org): organisation.accounts[0].roles for organisation in genesis.organisations}
    assert "financier" in roles["bank-a"]
    assert "financier" in roles["bank-b"]
    assert "financier" not in roles["supplier"] + roles["buyer"]
    for name in plan.names:
        home = Home(places.home(name))
        assert home.genesis.read_bytes() == Home(places.home("bank-a")).genesis.read_bytes()
        assert read_key(home.peer_key, None, kind="peer").public_key == peer_key("1", name).public_key
        assert read_key(home.consensus_key, None, kind="consensus").seed == consensus_key("1", name).seed
        key = read_key(home.root / "accounts" / f"{name}.key", None, kind="account")
        assert key.public_key == account_key("1", name).public_key
        assert (home.root / REGISTRY_KEY).exists() == (name in ("bank-a", "bank-b"))
        assert len(home.read_config().peers) == 3
    shared = {(places.home(bank) / REGISTRY_KEY).read_text() for bank in ("bank-a", "bank-b")}
    assert len(shared) == 1
    assert len(bytes.fromhex(shared.pop().strip())) == 32


def test_every_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    make(tmp_path / "net")
    files = [*(tmp_path / "net").rglob("*.key")]
    assert len(files) == 4 + 8 + 2 + 4 * 4 or len(files) == 4 + 8 + 2, "accounts, nodes, registry"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "net").stat().st_mode) == 0o700


def test_the_seed_alone_decides_the_keys() -> None:
    keys = {
        make_key(seed, name).seed
        for make_key in (peer_key, consensus_key, account_key)
        for seed in ("1", "2")
        for name in ("bank-a", "bank-b")
    }
    assert len(keys) == 12
    assert peer_key("1", "bank-a").seed == peer_key("1", "bank-a").seed


def test_every_peer_is_dialled_where_it_listens_or_through_the_relay(tmp_path: Path) -> None:
    for relayed in (False, True):
        root = tmp_path / str(relayed)
        plan = make(root, 3, relayed=relayed)
        listens = {node.name: node.port for node in plan.nodes}
        through = {(pair.dialler, pair.listener): pair.port for pair in plan.pairs}
        assert len(through) == (6 if relayed else 0)
        for node in plan.nodes:
            config = Home(Places(root).home(node.name)).read_config()
            assert config.listen.endswith(f"/tcp/{node.port}")
            for peer in config.peers:
                name = next(n for n in plan.names if peer_id_of(peer_key("1", n).public_key) == peer.peer_id)
                port = through[(node.name, name)] if relayed else listens[name]
                assert peer.address == f"/ip4/127.0.0.1/tcp/{port}"
        every = [*listens.values(), *through.values()]
        assert len(set(every)) == len(every)


def test_names_sizes_and_seeds() -> None:
    assert names_of(2) == ("bank-a", "bank-b")
    assert names_of(6)[4:] == ("member-5", "member-6")
    for count in (0, 33):
        with pytest.raises(LaunchFailed):
            names_of(count)


def test_nothing_is_left_of_what_could_not_be_made(tmp_path: Path) -> None:
    with pytest.raises(LaunchFailed) as caught:
        make(tmp_path / "net", seed="No Seed")
    assert caught.value.code == "TESTNET_SEED"
    assert not list(tmp_path.iterdir())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("the only copy")
    with pytest.raises(LaunchFailed) as refused:
        make(tmp_path / "full")
    assert refused.value.code == "TESTNET_EXISTS"
    assert (tmp_path / "full" / "thesis.txt").exists()


def test_a_directory_without_a_network_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LaunchFailed) as caught:
        Launcher(tmp_path)
    assert caught.value.code == "TESTNET_MISSING"
    assert "scripts/testnet up" in str(caught.value)
    (tmp_path / "testnet.json").write_text("[]")
    with pytest.raises(LaunchFailed) as damaged:
        Launcher(tmp_path)
    assert damaged.value.code == "TESTNET_DAMAGED"


def test_sockets_of_deep_directories_lie_elsewhere(tmp_path: Path) -> None:
    near, deep = tmp_path / "n", tmp_path.joinpath(*["deep"] * 20) / "net"
    make(near, 1)
    make(deep, 1)
    assert Home(Places(near).home("bank-a")).read_config().control_socket is None
    found_socket = Home(Places(deep).home("bank-a")).read_config().control_socket
    assert found_socket is not None
    assert len(found_socket) <= SOCKET_PATH_BYTES_MAX
    assert Path(found_socket) == Places(deep).control_socket("bank-a")
