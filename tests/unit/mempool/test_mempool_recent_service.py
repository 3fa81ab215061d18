"""What organisations had of the latest blocks: who asks for little, and how much may wait of whoever asks for
much.
"""

from __future__ import annotations

from p2pchain.mempool.recent_service import SMALL, WINDOW_BLOCKS, WINDOW_MAX, WINDOW_MIN, RecentService
from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import OrgId

BULK, SELDOM = OrgId("bulk"), OrgId("seldom")
ONE = FULL // 2_000
"""Cost of one transaction of a block of 2,000."""


def block(service: RecentService, **costs: int) -> None:
    """One block in which organisations had these costs."""
    for org, cost in costs.items():
        service.charge(OrgId(org), cost)
    service.settle()


def test_one_that_fills_blocks_alone_is_not_modest() -> None:
    service = RecentService()
    for _ in range(30):
        block(service, bulk=FULL)
    assert not service.has_modest({BULK: FULL})


def test_who_waits_with_little_beside_a_backlog_is_modest_at_once() -> None:
    service = RecentService()
    for _ in range(30):
        block(service, bulk=FULL)
    assert service.has_modest({BULK: FULL, SELDOM: ONE})
    assert not service.has_modest({BULK: FULL, SELDOM: SMALL})


def test_who_was_served_with_little_is_modest_for_some_blocks() -> None:
    service = RecentService()
    block(service, bulk=FULL - ONE, seldom=ONE)
    for _ in range(30):
        block(service, bulk=FULL)
        if not service.has_modest({BULK: FULL}):
            break
    assert service.mean(SELDOM) == 0, "whoever is forgotten takes no room"


def test_all_that_ask_for_much_are_not_modest() -> None:
    """Nor many that ask for little each, once small blocks do not hold it and more of each waits."""
    service = RecentService()
    orgs = {f"org-{number}": FULL // 10 for number in range(10)}
    for _ in range(30):
        block(service, **orgs)
    assert not service.has_modest({OrgId(org): FULL // 10 for org in orgs})
    many = {f"org-{number}": SMALL // 20 for number in range(20)}
    kept_short = RecentService()
    for _ in range(30):
        block(kept_short, **many)
    assert kept_short.has_modest({OrgId(org): SMALL // 20 for org in many})
    assert not kept_short.has_modest({OrgId(org): SMALL // 10 for org in many})


def test_blocks_without_transactions_change_nothing() -> None:
    service = RecentService()
    block(service, bulk=FULL - ONE, seldom=8 * ONE)
    before = service.mean(BULK), service.mean(SELDOM), service.window(BULK)
    service.settle()
    assert (service.mean(BULK), service.mean(SELDOM), service.window(BULK)) == before


def test_the_window_follows_the_largest_block_of_late() -> None:
    service = RecentService()
    assert service.window(BULK) == WINDOW_MIN
    cost = SMALL
    while cost < FULL:
        block(service, bulk=cost)
        assert service.window(BULK) == min(WINDOW_BLOCKS * cost, WINDOW_MAX)
        cost *= 2
    for _ in range(300):
        block(service, bulk=SMALL)
    assert service.window(BULK) == max(WINDOW_BLOCKS * SMALL, WINDOW_MIN)
