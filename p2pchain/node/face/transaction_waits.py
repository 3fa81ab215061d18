"""Clients that wait for their transactions to be final."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import trio

from p2pchain.mempool.pool_entry import Dropped
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fault, Refused
from p2pchain.model.ids import Height, TxId
from p2pchain.model.transaction import Receipt

WAITING_MAX = 50_000
"""Most transactions that clients may wait for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalTransaction:
    """A transaction in its block: ``index`` counts from 0."""

    record: BlockRecord
    index: int

    @property
    def height(self) -> Height:
        """Height of the block."""
        return self.record.block.height

    @property
    def receipt(self) -> Receipt:
        """Return the transaction's receipt."""
        return self.record.receipts[self.index]


class _Batch:
    """Transactions that one client waits for: it is woken once, when the last of them is final."""

    def __init__(self) -> None:
        self.lacking: set[TxId] = set()
        self.complete = trio.Event()

    def settle(self, tx_id: TxId) -> None:
        self.lacking.discard(tx_id)
        if not self.lacking:
            self.complete.set()


class Waiters:
    """By transaction id, who waits for it; by ticket, who waits for an answer."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._batches: dict[TxId, list[_Batch]] = {}
        self._final: dict[TxId, FinalTransaction] = {}
        self._lost: dict[TxId, Fault] = {}
        self._answers: dict[int, tuple[trio.Event, list[tuple[Fault | None, ...]]]] = {}
        self._tickets = 0

    def ticket(self) -> int:
        """A new ticket, to be waited for with ``answer_to``."""
        self._tickets += 1
        self._answers[self._tickets] = (trio.Event(), [])
        return self._tickets

    async def answer_to(self, ticket: int) -> tuple[Fault | None, ...]:
        """Return the replica's answer."""
        event, box = self._answers[ticket]
        try:
            await event.wait()
        finally:
            del self._answers[ticket]
        return box[0]

    def answered(self, ticket: int, results: tuple[Fault | None, ...]) -> None:
        """The replica's answer; nobody may be there to hear it."""
        waiting = self._answers.get(ticket)
        if waiting is not None:
            waiting[1].append(results)
            waiting[0].set()

    def expect(self, tx_ids: list[TxId]) -> Expectation:
        """Begin to wait for transactions, before they are handed in. Raises ``Refused`` where too many are
        waited for.
        """
        if len(self._batches) + len(tx_ids) > WAITING_MAX:
            hint = "submit without waiting, or later"
            raise Refused("TOO_MANY_WAITING", {"waiting": len(self._batches), "bound": WAITING_MAX}, hint)
        return Expectation(self._batches, self._final, self._lost, tx_ids)

    def committed(self, record: BlockRecord) -> None:
        """A block is final and durable."""
        if not self._batches:
            return
        for index, transaction in enumerate(record.block.transactions):
            batches = self._batches.get(transaction.tx_id)
            if batches is None or transaction.tx_id in self._final:
                continue
            self._final[transaction.tx_id] = FinalTransaction(record=record, index=index)
            for batch in batches:
                batch.settle(transaction.tx_id)

    def dropped(self, dropped: Sequence[Dropped]) -> None:
        """The pool let go of these, undecided: nobody waits for them here any longer."""
        for drop in dropped:
            for batch in self._batches.get(drop.tx_id, ()):
                self._lost[drop.tx_id] = drop.fault
                batch.settle(drop.tx_id)


class Expectation:
    """One client's wait; a context manager, so that nothing is kept once the client is gone."""

    def __init__(
        self,
        batches: dict[TxId, list[_Batch]],
        final: dict[TxId, FinalTransaction],
        lost: dict[TxId, Fault],
        tx_ids: list[TxId],
    ) -> None:
        """Use ``Waiters.expect``."""
        self._batches = batches
        self._final = final
        self._lost = lost
        self._tx_ids = tuple(dict.fromkeys(tx_ids))
        self._batch = _Batch()

    def __enter__(self) -> Expectation:
        for tx_id in self._tx_ids:
            self._batches.setdefault(tx_id, []).append(self._batch)
            self._lost.pop(tx_id, None)
            if tx_id not in self._final:
                self._batch.lacking.add(tx_id)
        return self

    def __exit__(self, *exc: object) -> None:
        for tx_id in self._tx_ids:
            batches = self._batches[tx_id]
            batches.remove(self._batch)
            if not batches:
                del self._batches[tx_id]
                self._final.pop(tx_id, None)
                self._lost.pop(tx_id, None)

    def give_up(self, tx_ids: list[TxId]) -> None:
        """These were not admitted: do not wait for them."""
        for tx_id in tx_ids:
            self._batch.settle(tx_id)

    def lost(self, tx_id: TxId) -> Fault | None:
        """Return the fault that dropped a transaction from the pool. None where it waits or is final."""
        return None if tx_id in self._final else self._lost.get(tx_id)

    async def wait(self, timeout_ms: int) -> dict[TxId, FinalTransaction]:
        """Wait until all are final, or for ``timeout_ms``; return the final ones."""
        with trio.move_on_after(timeout_ms / 1000):
            if self._batch.lacking:
                await self._batch.complete.wait()
        return {tx_id: self._final[tx_id] for tx_id in self._tx_ids if tx_id in self._final}
