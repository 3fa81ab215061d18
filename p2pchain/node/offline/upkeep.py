"""Upkeep of a home without its daemon: its snapshots looked at, its old blocks pruned on command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2pchain.codec.genesis import genesis_id
from p2pchain.ledger.module import Module
from p2pchain.ledger.restoration import restore
from p2pchain.model.errors import Corrupt, Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.node.home.layout import Home
from p2pchain.node.home.prune_limit import Pruner
from p2pchain.node.home.recovery import open_chain
from p2pchain.node.home.snapshot_store import read_snapshot
from p2pchain.node.packages.software import software_of
from p2pchain.storage.files import Disk
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.lock import HomeLock
from p2pchain.storage.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReport:
    """One snapshot of a home. The rest is None where it was not read, or cannot be, which ``fault`` tells."""

    height: int
    file: str
    size: int
    time_ms: int | None = None
    keys: int | None = None
    state_root: bytes | None = None
    fault: Corrupt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Result of pruning: the log holds ``first`` to ``tip`` now, and ``segments`` files went."""

    first: int
    tip: int
    segments: int


def list_snapshots(home: Home, *, check: bool) -> tuple[SnapshotReport, ...]:
    """The snapshots of a home, ascending; the daemon may run. ``check``: each is read, and its state's root
    compared with its header's.
    """
    genesis = home.read_genesis()
    store = SnapshotStore(Disk(), home.snapshots, genesis=genesis_id(genesis))
    modules = software_of(home) if check else ()
    reports: list[SnapshotReport] = []
    for height in store.heights():
        try:
            reports.append(_report(store, genesis, height, modules))
        except FileNotFoundError:
            continue  # The running node wrote a newer one meanwhile, and removed this.
    return tuple(reports)


def _report(store: SnapshotStore, genesis: Genesis, height: int, modules: Sequence[Module]) -> SnapshotReport:
    """One snapshot, checked where there are ``modules``. Raises ``FileNotFoundError`` where it is gone."""
    report = SnapshotReport(height=height, file=str(store.path(height)), size=store.size(height))
    if not modules:
        return report
    try:
        snapshot = read_snapshot(store, height)
        restore(genesis, (), base=snapshot.base, modules=modules)
    except Corrupt as fault:
        return replace(report, fault=fault)
    header = snapshot.final.header
    keys, root = len(snapshot.frozen.values), header.state_root
    return replace(report, time_ms=header.time_ms, keys=keys, state_root=root)


def prune(home: Home, keep: int) -> Pruned:
    """Unlink the segments of a stopped node's chain log that hold nothing of its newest ``keep`` heights, as
    far as its snapshots allow.

    Raises ``Refused``: ``HOME_LOCKED`` while the daemon runs, ``PRUNE_NO_SNAPSHOT``; ``Corrupt``;
    ``DiskFailure``.
    """
    genesis = home.read_genesis()
    own_id, files = genesis_id(genesis), Disk()
    with HomeLock(home.lock):
        chain_log = open_chain(files, home, own_id)
        index = ChainIndex(home.index, own_id)
        try:
            store = SnapshotStore(files, home.snapshots, genesis=own_id)
            heights = [height for height in store.heights() if height <= chain_log.tip]
            if not heights:
                facts: dict[str, Fact] = {"tip": chain_log.tip}
                hint = "set storage.snapshot_every in config.toml and run the node until it wrote one"
                raise Refused("PRUNE_NO_SNAPSHOT", facts, hint)
            base = read_snapshot(store, heights[-1]).base
            lifetime = restore(genesis, (), base=base, modules=software_of(home)).parameters.tx_lifetime
            pruner = Pruner(chain_log, keep=keep, lifetime=lambda: lifetime, pruned=index.forget_below)
            pruner.allow_below(heights[0])
            segments = pruner.prune(chain_log.tip)
            return Pruned(first=chain_log.first, tip=chain_log.tip, segments=segments)
        finally:
            index.close()
            chain_log.close()
