"""Shares in the latest blocks: who is occasional, from when on, and until when."""

from __future__ import annotations

from p2pchain.mempool.recent_shares import FORGOTTEN, OCCASIONAL_MAX, RecentShares
from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import OrgId

BULK, SELDOM = OrgId("bulk"), OrgId("seldom")


def block(shares: RecentShares, **costs: int) -> None:
    """One block in which organisations had these costs."""
    for org, cost in costs.items():
        shares.charge(OrgId(org), cost)
    shares.settle()


def test_one_that_fills_blocks_alone_is_not_occasional() -> None:
    shares = RecentShares()
    for _ in range(100):
        block(shares, bulk=FULL)
        assert not shares.has_occasional() or shares.share(BULK) < OCCASIONAL_MAX
    assert not shares.has_occasional()


def test_all_that_ask_for_much_are_not_occasional() -> None:
    shares = RecentShares()
    for _ in range(30):
        block(shares, **{f"org-{number}": FULL // 10 for number in range(10)})
    assert not shares.has_occasional()


def test_one_transaction_in_a_full_block_is_occasional_for_some_blocks() -> None:
    shares = RecentShares()
    for _ in range(30):
        block(shares, bulk=FULL)
    block(shares, bulk=FULL - FULL // 2_000, seldom=FULL // 2_000)
    seen = 0
    while shares.has_occasional():
        seen += 1
        block(shares, bulk=FULL)
    assert 10 <= seen <= 30
    assert shares.share(SELDOM) == 0, "whoever is forgotten takes no room"


def test_who_begins_to_ask_for_much_stays_occasional_for_a_few_blocks_only() -> None:
    """Half of each block, for fair queuing gives two organisations the same."""
    shares = RecentShares()
    for _ in range(30):
        block(shares, bulk=FULL)
    seen = 0
    while seen < 10:
        block(shares, bulk=FULL // 32, seldom=FULL // 32)
        seen += 1
        if not shares.has_occasional():
            break
    assert seen <= 2


def test_blocks_without_transactions_change_nothing() -> None:
    shares = RecentShares()
    block(shares, bulk=FULL - FULL // 100, seldom=FULL // 100)
    before = shares.share(BULK), shares.share(SELDOM)
    shares.settle()
    assert (shares.share(BULK), shares.share(SELDOM)) == before
    assert FORGOTTEN < before[1] < OCCASIONAL_MAX < before[0]
