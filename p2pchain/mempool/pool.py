"""The pool of transactions that wait to be decided: a queue for each organisation, within named bounds.

The pool knows nothing of rules: whoever adds a transaction has verified and checked it. What it guards is
room. No organisation holds more than its bound, however many accounts it signs with; where the pool is full,
the newest transaction of whoever holds most makes room for one of whoever holds less. One (first signer,
nonce) takes one place, for no block can hold two of them.

The order for a block is that of ``turns``; of one organisation, first in, first proposed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.mempool.faults import (
    AlreadyPooled,
    HeightPassed,
    NonceTaken,
    OperatorDropped,
    PoolFull,
    RoomTaken,
    SenderRefused,
    ShareTaken,
    TimePassed,
    TooOld,
)
from p2pchain.mempool.pool_entry import Dropped, Holding, Waiting
from p2pchain.mempool.recent_service import RecentService
from p2pchain.mempool.refused_senders import NOBODY, RefusedSenders
from p2pchain.mempool.turns import BlockBounds, Served, Turns
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, OrgId, PublicKey, TxId
from p2pchain.model.transaction import Transaction, VerifiedTransaction

EXPIRED_AT_ONCE_MAX: Final = 1_000
"""Transactions that one look drops for their age; the next look, soon after, drops further ones."""
AGE_MAX_MS: Final = 600_000
"""How long a transaction waits at most: ten minutes, many times what a full pool takes to be decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """Bounds of one node's pool."""

    transactions_max: int = 20_000
    bytes_max: int = 33_554_432
    organisation_transactions_max: int = 10_000
    organisation_bytes_max: int = 16_777_216
    age_ms_max: int = AGE_MAX_MS


