"""Windows of pushed transactions: how far those of an organisation run ahead of what is decided.

Whoever pushes more than blocks take makes all others check signatures for nothing, and their time is what
voting and execution lack then. So the node at which transactions enter pushes those of an organisation only
while less than a window of it is under way, and more as blocks decide them; and whoever is pushed more than a
window holds lets the rest go before it looks at it, and leaves that peer's further pushes out for a while,
unread. What is pulled (by announcements, for proposals) is not bounded by the window, so what one node let go
and another took reaches it all the same.

A window (``mempool/recent_service.py``) grows with the blocks that decide of it, up to what one block holds
at most. Whoever is pushed to takes twice as much, for it may be a block behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from p2pchain.mempool.pool import Mempool
from p2pchain.mempool.turns import BlockBounds
from p2pchain.model.ids import OrgId
from p2pchain.model.messages import BATCH_BYTES_MAX, BATCH_TRANSACTIONS_MAX
from p2pchain.model.transaction import Transaction

TAKEN_WINDOWS: Final = 2
"""How many windows of an organisation are taken from whoever pushes it."""
PUSHED_BYTES_MAX: Final = 15_000
"""Bytes of one pushed batch, or a single larger transaction: what a receiver decodes at once, and verifies
within a few milliseconds.
"""
REST_MS: Final = 50
"""How long the pushes of a peer are left out after one of which most was let go; doubles each time."""
REST_MS_MAX: Final = 800
"""Far less than a window lasts at the pace of small blocks, so none runs empty while its pusher rests."""

assert PUSHED_BYTES_MAX <= BATCH_BYTES_MAX, "a batch may hold it"
assert REST_MS <= REST_MS_MAX, "rest doubles up to its most"


def window_is_open(pool: Mempool, org: OrgId, bounds: BlockBounds) -> bool:
    """Return whether a pushed transaction of an organisation is taken."""
    count, size = pool.backlog(org)
    waiting = bounds.cost(transactions=count, size=size, work=0)
    return waiting < TAKEN_WINDOWS * pool.recent_service.window(org)


def rest_after(rest_ms: int, *, taken: int, let_go: int) -> int:
    """Return how long a peer's pushes rest after one of which so many were taken and let go, if the last rest
    was of ``rest_ms``; 0 for not at all.
    """
    if let_go <= taken:
        return 0
    return min(max(REST_MS, 2 * rest_ms), REST_MS_MAX)


class PushWindow:
    """Transactions that entered here and were not pushed yet, by organisation, oldest first."""

    def __init__(self, pool: Mempool) -> None:
        """``pool``: where all of them wait to be decided."""
        self._pool = pool
        self._held: dict[OrgId, deque[Transaction]] = {}
        self._bytes: dict[OrgId, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def put(self, org: OrgId, transaction: Transaction) -> None:
        """Keep a transaction, which waits in the pool, until it is its turn."""
        self._held.setdefault(org, deque()).append(transaction)
        self._bytes[org] = self._bytes.get(org, 0) + len(transaction.raw)

    def take(self, bounds: BlockBounds) -> Iterator[tuple[Transaction, ...]]:
        """Take the batches that the windows let out now; nothing is skipped within an organisation."""
        batch: list[Transaction] = []
        size = 0
        for org in list(self._held):
            for transaction in self._let_out(org, bounds):
                if batch and (
                    size + len(transaction.raw) > PUSHED_BYTES_MAX or len(batch) == BATCH_TRANSACTIONS_MAX
                ):
                    yield tuple(batch)
                    batch, size = [], 0
                batch.append(transaction)
                size += len(transaction.raw)
        if batch:
            yield tuple(batch)

    # leaves

    def _let_out(self, org: OrgId, bounds: BlockBounds) -> Iterator[Transaction]:
        """Yield what one organisation may have pushed now; what waits in the pool no longer is forgotten."""
        held, window = self._held[org], self._pool.recent_service.window(org)
        while held:
            if held[0].tx_id in self._pool:
                count, size = self._pool.backlog(org)
                count, size = max(0, count - len(held)), max(0, size - self._bytes[org])
                if bounds.cost(transactions=count, size=size, work=0) >= window:
                    return
                yield self._pop(org)
            else:
                self._pop(org)
        del self._held[org], self._bytes[org]

    def _pop(self, org: OrgId) -> Transaction:
        transaction = self._held[org].popleft()
        self._bytes[org] -= len(transaction.raw)
        return transaction
