"""The pool against a list: whatever is added, dropped, decided and expired, in whatever order; and no flood
of others keeps an organisation waiting that asks for less than its share.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from p2pchain.mempool.pool import Mempool, PoolLimits
from p2pchain.mempool.pool_entry import Dropped
from p2pchain.mempool.refused_senders import RefusedSenders
from p2pchain.mempool.turns import BlockBounds, Served
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, OrgId
from p2pchain.model.transaction import VerifiedTransaction
from tests.examples import examples
from tests.unit.mempool.pool_transactions import a_signer, a_waiting, held, put

LIMITS = PoolLimits(
    transactions_max=6,
    bytes_max=1_500,
    organisation_transactions_max=4,
    organisation_bytes_max=1_200,
    age_ms_max=100,
)
ORGS = {"one": "a", "other": "a", "third": "b", "fourth": "c"}
"""Organisations of the signers."""

TRANSACTIONS = st.builds(
    a_waiting,
    st.integers(0, 5),
    signer=st.sampled_from(sorted(ORGS)),
    text=st.sampled_from(["a", "b" * 150]),
    valid_until=st.integers(1, 4),
)


class PoolMachine(RuleBasedStateMachine):
    """A list of what should wait, with the time at which each came, and the rules said plainly."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Mempool(LIMITS)
        self.waiting: list[tuple[VerifiedTransaction, int]] = []
        self.now_ms = 0

    @rule(transaction=TRANSACTIONS)
    def add(self, transaction: VerifiedTransaction) -> None:
        """The first rule that is broken gives the code."""
        expected = self.expected(transaction)
        if expected is None:
            dropped = put(self.pool, transaction, _org(transaction), now_ms=self.now_ms)
            self.made_room(transaction, dropped)
            self.waiting.append((transaction, self.now_ms))
            return
        with pytest.raises(Refused) as raised:
            put(self.pool, transaction, _org(transaction), now_ms=self.now_ms)
        assert raised.value.code == expected

    def expected(self, transaction: VerifiedTransaction) -> str | None:
        """The code of the refusal; ``MEMPOOL_FULL`` is asked of the pool itself, and judged afterwards."""
        there = [each for each, _ in self.waiting]
        own = [each for each in there if _org(each) == _org(transaction)]
        if transaction in there:
            return "TX_PENDING"
        if any(_place(each) == _place(transaction) for each in there):
            return "TX_REPEATED"
        if len(own) >= LIMITS.organisation_transactions_max:
            return "MEMPOOL_SHARE"
        if _bytes(own) + len(transaction.raw) > LIMITS.organisation_bytes_max:
            return "MEMPOOL_SHARE"
        fits = (
            len(there) < LIMITS.transactions_max and _bytes(there) + len(transaction.raw) <= LIMITS.bytes_max
        )
        if fits:
            return None
        try:
            self.pool.check(transaction.transaction, OrgId(_org(transaction)))
        except Refused as refusal:
            by_bytes = refusal.facts["limit"] == "bytes_max"
            with_it = (*own, transaction)
            mine = _bytes(list(with_it)) if by_bytes else len(with_it)
            sums = self.holdings(by_bytes)
            assert by_bytes or all(count <= mine for org, count in sums.items())
            return "MEMPOOL_FULL"
        return None

    def holdings(self, by_bytes: bool) -> Counter[str]:
        """What each organisation holds."""
        sums: Counter[str] = Counter()
        for each, _ in self.waiting:
            sums[_org(each)] += len(each.raw) if by_bytes else 1
        return sums

    def made_room(self, transaction: VerifiedTransaction, dropped: list[Dropped]) -> None:
        """Only of other organisations, the newest of each, and never of who then holds less than the one
        that came by both measures.
        """
        for gone in dropped:
            place = next(index for index, (each, _) in enumerate(self.waiting) if each.tx_id == gone.tx_id)
            org = _org(self.waiting[place][0])
            assert org != _org(transaction)
            assert all(_org(each) != org for each, _ in self.waiting[place + 1 :]), "the newest goes first"
            assert gone.fault.code == "MEMPOOL_SHARE"
            del self.waiting[place]

    @rule(block=st.lists(TRANSACTIONS, max_size=4))
    def decided(self, block: list[VerifiedTransaction]) -> None:
        """A block, of which the pool may hold nothing, the transactions, or their twins."""
        self.pool.decided(block)
        self.pool.settle()
        used = {_place(each) for each in block}
        self.waiting = [each for each in self.waiting if _place(each[0]) not in used]

    @rule(height=st.integers(1, 6))
    def expire(self, height: int) -> None:
        """Heights may jump: a node that catches up."""
        gone = self.pool.expire(Height(height), 0)
        late = [each for each in self.waiting if each[0].transaction.body.valid_until < height]
        assert [each.tx_id for each in gone] == [each.tx_id for each, _ in late]
        self.waiting = [each for each in self.waiting if each not in late]

    @rule(passed_ms=st.integers(1, 60))
    def age(self, passed_ms: int) -> None:
        """Time passes."""
        self.now_ms += passed_ms
        gone = self.pool.age(self.now_ms)
        old = [each for each in self.waiting if self.now_ms - each[1] >= LIMITS.age_ms_max]
        assert [each.tx_id for each in gone] == [each.tx_id for each, _ in old]
        self.waiting = [each for each in self.waiting if each not in old]

    @precondition(lambda self: self.waiting)
    @rule(place=st.integers(0, 5))
    def drop(self, place: int) -> None:
        """An operator's order."""
        gone, _ = self.waiting.pop(place % len(self.waiting))
        assert [each.tx_id for each in self.pool.drop(gone.tx_id)] == [gone.tx_id]

    @rule(org=st.sampled_from(["a", "b"]))
    def refuse(self, org: str) -> None:
        """Another order, taken back at once: what waits of one organisation is gone, and may come again."""
        self.pool.refuse(RefusedSenders(organisations=frozenset({OrgId(org)})))
        self.pool.refuse(RefusedSenders())
        self.waiting = [each for each in self.waiting if _org(each[0]) != org]

    @invariant()
    def holds_the_same(self) -> None:
        """In the same order, with the right sums, and each once in the order of turns."""
        there = [each for each, _ in self.waiting]
        assert held(self.pool) == there
        assert len(self.pool) == len(there)
        assert self.pool.bytes_held == _bytes(there) <= LIMITS.bytes_max
        assert all(self.pool.get(each.tx_id) is each for each in there)
        assert {each.org: each.bytes_held for each in self.pool.holdings()} == self.holdings(by_bytes=True)
        bounds = BlockBounds(transactions_max=3, bytes_max=1_000, work_max=1)
        turns = list(self.pool.in_turn(bounds))
        assert sorted(each.tx_id for each in turns) == sorted(each.tx_id for each in there)
        for org in set(ORGS.values()):
            of_it = [each for each in turns if _org(each) == org]
            assert of_it == [each for each in there if _org(each) == org], "first in, first proposed"


