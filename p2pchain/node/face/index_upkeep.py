"""Keeping the transaction index up to date, beside the main loop."""

from __future__ import annotations

from collections import deque

import structlog
import trio

from p2pchain.model.chain import BlockRecord
from p2pchain.model.ids import Height, TxId
from p2pchain.storage.index import IndexFailure, TransactionIndex

BEHIND_MAX = 256
"""Blocks that may wait for the index; past it the index is left behind and catches up at the next start."""


class Indexer:
    """Feeds final blocks to the index in a worker thread; what is not in it yet is found in memory."""

    def __init__(self, index: TransactionIndex) -> None:
        """``index`` is used by this object alone from here on."""
        self._index = index
        self._waiting: deque[BlockRecord] = deque()
        self._recent: dict[TxId, tuple[int, int]] = {}
        self._arrived = trio.Event()
        self._limiter = trio.CapacityLimiter(1)
        self._skipped = False
        self.fault: IndexFailure | None = None
        """Why blocks are indexed no more; None while they are."""
        self._first = 0
        self._forgotten = 0

    def committed(self, record: BlockRecord) -> None:
        """A final block."""
        if self._skipped or len(self._waiting) >= BEHIND_MAX:
            # A gap would make the index lie: it stays where it is until the next start fills it.
            self._skipped = True
            return
        self._waiting.append(record)
        height = int(record.block.height)
        for place, transaction in enumerate(record.block.transactions):
            self._recent[transaction.tx_id] = (height, place)
        self._arrived.set()

    def pruned(self, first: int) -> None:
        """The log begins at ``first`` now: what lies below is forgotten with the next block. Any thread."""
        self._first = first

    async def run(self) -> None:
        """Index until cancelled, or until SQLite fails: the node goes on without, and the next start fills
        what is missing.
        """
        try:
            await self._index_all()
        except IndexFailure as fault:
            self.fault, self._skipped = fault, True
            self._waiting.clear()
            self._recent.clear()
            structlog.get_logger().error("index.failed", code=fault.code, hint=fault.hint, **fault.facts)

    async def _index_all(self) -> None:
        while True:
            if self._forgotten < (first := self._first):
                await trio.to_thread.run_sync(self._index.forget_below, first, limiter=self._limiter)
                self._forgotten = first
            if not self._waiting:
                self._arrived = trio.Event()
                await self._arrived.wait()
            blocks = [self._waiting.popleft() for _ in range(len(self._waiting))]
            rows = [
                (int(record.block.height), [tx.tx_id for tx in record.block.transactions])
                for record in blocks
            ]
            await trio.to_thread.run_sync(self._index.add_all, rows, limiter=self._limiter)
            for _, tx_ids in rows:
                for tx_id in tx_ids:
                    self._recent.pop(tx_id, None)

    def reasons(self) -> list[str]:
        """What is wrong, for an operator; nothing while all is well."""
        return [] if self.fault is None else [f"finds no transactions by their ids: {self.fault}"]

    async def find(self, tx_id: TxId) -> tuple[Height, int] | None:
        """(height, place) of a final transaction, or None. Raises ``IndexFailure`` where nobody can know."""
        if self.fault is not None:
            raise self.fault
        place = self._recent.get(tx_id)
        if place is None:
            place = await trio.to_thread.run_sync(self._index.find, tx_id, limiter=self._limiter)
        return None if place is None else (Height(place[0]), place[1])
