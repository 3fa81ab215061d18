"""The pool against a list: whatever is added, decided and expired, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from p2pchain.mempool.pool import Mempool, PoolLimits
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import VerifiedTransaction
from tests.unit.mempool.pool_transactions import a_waiting

LIMITS = PoolLimits(transactions_max=6, bytes_max=1_500, signer_transactions_max=4)

TRANSACTIONS = st.builds(
    a_waiting,
    st.integers(0, 5),
    signer=st.sampled_from(["one", "other"]),
    text=st.sampled_from(["a", "b" * 150]),
    valid_until=st.integers(1, 4),
)


class PoolMachine(RuleBasedStateMachine):
    """A list of what should wait, and the rules said plainly."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Mempool(LIMITS)
        self.waiting: list[VerifiedTransaction] = []

    @rule(transaction=TRANSACTIONS)
    def add(self, transaction: VerifiedTransaction) -> None:
        """The first rule that is broken gives the code."""
        body = transaction.transaction.body
        expected = None
        if sum(each.transaction.body.signers == body.signers for each in self.waiting) >= 4:
            expected = "MEMPOOL_FULL"
        if sum(len(each.raw) for each in self.waiting) + len(transaction.raw) > LIMITS.bytes_max:
            expected = "MEMPOOL_FULL"
        if len(self.waiting) >= LIMITS.transactions_max:
            expected = "MEMPOOL_FULL"
        if any(_place(each) == _place(transaction) for each in self.waiting):
            expected = "TX_REPEATED"
        if transaction in self.waiting:
            expected = "TX_PENDING"
        if expected is None:
            self.pool.add(transaction)
            self.waiting.append(transaction)
            return
        with pytest.raises(Refused) as raised:
            self.pool.add(transaction)
        assert raised.value.code == expected

    @rule(block=st.lists(TRANSACTIONS, max_size=4))
    def decided(self, block: list[VerifiedTransaction]) -> None:
        """A block, of which the pool may hold nothing, the transactions, or their twins."""
        self.pool.decided(block)
        used = {_place(each) for each in block}
        self.waiting = [each for each in self.waiting if _place(each) not in used]

    @rule(height=st.integers(1, 6))
    def expire(self, height: int) -> None:
        """Heights may jump: a node that catches up."""
        gone = self.pool.expire(Height(height))
        late = [each for each in self.waiting if each.transaction.body.valid_until < height]
        assert list(gone) == [each.tx_id for each in late]
        self.waiting = [each for each in self.waiting if each not in late]

    @invariant()
    def holds_the_same(self) -> None:
        """In the same order, with the right sum of bytes."""
        assert list(self.pool) == self.waiting
        assert len(self.pool) == len(self.waiting)
        assert self.pool.bytes_held == sum(len(each.raw) for each in self.waiting)
        assert all(self.pool.get(each.tx_id) is each for each in self.waiting)


def _place(transaction: VerifiedTransaction) -> tuple[object, bytes]:
    body = transaction.transaction.body
    return body.signers[0], body.nonce


PoolMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestPool = PoolMachine.TestCase
