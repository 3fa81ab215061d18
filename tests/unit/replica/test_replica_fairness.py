"""What members cannot take from one another, on the real ledger: three organisations flood a small pool and
small blocks with whatever is cheap for them; the transaction of a fourth is in the very next block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Transaction
from tests.unit.replica.pool_world import FLOODING, HONEST, MINTED, Solo, note_of, refused_of

SMALL = Parameters(block_transactions_max=12)
POOL = PoolLimits(transactions_max=120, organisation_transactions_max=60)

Flood = Callable[[str, int], Transaction]
FLOODS: dict[str, Flood] = {
    "valid": lambda org, _: note_of(org),
    "refused": lambda org, _: refused_of(org),
    "minted accounts": lambda org, number: note_of(org, number % MINTED),
    "refused of minted accounts": lambda org, number: refused_of(org, number % MINTED),
    "large": lambda org, number: note_of(org, number % MINTED, text="x" * 200, times=40),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_an_honest_transaction_is_in_the_next_block_whatever_others_flood(flood: Flood) -> None:
    """Before each block the flood fills the pool; the honest one is taken in all the same, and decided at
    once. Nothing honest is ever dropped.
    """
    solo = Solo(SMALL, pool_limits=POOL)
    for turn in range(8):
        for org in FLOODING:
            solo.submit(*(flood(org, number) for number in range(60)))
        honest = note_of(HONEST, text=f"honest {turn}")
        assert solo.submit(honest) == [None]
        orgs = solo.block()
        assert honest in solo.decided[-1]
        assert len(orgs) == 12, "the rest of the block is not wasted"
    assert solo.dropped[HONEST] == 0


def test_floods_share_alike_whoever_mints_accounts() -> None:
    """One signs with one account, one with forty, the third is refused: that one gets half."""
    solo = Solo(SMALL, pool_limits=POOL)
    got: Counter[str] = Counter()
    for _ in range(10):
        for number in range(24):
            solo.submit(
                note_of("org-1"), note_of("org-2", number % MINTED), refused_of("org-3", number % MINTED)
            )
        got.update(solo.block())
    assert got["org-1"] == pytest.approx(48, abs=3)
    assert got["org-2"] == pytest.approx(48, abs=3)
    assert got["org-3"] == pytest.approx(24, abs=3)


def test_refused_transactions_fill_no_blocks_free_of_charge() -> None:
    """Alone they may use what nobody else wants; beside others they get less, not more."""
    solo = Solo(SMALL, pool_limits=POOL)
    solo.submit(*(refused_of("org-1") for _ in range(60)))
    assert Counter(solo.block()) == {"org-1": 12}
    solo.submit(*(note_of("org-2") for _ in range(40)))
    got: Counter[str] = Counter(org for _ in range(3) for org in solo.block())
    assert got["org-1"] == pytest.approx(12, abs=2)


def test_one_signer_does_not_hold_the_pool() -> None:
    """Neither its bytes nor its places: others are taken in when it has filled what it may."""
    solo = Solo(SMALL, pool_limits=PoolLimits(bytes_max=40_000, organisation_bytes_max=20_000))
    told = solo.submit(*(note_of("org-1", text="x" * 200, times=10) for _ in range(30)))
    assert told[-1] == "MEMPOOL_SHARE"
    assert solo.submit(note_of(HONEST)) == [None]
    pool = solo.replica.flow.pool
    assert {each.org: each.bytes_held <= 20_000 for each in pool.holdings()} == {"org-1": True, HONEST: True}


def test_minted_accounts_do_not_add_to_the_share_of_their_organisation() -> None:
    """Forty accounts, one share."""
    solo = Solo(SMALL, pool_limits=POOL)
    told = solo.submit(*(note_of("org-1", number % MINTED) for number in range(80)))
    assert told == [None] * 60 + ["MEMPOOL_SHARE"] * 20


def test_a_full_pool_makes_room_and_tells_who_made_it() -> None:
    """The newest of whoever holds most; a client that waits for it hears so."""
    solo = Solo(SMALL, pool_limits=POOL)
    for org in ("org-1", "org-2"):
        assert solo.submit(*(note_of(org) for _ in range(60))) == [None] * 60
    assert solo.submit(*(note_of(HONEST) for _ in range(5))) == [None] * 5
    assert solo.dropped.total() == 5
    assert set(solo.dropped) <= {"org-1", "org-2"}


def test_transactions_of_one_account_keep_their_order_over_blocks() -> None:
    """Also where a large one does not fit any more and a small one after it would: the second may need the
    first.
    """
    solo = Solo(Parameters(block_bytes_max=70_000))
    first = note_of("org-1", text="x" * 200, times=60)
    large = [note_of("org-1", text="x" * 200, times=60) for _ in range(8)]
    small = note_of("org-1")
    solo.submit(first, *large, small)
    other = note_of(HONEST)
    solo.submit(other)
    while not solo.decided or small not in solo.decided[-1]:
        solo.block()
    order = [each for block in solo.decided for each in block if each != other]
    assert order == [first, *large, small]
    assert other in solo.decided[0]
