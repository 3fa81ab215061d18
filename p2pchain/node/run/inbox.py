"""Inbox of the replica: urgent inputs first, bulk ones in between, both bounded.

While a block is being executed, its slices take turns with all that: after at most ``URGENT_RUN_MAX`` urgent
inputs and one bulk input there is a slice, so neither starves the other.
"""

from __future__ import annotations

from collections import OrderedDict, deque

import trio

from p2pchain.model.ids import PeerId
from p2pchain.model.messages import TransactionBatch
from p2pchain.node.health.early_warnings import full_warning
from p2pchain.replica.inputs import (
    CertificateAnnounced,
    ExecutionDue,
    FetchRequested,
    Input,
    MessageReceived,
)
from p2pchain.telemetry.metrics import Metrics

URGENT_MAX = 20_000
"""Votes, timers, answers. Past it a peer floods faster than we can refuse it, and its messages are dropped.
"""
BULK_MAX = 256
"""Batches of clients; a further one waits."""
PEER_BULK_MAX = 64
"""Batches of one peer; what it pushes past it is dropped and comes again by announcement. Peers and clients
take turns, so none crowds another out.
"""
CLIENTS = ""
"""Whose turn clients' batches take."""
FROM_PEERS = (MessageReceived, FetchRequested, CertificateAnnounced)
"""Inputs that come again where they are dropped: summaries show what is lacking, a fetch is asked again."""
URGENT_RUN_MAX = 16
"""After so many urgent inputs in a row one bulk input is taken, so that transactions are never starved, and
one slice of an execution.
"""


class Inbox:
    """Two queues with one reader."""

    def __init__(self, metrics: Metrics) -> None:
        """Empty."""
        self._urgent: deque[Input] = deque()
        self._bulk: OrderedDict[str, deque[Input]] = OrderedDict()
        self._arrived = trio.Event()
        self._room = trio.Event()
        self._run = 0
        self._execution_due = False
        self._bulk_taken = False
        self._metrics = metrics

    def put_urgent(self, input_: Input) -> bool:
        """Queue what the voting waits for; False where it had to be dropped, which happens to what peers send
        and never to what the node itself must know.
        """
        if len(self._urgent) >= URGENT_MAX and isinstance(input_, FROM_PEERS):
            self._metrics.inbox_dropped.labels("urgent").inc()
            return False
        self._urgent.append(input_)
        self._arrived.set()
        return True

    def offer_bulk(self, input_: Input) -> bool:
        """Queue a peer's transactions; False where it has no room left."""
        assert isinstance(input_, MessageReceived), "peers push messages"
        if self._waiting(input_.peer) >= PEER_BULK_MAX:
            self._metrics.inbox_dropped.labels("bulk").inc()
            return False
        self._queue(input_.peer, input_)
        return True

    def put_execution(self) -> None:
        """An execution wants its next slice."""
        self._execution_due = True
        self._arrived.set()

    async def put_bulk(self, input_: Input) -> None:
        """Queue a client's transactions, waiting for room: a client can wait."""
        await trio.lowlevel.checkpoint()
        while self._waiting(CLIENTS) >= BULK_MAX:
            await self._room.wait()
        self._queue(CLIENTS, input_)

    async def take(self) -> Input:
        """The next input."""
        while not self._urgent and not self._bulk and not self._execution_due:
            self._arrived = trio.Event()
            await self._arrived.wait()
        if self._urgent and (self._run < URGENT_RUN_MAX or not (self._bulk or self._execution_due)):
            self._run += 1
            return self._urgent.popleft()
        if self._execution_due and (self._bulk_taken or not self._bulk):
            self._run = 0
            self._bulk_taken = self._execution_due = False
            return ExecutionDue()
        self._bulk_taken = self._execution_due
        if not self._execution_due:
            self._run = 0
        return self._next_of(next(iter(self._bulk)))

    def take_push(self) -> Input | None:
        """A batch that a peer pushed, out of its turn; clients' batches keep theirs. None where
        there is none.
        """
        peer = next((source for source in self._bulk if source != CLIENTS), None)
        return None if peer is None else self._next_of(peer)

    def take_one_of_each(self) -> list[Input]:
        """Take the oldest batch of clients and of each peer, out of their turn."""
        return [self._next_of(source) for source in list(self._bulk)]

    def forget_pushes(self, peer: PeerId) -> None:
        """Drop the batches of a peer that wait, not what it announces."""
        kept = deque(input_ for input_ in self._bulk.get(peer, ()) if not _is_push(input_))
        if kept:
            self._bulk[peer] = kept
        else:
            self._bulk.pop(peer, None)

    def _waiting(self, source: str) -> int:
        return len(self._bulk.get(source, ()))

    def _queue(self, source: str, input_: Input) -> None:
        self._bulk.setdefault(source, deque()).append(input_)
        self._arrived.set()

    def _next_of(self, source: str) -> Input:
        """Take a source's oldest batch; its next one comes after all other sources had a turn."""
        queue = self._bulk[source]
        input_ = queue.popleft()
        if queue:
            self._bulk.move_to_end(source)
        else:
            del self._bulk[source]
        self._made_room()
        return input_

    def _made_room(self) -> None:
        """Wake all who wait for room; those who find none wait again."""
        self._room.set()
        self._room = trio.Event()

    def warnings(self) -> list[str]:
        """Return which queue is nearly full."""
        clients = self._waiting(CLIENTS)
        return [
            *full_warning("the queue of votes and answers", len(self._urgent), URGENT_MAX, "inputs"),
            *full_warning("the queue of clients' submissions", clients, BULK_MAX, "batches"),
        ]

    def measure(self) -> None:
        """Write the lengths to the metrics."""
        self._metrics.inbox.labels("urgent").set(len(self._urgent))
        self._metrics.inbox.labels("bulk").set(sum(map(len, self._bulk.values())))


def _is_push(input_: Input) -> bool:
    return isinstance(input_, MessageReceived) and isinstance(input_.message, TransactionBatch)
