"""How transactions enter, travel and leave: answered, pushed in batches, announced to who may lack them."""

from __future__ import annotations

from p2pchain.mempool.pool import AGE_MAX_MS, PoolLimits
from p2pchain.model.ids import TxId
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    FETCH_ANSWER_BYTES_MAX,
    Hello,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.model.transaction import Transaction
from p2pchain.replica.effects import (
    Answer,
    Effect,
    Fetch,
    Penalise,
    Respond,
    SetTimer,
    TransactionsDropped,
)
from p2pchain.replica.inputs import (
    AnnounceDue,
    BatchDue,
    BeginHeight,
    FetchCompleted,
    FetchRequested,
    PeerConnected,
    PeerDisconnected,
    SyncDue,
    TransactionsSubmitted,
)
from p2pchain.replica.peer_view import KNOWN_TX_MAX, PeerView
from p2pchain.replica.push_window import PUSHED_BYTES_MAX
from p2pchain.replica.transactions import BATCH_DELAY_MS, EXPIRE_EVERY
from tests.unit.replica.effect_words import of, sent
from tests.unit.replica.replica_votes import CHAIN
from tests.unit.replica.replica_world import PEERS, Scene, a_transaction, forged


def submit(scene: Scene, *transactions: Transaction) -> list[Effect]:
    """A client hands them in."""
    return scene.tell(TransactionsSubmitted(ticket=5, transactions=transactions))


def codes(effects: list[Effect]) -> list[str | None]:
    """The answer to the client, one code for each transaction."""
    (answer,) = of(Answer, effects)
    assert answer.ticket == 5
    return [None if fault is None else fault.code for fault in answer.results]


def test_every_transaction_is_answered_in_order() -> None:
    """Good, the same again, expired, too far ahead, forged, the same nonce, good."""
    scene = Scene()
    good = a_transaction(nonce=77)
    told = submit(
        scene,
        good,
        good,
        a_transaction(valid_until=10_000),
        forged(a_transaction()),
        a_transaction(nonce=77, text="other"),
        a_transaction(),
    )
    assert codes(told) == [None, "TX_PENDING", "TX_TOO_FAR_AHEAD", "SIG_INVALID", "TX_REPEATED", None]
    assert len(scene.replica.flow.pool) == 2


def test_a_full_pool_says_so_and_holds_what_it_held() -> None:
    """Nothing is pushed that was not admitted."""
    scene = Scene(pool_limits=PoolLimits(transactions_max=1))
    first = a_transaction()
    told = submit(scene, first, a_transaction())
    assert codes(told) == [None, "MEMPOOL_FULL"]
    (batch,) = sent(TransactionBatch, told)
    assert batch.transactions == (first,)


def test_entered_transactions_are_pushed_at_once_and_the_next_as_one_batch_soon() -> None:
    """Once; a second push has nothing to say."""
    scene = Scene()
    first, one, other = a_transaction(), a_transaction(), a_transaction()
    (batch,) = sent(TransactionBatch, submit(scene, first))
    assert batch.transactions == (first,)
    told = submit(scene, one)
    assert [effect.delay_ms for effect in of(SetTimer, told) if effect.timer == BatchDue()] == [20]
    assert sent(TransactionBatch, submit(scene, other)) == []
    (batch,) = sent(TransactionBatch, scene.elapse(BatchDue()))
    assert batch.transactions == (one, other)
    assert scene.elapse(BatchDue()) == []
    scene.now_ms += BATCH_DELAY_MS
    assert len(sent(TransactionBatch, submit(scene, a_transaction()))) == 1


def test_batches_are_bounded_in_bytes() -> None:
    """All of it is pushed, in its order."""
    scene = Scene()
    entered = [a_transaction(text="x" * 190, times=10) for _ in range(20)]
    batches = sent(TransactionBatch, submit(scene, *entered))
    assert len(batches) >= 3
    assert [transaction for batch in batches for transaction in batch.transactions] == entered
    for batch in batches:
        assert sum(len(transaction.raw) for transaction in batch.transactions) <= PUSHED_BYTES_MAX


