"""Transactions from entry to exit. They are checked, verified once, pushed in batches, and announced to
whoever may lack them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from p2pchain.codec.transaction import TX_BYTES_MAX
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.faults import AlreadyPooled
from p2pchain.mempool.pool import Mempool
from p2pchain.mempool.pool_entry import Dropped
from p2pchain.mempool.refused_senders import RefusedSenders
from p2pchain.model.chain import Block
from p2pchain.model.errors import Fault, Invalid, Refused
from p2pchain.model.ids import Height, OrgId, PeerId, TxId
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    FETCH_ANSWER_BYTES_MAX,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.model.transaction import Transaction, VerifiedTransaction
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.announcements import Announcements
from p2pchain.replica.charges import bounds_of, charge
from p2pchain.replica.effects import (
    Answer,
    Broadcast,
    Emit,
    Fetch,
    LeaveOut,
    Penalise,
    Respond,
    Send,
    SetTimer,
    TransactionsDropped,
)
from p2pchain.replica.inputs import AnnounceDue, BatchDue
from p2pchain.replica.peer_view import PeerView
from p2pchain.replica.push_window import PushWindow, rest_after, window_is_open
from p2pchain.replica.signature_budget import TURN_SIGNATURES_MAX, SignatureBudget

BATCH_DELAY_MS = 20
"""Least time between two pushes of what entered here: what comes meanwhile goes together."""
ANNOUNCE_DELAY_MS = 500
"""How long after its arrival a pushed transaction is announced to peers that may lack it, if it still waits.
"""
FETCH_DEADLINE_MS = 2_000
RECENT_TX_MAX = 20_000
"""How many ids of committed and dropped transactions are remembered, so that late copies are not verified
again.
"""
EXPIRE_EVERY = 16
"""Heights between two looks for expired transactions."""
CUT_ANSWER_BYTES: Final = FETCH_ANSWER_BYTES_MAX // 2
"""An answer of so many bytes may lack what it could not hold; the largest transaction is smaller by far."""

assert CUT_ANSWER_BYTES + TX_BYTES_MAX < FETCH_ANSWER_BYTES_MAX, (
    "an uncut answer has room for any transaction"
)
assert BATCH_DELAY_MS < ANNOUNCE_DELAY_MS, "what is announced has been pushed"


WINDOW: Final = "window"
"""Why a pushed transaction is let go whose organisation has as much waiting as a block holds."""


class _OverBudget(Exception):
    """A peer's transaction is not looked at; ``cause`` is counted."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class TransactionFlow:
    """The pool, its admission and its gossip."""

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
        self.announcements = Announcements()
        self.unheard: Counter[str] = Counter()
        self._ledger = ledger
        self._verifier = verifier
        self._peers = peers
        self._emit = emit
        self._outbox = PushWindow(pool)
        self._push_set = False
        self._pushed_ms: int | None = None
        self._to_announce: dict[TxId, None] = {}
        self._announce_set = False
        self._recent: dict[TxId, None] = {}
        self._budget = SignatureBudget()

    def verified(
        self, peer: PeerId, response: TransactionsResponse | None, asked: Iterable[TxId]
    ) -> list[VerifiedTransaction]:
        """Verify the transactions of a peer's answer that were asked for, up to the first that is badly
        signed, and no more than one turn may verify: those beyond are asked for again.
        """
        wanted, left = set(asked), TURN_SIGNATURES_MAX
        transactions: list[VerifiedTransaction] = []
        for transaction in () if response is None else response.transactions:
            if transaction.tx_id in wanted:
                left -= len(transaction.signatures)
                if left < 0 and transactions:
                    break
                try:
                    transactions.append(self._verifier.transaction(transaction))
                except Invalid as fault:
                    self._emit(Penalise(peer=peer, fault=fault))
                    break
        return transactions

    def submitted(self, ticket: int, transactions: Iterable[Transaction], now_ms: int) -> bool:
        """Admit a client's transactions, answer, and push soon. Returns whether any was admitted."""
        results: list[Fault | None] = []
        for transaction in transactions:
            try:
                org = self._admit(transaction, now_ms)
            except Refused as refusal:
                results.append(refusal)
                continue
            results.append(None)
            self._outbox.put(org, transaction)
        if self._pushed_ms is None or now_ms - self._pushed_ms >= BATCH_DELAY_MS:
            self._pushed_ms = now_ms
            self.push()
        elif len(self._outbox) and not self._push_set:
            self._push_set = True
            self._emit(SetTimer(timer=BatchDue(), delay_ms=BATCH_DELAY_MS))
        self._emit(Answer(ticket=ticket, results=tuple(results)))
        return any(result is None for result in results)

    def arrived(self, peer: PeerId, transactions: Sequence[Transaction], now_ms: int) -> bool:
        """Take a batch that a peer pushed. Returns whether any was admitted."""
        taken, let_go = self._take(peer, transactions, now_ms, pushed=True)
        view = self._peers[peer]
        view.rest_ms = rest_after(view.rest_ms, taken=taken, let_go=let_go)
        if view.rest_ms:
            self._emit(LeaveOut(peer=peer, for_ms=view.rest_ms))
        return taken > 0

    def held_by(self, peer: PeerId, tx_ids: Sequence[TxId], now_ms: int) -> None:
        """A peer announces what it holds: fetch what is missing here, as far as the peer is believed."""
        announced = self.announcements.of(peer)
        self._peers[peer].learns(tx_ids)
        for tx_id in tx_ids:
            if not self._is_here(tx_id) and not announced.add(tx_id, now_ms):
                self.unheard["announced"] += 1
        self._ask(peer, now_ms)

    def fetched(self, peer: PeerId, response: TransactionsResponse | None, now_ms: int) -> bool:
        """Take the answer to a question for announced transactions. Returns whether any was admitted."""
        asking = set(self.announcements.of(peer).asking)
        came = () if response is None else response.transactions
        asked_for = [transaction for transaction in came if transaction.tx_id in asking]
        self.unheard["unasked"] += len(came) - len(asked_for)
        cut = sum(len(transaction.raw) for transaction in asked_for) >= CUT_ANSWER_BYTES
        delivered = {transaction.tx_id for transaction in asked_for}
        self.announcements.answered(peer, delivered, cut=cut, now_ms=now_ms)
        if peer not in self._peers:
            return False
        taken, _ = self._take(peer, asked_for, now_ms, pushed=False)
        self._ask(peer, now_ms)
        return taken > 0

    def look(self, now_ms: int) -> None:
        """Drop transactions that wait too long, and go on asking for announced ones."""
        self._report(self.pool.age(now_ms))
        for peer in self._peers:
            self._ask(peer, now_ms)

    def drop(self, tx_id: TxId) -> None:
        """Drop one transaction by order of the operator."""
        self._report(self.pool.drop(tx_id))

    def refuse(self, refused: RefusedSenders) -> None:
        """Refuse these senders from now on, by order of the operator."""
        self._report(self.pool.refuse(refused))

    def requested(
        self,
        peer: PeerId,
        request_id: int,
        request: TransactionsRequest,
        bodies: Mapping[TxId, VerifiedTransaction],
    ) -> None:
        """Answer a peer with the transactions that are here, out of the pool or of ``bodies`` of proposed
        blocks, within the bound.
        """
        answer: list[Transaction] = []
        room = FETCH_ANSWER_BYTES_MAX
        for tx_id in request.tx_ids:
            held = self.pool.get(tx_id) or bodies.get(tx_id)
            if held is None:
                continue
            room -= len(held.raw)
            if room < 0 and answer:
                break
            answer.append(held.transaction)
        self._peers[peer].learns([transaction.tx_id for transaction in answer])
        response = TransactionsResponse(transactions=tuple(answer))
        self._emit(Respond(peer=peer, request_id=request_id, response=response))

    def push(self) -> None:
        """Push the transactions that entered here and were not pushed yet, as far as their windows let
        them.
        """
        self._push_set = False
        for batch in self._outbox.take(bounds_of(self._ledger.parameters)):
            tx_ids = [transaction.tx_id for transaction in batch]
            for view in self._peers.values():
                view.learns(tx_ids)
            self._emit(Broadcast(message=TransactionBatch(transactions=batch)))

    def announce(self) -> None:
        """Send each peer the ids of waiting transactions that it is not known to hold."""
        self._announce_set = False
        waiting = [tx_id for tx_id in self._to_announce if tx_id in self.pool]
        self._to_announce.clear()
        for peer in self._peers:
            self._announce_to(peer, waiting)

    def peer_connected(self, peer: PeerId) -> None:
        """Announce again to a new peer, which may lack all that waits here."""
        self._announce_to(peer, [waiting.tx_id for waiting in self.pool])

    def peer_disconnected(self, peer: PeerId) -> None:
        """Forget the announcements of a peer: it cannot bring them now."""
        self.announcements.of(peer).forget()

    def in_turn(self) -> Iterator[VerifiedTransaction]:
        """Return the waiting transactions, in the order in which an own block takes them."""
        return self.pool.in_turn(bounds_of(self._ledger.parameters))

    def has_modest(self) -> bool:
        """Return whether somebody asks for little."""
        return self.pool.has_modest(bounds_of(self._ledger.parameters))

    def committed(self, block: Block, execution: Execution) -> None:
        """Charge and forget the decided transactions, and now and then drop expired ones."""
        charge(self.pool, self._ledger, block, execution)
        self.pool.decided(block.transactions)
        self.pool.settle()
        self._remember(transaction.tx_id for transaction in block.transactions)
        self.push()
        if block.height % EXPIRE_EVERY == 0:
            self._report(self.pool.expire(Height(block.height + 1), block.header.time_ms + 1))

    # leaves

    def _admit(self, transaction: Transaction, now_ms: int) -> OrgId:
        """Check, verify and keep a transaction; return whose it is. Raises ``Refused``."""
        if transaction.tx_id in self.pool:
            raise AlreadyPooled(transaction.tx_id)
        org = self._ledger.check(transaction)
        room = self.pool.check(transaction, org)
        self._report(self.pool.place(self._verifier.transaction(transaction), org, now_ms, room))
        return org

    def _take(
        self, peer: PeerId, transactions: Sequence[Transaction], now_ms: int, *, pushed: bool
    ) -> tuple[int, int]:
        """Take a peer's transactions; return how many were admitted, and how many let go for the window."""
        self._peers[peer].learns([transaction.tx_id for transaction in transactions])
        taken = let_go = 0
        left = TURN_SIGNATURES_MAX
        for transaction in transactions:
            if self._is_here(transaction.tx_id):
                continue
            try:
                left -= self._take_one(peer, transaction, left, now_ms, pushed=pushed)
            except _OverBudget as unheard:
                self.unheard[unheard.cause] += 1
                let_go += unheard.cause == WINDOW
                continue
            except Invalid as fault:
                self._emit(Penalise(peer=peer, fault=fault))
                break
            except Refused:
                continue
            taken += 1
            self._to_announce[transaction.tx_id] = None
        if self._to_announce and not self._announce_set:
            self._announce_set = True
            self._emit(SetTimer(timer=AnnounceDue(), delay_ms=ANNOUNCE_DELAY_MS))
        return taken, let_go

    def _take_one(
        self, peer: PeerId, transaction: Transaction, left: int, now_ms: int, *, pushed: bool
    ) -> int:
        """Like ``_admit``, for a peer's transaction, within its budget and its organisation's, and where it
        was ``pushed`` the window of that; returns the number of checked signatures. Raises ``_OverBudget``
        where it is not looked at.
        """
        signatures = len(transaction.signatures)
        if not self._budget.hears(peer, now_ms):
            raise _OverBudget("peer")
        if signatures > left:
            raise _OverBudget("turn")
        if pushed:
            sender = self._ledger.organisation_of(transaction.body.signers)
            bounds = bounds_of(self._ledger.parameters)
            if sender is not None and not window_is_open(self.pool, sender, bounds):
                raise _OverBudget(WINDOW)
        try:
            org = self._ledger.check(transaction)
        except Refused:
            self._budget.refused(peer)
            raise
        room = self.pool.check(transaction, org)
        if not self._budget.allows(org, signatures, now_ms):
            raise _OverBudget("organisation")
        verified = self._verifier.transaction(transaction)
        self._budget.spend(org, signatures)
        self._report(self.pool.place(verified, org, now_ms, room))
        return signatures

    def _is_here(self, tx_id: TxId) -> bool:
        return tx_id in self.pool or tx_id in self._recent

    def _ask(self, peer: PeerId, now_ms: int) -> None:
        tx_ids = self.announcements.ask(peer, self._is_here, now_ms)
        if tx_ids:
            request = TransactionsRequest(tx_ids=tx_ids, block_id=None)
            self._emit(Fetch(peer=peer, request=request, deadline_ms=FETCH_DEADLINE_MS))

    def _report(self, dropped: Sequence[Dropped]) -> None:
        """Report dropped transactions to whoever waits; copies of them that peers have are not taken
        again.
        """
        if dropped:
            self._remember(drop.tx_id for drop in dropped)
            self._emit(TransactionsDropped(dropped=tuple(dropped)))

    def _remember(self, tx_ids: Iterable[TxId]) -> None:
        self._recent.update((tx_id, None) for tx_id in tx_ids)
        if len(self._recent) > RECENT_TX_MAX:
            for old in list(self._recent)[: len(self._recent) - RECENT_TX_MAX // 2]:
                del self._recent[old]

    def _announce_to(self, peer: PeerId, tx_ids: list[TxId]) -> None:
        lacking = self._peers[peer].lacks(tx_ids)
        for start in range(0, len(lacking), ANNOUNCED_IDS_MAX):
            announced = tuple(lacking[start : start + ANNOUNCED_IDS_MAX])
            self._emit(Send(peer=peer, message=TransactionsHeld(tx_ids=announced)))
