"""Timed validity against a model, over any history of blocks, times and restarts.

The model is a list of what was decided. No pair is ever decided twice while the moment of an earlier one has
not passed; nothing is decided after its own moment; no organisation has more records than it may; and a
ledger that is restored from its records, at any place, says the same as one that was there all the time.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.business.software import MODULES
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.timed_records import PAIR
from p2pchain.model.ids import Height
from p2pchain.model.transaction import VerifiedTransaction
from tests.examples import examples
from tests.unit.ledger.ledger_world import TIME_MS
from tests.unit.ledger.test_ledger_timed import LIFETIME, NOTE, TimedWorld

MOST = 2
SIGNERS = ("bank-a", "bank-a-clerk", "bank-b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody wants a transaction: valid ``ahead`` ms from the last block on, or where None by height."""

    signer: str
    nonce: int
    ahead: int | None


WISHES = st.builds(
    Wish, signer=st.sampled_from(SIGNERS), nonce=st.integers(0, 2), ahead=st.none() | st.integers(-2, 12)
)
BLOCKS = st.lists(st.tuples(st.integers(1, 6), st.lists(WISHES, max_size=5)), max_size=14)


def wanted(world: TimedWorld, wish: Wish) -> VerifiedTransaction:
    """Its transaction."""
    until = None if wish.ahead is None else max(0, world.ledger.time_ms + wish.ahead)
    return world.transaction(wish.signer, NOTE, nonce=wish.nonce, until_ms=until)


@settings(max_examples=examples(150), deadline=None)
@given(history=BLOCKS, cut=st.integers(0, 14))
def test_any_history(history: list[tuple[int, list[Wish]]], cut: int) -> None:
    world = TimedWorld(org_timed_max=MOST)
    followed = Ledger.from_genesis(world.genesis, MODULES)
    live: dict[tuple[str, int], int] = {}
    by_height: dict[tuple[str, int], int] = {}
    for number, (later, wishes) in enumerate(history):
        if number == cut:
            followed = world.restored()
        height, time_ms = Height(world.ledger.height + 1), world.ledger.time_ms + later
        made = [wanted(world, wish) for wish in wishes]
        chosen = world.ledger.selects(made, height)
        assert chosen == followed.selects(made, height)
        built = followed.execute(
            height=height, time_ms=time_ms, transactions=chosen, evidence=(), system=(), fill=True
        )
        for each in built.transactions:
            wish = wishes[next(place for place, one in enumerate(made) if one is each)]
            pair = (wish.signer, wish.nonce)
            assert live.get(pair, -1) < time_ms, "again before its moment has passed"
            assert by_height.get(pair, -LIFETIME) <= height - LIFETIME, "again within the window"
            moment = each.transaction.body.valid_until_ms
            by_height[pair] = height
            if moment is not None:
                assert time_ms <= moment, "after its moment"
                live[pair] = moment
        world.at(time_ms, *built.transactions)
        followed.commit(built)
        assert followed.state_root == world.ledger.state_root
        kept = [key for key, _ in world.ledger.walk(PAIR)]
        assert len(kept) == sum(moment >= time_ms for moment in live.values()), "records of what is live"
        for org in ("bank-a", "bank-b"):
            records = [pair for pair, moment in live.items() if moment >= time_ms and pair[0].startswith(org)]
            assert len(records) <= MOST
    assert world.restored().state_root == world.ledger.state_root
    assert world.ledger.time_ms >= TIME_MS
