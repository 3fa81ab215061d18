"""The pool's bounds: each reached one by one, told by its name, and nothing changed by a refusal."""

from __future__ import annotations

import pytest

from p2pchain.mempool.faults import AlreadyPooled, NonceTaken, PoolFull, SenderRefused, ShareTaken
from p2pchain.mempool.pool import EXPIRED_AT_ONCE_MAX, Mempool, PoolLimits
from p2pchain.mempool.refused_senders import NOBODY, RefusedSenders
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, OrgId
from tests.unit.mempool.pool_transactions import a_signer, a_waiting, held, ids, put

SIZE = len(a_waiting(1).raw)
"""Bytes of each transaction here."""


def test_what_waits_is_found_by_id() -> None:
    """In order of arrival, whatever the ids."""
    pool = Mempool(PoolLimits())
    waiting = [a_waiting(number) for number in (3, 1, 2)]
    for each in waiting:
        put(pool, each)
    assert held(pool) == waiting
    assert len(pool) == 3
    assert pool.get(waiting[1].tx_id) is waiting[1]
    assert pool.organisation_of(waiting[1].tx_id) == "org"
    assert waiting[1].tx_id in pool
    assert pool.get(a_waiting(9).tx_id) is None
    assert pool.organisation_of(a_waiting(9).tx_id) is None


@pytest.mark.parametrize(
    ("limits", "fault", "name", "reached"),
    [
        (PoolLimits(transactions_max=2), PoolFull, "transactions_max", 2),
        (PoolLimits(bytes_max=2 * SIZE + 1), PoolFull, "bytes_max", 2 * SIZE),
        (PoolLimits(organisation_transactions_max=2), ShareTaken, "organisation_transactions_max", 2),
        (PoolLimits(organisation_bytes_max=2 * SIZE + 1), ShareTaken, "organisation_bytes_max", 2 * SIZE),
    ],
)
def test_a_bound_is_told_by_its_name(
    limits: PoolLimits, fault: type[Refused], name: str, reached: int
) -> None:
    """And the pool holds what it held; once there is room, there is room."""
    pool = Mempool(limits)
    first, second, third = (a_waiting(number) for number in range(3))
    put(pool, first)
    put(pool, second)
    with pytest.raises(fault) as raised:
        put(pool, third)
    assert raised.value.code == ("MEMPOOL_FULL" if fault is PoolFull else "MEMPOOL_SHARE")
    assert (raised.value.facts["limit"], raised.value.facts["held"]) == (name, reached)
    assert raised.value.facts["org"] == "org"
    assert held(pool) == [first, second]
    pool.decided([first])
    assert put(pool, third) == []
    assert held(pool) == [second, third]


@pytest.mark.parametrize(
    "limits",
    [PoolLimits(organisation_bytes_max=3 * SIZE), PoolLimits(organisation_transactions_max=3)],
    ids=["bytes", "transactions"],
)
def test_many_accounts_of_one_organisation_have_the_share_of_one(limits: PoolLimits) -> None:
    """An admin may mint as many as it likes; another organisation is not touched."""
    pool = Mempool(limits)
    for number in range(3):
        put(pool, a_waiting(1, signer=f"minted-{number}"), "one")
    with pytest.raises(ShareTaken):
        put(pool, a_waiting(1, signer="minted-3"), "one")
    put(pool, a_waiting(1, signer="other"), "other")
    assert [(each.org, each.transactions, each.bytes_held) for each in pool.holdings()] == [
        ("one", 3, 3 * SIZE),
        ("other", 1, SIZE),
    ]


def test_no_organisation_holds_all_bytes_of_the_pool_as_it_is_configured_by_default() -> None:
    """Nor more than half."""
    limits = PoolLimits()
    assert 2 * limits.organisation_bytes_max <= limits.bytes_max
    assert 2 * limits.organisation_transactions_max <= limits.transactions_max


