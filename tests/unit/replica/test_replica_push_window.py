"""How far pushes run ahead of what is decided: held back where they enter, let go where they arrive."""

from __future__ import annotations

from p2pchain.mempool.recent_service import WINDOW_MIN
from p2pchain.mempool.turns import FULL
from p2pchain.model.messages import TransactionBatch, TransactionsHeld
from p2pchain.model.transaction import Transaction
from p2pchain.replica.effects import Effect, Fetch, LeaveOut
from p2pchain.replica.inputs import BatchDue, TransactionsSubmitted
from p2pchain.replica.push_window import REST_MS, REST_MS_MAX, TAKEN_WINDOWS, rest_after
from tests.unit.replica.effect_words import of, sent
from tests.unit.replica.replica_world import PEERS, Scene, a_transaction
from tests.unit.replica.test_replica_announced import answer


def large() -> Transaction:
    """One of which few make a window."""
    return a_transaction(text="x" * 190, times=60)


def per_window(scene: Scene) -> int:
    """How many of them a window holds, the last one begins within it."""
    parameters = scene.replica.ledger.parameters
    cost = FULL // parameters.block_transactions_max + FULL * len(large().raw) // parameters.block_bytes_max
    return -(-WINDOW_MIN // cost)


def pushed(told: list[Effect]) -> list[Transaction]:
    return [transaction for batch in sent(TransactionBatch, told) for transaction in batch.transactions]


def test_what_enters_is_pushed_up_to_a_window_and_on_as_blocks_decide() -> None:
    scene = Scene()
    most = per_window(scene)
    entered = [large() for _ in range(most + 6)]
    told = scene.tell(TransactionsSubmitted(ticket=1, transactions=tuple(entered)))
    assert pushed(told) == entered[:most]
    assert pushed(scene.elapse(BatchDue())) == []
    scene.decide(scene.chain.make(transactions=entered[:2]))
    assert pushed(scene.effects)[: most + 2] == entered[: most + 2]


def test_what_waits_no_longer_is_not_pushed() -> None:
    """Dropped, or decided by a block of somebody who had it."""
    scene = Scene()
    most = per_window(scene)
    entered = [large() for _ in range(most + 2)]
    scene.tell(TransactionsSubmitted(ticket=1, transactions=tuple(entered)))
    scene.replica.flow.drop(entered[most].tx_id)
    scene.decide(scene.chain.make(transactions=entered[:1]))
    assert entered[most] not in pushed(scene.effects)


def test_pushes_beyond_two_windows_are_let_go_unverified_and_the_peer_rests() -> None:
    """Each rest is twice as long; what is fetched is taken all the same, and pushes once blocks made room."""
    scene = Scene()
    most = 0
    rests: list[int] = []
    while len(rests) < 6:
        before = len(scene.replica.flow.pool)
        told = scene.hear(TransactionBatch(transactions=(large(),)), 1)
        rests += [effect.for_ms for effect in of(LeaveOut, told)]
        most += len(scene.replica.flow.pool) - before
    assert per_window(scene) < most <= TAKEN_WINDOWS * per_window(scene)
    assert rests == [50, 100, 200, 400, 800, 800]
    assert scene.replica.flow.unheard == {"window": 6}
    other = large()
    (fetch,) = of(Fetch, scene.hear(TransactionsHeld(tx_ids=(other.tx_id,)), 2))
    answer(scene, fetch, other)
    assert other.tx_id in scene.replica.flow.pool
    waiting = [waiting.transaction.transaction for waiting in scene.replica.flow.pool]
    scene.decide(scene.chain.make(transactions=waiting[:4]))
    again = large()
    assert of(LeaveOut, scene.hear(TransactionBatch(transactions=(again,)), 1)) == []
    assert again.tx_id in scene.replica.flow.pool
    assert scene.replica.peers[PEERS[1]].rest_ms == 0


def test_a_push_of_which_most_was_taken_costs_no_rest() -> None:
    assert rest_after(REST_MS_MAX, taken=1, let_go=1) == 0
    assert rest_after(0, taken=1, let_go=2) == REST_MS
    assert rest_after(REST_MS_MAX, taken=0, let_go=1) == REST_MS_MAX