def test_pushed_transactions_are_verified_once_and_not_pushed_on() -> None:
    """Whoever got them from the entry node tells ids later, to peers that may lack them."""
    scene = Scene()
    transaction = a_transaction()
    told = scene.hear(TransactionBatch(transactions=(transaction,)), 1)
    assert sent(TransactionBatch, told) == []
    assert any(effect.timer == AnnounceDue() for effect in of(SetTimer, told))
    told = scene.elapse(AnnounceDue())
    assert sent(TransactionsHeld, told, peer=PEERS[1]) == [], "it has it"
    for index in (2, 3):
        assert sent(TransactionsHeld, told, peer=PEERS[index]) == [
            TransactionsHeld(tx_ids=(transaction.tx_id,))
        ]


def test_what_is_decided_meanwhile_is_not_announced() -> None:
    """The usual case: most transactions are final before they would be announced."""
    scene = Scene()
    transaction = a_transaction()
    scene.hear(TransactionBatch(transactions=(transaction,)), 1)
    scene.decide(scene.chain.make(transactions=[transaction]))
    assert sent(TransactionsHeld, scene.elapse(AnnounceDue())) == []
    assert len(scene.replica.flow.pool) == 0


def test_a_late_copy_of_a_decided_transaction_is_nothing() -> None:
    """Neither admitted nor a fault."""
    scene = Scene()
    transaction = a_transaction()
    scene.hear(TransactionBatch(transactions=(transaction,)), 1)
    scene.decide(scene.chain.make(transactions=[transaction]))
    assert scene.hear(TransactionBatch(transactions=(transaction,)), 2) == []


def test_a_forged_transaction_penalises_and_ends_its_batch() -> None:
    """What was sound before it stays."""
    scene = Scene()
    good, after = a_transaction(), a_transaction()
    told = scene.hear(TransactionBatch(transactions=(good, forged(a_transaction()), after)), 2)
    assert [effect.peer for effect in of(Penalise, told)] == [PEERS[2]]
    assert good.tx_id in scene.replica.flow.pool
    assert after.tx_id not in scene.replica.flow.pool


def test_a_refused_transaction_is_no_fault_of_the_peer() -> None:
    """It may have expired on its way."""
    scene = Scene()
    told = scene.hear(TransactionBatch(transactions=(a_transaction(valid_until=10_000),)), 2)
    assert of(Penalise, told) == []


def test_announced_ids_are_fetched_once_until_the_fetch_is_over() -> None:
    """Two peers announce the same: one is asked; where it does not deliver, the other is."""
    scene = Scene()
    transaction = a_transaction()
    held = TransactionsHeld(tx_ids=(transaction.tx_id,))
    (fetch,) = of(Fetch, scene.hear(held, 1))
    assert fetch.request == TransactionsRequest(tx_ids=held.tx_ids, block_id=None)
    assert of(Fetch, scene.hear(held, 2)) == []
    scene.tell(FetchCompleted(peer=fetch.peer, request=fetch.request, response=None))
    (again,) = of(Fetch, scene.elapse(SyncDue()))
    assert again.peer == PEERS[2]
    response = TransactionsResponse(transactions=(transaction,))
    scene.tell(FetchCompleted(peer=again.peer, request=again.request, response=response))
    assert transaction.tx_id in scene.replica.flow.pool
    assert of(Fetch, scene.hear(held, 3)) == []


def test_what_is_here_is_served_within_the_bound_of_an_answer() -> None:
    """From the pool; what is not here is left out."""
    scene = Scene()
    transactions = [a_transaction(text="x" * 190, times=60) for _ in range(80)]
    submit(scene, *transactions)
    ids = (*(transaction.tx_id for transaction in transactions), TxId(bytes(32)))
    request = TransactionsRequest(tx_ids=ids, block_id=None)
    (respond,) = of(Respond, scene.tell(FetchRequested(peer=PEERS[1], request_id=9, request=request)))
    assert isinstance(respond.response, TransactionsResponse)
    served = respond.response.transactions
    assert list(served) == transactions[: len(served)]
    size = sum(len(transaction.raw) for transaction in served)
    assert FETCH_ANSWER_BYTES_MAX - 20_000 < size <= FETCH_ANSWER_BYTES_MAX


def test_bodies_of_a_proposed_block_are_served_though_they_never_waited_here() -> None:
    """A peer asks for them by the block's id."""
    scene = Scene()
    transaction = a_transaction()
    block = scene.chain.make(transactions=[transaction]).block
    scene.propose(block)
    request = TransactionsRequest(tx_ids=(transaction.tx_id,), block_id=block.block_id)
    scene.tell(
        FetchCompleted(
            peer=PEERS[1], request=request, response=TransactionsResponse(transactions=(transaction,))
        )
    )
    assert transaction.tx_id not in scene.replica.flow.pool
    (respond,) = of(Respond, scene.tell(FetchRequested(peer=PEERS[2], request_id=1, request=request)))
    assert respond.response == TransactionsResponse(transactions=(transaction,))