@pytest.mark.parametrize(
    "limits", [PoolLimits(bytes_max=4 * SIZE), PoolLimits(transactions_max=4)], ids=["bytes", "transactions"]
)
def test_who_holds_most_of_a_full_pool_makes_room_with_its_newest(limits: PoolLimits) -> None:
    """Until all hold the same; then the pool is full. Who had to make room is told."""
    pool = Mempool(limits)
    flood = [a_waiting(number, signer=f"minted-{number}") for number in range(4)]
    for each in flood:
        put(pool, each, "flood")
    (first,) = put(pool, a_waiting(10, signer="honest"), "honest")
    assert (first.tx_id, first.fault.code) == (flood[3].tx_id, "MEMPOOL_SHARE")
    assert (first.fault.facts["org"], first.fault.facts["dropped"]) == ("flood", True)
    (second,) = put(pool, a_waiting(11, signer="honest"), "honest")
    assert second.tx_id == flood[2].tx_id
    with pytest.raises(PoolFull) as raised:
        put(pool, a_waiting(12, signer="honest"), "honest")
    assert raised.value.facts["org_held"] == (2 if limits.transactions_max == 4 else 2 * SIZE)
    assert held(pool)[:2] == flood[:2]
    assert pool.drops == {"room": 2}


def test_a_large_transaction_takes_the_place_of_several_or_of_none() -> None:
    """Where those who hold more cannot make all of the room, nobody loses anything."""
    large = a_waiting(1, signer="honest", text="x" * 250)
    pool = Mempool(PoolLimits(bytes_max=len(large.raw) + 3 * SIZE))
    flood = [a_waiting(number, signer="flood") for number in range((len(large.raw) + 3 * SIZE) // SIZE)]
    for each in flood:
        put(pool, each, "flood")
    dropped = put(pool, large, "honest")
    assert [each.tx_id for each in dropped] == ids(reversed(flood))[: len(dropped)]
    assert pool.bytes_held <= pool.limits.bytes_max
    before = held(pool)
    with pytest.raises(PoolFull):
        put(pool, a_waiting(2, signer="honest", text="x" * 250), "honest")
    assert held(pool) == before


def test_the_same_transaction_waits_once() -> None:
    """The second is told so, and is not counted."""
    pool = Mempool(PoolLimits())
    put(pool, a_waiting(1))
    before = pool.bytes_held
    with pytest.raises(AlreadyPooled) as raised:
        put(pool, a_waiting(1))
    assert raised.value.code == "TX_PENDING"
    assert (len(pool), pool.bytes_held) == (1, before)


def test_one_nonce_waits_once_for_each_signer() -> None:
    """No block may hold two of them, so the pool holds one."""
    pool = Mempool(PoolLimits())
    first = a_waiting(1, text="first")
    put(pool, first)
    with pytest.raises(NonceTaken) as raised:
        put(pool, a_waiting(1, text="second"))
    assert raised.value.code == "TX_REPEATED"
    assert raised.value.facts["waiting"] == first.tx_id.hex()
    put(pool, a_waiting(1, signer="other"))
    pool.decided([first])
    put(pool, a_waiting(1, text="second"))


def test_a_decided_nonce_takes_its_twin_along() -> None:
    """Another node's pool had the other one; ours can enter no block any more."""
    pool = Mempool(PoolLimits())
    put(pool, a_waiting(1, text="ours"))
    put(pool, a_waiting(2))
    pool.decided([a_waiting(1, text="theirs"), a_waiting(8)])
    assert held(pool) == [a_waiting(2)]


def test_what_is_valid_until_a_time_expires_by_time_alone() -> None:
    """``valid_until_ms`` is the last time of a block that may hold it."""
    pool = Mempool(PoolLimits())
    early, late = a_waiting(1, until_ms=7_000), a_waiting(2, until_ms=7_001)
    put(pool, early)
    put(pool, late)
    assert pool.expire(Height(1_000_000), 7_000) == []
    (gone,) = pool.expire(Height(1_000_001), 7_001)
    assert (gone.tx_id, gone.fault.code) == (early.tx_id, "TX_EXPIRED")
    assert gone.fault.facts == {"valid_until_ms": 7_000, "time_ms": 7_001}
    assert held(pool) == [late]


def test_what_expired_is_forgotten_and_named() -> None:
    """``valid_until`` is the last height that may hold it."""
    pool = Mempool(PoolLimits())
    early, late = a_waiting(1, valid_until=7), a_waiting(2, valid_until=8)
    put(pool, early)
    put(pool, late)
    assert pool.expire(Height(7), 0) == []
    (gone,) = pool.expire(Height(8), 0)
    assert (gone.tx_id, gone.fault.code) == (early.tx_id, "TX_EXPIRED")
    assert held(pool) == [late]
    assert pool.bytes_held == len(late.raw)


def test_what_waits_too_long_is_forgotten_though_no_height_passes() -> None:
    """The oldest first; what came later stays."""
    pool = Mempool(PoolLimits(age_ms_max=1_000))
    old, young = a_waiting(1), a_waiting(2)
    put(pool, old, now_ms=5_000)
    put(pool, young, now_ms=5_500)
    assert pool.age(5_999) == []
    (gone,) = pool.age(6_000)
    assert (gone.tx_id, gone.fault.code) == (old.tx_id, "MEMPOOL_EXPIRED")
    assert dict(gone.fault.facts) == {"age_ms": 1_000, "age_ms_max": 1_000}
    assert held(pool) == [young]


def test_one_look_drops_a_bounded_number() -> None:
    """The next look goes on."""
    pool = Mempool(PoolLimits())
    for number in range(EXPIRED_AT_ONCE_MAX + 1):
        put(pool, a_waiting(number))
    later = pool.limits.age_ms_max
    assert [len(pool.age(later)) for _ in range(3)] == [EXPIRED_AT_ONCE_MAX, 1, 0]


def test_an_operator_drops_one_or_takes_nothing_of_somebody() -> None:
    """What waits of them goes; what they send is refused until they are cleared; others are not touched."""
    pool = Mempool(PoolLimits())
    one, two, other = a_waiting(1, signer="one"), a_waiting(1, signer="two"), a_waiting(1, signer="other")
    for transaction, org in ((one, "bad"), (two, "bad"), (other, "good")):
        put(pool, transaction, org)
    (gone,) = pool.drop(one.tx_id)
    assert (gone.tx_id, gone.fault.code) == (one.tx_id, "MEMPOOL_DROPPED")
    assert pool.drop(one.tx_id) == []
    (gone,) = pool.refuse(RefusedSenders(organisations=frozenset({OrgId("bad")})))
    assert (gone.tx_id, gone.fault.code) == (two.tx_id, "MEMPOOL_REFUSED")
    with pytest.raises(SenderRefused):
        put(pool, a_waiting(2, signer="third"), "bad")
    assert [each.tx_id for each in pool.refuse(RefusedSenders(accounts=frozenset({a_signer("other")})))] == [
        other.tx_id
    ]
    with pytest.raises(SenderRefused) as raised:
        put(pool, other, "good")
    assert dict(raised.value.facts) == {"org": "good", "account": a_signer("other").hex()}
    put(pool, a_waiting(1, signer="colleague"), "good")
    pool.refuse(NOBODY)
    put(pool, other, "good")
    put(pool, one, "bad")


def test_an_empty_pool_holds_nothing() -> None:
    """All that was counted is gone with the last transaction."""
    pool = Mempool(PoolLimits(organisation_transactions_max=2, transactions_max=2))
    for turn in range(5):
        both = [a_waiting(2 * turn), a_waiting(2 * turn + 1)]
        for each in both:
            put(pool, each)
        pool.decided(both)
        assert (len(pool), pool.bytes_held, held(pool), pool.holdings()) == (0, 0, [], [])


def test_nothing_is_placed_where_no_room_was_made() -> None:
    """What is placed without the check that names the room is our bug, and is stopped as one."""
    limits = PoolLimits(transactions_max=3)
    pool, org = Mempool(limits), OrgId("org")
    first, second = a_waiting(1), a_waiting(1, text="another")
    pool.place(first, org, 0, pool.check(first.transaction, org))
    for again in (first, second):
        with pytest.raises(AssertionError, match="it was checked"):
            pool.place(again, org, 0, [])
    for nonce in range(2, limits.transactions_max + 1):
        put(pool, a_waiting(nonce, signer=f"signer-{nonce}"), f"org-{nonce}")
    with pytest.raises(AssertionError, match="room was made"):
        pool.place(a_waiting(0, signer="late"), org, 0, [])
