"""Clients that wait for their transactions: woken once, told the truth, and not remembered once they left."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from p2pchain.mempool.pool_entry import Dropped
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Refused
from p2pchain.model.ids import TxId
from p2pchain.model.transaction import Transaction
from p2pchain.node.face.transaction_waits import WAITING_MAX, Waiters
from p2pchain.replica.effects import Persist
from tests.unit.replica.effect_words import of
from tests.unit.replica.replica_votes import PRECOMMIT
from tests.unit.replica.replica_world import Scene, a_transaction


def a_record(*transactions: Transaction) -> BlockRecord:
    """A final block that holds them."""
    scene = Scene()
    block = scene.chain.make(transactions=transactions).block
    scene.hear_bodies(block)
    scene.propose(block)
    (persist,) = of(Persist, scene.votes(PRECOMMIT, block.block_id, 1, 2, 3))
    return persist.record


async def test_a_batch_is_woken_when_its_last_transaction_is_final() -> None:
    """Two blocks, two transactions; a third that nobody waits for."""
    waiters = Waiters()
    one, other = a_transaction(), a_transaction()
    found = {}

    async def client() -> None:
        with waiters.expect([one.tx_id, other.tx_id]) as expectation:
            found.update(await expectation.wait(60_000))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(client)
        await trio.testing.wait_all_tasks_blocked()
        waiters.committed(a_record(one))
        await trio.testing.wait_all_tasks_blocked()
        assert found == {}
        waiters.committed(a_record(a_transaction(), other))
    assert {tx_id: final.index for tx_id, final in found.items()} == {one.tx_id: 0, other.tx_id: 1}
    assert found[one.tx_id].receipt.code == "OK"
    assert found[one.tx_id].height == 1


async def test_what_is_not_final_in_time_is_left_out(autojump_clock: trio.testing.MockClock) -> None:
    """What is final is told all the same."""
    waiters = Waiters()
    one, other = a_transaction(), a_transaction()
    with waiters.expect([one.tx_id, other.tx_id]) as expectation:
        waiters.committed(a_record(one))
        began = trio.current_time()
        found = await expectation.wait(2_000)
        assert trio.current_time() - began == pytest.approx(2)
    assert list(found) == [one.tx_id]


async def test_nobody_waits_for_what_was_refused() -> None:
    """One of two was not admitted, then both."""
    waiters = Waiters()
    one, other = a_transaction(), a_transaction()
    with trio.fail_after(1):
        with waiters.expect([one.tx_id, other.tx_id]) as expectation:
            expectation.give_up([other.tx_id])
            waiters.committed(a_record(one))
            assert list(await expectation.wait(60_000)) == [one.tx_id]
        with waiters.expect([other.tx_id]) as expectation:
            expectation.give_up([other.tx_id])
            assert await expectation.wait(60_000) == {}


async def test_two_clients_wait_for_the_same_transaction() -> None:
    """Also one who comes when it is final already, as long as the other is there."""
    waiters = Waiters()
    transaction = a_transaction()
    with trio.fail_after(1), waiters.expect([transaction.tx_id, transaction.tx_id]) as first:
        waiters.committed(a_record(transaction))
        with waiters.expect([transaction.tx_id]) as second:
            assert list(await second.wait(60_000)) == [transaction.tx_id]
        assert list(await first.wait(60_000)) == [transaction.tx_id]


async def test_whoever_left_is_forgotten() -> None:
    """The bound counts those who wait now."""
    waiters = Waiters()
    ids = [TxId(number.to_bytes(32, "big")) for number in range(WAITING_MAX)]
    with waiters.expect(ids):
        with pytest.raises(Refused) as raised:
            waiters.expect([TxId(b"\xff" * 32)])
        assert raised.value.code == "TOO_MANY_WAITING"
    with waiters.expect([TxId(b"\xff" * 32)]):
        pass


async def test_who_waits_for_what_the_pool_drops_is_told_why_at_once() -> None:
    """And who waits for another goes on waiting; what another node decided all the same is told as final."""
    waiters = Waiters()
    lost, final = a_transaction(), a_transaction()
    with waiters.expect([lost.tx_id, final.tx_id]) as expectation:
        assert expectation.lost(lost.tx_id) is None
        gone = [
            Dropped(tx_id=each.tx_id, fault=Refused("MEMPOOL_EXPIRED"))
            for each in (lost, final, a_transaction())
        ]
        waiters.dropped(gone)
        waiters.committed(a_record(final))
        found = await expectation.wait(60_000)
        assert list(found) == [final.tx_id]
        fault = expectation.lost(lost.tx_id)
        assert fault is not None
        assert fault.code == "MEMPOOL_EXPIRED"
        assert expectation.lost(final.tx_id) is None
    with waiters.expect([lost.tx_id]) as expectation:
        assert expectation.lost(lost.tx_id) is None, "handed in again, it waits again"
        with trio.move_on_after(0):
            await expectation.wait(60_000)


async def test_a_ticket_is_answered_once_and_by_its_number() -> None:
    """Whoever gave up hears nothing, and the answer to nobody is no fault."""
    waiters = Waiters()
    first, second = waiters.ticket(), waiters.ticket()
    fault = Refused("MEMPOOL_FULL", {})
    waiters.answered(second, (fault,))
    assert await waiters.answer_to(second) == (fault,)
    with trio.move_on_after(0):
        await waiters.answer_to(first)
    waiters.answered(first, (None,))
    waiters.answered(999, (None,))