def test_a_new_peer_learns_what_waits_here() -> None:
    """In messages of bounded length; a peer that got it is not told again."""
    scene = Scene(peers=[PEERS[1]])
    transactions = [a_transaction() for _ in range(ANNOUNCED_IDS_MAX + 1)]
    submit(scene, *transactions)
    scene.elapse(BatchDue())
    told = sent(TransactionsHeld, scene.tell(PeerConnected(peer=PEERS[2])), peer=PEERS[2])
    assert [len(message.tx_ids) for message in told] == [ANNOUNCED_IDS_MAX, 1]
    scene.tell(PeerDisconnected(peer=PEERS[2]))
    assert len(sent(TransactionsHeld, scene.tell(PeerConnected(peer=PEERS[2])))) == 2


def test_expired_transactions_leave_the_pool() -> None:
    """Now and then, and whoever waits for them is told."""
    scene = Scene()
    late, good = a_transaction(valid_until=1), a_transaction(valid_until=500)
    submit(scene, late, good)
    scene.follow(EXPIRE_EVERY)
    assert len(scene.replica.flow.pool) == 1
    (told,) = of(TransactionsDropped, scene.effects)
    assert [(each.tx_id, each.fault.code) for each in told.dropped] == [(late.tx_id, "TX_EXPIRED")]


def test_what_waits_too_long_leaves_the_pool_though_no_block_comes() -> None:
    """By the monotonic clock: a wall clock that is set forth drops nothing. A peer's copy is not taken again;
    the client may hand it in again.
    """
    scene = Scene()
    transaction = a_transaction(valid_until=500)
    submit(scene, transaction)
    scene.wall_ahead_ms = 10 * AGE_MAX_MS
    scene.now_ms += AGE_MAX_MS - 1
    assert of(TransactionsDropped, scene.elapse(SyncDue())) == []
    scene.now_ms += 1
    (told,) = of(TransactionsDropped, scene.elapse(SyncDue()))
    assert [(each.tx_id, each.fault.code) for each in told.dropped] == [
        (transaction.tx_id, "MEMPOOL_EXPIRED")
    ]
    assert of(Fetch, scene.hear(TransactionsHeld(tx_ids=(transaction.tx_id,)), 1)) == []
    scene.hear(TransactionBatch(transactions=(transaction,)), 1)
    assert len(scene.replica.flow.pool) == 0
    assert codes(submit(scene, transaction)) == [None]


def test_an_idle_chain_begins_the_next_height_when_a_transaction_comes() -> None:
    """Not after the idle interval."""
    scene = Scene()
    scene.follow(3)
    idle = [effect for effect in of(SetTimer, scene.effects) if isinstance(effect.timer, BeginHeight)][-1]
    assert idle.delay_ms == 5_000
    (begin,) = [
        effect
        for effect in of(SetTimer, submit(scene, a_transaction()))
        if isinstance(effect.timer, BeginHeight)
    ]
    assert begin.delay_ms <= 50


def test_a_message_that_belongs_to_the_network_is_a_fault() -> None:
    """Hellos end at the link."""
    scene = Scene()
    hello = Hello(
        version=1,
        software="0.1.0",
        chain_id=CHAIN,
        genesis_id=bytes(32),
        node="n",
        consensus_key=None,
        signature=None,
        modules=(),
    )
    assert [effect.fault.code for effect in of(Penalise, scene.hear(hello, 1))] == ["PEER_UNEXPECTED"]


def test_what_a_peer_is_known_to_hold_is_bounded() -> None:
    """The older half is forgotten."""
    view = PeerView()
    ids = [TxId(number.to_bytes(32, "big")) for number in range(KNOWN_TX_MAX + 10)]
    for tx_id in ids:
        view.learns([tx_id])
    assert view.lacks([ids[0], ids[-1]]) == [ids[0]]
    assert len(ids) - len(view.lacks(ids)) <= KNOWN_TX_MAX
    view.learns(ids[: KNOWN_TX_MAX // 2])
    assert view.lacks(ids[: KNOWN_TX_MAX // 2]) == []
    assert len(ids) - len(view.lacks(ids)) <= KNOWN_TX_MAX
