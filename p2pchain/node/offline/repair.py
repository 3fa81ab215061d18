"""Repair of a damaged chain log: what is whole stays, and only what is lost comes from the peers.

What signed blocks say can be had again from any member, with certificates that prove it. The state changes
and receipts beside them are never taken from anybody: a block that was fetched is executed, on the state that
the blocks before it lead to. The new log is written beside the old one and takes its place once it is whole;
the old one is kept. The safety log is another matter: nobody else knows what this key has signed, so it is
never touched here.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from p2pchain.codec.genesis import genesis_id
from p2pchain.ledger.module import Module
from p2pchain.ledger.restoration import restore
from p2pchain.model.errors import Corrupt
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT, BlockId, Height
from p2pchain.node.home.layout import Home, set_aside
from p2pchain.node.home.recovery import base_of, open_chain, replayed
from p2pchain.node.home.snapshot_store import Snapshot, read_snapshot
from p2pchain.node.offline.log_rebuild import Progress, Rebuilder
from p2pchain.node.packages.software import software_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.lock import HomeLock
from p2pchain.storage.recovery import Recovery
from p2pchain.storage.salvage import Salvage, salvage
from p2pchain.storage.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Result of a repair.

    ``height``: the tip of the log as it lies there now, None where it begins anew; ``cut``: the torn tail
    that opening it cut, if any. ``damage``: None where the log held; ``aside``: where the damaged one lies
    now, None where there was none. ``kept``: blocks that were whole; ``fetched``: heights that came from
    peers, in runs.
    """

    height: Height | None
    cut: Recovery | None = None
    damage: Corrupt | None = None
    aside: Path | None = None
    kept: int = 0
    fetched: tuple[range, ...] = ()


def repair(
    home: Home, passphrase: bytes | None = None, *, refetch: bool = False, progress: Progress | None = None
) -> Repair:
    """Examine the chain log of a stopped node, and mend it where it does not hold. ``passphrase``: of the
    peer key, which asking peers needs. ``refetch``: keep nothing; the node fetches all blocks again when it
    runs. ``progress``: told (height, tip) while a log is written anew.

    Raises ``Refused`` ``HOME_LOCKED`` while the daemon runs, ``REPAIR_NO_SOURCE`` where no peer gives what is
    lost (nothing was changed then); ``HomeError``, ``DiskFailure``, and what reading the peer key raises.
    """
    genesis = home.read_genesis()
    own_id, files = genesis_id(genesis), Disk()
    if not home.chain.parent.exists():
        files.make_directory(home.chain.parent)
    with HomeLock(home.lock):
        _finish_exchange(files, home)
        try:
            height, cut = _examine(files, home, genesis, own_id)
        except Corrupt as damage:
            salvaged = salvage(files, home.chain, genesis=own_id) if home.chain.exists() else None
            if refetch or salvaged is None or not salvaged.places:
                return Repair(height=None, damage=damage, aside=_begin_anew(files, home, genesis, own_id))
            return _rebuild(home, passphrase, genesis, salvaged, damage, progress)
    return Repair(height=height, cut=cut)


def _examine(files: Disk, home: Home, genesis: Genesis, own_id: BlockId) -> tuple[Height, Recovery | None]:
    """Every checksum and digest, and the state that the log leads to."""
    chain_log = open_chain(files, home, own_id)
    try:
        chain_log.verify()
        snapshots = SnapshotStore(files, home.snapshots, genesis=own_id)
        snapshot = base_of(chain_log, snapshots, structlog.get_logger())
        return replayed(genesis, chain_log, snapshot, software_of(home))[0].height, chain_log.recovery
    finally:
        chain_log.close()


def _rebuild(
    home: Home,
    passphrase: bytes | None,
    genesis: Genesis,
    salvaged: Salvage,
    damage: Corrupt,
    progress: Progress | None,
) -> Repair:
    own_id, files = genesis_id(genesis), Disk()
    store = SnapshotStore(files, home.snapshots, genesis=own_id)
    base = None if salvaged.first_height == 1 else _oldest_sound(store, genesis, salvaged, software_of(home))
    if salvaged.first_height > 1 and base is None:
        return Repair(height=None, damage=damage, aside=_begin_anew(files, home, genesis, own_id))
    for leftover in (home.unfinished_chain, home.rebuilt_chain):
        if leftover.exists():
            shutil.rmtree(leftover)
    rebuilder = Rebuilder(home=home, genesis=genesis, salvage=salvaged, base=base, progress=progress)
    height = rebuilder.run(passphrase)
    files.rename(home.unfinished_chain, home.rebuilt_chain)
    files.sync_directory(home.chain.parent)
    aside = set_aside(files, home.chain)
    files.rename(home.rebuilt_chain, home.chain)
    files.sync_directory(home.chain.parent)
    return Repair(
        height=height,
        damage=damage,
        aside=aside,
        kept=rebuilder.kept,
        fetched=tuple(rebuilder.fetched),
    )


def _finish_exchange(files: Disk, home: Home) -> None:
    """A repair that ended between setting the old log aside and giving the whole new one its name."""
    if not home.chain.exists() and ChainLog.exists(files, home.rebuilt_chain):
        files.rename(home.rebuilt_chain, home.chain)
        files.sync_directory(home.chain.parent)


def _begin_anew(files: Disk, home: Home, genesis: Genesis, own_id: BlockId) -> Path | None:
    """Set the log aside, and begin an empty one: behind the newest snapshot that holds where the log began
    behind one, else with block 1.
    """
    pruned = _began_above_one(files, home, own_id)
    aside = set_aside(files, home.chain) if home.chain.exists() else None
    store = SnapshotStore(files, home.snapshots, genesis=own_id)
    first_height = (_newest_sound(store, genesis, software_of(home)) if pruned else GENESIS_HEIGHT) + 1
    ChainLog.create(files, home.chain, genesis=own_id, first_height=first_height)
    return aside


def _began_above_one(files: Disk, home: Home, own_id: BlockId) -> bool:
    if not home.chain.exists():
        return True  # Nobody knows; what a snapshot spares need not be fetched.
    return salvage(files, home.chain, genesis=own_id).first_height > 1


def _newest_sound(snapshots: SnapshotStore, genesis: Genesis, modules: Sequence[Module]) -> int:
    """Height of the newest snapshot whose state has the root of its header; 0 where none has."""
    newest = reversed(snapshots.heights())
    sound = (height for height in newest if _sound(snapshots, genesis, height, modules))
    return next(sound, GENESIS_HEIGHT)


def _oldest_sound(
    snapshots: SnapshotStore, genesis: Genesis, salvaged: Salvage, modules: Sequence[Module]
) -> Snapshot | None:
    """The oldest such from which whole or lost blocks lead on."""
    for height in snapshots.heights():
        if salvaged.first_height - 1 <= height <= salvaged.tip:
            snapshot = _sound(snapshots, genesis, height, modules)
            if snapshot is not None:
                return snapshot
    return None


def _sound(
    snapshots: SnapshotStore, genesis: Genesis, height: int, modules: Sequence[Module]
) -> Snapshot | None:
    try:
        snapshot = read_snapshot(snapshots, height)
        restore(genesis, (), base=snapshot.base, modules=modules)
    except Corrupt:
        return None
    return snapshot
