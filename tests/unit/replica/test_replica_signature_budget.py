"""How many signatures peers can make us check: bounded for each organisation, each peer and each message."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.ids import OrgId
from p2pchain.model.messages import TransactionBatch
from p2pchain.model.transaction import Transaction
from p2pchain.replica import signature_budget
from p2pchain.replica.effects import Penalise
from p2pchain.replica.signature_budget import PEER_REFUSED_MAX, TURN_SIGNATURES_MAX, WINDOW_MS
from tests.unit.replica.effect_words import of
from tests.unit.replica.pool_world import HONEST, note_of, pool_genesis
from tests.unit.replica.replica_world import PEERS, Scene, forged


@pytest.fixture
def scene() -> Scene:
    """Four validators, and clients of several organisations."""
    return Scene(genesis=pool_genesis(validators=4))


def push(scene: Scene, peer: int, transactions: Iterable[Transaction]) -> None:
    """A peer pushes them in one message."""
    scene.hear(TransactionBatch(transactions=tuple(transactions)), peer)


def test_an_organisation_has_its_share_of_a_second_whoever_brings_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past it what it signs is not looked at; what others sign is, by the same peer; a second later it is
    again.
    """
    monkeypatch.setattr(signature_budget, "ORGANISATION_SIGNATURES_MAX", 10)
    pool = scene.replica.flow.pool
    push(scene, 1, (note_of("org-1", number) for number in range(8)))
    push(scene, 2, (note_of("org-1", number) for number in range(8)))
    push(scene, 1, [note_of(HONEST)])
    assert {each.org: each.transactions for each in pool.holdings()} == {"org-1": 10, HONEST: 1}
    assert scene.replica.flow.unheard == {"organisation": 6}
    scene.now_ms += WINDOW_MS
    push(scene, 1, [note_of("org-1")])
    assert len(pool) == 12


def test_nobody_spends_the_share_of_another(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """For it cannot sign: the first forged one ends its link, and is charged to nobody else."""
    monkeypatch.setattr(signature_budget, "ORGANISATION_SIGNATURES_MAX", 1)
    told = scene.hear(TransactionBatch(transactions=(forged(note_of(HONEST)),) * 2), 3)
    assert [effect.peer for effect in of(Penalise, told)] == [PEERS[3]]
    push(scene, 1, [note_of(HONEST)])
    assert len(scene.replica.flow.pool) == 1


def test_what_is_known_or_finds_no_room_is_not_verified() -> None:
    """Nor what is refused at the door."""
    scene = Scene(
        genesis=pool_genesis(validators=4),
        pool_limits=PoolLimits(transactions_max=4, organisation_transactions_max=2),
    )
    known, second = note_of("org-1"), note_of("org-1")
    push(scene, 1, [known, second])
    verifier = scene.replica._verifier

    def never(transaction: Transaction) -> None:
        raise AssertionError("verified all the same")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(verifier), "transaction", lambda _, transaction: never(transaction))
        push(scene, 2, [known, note_of("org-1"), note_of("org-2", valid_until=10_000)])
    assert len(scene.replica.flow.pool) == 2


def test_a_peer_that_brings_what_is_refused_is_not_heard_for_a_while(scene: Scene) -> None:
    """Only it: another's transactions are taken, and its own again a second later."""
    push(scene, 3, (note_of("org-1", valid_until=10_000) for _ in range(PEER_REFUSED_MAX)))
    push(scene, 3, [note_of("org-2")])
    assert len(scene.replica.flow.pool) == 0
    assert scene.replica.flow.unheard == {"peer": 1}
    push(scene, 2, [note_of("org-2")])
    assert len(scene.replica.flow.pool) == 1
    scene.now_ms += WINDOW_MS
    push(scene, 3, [note_of("org-3")])
    assert len(scene.replica.flow.pool) == 2


def test_one_message_costs_a_bounded_number_of_checks(scene: Scene) -> None:
    """The rest of it is not looked at."""
    push(scene, 1, (note_of("org-1", number % 40) for number in range(TURN_SIGNATURES_MAX + 5)))
    assert len(scene.replica.flow.pool) == TURN_SIGNATURES_MAX
    assert scene.replica.flow.unheard == {"turn": 5}


def test_the_window_turns_over() -> None:
    """What was spent in the last one does not count."""
    budget = signature_budget.SignatureBudget()
    most = signature_budget.ORGANISATION_SIGNATURES_MAX
    assert budget.allows(OrgId("a"), most, 0)
    budget.spend(OrgId("a"), most)
    assert not budget.allows(OrgId("a"), 1, WINDOW_MS - 1)
    assert budget.allows(OrgId("b"), 1, WINDOW_MS - 1)
    assert budget.allows(OrgId("a"), 1, WINDOW_MS)
