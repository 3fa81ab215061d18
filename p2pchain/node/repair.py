"""Repair of a chain log that does not hold: it is set aside, and the node fetches the chain again from its
peers.

What signed blocks say can be had again from any member, with certificates that prove it, so there is nothing
to mend byte
by byte. The safety log is another matter: nobody else knows what this key has signed, so it is never touched
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from p2pchain.codec.genesis import genesis_id
from p2pchain.ledger.restoring import restore
from p2pchain.model.errors import Corrupt
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT, BlockId, Height
from p2pchain.node.home import Home, set_aside
from p2pchain.node.recovery import base_of, open_chain, replayed
from p2pchain.node.snapshots import read_snapshot
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.lock import HomeLock
from p2pchain.storage.recovery import Recovery
from p2pchain.storage.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was found and done.

    ``height``: the tip of a log that holds, and ``cut`` the torn tail that opening it cut, if any. Else
    ``damage``, and ``aside``: where the log lies now, None where there was none.
    """

    height: Height | None
    cut: Recovery | None
    damage: Corrupt | None
    aside: Path | None


def repair(home: Home) -> Repair:
    """Examine the chain log of a stopped node, and set it aside where it does not hold.

    Raises ``Refused`` ``HOME_LOCKED`` while the daemon runs, ``HomeError``, ``DiskFailure``.
    """
    genesis = home.read_genesis()
    own_id, files = genesis_id(genesis), Disk()
    with HomeLock(home.lock):
        try:
            height, cut = _examine(files, home, genesis, own_id)
        except Corrupt as damage:
            aside = _set_aside(files, home, genesis, own_id)
            return Repair(height=None, cut=None, damage=damage, aside=aside)
    return Repair(height=height, cut=cut, damage=None, aside=None)


def _examine(files: Disk, home: Home, genesis: Genesis, own_id: BlockId) -> tuple[Height, Recovery | None]:
    """Every checksum and digest, and the state that the log leads to."""
    chain_log = open_chain(files, home, own_id)
    try:
        chain_log.verify()
        snapshots = SnapshotStore(files, home.snapshots, genesis=own_id)
        snapshot = base_of(chain_log, snapshots, structlog.get_logger())
        return replayed(genesis, chain_log, snapshot)[0].height, chain_log.recovery
    finally:
        chain_log.close()


def _set_aside(files: Disk, home: Home, genesis: Genesis, own_id: BlockId) -> Path | None:
    """Set the log aside, and begin an empty one: behind the newest snapshot that holds, if there is any."""
    aside = set_aside(files, home.chain) if home.chain.exists() else None
    first_height = _newest_sound(SnapshotStore(files, home.snapshots, genesis=own_id), genesis) + 1
    ChainLog.create(files, home.chain, genesis=own_id, first_height=first_height)
    return aside


def _newest_sound(snapshots: SnapshotStore, genesis: Genesis) -> int:
    """Height of the newest snapshot whose state has the root of its header; 0 where none has."""
    for height in reversed(snapshots.heights()):
        try:
            restore(genesis, (), base=read_snapshot(snapshots, height).base)
        except Corrupt:
            continue
        return height
    return GENESIS_HEIGHT
