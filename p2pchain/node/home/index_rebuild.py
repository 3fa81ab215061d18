"""The derived index made anew beside the old one, which serves until the new one takes its place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from p2pchain.codec.genesis import genesis_id
from p2pchain.model.ids import FIRST_HEIGHT
from p2pchain.node.home.index_filling import BlockRows, Owner, fill, genesis_owners, owners_in
from p2pchain.node.home.layout import Home
from p2pchain.node.home.snapshot_store import read_snapshot
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.index import ChainIndex, remove_index
from p2pchain.storage.snapshots import SnapshotStore
from p2pchain.storage.watched_disk import WatchedDisk


def unfinished(home: Home) -> Path:
    """Where a new index lies until it is whole."""
    return home.index.with_name("index.unfinished.sqlite")


def build_index(home: Home, progress: Callable[[int, int], None]) -> int:
    """Make the index of a home's chain log anew, at ``unfinished``; the daemon may run. Returns the height
    that it goes up to. ``progress``: told (height, tip). Raises ``Fault`` where the log does not hold.
    """
    genesis = home.read_genesis()
    own_id = genesis_id(genesis)
    chain_log = ChainLog.open(WatchedDisk(Disk()), home.chain, genesis=own_id)
    path = unfinished(home)
    remove_index(path)
    index = ChainIndex(path, own_id)
    try:
        standing = _standing(home, own_id, chain_log.first)
        fill(index, chain_log, BlockRows([*genesis_owners(genesis), *standing]), progress)
        return index.height
    finally:
        index.close()


def take_place(home: Home) -> None:
    """Put the new index in the place of the old one, which nobody has open."""
    remove_index(home.index)
    os.replace(unfinished(home), home.index)


def _standing(home: Home, own_id: bytes, first: int) -> Iterator[Owner]:
    """Keys in the oldest snapshot, where the log does not tell of all."""
    store = SnapshotStore(Disk(), home.snapshots, genesis=own_id)
    heights = store.heights()
    if first > FIRST_HEIGHT and heights:
        yield from owners_in(read_snapshot(store, heights[0]).frozen.values.items())
