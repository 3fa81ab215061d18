"""Rows of the derived index for a block, filled in from the chain log.

Transactions are listed by the organisations of their signers. Blocks name keys alone, so whose a key is comes
from the records that blocks write: keys serve once, for one organisation, so it stays known after the key has
left. Only where a log begins above height 1 a key that left before its first snapshot has no name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from p2pchain.codec.block import decode_block_record
from p2pchain.ledger.consortium import membership
from p2pchain.ledger.record import read_record
from p2pchain.model.chain import BlockRecord
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Receipt, Transaction
from p2pchain.node.home.own_records import own_record
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.index_rows import IndexedBlock, IndexedTransaction

FILLED_AT_ONCE_BLOCKS: Final = 64
"""Blocks that enter the index in one step while it is filled from the log."""
FILLED_AT_START_BLOCKS: Final = 20_000
"""Missing blocks that a start waits for; more of them enter beside the running node."""
Owner = tuple[bytes, str]
"""A key of an account or validator, and its organisation."""
OWNED: Final = tuple(
    membership.NAME.encode() + b"/" + kind for kind in (membership.ACCOUNT, membership.VALIDATOR)
)
"""Where the records of such keys begin; both have the organisation in the second place."""


def genesis_owners(genesis: Genesis) -> Iterator[Owner]:
    """Yield the keys that a chain begins with."""
    for organisation in genesis.organisations:
        for account in organisation.accounts:
            yield account.public_key, organisation.org
        for node in organisation.nodes:
            if node.consensus_key is not None:
                yield node.consensus_key, organisation.org


def owners_in(records: Iterable[tuple[bytes, bytes | None]]) -> Iterator[Owner]:
    """Yield the keys that records of the state give to organisations."""
    for key, value in records:
        if value is not None and key.startswith(OWNED):
            prefix = next(prefix for prefix in OWNED if key.startswith(prefix))
            yield key.removeprefix(prefix), str(read_record(value)[1])


class BlockRows:
    """Turns the records of consecutive blocks into rows of the index."""

    def __init__(self, owners: Iterable[Owner]) -> None:
        """``owners``: those known before the first of the blocks."""
        self._owners = dict(owners)

    def of(self, record: BlockRecord) -> IndexedBlock:
        """Make the row of a block; whose its signers are is asked before it and after it."""
        owners = tuple(owners_in(record.changes))
        self._owners.update(owners)
        header = record.block.header
        pairs = zip(record.block.transactions, record.receipts, strict=True)
        return IndexedBlock(
            height=header.height,
            block_id=record.block.block_id,
            time_ms=header.time_ms,
            proposer=self._owners.get(header.proposer, ""),
            owners=owners,
            transactions=tuple(
                self._transaction(verified.transaction, receipt) for verified, receipt in pairs
            ),
        )

    def _transaction(self, transaction: Transaction, receipt: Receipt) -> IndexedTransaction:
        body = transaction.body
        orgs = dict.fromkeys(self._owners[key] for key in body.signers if key in self._owners)
        first = body.operations[0]
        return IndexedTransaction(
            tx_id=transaction.tx_id,
            orgs=tuple(orgs),
            modules=tuple(dict.fromkeys(operation.module for operation in body.operations)),
            operation=f"{first.module} {first.action}",
            operations=len(body.operations),
            code=receipt.code,
        )


def fill(
    index: ChainIndex,
    chain_log: ChainLog,
    rows: BlockRows,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Bring an index up to the tip of the log. ``progress``: told (height, tip) after each step. Raises
    ``Corrupt`` where the log does not hold, ``IndexFailure``.
    """
    while fill_step(index, chain_log, rows, chain_log.tip):
        if progress is not None:
            progress(index.height, chain_log.tip)


def fill_step(index: ChainIndex, chain_log: ChainLog, rows: BlockRows, last: int) -> bool:
    """Put the next blocks of the log up to ``last`` into an index; return whether there were any. Raises as
    ``fill`` does.
    """
    if index.height >= last:
        return False
    following = islice(chain_log.blocks(index.height + 1), FILLED_AT_ONCE_BLOCKS)
    payloads = [payload for height, payload in following if height <= last]
    index.add_all([rows.of(own_record(decode_block_record, payload, "chain")) for payload in payloads])
    return bool(payloads)
