"""Turns of organisations: equal service for whoever always waits, at once for whoever seldom does."""

from __future__ import annotations

from collections import Counter

import pytest

from p2pchain.mempool.pool import Mempool, PoolLimits
from p2pchain.mempool.turns import DEBT_MAX, FULL, REMEMBERED_MAX, BlockBounds, Served, Turns
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import VerifiedTransaction
from tests.unit.mempool.pool_transactions import a_waiting, put

BOUNDS = BlockBounds(transactions_max=10, bytes_max=10_000, work_max=1_000)
A, B, C = OrgId("a"), OrgId("b"), OrgId("c")


class Blocks:
    """A pool and the blocks that are made of it: each transaction of an organisation does the same work."""

    def __init__(self, *, bounds: BlockBounds = BOUNDS) -> None:
        self.pool = Mempool(PoolLimits())
        self.bounds = bounds
        self.work: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.nonce = 0

    def wait(
        self, org: str, count: int, *, accounts: int = 1, text: str = "text"
    ) -> list[VerifiedTransaction]:
        """``count`` transactions of an organisation, of so many accounts in turn."""
        made = []
        for _ in range(count):
            self.nonce += 1
            made.append(a_waiting(self.nonce, signer=f"{org}-{self.nonce % accounts}", text=text))
            put(self.pool, made[-1], org)
        return made

    def make(self) -> list[str]:
        """One block: the organisations of what it holds, in its order."""
        chosen: list[VerifiedTransaction] = []
        size = work = 0
        for each in self.pool.in_turn(self.bounds):
            size += len(each.raw)
            work += self.work[self.org(each)]
            full = size > self.bounds.bytes_max or work > self.bounds.work_max
            if full or len(chosen) == self.bounds.transactions_max:
                break
            chosen.append(each)
        orgs = [self.org(each) for each in chosen]
        for each, org in zip(chosen, orgs, strict=True):
            served = Served(
                transactions=1, size=len(each.raw), work=self.work[org], refused=org in self.refused
            )
            self.pool.turns.charge(OrgId(org), self.bounds, served)
        self.pool.decided(chosen)
        self.pool.settle()
        return orgs

    def org(self, transaction: VerifiedTransaction) -> str:
        found = self.pool.organisation_of(transaction.tx_id)
        assert found is not None
        return found


def test_one_organisation_is_first_in_first_out() -> None:
    """Whatever its accounts."""
    blocks = Blocks()
    made = blocks.wait("a", 7, accounts=3)
    assert list(blocks.pool.in_turn(BOUNDS)) == made


def test_those_who_always_wait_get_the_same() -> None:
    """However many accounts one of them uses, and whoever came first."""
    blocks = Blocks()
    blocks.wait("a", 60, accounts=60)
    blocks.wait("b", 60)
    blocks.wait("c", 60)
    got = Counter(org for _ in range(6) for org in blocks.make())
    assert got == {"a": 20, "b": 20, "c": 20}


def test_who_comes_now_and_then_is_first() -> None:
    """Into the next block, though others have flooded for long."""
    blocks = Blocks()
    for _ in range(10):
        blocks.wait("a", 20)
        blocks.wait("b", 20)
        blocks.wait("honest", 1)
        assert "honest" in blocks.make()[:3]


@pytest.mark.parametrize("text", ["x" * 20, "x" * 200], ids=["small", "large"])
def test_bytes_count(text: str) -> None:
    """Who sends twice the bytes gets fewer of them in."""
    blocks = Blocks(bounds=BlockBounds(transactions_max=1_000, bytes_max=3_000, work_max=1))
    light = len(blocks.wait("a", 1)[0].raw)
    heavy = len(blocks.wait("b", 1, text=text * 2)[0].raw)
    blocks.wait("a", 100)
    blocks.wait("b", 100, text=text * 2)
    got = Counter(org for _ in range(5) for org in blocks.make())
    assert got["a"] * light == pytest.approx(got["b"] * heavy, abs=2 * heavy)


def test_work_counts_once_it_is_known() -> None:
    """Nobody knows it before; whoever did heavy things gets fewer of them next, by as much as they cost."""
    blocks = Blocks(bounds=BlockBounds(transactions_max=1_000, bytes_max=1_000_000, work_max=1_000))
    blocks.work.update({"light": 10, "heavy": 100})
    blocks.wait("light", 400)
    blocks.wait("heavy", 400)
    got = Counter(org for _ in range(7) for org in blocks.make())
    assert got["light"] * 10 == pytest.approx(got["heavy"] * 100, rel=0.15)


def test_refused_transactions_count_against_their_organisation() -> None:
    """Twice: they fill blocks and do nothing. Who makes a mistake now and then waits no longer for it."""
    blocks = Blocks()
    blocks.refused.add("spam")
    blocks.wait("spam", 90)
    blocks.wait("good", 90)
    got = Counter(org for _ in range(6) for org in blocks.make())
    assert got == {"good": 40, "spam": 20}
    blocks = Blocks()
    blocks.refused.add("honest")
    blocks.wait("flood", 90)
    for _ in range(4):
        blocks.wait("honest", 1)
        assert "honest" in blocks.make()


def test_who_was_served_while_nobody_else_asked_owes_nothing() -> None:
    """And who asked for nothing has saved nothing up."""
    blocks = Blocks()
    blocks.wait("a", 200)
    for _ in range(10):
        blocks.make()
    blocks.wait("b", 100)
    got = Counter(org for _ in range(4) for org in blocks.make())
    assert got == {"a": 20, "b": 20}


def test_a_debt_ends_with_what_waits() -> None:
    """Once nothing waits, everybody begins anew."""
    turns = Turns()
    for _ in range(5):
        turns.charge(A, BOUNDS, Served(transactions=10, size=0, work=0, refused=True))
    turns.settle([B])
    assert turns.start(A) > turns.start(B)
    turns.settle([])
    assert turns.start(A) == turns.start(B) == turns.start(C)


def test_neither_debt_nor_claim_grows_for_ever() -> None:
    """One that always waits and is never served, as what no block may hold."""
    turns = Turns()
    for _ in range(100):
        turns.charge(A, BOUNDS, Served(transactions=10, size=10_000, work=1_000, refused=False))
        turns.settle([A, B])
        assert turns.start(A) - turns.start(B) <= DEBT_MAX
    assert turns.start(B) > 0


def test_what_is_remembered_is_bounded() -> None:
    """The usual cost of a transaction, of so many organisations."""
    turns = Turns()
    for number in range(REMEMBERED_MAX + 10):
        served = Served(transactions=1, size=0, work=1_000, refused=False)
        turns.charge(OrgId(f"org-{number}"), BOUNDS, served)
    turns.settle([])
    assert turns.expected(OrgId("org-0"), BOUNDS, 0) == FULL // 10
    assert turns.expected(OrgId(f"org-{REMEMBERED_MAX + 9}"), BOUNDS, 0) == FULL // 10 + FULL