FLOODS = ["x", "y", "z"]
BLOCK = 4
"""Transactions of one block."""
WAIT_MAX = 1
"""Blocks of honest proposers within which a transaction of an organisation under its share is decided: the
first, where a block holds one transaction of each organisation.
"""


class FloodMachine(RuleBasedStateMachine):
    """Three organisations flood with anything: light and heavy, accepted and refused, of many accounts. A
    fourth hands in one transaction now and then. Some blocks are made by a proposer that takes what it likes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pool = Mempool(PoolLimits(transactions_max=40, organisation_transactions_max=20))
        self.bounds = BlockBounds(transactions_max=BLOCK, bytes_max=4_000, work_max=1_000)
        self.nonce = 0
        self.waited: int | None = None

    @rule(org=st.sampled_from(FLOODS), count=st.integers(1, 25), accounts=st.integers(1, 9))
    def flood(self, org: str, count: int, accounts: int) -> None:
        """As much as is taken."""
        for _ in range(count):
            self.hand_in(org, f"{org}-{self.nonce % accounts}")

    @precondition(lambda self: self.waited is None)
    @rule()
    def ask(self) -> None:
        """The honest one: it always gets into the pool."""
        assert self.hand_in("honest", "honest")
        self.waited = 0

    @rule(work=st.integers(0, 250), refused=st.sets(st.sampled_from(FLOODS)))
    def honest_block(self, work: int, refused: set[str]) -> None:
        """What the pool's order gives."""
        chosen = [each for each, _ in zip(self.pool.in_turn(self.bounds), range(BLOCK), strict=False)]
        self.commit(chosen, work, refused)
        if self.waited is not None:
            self.waited += 1
            assert self.waited < WAIT_MAX, "an honest transaction waits behind a flood"

    @rule(org=st.sampled_from(FLOODS), work=st.integers(0, 250))
    def partial_block(self, org: str, work: int) -> None:
        """A proposer of one's own, who takes one organisation's alone."""
        chosen = [each for each in self.pool.in_turn(self.bounds) if self.org(each) == org]
        self.commit(chosen[:BLOCK], work, set())

    def hand_in(self, org: str, signer: str) -> bool:
        """Whether the pool takes it."""
        self.nonce += 1
        try:
            dropped = put(self.pool, a_waiting(self.nonce, signer=signer), org)
        except Refused:
            return False
        honest = [gone for gone in dropped if gone.fault.facts["org"] == "honest"]
        assert not honest, "who holds least makes room for nobody"
        return True

    def commit(self, chosen: list[VerifiedTransaction], work: int, refused: set[str]) -> None:
        """Charge and forget."""
        for each in chosen:
            org = self.org(each)
            served = Served(transactions=1, size=len(each.raw), work=work, refused=org in refused)
            self.pool.turns.charge(OrgId(org), self.bounds, served)
        if any(self.org(each) == "honest" for each in chosen):
            self.waited = None
        self.pool.decided(chosen)
        self.pool.settle()

    def org(self, transaction: VerifiedTransaction) -> str:
        """Whose it is."""
        found = self.pool.organisation_of(transaction.tx_id)
        assert found is not None
        return found


def _org(transaction: VerifiedTransaction) -> str:
    signer = transaction.transaction.body.signers[0]
    return next(org for name, org in ORGS.items() if a_signer(name) == signer)


def _bytes(transactions: list[VerifiedTransaction]) -> int:
    return sum(len(each.raw) for each in transactions)


def _place(transaction: VerifiedTransaction) -> tuple[object, bytes]:
    body = transaction.transaction.body
    return body.signers[0], body.nonce


PoolMachine.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=30)
FloodMachine.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=40)
TestPool = PoolMachine.TestCase
TestFlood = FloodMachine.TestCase
