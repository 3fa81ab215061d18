"""The pool's bounds: each reached one by one, told by its name, and nothing changed by a refusal."""

from __future__ import annotations

import pytest

from p2pchain.mempool.pool import AlreadyPooled, Mempool, NonceTaken, PoolFull, PoolLimits
from p2pchain.model.ids import Height
from tests.unit.mempool.pool_transactions import a_waiting, ids


def test_first_in_first_out() -> None:
    """In order of arrival, whatever their ids; and found by id."""
    pool = Mempool(PoolLimits())
    waiting = [a_waiting(number) for number in (3, 1, 2)]
    for each in waiting:
        pool.add(each)
    assert list(pool) == waiting
    assert len(pool) == 3
    assert pool.get(waiting[1].tx_id) is waiting[1]
    assert waiting[1].tx_id in pool
    assert pool.get(a_waiting(9).tx_id) is None


@pytest.mark.parametrize(
    ("limits", "name", "held"),
    [
        (PoolLimits(transactions_max=2), "transactions_max", 2),
        (PoolLimits(bytes_max=2 * len(a_waiting(1).raw) + 1), "bytes_max", 2 * len(a_waiting(1).raw)),
        (PoolLimits(signer_transactions_max=2), "signer_transactions_max", 2),
    ],
)
def test_a_bound_is_told_by_its_name(limits: PoolLimits, name: str, held: int) -> None:
    """And the pool holds what it held; once there is room, there is room."""
    pool = Mempool(limits)
    first, second, third = (a_waiting(number) for number in range(3))
    pool.add(first)
    pool.add(second)
    with pytest.raises(PoolFull) as raised:
        pool.add(third)
    assert raised.value.code == "MEMPOOL_FULL"
    assert dict(raised.value.facts) == {"limit": name, "held": held}
    assert list(pool) == [first, second]
    pool.decided([first])
    pool.add(third)
    assert list(pool) == [second, third]


def test_one_signers_share_leaves_room_for_others() -> None:
    """No client fills the pool alone."""
    pool = Mempool(PoolLimits(signer_transactions_max=1))
    pool.add(a_waiting(1, signer="one"))
    with pytest.raises(PoolFull):
        pool.add(a_waiting(2, signer="one"))
    pool.add(a_waiting(2, signer="other"))


def test_the_same_transaction_waits_once() -> None:
    """The second is told so, and is not counted."""
    pool = Mempool(PoolLimits())
    pool.add(a_waiting(1))
    before = pool.bytes_held
    with pytest.raises(AlreadyPooled) as raised:
        pool.add(a_waiting(1))
    assert raised.value.code == "TX_PENDING"
    assert (len(pool), pool.bytes_held) == (1, before)


def test_one_nonce_waits_once_for_each_signer() -> None:
    """No block may hold two of them, so the pool holds one."""
    pool = Mempool(PoolLimits())
    first = a_waiting(1, text="first")
    pool.add(first)
    with pytest.raises(NonceTaken) as raised:
        pool.add(a_waiting(1, text="second"))
    assert raised.value.code == "TX_REPEATED"
    assert raised.value.facts["waiting"] == first.tx_id.hex()
    pool.add(a_waiting(1, signer="other"))
    pool.decided([first])
    pool.add(a_waiting(1, text="second"))


def test_a_decided_nonce_takes_its_twin_along() -> None:
    """Another node's pool had the other one; ours can enter no block any more."""
    pool = Mempool(PoolLimits())
    pool.add(a_waiting(1, text="ours"))
    pool.add(a_waiting(2))
    pool.decided([a_waiting(1, text="theirs"), a_waiting(8)])
    assert ids(pool) == ids([a_waiting(2)])


def test_what_expired_is_forgotten_and_named() -> None:
    """``valid_until`` is the last height that may hold it."""
    pool = Mempool(PoolLimits())
    early, late = a_waiting(1, valid_until=7), a_waiting(2, valid_until=8)
    pool.add(early)
    pool.add(late)
    assert pool.expire(Height(7)) == ()
    assert pool.expire(Height(8)) == (early.tx_id,)
    assert list(pool) == [late]
    assert pool.bytes_held == len(late.raw)


def test_an_empty_pool_holds_nothing() -> None:
    """All that was counted is gone with the last transaction."""
    pool = Mempool(PoolLimits(signer_transactions_max=2, transactions_max=2))
    for turn in range(5):
        both = [a_waiting(2 * turn), a_waiting(2 * turn + 1)]
        for each in both:
            pool.add(each)
        pool.decided(both)
        assert (len(pool), pool.bytes_held, list(pool)) == (0, 0, [])
