"""Keeping the derived index up to date beside the main loop, and reading it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

import structlog
import trio

from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import Height, TxId
from p2pchain.node.home.index_filling import FILLED_AT_START_BLOCKS, BlockRows, fill_step
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.index import ChainIndex, IndexFailure

T = TypeVar("T")
BEHIND_MAX: Final = 256
"""Blocks that may wait for the index in memory; past it they are read from the log again."""
SETTLE_S: Final = 5.0
"""How long a list waits for the newest block to be in the index."""


class Indexer:
    """Feeds final blocks to the index in a worker thread; what is not in it yet is found in memory."""

    def __init__(self, index: ChainIndex, rows: BlockRows, chain_log: ChainLog) -> None:
        """``index`` and ``rows`` are used by this object alone from here on."""
        self._index = index
        self._rows = rows
        self._chain_log = chain_log
        self._waiting: deque[BlockRecord] = deque()
        self._recent: dict[TxId, tuple[int, int]] = {}
        self._arrived = trio.Event()
        self._advanced = trio.Event()
        self._limiter = trio.CapacityLimiter(1)
        self._newest = index.height
        self._renewed = trio.Event()
        self._is_held = chain_log.tip - max(index.height, chain_log.first - 1) > FILLED_AT_START_BLOCKS
        self.fault: IndexFailure | None = None
        """Why blocks are indexed no more; None while they are."""
        self._first = 0
        self._forgotten = 0

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable."""
        height = record.block.height
        self._newest = height
        self._arrived.set()
        if self.fault is not None or self._is_held:
            return
        if len(self._waiting) >= BEHIND_MAX:
            return  # It is read from the log again, in its turn.
        self._waiting.append(record)
        for place, transaction in enumerate(record.block.transactions):
            self._recent[transaction.tx_id] = (height, place)

    def pruned(self, first: int) -> None:
        """The log begins at ``first`` now: what lies below is forgotten with the next block. Any thread."""
        self._first = first

    async def run(self) -> None:
        """Index until cancelled. Where SQLite fails the node goes on without, until the index is exchanged or
        the next start fills what is missing.
        """
        while True:
            if self._is_held:
                await self._renewed.wait()
            try:
                await self._index_all()
            except IndexFailure as fault:
                self._renewed = trio.Event()
                self.fault = fault
                self._waiting.clear()
                self._recent.clear()
                self._advanced.set()
                structlog.get_logger().error("index.failed", code=fault.code, hint=fault.hint, **fault.facts)
                await self._renewed.wait()

    async def _index_all(self) -> None:
        while True:
            if self._forgotten < (first := self._first):
                await self._in_thread(partial(self._index.forget_below, first))
                self._forgotten = first
            if self._index.height >= self._newest:
                self._waiting.clear()
                self._arrived = trio.Event()
                await self._arrived.wait()
            blocks = [self._waiting.popleft() for _ in range(len(self._waiting))]
            await self._in_thread(partial(self._add, blocks))
            for record in blocks:
                for transaction in record.block.transactions:
                    self._recent.pop(transaction.tx_id, None)
            self._advanced.set()
            self._advanced = trio.Event()

    def _add(self, blocks: list[BlockRecord]) -> None:
        """Add what waited, and where it does not follow upon the index, what lies between from the log."""
        following = [record for record in blocks if record.block.height > self._index.height]
        last = following[0].block.height - 1 if following else self._newest
        while fill_step(self._index, self._chain_log, self._rows, last):
            pass
        self._index.add_all(
            self._rows.of(record) for record in following if record.block.height > self._index.height
        )

    @property
    def is_held(self) -> bool:
        """Return whether so much is missing that the index has to be made anew, by a process."""
        return self._is_held

    async def exchange(self, take_up: Callable[[], ChainIndex]) -> None:
        """Close the index, and go on with the one that ``take_up`` returns. Raises what it raises."""

        def exchanged() -> ChainIndex:
            with suppress(IndexFailure):
                self._index.close()
            return take_up()

        self._index = await self._in_thread(exchanged)
        self._forgotten = 0
        self._is_held, self.fault = False, None
        self._newest = max(self._newest, self._index.height)
        self._arrived.set()
        self._renewed.set()

    def close(self) -> None:
        """Close the index; nobody asks it any more."""
        self._index.close()

    def reasons(self) -> list[str]:
        """List the faults for an operator; none while all is well."""
        if self._is_held:
            return ["finds few transactions by their ids: the index is made anew, see: p2pchain jobs"]
        return [] if self.fault is None else [f"finds no transactions by their ids: {self.fault}"]

    async def find(self, tx_id: TxId) -> tuple[Height, int] | None:
        """(height, place) of a final transaction, or None. Raises ``IndexFailure``, or
        ``Refused("INDEX_BEHIND")``, where nobody can know.
        """
        if self.fault is not None:
            raise self.fault
        place = self._recent.get(tx_id)
        if place is None:
            place = await self._in_thread(lambda: self._index.find(tx_id))
        if place is None and self._is_held:
            raise _behind(self._index.height, self._newest)
        return None if place is None else (Height(place[0]), place[1])

    async def read(self, question: Callable[[ChainIndex], T]) -> tuple[T, Height]:
        """Ask the index once the newest block is in it; the answer, and up to which height it goes. Raises
        ``IndexFailure``, ``Refused("INDEX_BEHIND")``.
        """
        newest = self._newest
        with trio.move_on_after(SETTLE_S):
            while self._index.height < newest and self.fault is None and not self._is_held:
                await self._advanced.wait()
        if self.fault is not None:
            raise self.fault
        if self._is_held or self._index.height < newest:
            raise _behind(self._index.height, self._newest)
        return await self._in_thread(lambda: (question(self._index), Height(self._index.height)))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)


def _behind(height: int, newest: int) -> Refused:
    facts: dict[str, Fact] = {"height": height, "newest": newest}
    return Refused("INDEX_BEHIND", facts, "ask again; the index is catching up, see: p2pchain jobs")
