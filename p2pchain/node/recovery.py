"""Reading a node's chain from its disk at its start: log, ledger and index; nothing is executed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from p2pchain.codec.block import decode_block_record, decode_block_replay
from p2pchain.codec.genesis import genesis_id
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Corrupt, Fact, Invalid
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId
from p2pchain.node.home import Home, HomeError
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.index import TransactionIndex
from p2pchain.storage.recovery import Recovery

T = TypeVar("T")

INDEX_BATCH_BLOCKS = 256
"""Blocks that enter the index in one step while it is filled again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a node knows of the chain when it starts; ``last``: the newest block, None at genesis."""

    genesis: Genesis
    genesis_id: BlockId
    chain_log: ChainLog
    ledger: Ledger
    last: BlockRecord | None
    index: TransactionIndex


def recover(home: Home, genesis: Genesis, log: structlog.typing.FilteringBoundLogger) -> Recovered:
    """Open the log and rebuild the state. Raises ``Corrupt`` where the disk does not hold what was
    written.
    """
    own_id = genesis_id(genesis)
    files = Disk()
    chain_log = open_chain(files, home, own_id)
    tell_recovery(log, "chain", chain_log.recovery)
    ledger = replayed(genesis, chain_log)
    last = own_record(decode_block_record, chain_log.read(chain_log.tip), "chain") if chain_log.tip else None
    log.info("home.recovered", height=ledger.height, state_root=ledger.state_root.hex()[:16])
    return Recovered(
        genesis=genesis,
        genesis_id=own_id,
        chain_log=chain_log,
        ledger=ledger,
        last=last,
        index=_index(home, chain_log, own_id),
    )


def open_chain(files: Disk, home: Home, own_id: BlockId) -> ChainLog:
    """The chain log. Raises ``HomeError("GENESIS_CHANGED")`` where it began with another genesis."""
    try:
        return ChainLog.open(files, home.chain, genesis=own_id)
    except Corrupt as fault:
        if fault.code != "LOG_FOREIGN":
            raise
        facts: dict[str, Fact] = {"file": str(home.genesis), "genesis_id": own_id.hex()}
        hint = "put back the genesis.json that this home's chain began with, or begin a new home"
        raise HomeError("GENESIS_CHANGED", facts, hint) from fault


def replayed(genesis: Genesis, chain_log: ChainLog) -> Ledger:
    """The ledger at the tip of the log, by the state changes alone. Raises ``Corrupt``."""
    replays = (own_record(decode_block_replay, payload, "chain") for _, payload in chain_log.blocks())
    return Ledger.restored(genesis, replays)


def own_record(decode: Callable[[bytes], T], payload: bytes, name: str) -> T:
    """A record of our own disk. Its CRC held, so what does not decode was written by something else."""
    try:
        return decode(payload)
    except Invalid as fault:
        hint = "was it written by another version? use that, or p2pchain repair"
        raise Corrupt("RECORD_UNREADABLE", {"log": name, "reason": str(fault)}, hint) from fault


def tell_recovery(log: structlog.typing.FilteringBoundLogger, name: str, recovery: Recovery | None) -> None:
    """Log a torn tail that opening a log has cut."""
    if recovery is not None:
        log.warning("log.torn_tail_cut", log=name, detail=str(recovery))


def _index(home: Home, chain_log: ChainLog, own_id: BlockId) -> TransactionIndex:
    """The transaction index, brought up to the tip of the log."""
    index = TransactionIndex(home.index, own_id)
    index.forget_above(chain_log.tip)
    batch: list[tuple[int, list[bytes]]] = []
    for height, payload in chain_log.blocks(index.height + 1):
        record = own_record(decode_block_record, payload, "chain")
        batch.append((height, [transaction.tx_id for transaction in record.block.transactions]))
        if len(batch) == INDEX_BATCH_BLOCKS:
            index.add_all(batch)
            batch = []
    index.add_all(batch)
    return index
