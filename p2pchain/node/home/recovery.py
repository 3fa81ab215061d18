"""Reading a node's chain from its disk at its start: log, ledger and index; nothing is executed again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from p2pchain.codec.block import decode_block_record, decode_block_replay
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Module
from p2pchain.ledger.restoration import restore
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.ledger.validators import sets_in
from p2pchain.model.chain import BlockReplay, FinalHeader
from p2pchain.model.errors import Corrupt, Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import FIRST_HEIGHT, BlockId
from p2pchain.model.messages import ModuleCode
from p2pchain.model.voting import CommitCertificate
from p2pchain.node.home.index_filling import (
    FILLED_AT_START_BLOCKS,
    OWNED,
    BlockRows,
    fill,
    genesis_owners,
    owners_in,
)
from p2pchain.node.home.layout import Home, HomeError
from p2pchain.node.home.module_sources import own_codes
from p2pchain.node.home.own_records import own_record
from p2pchain.node.home.snapshot_store import Snapshot, newest_snapshot
from p2pchain.node.packages.software import software_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import DISK, FileSystem
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.layout import SEGMENT_BYTES
from p2pchain.storage.recovery import Recovery
from p2pchain.storage.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Chain that a node has at its start; ``last``: the newest block's, None at genesis."""

    genesis: Genesis
    genesis_id: BlockId
    chain_log: ChainLog
    ledger: Ledger
    last: FinalHeader | None
    snapshots: SnapshotStore
    lineage: Lineage
    index: ChainIndex
    index_rows: BlockRows
    codes: tuple[ModuleCode, ...]
    """Code of all modules that this software has."""
    modules: tuple[Module, ...]
    """Declarations of them."""


def recover(
    home: Home,
    genesis: Genesis,
    log: structlog.typing.FilteringBoundLogger,
    segment_bytes: int = SEGMENT_BYTES,
    files: FileSystem = DISK,
) -> Recovered:
    """Open the log and rebuild the state. Raises ``Corrupt`` where the disk does not hold what was
    written. ``files``: where chain log and snapshots lie, another one only in tests.
    """
    own_id = genesis_id(genesis)
    snapshots = SnapshotStore(files, home.snapshots, genesis=own_id)
    begin_after_snapshot(files, home, snapshots, own_id, log)
    chain_log = open_chain(files, home, own_id, segment_bytes)
    tell_recovery(log, "chain", chain_log.recovery)
    snapshots.discard_above(chain_log.tip)
    snapshot = base_of(chain_log, snapshots, log)
    modules = software_of(home)
    ledger, lineage = replayed(genesis, chain_log, snapshot, modules)
    last = None if snapshot is None else snapshot.final
    if chain_log.tip >= chain_log.first:
        last = own_record(decode_block_record, chain_log.read(chain_log.tip), "chain").final_header
    index, index_rows = _index(home, chain_log, genesis, ledger)
    log.info("home.recovered", height=ledger.height, state_root=ledger.state_root.hex()[:16])
    return Recovered(
        genesis=genesis,
        genesis_id=own_id,
        chain_log=chain_log,
        ledger=ledger,
        last=last,
        snapshots=snapshots,
        lineage=lineage,
        index=index,
        index_rows=index_rows,
        codes=own_codes(modules),
        modules=modules,
    )


def open_chain(
    files: FileSystem, home: Home, own_id: BlockId, segment_bytes: int = SEGMENT_BYTES
) -> ChainLog:
    """The chain log. Raises ``HomeError("GENESIS_CHANGED")`` where it began with another genesis."""
    try:
        return ChainLog.open(files, home.chain, genesis=own_id, segment_bytes=segment_bytes)
    except Corrupt as fault:
        if fault.code != "LOG_FOREIGN":
            raise
        facts: dict[str, Fact] = {"file": str(home.genesis), "genesis_id": own_id.hex()}
        hint = "put back the genesis.json that this home's chain began with, or begin a new home"
        raise HomeError("GENESIS_CHANGED", facts, hint) from fault


def base_of(
    chain_log: ChainLog, snapshots: SnapshotStore, log: structlog.typing.FilteringBoundLogger
) -> Snapshot | None:
    """The snapshot from which the log leads on; None for genesis. Raises ``Corrupt("SNAPSHOT_MISSING")``
    where a log that begins above height 1 has none.
    """
    snapshot = newest_snapshot(snapshots, chain_log.first - 1, chain_log.tip, log)
    if snapshot is None and chain_log.first > FIRST_HEIGHT:
        facts: dict[str, Fact] = {"first": chain_log.first, "tip": chain_log.tip}
        raise Corrupt("SNAPSHOT_MISSING", facts, "the blocks below are pruned; run: p2pchain repair")
    return snapshot


def replayed(
    genesis: Genesis, chain_log: ChainLog, snapshot: Snapshot | None, modules: Sequence[Module]
) -> tuple[Ledger, Lineage]:
    """Rebuild ledger and links at the tip from the log's state changes. ``modules``: all that the node of the
    home has. Raises ``Corrupt``.
    """
    if snapshot is None:
        base, lineage = None, Lineage((), (genesis_validators(genesis),))
    else:
        base, lineage = snapshot.base, Lineage(snapshot.links, sets_in(snapshot.frozen.values))

    def replays() -> Iterator[BlockReplay]:
        for _, payload in chain_log.blocks(FIRST_HEIGHT if base is None else base.header.height + 1):
            replay = own_record(decode_block_replay, payload, "chain")
            lineage.follow(replay.header, replay.changes, partial(_certificate_in, payload))
            yield replay

    return restore(genesis, replays(), base=base, modules=modules), lineage


def _certificate_in(payload: bytes) -> CommitCertificate:
    return own_record(decode_block_record, payload, "chain").certificate


def tell_recovery(log: structlog.typing.FilteringBoundLogger, name: str, recovery: Recovery | None) -> None:
    """Log a torn tail that opening a log has cut."""
    if recovery is not None:
        log.warning("log.torn_tail_cut", log=name, detail=str(recovery))


def begin_after_snapshot(
    files: FileSystem,
    home: Home,
    snapshots: SnapshotStore,
    own_id: BlockId,
    log: structlog.typing.FilteringBoundLogger,
) -> None:
    """Begin the chain log behind the snapshot by which a node joins. It is made here, so that a crash between
    the two costs nothing.
    """
    heights = snapshots.heights()
    if heights and files.exists(home.chain) and not ChainLog.exists(files, home.chain):
        try:
            ChainLog.create(files, home.chain, genesis=own_id, first_height=heights[-1] + 1)
        except Refused:
            return  # It holds blocks and has lost its manifest: that is damage, which opening it names.
        log.warning("chain.begins_after_snapshot", height=heights[-1])


def _index(home: Home, chain_log: ChainLog, genesis: Genesis, ledger: Ledger) -> tuple[ChainIndex, BlockRows]:
    """The index, brought up to the tip of the log; where that is far, it is made anew beside the node."""
    index = ChainIndex(home.index, genesis_id(genesis))
    index.forget_above(chain_log.tip)
    standing = (record for prefix in OWNED for record in ledger.walk(prefix))
    rows = BlockRows([*genesis_owners(genesis), *owners_in(standing), *index.owners().items()])
    if chain_log.tip - max(index.height, chain_log.first - 1) <= FILLED_AT_START_BLOCKS:
        fill(index, chain_log, rows)
    return index, rows
