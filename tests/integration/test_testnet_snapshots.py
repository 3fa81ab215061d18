"""Snapshots, pruning and joining with real daemons: an emptied validator is back without any old block."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from p2pchain.model.parameters import Parameters
from p2pchain.node.home.config import SEGMENT_BYTES_MIN, StorageConfig, format_config
from p2pchain.node.home.layout import Home
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.network_files import create_network
from p2pchain.testnet.places import Places
from p2pchain.testnet.plan import members_of
from tests.integration.testnet_driving import command, leave_note, state_roots

STORAGE = StorageConfig(snapshot_every=20, keep_heights=25, segment_bytes=SEGMENT_BYTES_MIN)
QUICK = Parameters(tx_lifetime=20, empty_block_interval_ms=60)
"""Many blocks in little time, and a window that leaves something to prune."""
BLOCKS = 150


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """Four quick nodes that keep little."""
    directory = tmp_path_factory.mktemp("snapshots") / "net"
    create_network(Places(directory), members=members_of(4), seed="1", relayed=False, parameters=QUICK)
    launcher = Launcher(directory)
    for name in launcher.names:
        store_as(launcher, name, STORAGE)
    launcher.start()
    launcher.wait_for_height(BLOCKS)
    yield launcher
    launcher.stop()


def store_as(launcher: Launcher, name: str, storage: StorageConfig) -> None:
    """Change the settings of a stopped node."""
    home = Home(launcher.home(name))
    home.config.write_text(format_config(replace(home.read_config(), storage=storage)))


def empty(launcher: Launcher, name: str) -> None:
    """Take everything from a stopped node but keys, settings, genesis, and what its key has signed."""
    home = Home(launcher.home(name))
    shutil.rmtree(home.chain)
    shutil.rmtree(home.snapshots)
    home.index.unlink()
    done = command(launcher, name, "repair")
    assert done.code == 0, done


def snapshots_of(launcher: Launcher, name: str) -> list[Path]:
    return sorted(Home(launcher.home(name)).snapshots.glob("*.seg"))


def test_snapshots_are_listed_and_old_blocks_are_gone(network: Launcher) -> None:
    network.wait_until(
        "the first segments are pruned",
        lambda: "HEIGHT_PRUNED" in command(network, "bank-a", "block", "1").err,
        30,
    )
    assert len(snapshots_of(network, "bank-a")) == 2
    listed = command(network, "bank-a", "snapshot", "list", "--json").told["snapshots"]
    assert [each["height"] % 20 for each in listed] == [0, 0]
    for name in network.names:
        network.restart(name)
    network.wait_for_height(BLOCKS)
    height = leave_note(network, "bank-a", "after the restart of all")
    network.wait_for_height(height)
    assert len(state_roots(network, height)) == 1


def test_an_emptied_validator_joins_by_snapshot_and_votes(network: Launcher) -> None:
    network.stop(["supplier"])
    empty(network, "supplier")
    store_as(network, "supplier", replace(STORAGE, join="snapshot"))
    network.start(["supplier"])
    network.wait_for_height(BLOCKS, ["supplier"])
    height = leave_note(network, "bank-a", "while it joins")
    network.wait_for_height(height, ["supplier"])
    assert len(state_roots(network, height)) == 1
    assert "HEIGHT_PRUNED" in command(network, "supplier", "block", "1").err
    network.stop(["buyer"])  # Three of four are needed: the one that joined among them.
    height = leave_note(network, "bank-a", "with its vote")
    network.wait_for_height(height, ["supplier"])
    network.start(["buyer"])
    network.wait_for_height(height, ["buyer"])


def test_a_node_proves_from_a_block_that_it_has_pruned(network: Launcher, tmp_path: Path) -> None:
    """To whoever kept a proof file of that block; and from genesis, as every node does."""
    genesis = ("--genesis", str(network.home("bank-a") / "genesis.json"))
    earlier, later = tmp_path / "earlier.proof", tmp_path / "later.proof"
    get = ("proof", "get", "system/parameters", "--out")
    assert command(network, "bank-a", *get, str(earlier)).code == 0
    first = command(network, "bank-a", "proof", "verify", str(earlier), *genesis, "--json").told
    network.wait_until(
        "the block of the proof is pruned",
        lambda: "HEIGHT_PRUNED" in command(network, "bank-a", "block", str(first["height"])).err,
        60,
    )
    refused = command(network, "bank-a", *get, str(later), "--trusted", first["proven"])
    assert (refused.code, "HEIGHT_PRUNED" in refused.err) == (1, True), refused
    done = command(network, "bank-a", *get, str(later), "--trusted", str(earlier))
    assert done.code == 0, done
    proven = command(network, "bank-a", "proof", "verify", str(later), "--trusted", first["proven"], "--json")
    assert (proven.told["trusted"], proven.told["values"]) == (first["proven"], first["values"])
    assert proven.told["height"] > first["height"]
    again = command(network, "bank-a", *get, str(earlier))
    assert (again.code, "FILE_UNWRITABLE" in again.err) == (1, True), "an earlier proof is kept"
    since = str(tmp_path / "since.proof")
    assert command(network, "bank-a", *get, since).code == 0
    assert command(network, "bank-a", "proof", "verify", since, *genesis).code == 0


def test_homes_without_old_blocks_are_verified(network: Launcher) -> None:
    network.stop()
    others = [flag for name in network.names[1:] for flag in ("--with", str(network.home(name)))]
    done = command(network, "bank-a", "verify", "--deep", *others)
    assert done.code == 0, done
    network.start()