class Mempool:
    """Verified transactions by id and by organisation."""

    def __init__(self, limits: PoolLimits, refused: RefusedSenders = NOBODY) -> None:
        """Begin with an empty pool; ``refused``: senders of whom it takes nothing."""
        self.limits = limits
        self.refused = refused
        self.bytes_held = 0
        self.drops: Counter[str] = Counter()
        self.turns = Turns()
        self.recent_service = RecentService()
        self._waiting: dict[TxId, Waiting] = {}
        self._by_nonce: dict[bytes, TxId] = {}
        self._queues: dict[OrgId, dict[TxId, Waiting]] = {}
        self._bytes: Counter[OrgId] = Counter()
        self._came = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, tx_id: TxId) -> bool:
        return tx_id in self._waiting

    def __iter__(self) -> Iterator[Waiting]:
        """Iterate in order of arrival."""
        return iter(self._waiting.values())

    def get(self, tx_id: TxId) -> VerifiedTransaction | None:
        """Return the transaction with this id, if it waits here."""
        waiting = self._waiting.get(tx_id)
        return None if waiting is None else waiting.transaction

    def organisation_of(self, tx_id: TxId) -> OrgId | None:
        """Return the organisation of a transaction, if it waits here."""
        waiting = self._waiting.get(tx_id)
        return None if waiting is None else waiting.org

    def backlog(self, org: OrgId) -> tuple[int, int]:
        """Return how many transactions of an organisation wait, and their bytes."""
        return len(self._queues.get(org, ())), self._bytes.get(org, 0)

    def has_modest(self, bounds: BlockBounds) -> bool:
        """Return whether somebody asks for little (``recent_service.py``)."""
        backlogs = {
            org: bounds.cost(transactions=len(queue), size=self._bytes[org], work=0)
            for org, queue in self._queues.items()
        }
        return self.recent_service.has_modest(backlogs)

    def holdings(self) -> list[Holding]:
        """Return the share of each organisation in the pool, most bytes first."""
        holdings = [
            Holding(
                org=org,
                transactions=len(queue),
                bytes_held=self._bytes[org],
                since_ms=next(iter(queue.values())).since_ms,
            )
            for org, queue in self._queues.items()
        ]
        return sorted(holdings, key=lambda holding: (-holding.bytes_held, holding.org))

    def in_turn(self, bounds: BlockBounds) -> Iterator[VerifiedTransaction]:
        """Return the waiting transactions, in the order in which blocks should take them."""
        return self.turns.order(self._queues, bounds)

    def check(self, transaction: Transaction, org: OrgId) -> list[Waiting]:
        """Find room for a transaction of an organisation; return the transactions that would have to make it.
        Raises ``SenderRefused``, ``AlreadyPooled``, ``NonceTaken``, ``ShareTaken`` or ``PoolFull``.
        """
        tx_id, size, body = transaction.tx_id, len(transaction.raw), transaction.body
        if self.refused is not NOBODY and self.refused.covers(org, body.signers[0], tx_id):
            raise SenderRefused(org, body.signers[0])
        if tx_id in self._waiting:
            raise AlreadyPooled(tx_id)
        if (holder := self._by_nonce.get(body.replay_key)) is not None:
            raise NonceTaken(body.signers[0], body.nonce, holder)
        limits, queue = self.limits, self._queues.get(org, {})
        if len(queue) >= limits.organisation_transactions_max:
            raise ShareTaken("organisation_transactions_max", org, len(queue))
        if self._bytes[org] + size > limits.organisation_bytes_max:
            raise ShareTaken("organisation_bytes_max", org, self._bytes[org])
        if len(self._waiting) < limits.transactions_max and self.bytes_held + size <= limits.bytes_max:
            return []
        return self._yielding(org, size)

    def add(self, transaction: VerifiedTransaction, org: OrgId, now_ms: int) -> list[Dropped]:
        """Append to the organisation's queue; return the transactions that had to make room. Raises like
        ``check``, and then changes nothing.
        """
        return self.place(transaction, org, now_ms, self.check(transaction.transaction, org))

    def place(
        self, transaction: VerifiedTransaction, org: OrgId, now_ms: int, yielding: Sequence[Waiting]
    ) -> list[Dropped]:
        """Append in the room that ``check`` has just named, as ``add``: nothing came or left in between."""
        dropped = [self._made_room(waiting) for waiting in yielding]
        plain = transaction.transaction
        tx_id, size, nonce_key = plain.tx_id, len(plain.raw), plain.body.replay_key
        assert tx_id not in self._waiting, "it was checked"
        assert nonce_key not in self._by_nonce, "it was checked"
        self._came += 1
        waiting = Waiting(transaction=transaction, org=org, size=size, since_ms=now_ms, number=self._came)
        self._waiting[tx_id] = waiting
        self._by_nonce[nonce_key] = tx_id
        queue = self._queues.get(org)
        if queue is None:
            self._queues[org] = {tx_id: waiting}
        else:
            queue[tx_id] = waiting
        self._bytes[org] += size
        self.bytes_held += size
        assert self.bytes_held <= self.limits.bytes_max, "room was made"
        assert len(self._waiting) <= self.limits.transactions_max, "room was made"
        return dropped

    def decided(self, transactions: Iterable[VerifiedTransaction]) -> None:
        """Forget the transactions of a final block, and those that wait with the nonce of one of them."""
        for transaction in transactions:
            nonce_key = transaction.transaction.body.replay_key
            tx_id = self._by_nonce.get(nonce_key)
            if tx_id is not None:
                self._forget(tx_id, nonce_key)

    def settle(self) -> None:
        """Move the virtual time and the recent service on, after a final block is charged and forgotten."""
        self.turns.settle(self._queues)
        self.recent_service.settle()

    def charge(self, org: OrgId, bounds: BlockBounds, served: Served) -> None:
        """Count the transactions of a final block that are of an organisation."""
        self.recent_service.charge(org, self.turns.charge(org, bounds, served))

    def expire(self, height: Height, time_ms: int) -> list[Dropped]:
        """Drop the transactions that may no longer enter a block at ``height`` or above, of ``time_ms`` or
        later.
        """
        late: list[tuple[Waiting, Refused, str]] = []
        for waiting in self:
            body = waiting.transaction.transaction.body
            if body.valid_until_ms is not None and body.valid_until_ms < time_ms:
                late.append((waiting, TimePassed(body.valid_until_ms, time_ms), "time"))
            elif body.valid_until < height:
                late.append((waiting, HeightPassed(body.valid_until, height), "height"))
        return [self._drop(waiting, fault, cause) for waiting, fault, cause in late]

    def age(self, now_ms: int) -> list[Dropped]:
        """Drop the transactions that have waited too long, the oldest first; ``now_ms`` by the clock of
        ``add``.
        """
        old: list[Waiting] = []
        for waiting in self:
            if now_ms - waiting.since_ms < self.limits.age_ms_max or len(old) == EXPIRED_AT_ONCE_MAX:
                break
            old.append(waiting)
        most = self.limits.age_ms_max
        return [self._drop(waiting, TooOld(now_ms - waiting.since_ms, most), "age") for waiting in old]

    def drop(self, tx_id: TxId) -> list[Dropped]:
        """Drop one transaction, as the operator wants; nothing where it does not wait here."""
        waiting = self._waiting.get(tx_id)
        return [] if waiting is None else [self._drop(waiting, OperatorDropped(tx_id), "operator")]

    def refuse(self, refused: RefusedSenders) -> list[Dropped]:
        """Refuse these senders from now on, accept all others; drop the transactions of theirs that wait."""
        self.refused = refused
        covered = [
            waiting for waiting in self if refused.covers(waiting.org, _signer(waiting), waiting.tx_id)
        ]
        return [
            self._drop(waiting, SenderRefused(waiting.org, _signer(waiting)), "refused")
            for waiting in covered
        ]

    # leaves

    def _yielding(self, org: OrgId, size: int) -> list[Waiting]:
        """Return the newest transactions of those who hold most, as many as make room. Raises ``PoolFull``
        where nobody holds more than the sender would.
        """
        count, held = len(self._waiting) + 1, self.bytes_held + size
        counts = Counter({member: len(queue) for member, queue in self._queues.items()})
        bytes_ = Counter(self._bytes)
        counts[org] += 1
        bytes_[org] += size
        newest: dict[OrgId, Iterator[Waiting]] = {}
        yielding: list[Waiting] = []
        while count > self.limits.transactions_max or held > self.limits.bytes_max:
            by_bytes = held > self.limits.bytes_max
            holding = bytes_ if by_bytes else counts
            most = max(holding, key=lambda member: (holding[member], member))
            if holding[most] <= holding[org]:
                limit = "bytes_max" if by_bytes else "transactions_max"
                there = self.bytes_held if by_bytes else len(self._waiting)
                own = self._bytes[org] if by_bytes else counts[org] - 1
                raise PoolFull(limit, there, org, own)
            waiting = next(newest.setdefault(most, reversed(self._queues[most].values())))
            yielding.append(waiting)
            counts[most] -= 1
            bytes_[most] -= waiting.size
            count -= 1
            held -= waiting.size
        return yielding

    def _made_room(self, waiting: Waiting) -> Dropped:
        full = len(self._waiting) >= self.limits.transactions_max
        limit = "transactions_max" if full else "bytes_max"
        held = len(self._queues[waiting.org]) if full else self._bytes[waiting.org]
        return self._drop(waiting, RoomTaken(limit, waiting.org, held), "room")

    def _drop(self, waiting: Waiting, fault: Refused, cause: str) -> Dropped:
        self._forget(waiting.tx_id, waiting.transaction.transaction.body.replay_key)
        self.drops[cause] += 1
        return Dropped(tx_id=waiting.tx_id, fault=fault)

    def _forget(self, tx_id: TxId, nonce_key: bytes) -> None:
        waiting = self._waiting.pop(tx_id)
        del self._by_nonce[nonce_key]
        org, size = waiting.org, waiting.size
        self.bytes_held -= size
        queue = self._queues[org]
        del queue[tx_id]
        self._bytes[org] -= size
        if not queue:
            assert self._bytes[org] == 0, "an organisation without transactions holds no bytes"
            del self._queues[org], self._bytes[org]


def _signer(waiting: Waiting) -> PublicKey:
    return waiting.transaction.transaction.body.signers[0]
