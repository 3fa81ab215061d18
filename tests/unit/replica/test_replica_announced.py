"""What a peer announces: inventions cost a bounded number of questions; what it holds is fetched in full."""

from __future__ import annotations

import itertools

from p2pchain.model.ids import PeerId, TxId
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.model.transaction import Transaction
from p2pchain.replica.announcements import (
    ANNOUNCED_MAX,
    CREDIT_MAX,
    PEERS_MAX,
    REST_MS,
    Announcements,
    PeerAnnouncements,
)
from p2pchain.replica.effects import Effect, Fetch
from p2pchain.replica.inputs import FetchCompleted, PeerConnected, PeerDisconnected, SyncDue
from tests.unit.replica.effect_words import of
from tests.unit.replica.replica_world import PEERS, Scene, a_transaction, stands_at

_NUMBERS = itertools.count(1)


def invented(count: int = ANNOUNCED_IDS_MAX) -> tuple[TxId, ...]:
    """Ids of nothing."""
    return tuple(TxId(next(_NUMBERS).to_bytes(32, "big")) for _ in range(count))


def asked(effects: list[Effect]) -> list[tuple[PeerId, int]]:
    """Questions for announced transactions: whom, and for how many."""
    return [
        (effect.peer, len(effect.request.tx_ids))
        for effect in of(Fetch, effects)
        if isinstance(effect.request, TransactionsRequest)
    ]


def answer(scene: Scene, fetch: Fetch, *transactions: Transaction) -> list[Effect]:
    """The peer answers with these."""
    response = TransactionsResponse(transactions=transactions)
    return scene.tell(FetchCompleted(peer=fetch.peer, request=fetch.request, response=response))


def test_a_flood_of_invented_ids_costs_a_handful_of_small_questions() -> None:
    """Halved each time, then none until the peer has rested; each rest is twice as long."""
    scene = Scene()
    sizes: list[int] = []
    told: list[Effect] = []
    for _ in range(200):
        told += scene.hear(TransactionsHeld(tx_ids=invented()), 3)
        fetches = of(Fetch, told)
        sizes += [size for _, size in asked(told)]
        told = [effect for fetch in fetches for effect in answer(scene, fetch)]
    assert sizes == [64, 32, 16, 8, 4, 2, 1]
    assert scene.replica.flow.unheard["announced"] > 100_000
    for rests_ms in (REST_MS, 2 * REST_MS, 4 * REST_MS):
        scene.now_ms += rests_ms - 1
        assert asked(scene.hear(TransactionsHeld(tx_ids=invented()), 3)) == []
        scene.now_ms += 1
        (fetch,) = of(Fetch, scene.hear(TransactionsHeld(tx_ids=invented()), 3))
        answer(scene, fetch)


def test_credit_does_not_come_back_with_a_new_link() -> None:
    """Who reconnects is the same peer."""
    scene = Scene()
    for _ in range(3):
        fetches = of(Fetch, scene.hear(TransactionsHeld(tx_ids=invented()), 3))
        for fetch in fetches:
            scene.tell(PeerDisconnected(peer=PEERS[3]))
            scene.tell(FetchCompleted(peer=fetch.peer, request=fetch.request, response=None))
            scene.tell(PeerConnected(peer=PEERS[3]))
            scene.hear(stands_at(1), 3)
    assert asked(scene.hear(TransactionsHeld(tx_ids=invented()), 3)) == [(PEERS[3], 8)]


def test_one_question_is_under_way_to_each_peer() -> None:
    """However much it announces; others are asked meanwhile."""
    scene = Scene()
    told = [effect for _ in range(5) for effect in scene.hear(TransactionsHeld(tx_ids=invented()), 1)]
    assert asked(told) == [(PEERS[1], CREDIT_MAX)]
    assert asked(scene.hear(TransactionsHeld(tx_ids=invented(3)), 2)) == [(PEERS[2], 3)]
    assert asked(scene.elapse(SyncDue())) == []


def test_what_is_announced_is_fetched_slice_by_slice() -> None:
    """Of a peer that delivers, all; a forged or unasked one in the answer changes nothing of that."""
    scene = Scene()
    transactions = [a_transaction() for _ in range(CREDIT_MAX + 40)]
    told = scene.hear(TransactionsHeld(tx_ids=tuple(each.tx_id for each in transactions)), 1)
    by_id = {each.tx_id: each for each in transactions}
    while fetches := of(Fetch, told):
        (fetch,) = fetches
        assert isinstance(fetch.request, TransactionsRequest)
        told = answer(scene, fetch, a_transaction(), *(by_id[tx_id] for tx_id in fetch.request.tx_ids))
    assert len(scene.replica.flow.pool) == len(transactions)
    assert scene.replica.flow.unheard == {"unasked": 2}


def test_a_cut_answer_costs_no_credit_and_the_rest_is_asked_for() -> None:
    """An answer is bounded in bytes."""
    scene = Scene()
    transactions = [a_transaction(text="x" * 190, times=60) for _ in range(120)]
    (fetch,) = of(Fetch, scene.hear(TransactionsHeld(tx_ids=tuple(each.tx_id for each in transactions)), 1))
    (again,) = of(Fetch, answer(scene, fetch, *transactions[:50]))
    assert asked([again]) == [(PEERS[1], CREDIT_MAX)]
    assert scene.replica.flow.announcements.of(PEERS[1]).credit == CREDIT_MAX


def test_what_came_otherwise_is_not_asked_for() -> None:
    """Pushed by another meanwhile, or decided."""
    scene = Scene()
    transactions = [a_transaction() for _ in range(3)]
    (fetch,) = of(Fetch, scene.hear(TransactionsHeld(tx_ids=invented(1)), 1))
    scene.hear(TransactionsHeld(tx_ids=tuple(each.tx_id for each in transactions)), 1)
    scene.hear(TransactionBatch(transactions=tuple(transactions[:2])), 2)
    assert asked(answer(scene, fetch)) == [(PEERS[1], 1)]


def test_bounds() -> None:
    """Ids of one peer, and peers that are remembered."""
    announced = PeerAnnouncements()
    kept = [announced.add(tx_id, 0) for tx_id in invented(ANNOUNCED_MAX + 1)]
    assert (kept.count(True), kept[-1]) == (ANNOUNCED_MAX, False)
    assert len(announced) == ANNOUNCED_MAX
    all_of_them = Announcements()
    peers = [PeerId(f"peer-{number}") for number in range(PEERS_MAX + 1)]
    for peer in peers:
        all_of_them.of(peer).add(invented(1)[0], 0)
        all_of_them.ask(peer, lambda _: False, 0)
    assert all_of_them.under_way == PEERS_MAX
    for peer in peers[1:]:
        all_of_them.answered(peer, set(), cut=False, now_ms=0)
    assert all_of_them.under_way == 0
