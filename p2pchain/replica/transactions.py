"""How transactions enter, travel and leave: checked, verified once, pushed in batches, announced to who may
lack them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import AlreadyPooled, Mempool
from p2pchain.model.chain import Block
from p2pchain.model.errors import Fault, Invalid, Refused
from p2pchain.model.ids import Height, PeerId, TxId
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    BATCH_BYTES_MAX,
    BATCH_TRANSACTIONS_MAX,
    FETCH_ANSWER_BYTES_MAX,
    FETCH_TX_IDS_MAX,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.model.transaction import Transaction, VerifiedTransaction
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.effects import Answer, Broadcast, Emit, Fetch, Notice, Penalise, Respond, Send, SetTimer
from p2pchain.replica.inputs import AnnounceDue, BatchDue
from p2pchain.replica.view import PeerView

BATCH_DELAY_MS = 20
"""How long an entered transaction waits for company before it is pushed."""
ANNOUNCE_DELAY_MS = 500
"""How long after its arrival a pushed transaction is announced to peers that may lack it, if it still waits.
"""
FETCH_DEADLINE_MS = 2_000
RECENT_TX_MAX = 20_000
"""How many ids of committed transactions are remembered, so that late copies are not verified again."""
WANTED_TX_MAX = 20_000
"""How many announced transactions are asked for at once; past it announcements are not followed."""
EXPIRE_EVERY = 16
"""Heights between two looks for expired transactions."""


@dataclass(slots=True)
class _Outbox:
    """Transactions that entered here and were not pushed yet."""

    transactions: list[Transaction] = field(default_factory=list)
    bytes_held: int = 0


class TransactionFlow:
    """The pool and everything that feeds and drains it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        verifier: Verifier,
        pool: Mempool,
        peers: Mapping[PeerId, PeerView],
        emit: Emit,
    ) -> None:
        """``peers``: the replica's own view of its peers, shared."""
        self.pool = pool
        self._ledger = ledger
        self._verifier = verifier
        self._peers = peers
        self._emit = emit
        self._outbox = _Outbox()
        self._to_announce: dict[TxId, None] = {}
        self._announce_set = False
        self._recent: dict[TxId, None] = {}
        self._wanted_until_ms: dict[TxId, int] = {}

    def verified(
        self, peer: PeerId, came: Iterable[Transaction], asked: Iterable[TxId]
    ) -> list[VerifiedTransaction]:
        """Those of a peer's answer that were asked for, up to the first that is badly signed."""
        wanted = set(asked)
        found: list[VerifiedTransaction] = []
        for transaction in came:
            if transaction.tx_id in wanted:
                try:
                    found.append(self._verifier.transaction(transaction))
                except Invalid as fault:
                    self._emit(Penalise(peer=peer, fault=fault))
                    break
        return found

    def submitted(self, ticket: int, transactions: Iterable[Transaction]) -> bool:
        """A client's transactions: admit, answer, push soon. Returns whether any was admitted."""
        results: list[Fault | None] = []
        for transaction in transactions:
            try:
                self._admit(transaction)
            except Refused as refusal:
                results.append(refusal)
                continue
            results.append(None)
            self._push_soon(transaction)
        self._emit(Answer(ticket=ticket, results=tuple(results)))
        return any(result is None for result in results)

    def arrived(self, peer: PeerId, transactions: Iterable[Transaction]) -> bool:
        """A peer's transactions, pushed or fetched. Returns whether any was admitted."""
        view = self._peers[peer]
        fresh = False
        for transaction in transactions:
            view.learns(transaction.tx_id)
            self._wanted_until_ms.pop(transaction.tx_id, None)
            if transaction.tx_id in self.pool or transaction.tx_id in self._recent:
                continue
            try:
                self._admit(transaction)
            except Invalid as fault:
                self._emit(Penalise(peer=peer, fault=fault))
                return fresh
            except Refused:
                continue
            fresh = True
            self._to_announce[transaction.tx_id] = None
        if self._to_announce and not self._announce_set:
            self._announce_set = True
            self._emit(SetTimer(timer=AnnounceDue(), delay_ms=ANNOUNCE_DELAY_MS))
        return fresh

    def held_by(self, peer: PeerId, tx_ids: Iterable[TxId], now_ms: int) -> None:
        """A peer announces what it holds: fetch what is missing here and not under way. ``now_ms``:
        monotonic.
        """
        view = self._peers[peer]
        lacking: list[TxId] = []
        for tx_id in tx_ids:
            view.learns(tx_id)
            if tx_id in self.pool or tx_id in self._recent or self._wanted_until_ms.get(tx_id, 0) > now_ms:
                continue
            lacking.append(tx_id)
        if len(self._wanted_until_ms) + len(lacking) > WANTED_TX_MAX:
            self._wanted_until_ms = {
                tx: until for tx, until in self._wanted_until_ms.items() if until > now_ms
            }
        lacking = lacking[: min(FETCH_TX_IDS_MAX, WANTED_TX_MAX - len(self._wanted_until_ms))]
        if not lacking:
            return
        for tx_id in lacking:
            self._wanted_until_ms[tx_id] = now_ms + FETCH_DEADLINE_MS
        request = TransactionsRequest(tx_ids=tuple(lacking), block_id=None)
        self._emit(Fetch(peer=peer, request=request, deadline_ms=FETCH_DEADLINE_MS))

    def requested(
        self,
        peer: PeerId,
        request_id: int,
        request: TransactionsRequest,
        bodies: Mapping[TxId, VerifiedTransaction],
    ) -> None:
        """Answer a peer with what is here, out of the pool or of ``bodies`` of proposed blocks, within the
        bound.
        """
        found: list[Transaction] = []
        room = FETCH_ANSWER_BYTES_MAX
        for tx_id in request.tx_ids:
            held = self.pool.get(tx_id) or bodies.get(tx_id)
            if held is None:
                continue
            room -= len(held.raw)
            if room < 0 and found:
                break
            found.append(held.transaction)
            self._peers[peer].learns(tx_id)
        response = TransactionsResponse(transactions=tuple(found))
        self._emit(Respond(peer=peer, request_id=request_id, response=response))

    def push(self) -> None:
        """Push what entered here since the last batch."""
        if not self._outbox.transactions:
            return
        batch, self._outbox = self._outbox, _Outbox()
        for view in self._peers.values():
            for transaction in batch.transactions:
                view.learns(transaction.tx_id)
        self._emit(Broadcast(message=TransactionBatch(transactions=tuple(batch.transactions))))

    def announce(self) -> None:
        """Tell each peer the ids of waiting transactions that it is not known to hold."""
        self._announce_set = False
        waiting = [tx_id for tx_id in self._to_announce if tx_id in self.pool]
        self._to_announce.clear()
        for peer in self._peers:
            self._announce_to(peer, waiting)

    def peer_connected(self, peer: PeerId) -> None:
        """A new peer may lack all that waits here."""
        self._announce_to(peer, [transaction.tx_id for transaction in self.pool])

    def committed(self, block: Block) -> None:
        """Forget what was decided, and now and then what expired."""
        self.pool.decided(block.transactions)
        self._recent.update((transaction.tx_id, None) for transaction in block.transactions)
        if len(self._recent) > RECENT_TX_MAX:
            for old in list(self._recent)[: len(self._recent) - RECENT_TX_MAX // 2]:
                del self._recent[old]
        if block.height % EXPIRE_EVERY == 0:
            expired = self.pool.expire(Height(block.height + 1))
            if expired:
                self._emit(Notice(name="mempool.expired", facts=(("transactions", len(expired)),)))

    def _admit(self, transaction: Transaction) -> None:
        if transaction.tx_id in self.pool:
            raise AlreadyPooled(transaction.tx_id)
        self._ledger.check(transaction)
        self.pool.add(self._verifier.transaction(transaction))

    def _push_soon(self, transaction: Transaction) -> None:
        size = len(transaction.raw)
        outbox = self._outbox
        if outbox.transactions and (
            outbox.bytes_held + size > BATCH_BYTES_MAX or len(outbox.transactions) == BATCH_TRANSACTIONS_MAX
        ):
            self.push()
            outbox = self._outbox
        if not outbox.transactions:
            self._emit(SetTimer(timer=BatchDue(), delay_ms=BATCH_DELAY_MS))
        outbox.transactions.append(transaction)
        outbox.bytes_held += size

    def _announce_to(self, peer: PeerId, tx_ids: list[TxId]) -> None:
        view = self._peers[peer]
        lacking = [tx_id for tx_id in tx_ids if not view.knows(tx_id)]
        for start in range(0, len(lacking), ANNOUNCED_IDS_MAX):
            told = tuple(lacking[start : start + ANNOUNCED_IDS_MAX])
            self._emit(Send(peer=peer, message=TransactionsHeld(tx_ids=told)))
