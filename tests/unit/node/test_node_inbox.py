"""What waits for the replica: votes first, transactions never starved, nothing unbounded, none forgotten."""

from __future__ import annotations

import trio
import trio.testing

from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import BlocksRequest, Ping, TransactionBatch, TransactionsHeld
from p2pchain.node.run.inbox import BULK_MAX, PEER_BULK_MAX, URGENT_MAX, URGENT_RUN_MAX, Inbox
from p2pchain.replica.inputs import (
    ExecutionDue,
    FetchRequested,
    Input,
    MessageReceived,
    SummaryDue,
    TimerElapsed,
    TransactionsSubmitted,
)
from p2pchain.telemetry.metrics import Metrics

PEER, OTHER = PeerId("peer"), PeerId("other")
TIMER = TimerElapsed(timer=SummaryDue())


def pushed(token: int, peer: PeerId = PEER) -> MessageReceived:
    """A message of a peer that can be told apart."""
    return MessageReceived(peer=peer, message=Ping(token=token))


def submitted(ticket: int) -> TransactionsSubmitted:
    """A client's batch."""
    return TransactionsSubmitted(ticket=ticket, transactions=())


async def test_urgent_inputs_come_first_and_bulk_in_between() -> None:
    """After so many urgent ones in a row a bulk one is taken."""
    inbox = Inbox(Metrics())
    for token in range(2 * URGENT_RUN_MAX):
        inbox.put_urgent(pushed(token))
    await inbox.put_bulk(submitted(1))
    taken = [await inbox.take() for _ in range(2 * URGENT_RUN_MAX + 1)]
    assert taken.index(submitted(1)) == URGENT_RUN_MAX
    assert [each for each in taken if each != submitted(1)] == [
        pushed(token) for token in range(2 * URGENT_RUN_MAX)
    ]


async def test_bulk_alone_is_taken_at_once() -> None:
    """In its order."""
    inbox = Inbox(Metrics())
    for ticket in range(3):
        await inbox.put_bulk(submitted(ticket))
    assert [await inbox.take() for _ in range(3)] == [submitted(ticket) for ticket in range(3)]


async def test_a_flood_is_dropped_but_never_what_the_node_must_know() -> None:
    """Messages and requests of peers are dropped past the bound; timers and answers are not."""
    metrics = Metrics()
    inbox = Inbox(metrics)
    for token in range(URGENT_MAX):
        assert inbox.put_urgent(pushed(token))
    request = FetchRequested(peer=PEER, request_id=1, request=BlocksRequest(first=Height(1), count=1))
    assert not inbox.put_urgent(pushed(0))
    assert not inbox.put_urgent(request)
    assert inbox.put_urgent(TIMER)
    assert b'inbox_dropped_total{queue="urgent"} 2.0' in metrics.text()


async def test_pushed_transactions_are_dropped_where_their_peer_has_no_room() -> None:
    """And counted; another peer's are taken all the same, and so are clients'."""
    metrics = Metrics()
    inbox = Inbox(metrics)
    for token in range(PEER_BULK_MAX):
        assert inbox.offer_bulk(pushed(token))
    assert not inbox.offer_bulk(pushed(0))
    assert b'inbox_dropped_total{queue="bulk"} 1.0' in metrics.text()
    assert inbox.offer_bulk(pushed(1, OTHER))
    with trio.fail_after(1):
        await inbox.put_bulk(submitted(1))
    first = [await inbox.take() for _ in range(4)]
    assert first == [pushed(0), pushed(1, OTHER), submitted(1), pushed(1)], "in turns, each in its order"


async def test_a_client_waits_for_room_and_gets_it() -> None:
    """It can wait; a peer's push may not take its place for ever."""
    inbox = Inbox(Metrics())
    for ticket in range(BULK_MAX):
        await inbox.put_bulk(submitted(ticket))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.put_bulk, submitted(BULK_MAX))
        await trio.testing.wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 1
        assert await inbox.take() == submitted(0)
        with trio.fail_after(1):
            while nursery.child_tasks:
                await trio.lowlevel.checkpoint()


async def test_a_client_that_gives_up_does_not_keep_others_waiting() -> None:
    """One of two leaves just before there is room: it is the other's."""
    inbox = Inbox(Metrics())
    for ticket in range(BULK_MAX):
        await inbox.put_bulk(submitted(ticket))
    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()

        async def impatient() -> None:
            with scope:
                await inbox.put_bulk(submitted(-1))

        nursery.start_soon(impatient)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(inbox.put_bulk, submitted(-2))
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        await inbox.take()
        with trio.fail_after(1):
            while nursery.child_tasks:
                await trio.lowlevel.checkpoint()


async def test_only_pushes_leave_out_of_their_turn() -> None:
    """Clients' batches keep theirs."""
    inbox = Inbox(Metrics())
    await inbox.put_bulk(submitted(1))
    inbox.offer_bulk(pushed(1))
    inbox.offer_bulk(pushed(2))
    assert inbox.take_push() == pushed(1)
    assert inbox.take_push() == pushed(2)
    assert inbox.take_push() is None
    assert await inbox.take() == submitted(1)


async def test_before_a_height_begins_one_batch_of_each_is_taken() -> None:
    """The oldest of each; the others keep their turn."""
    inbox = Inbox(Metrics())
    for token in (1, 2):
        inbox.offer_bulk(pushed(token))
        await inbox.put_bulk(submitted(token))
    inbox.offer_bulk(pushed(3, OTHER))
    assert inbox.take_one_of_each() == [pushed(1), submitted(1), pushed(3, OTHER)]
    assert [await inbox.take(), await inbox.take()] == [pushed(2), submitted(2)]


async def test_the_pushes_of_a_peer_that_rests_are_forgotten() -> None:
    """What it announces is not, nor what others push."""
    inbox = Inbox(Metrics())
    batch = MessageReceived(peer=PEER, message=TransactionBatch(transactions=()))
    other = MessageReceived(peer=OTHER, message=TransactionBatch(transactions=()))
    held = MessageReceived(peer=PEER, message=TransactionsHeld(tx_ids=()))
    for message in (batch, held, batch, other):
        inbox.offer_bulk(message)
    inbox.forget_pushes(PEER)
    assert [await inbox.take(), await inbox.take()] == [held, other]
    inbox.offer_bulk(batch)
    inbox.forget_pushes(PEER)
    assert inbox.take_push() is None


async def test_whoever_waits_for_an_input_is_woken() -> None:
    """By an urgent one and by a bulk one."""
    inbox = Inbox(Metrics())
    taken: list[object] = []

    async def reader() -> None:
        for _ in range(2):
            taken.append(await inbox.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await trio.testing.wait_all_tasks_blocked()
        inbox.put_urgent(TIMER)
        await trio.testing.wait_all_tasks_blocked()
        inbox.offer_bulk(pushed(1))
    assert taken == [TIMER, pushed(1)]


async def test_slices_of_an_execution_take_turns_with_everything_else() -> None:
    """Under a flood too: some urgent inputs, one bulk input, one slice, and again."""
    inbox = Inbox(Metrics())
    for token in range(3 * URGENT_RUN_MAX):
        inbox.put_urgent(pushed(token))
    for ticket in range(3):
        await inbox.put_bulk(submitted(ticket))
    turns: list[list[Input]] = []
    for _ in range(3):
        inbox.put_execution()
        turn: list[Input] = []
        while not turn or turn[-1] != ExecutionDue():
            turn.append(await inbox.take())
        turns.append(turn)
    for number, turn in enumerate(turns):
        first = number * URGENT_RUN_MAX
        urgent = [pushed(token) for token in range(first, first + URGENT_RUN_MAX)]
        assert turn == [*urgent, submitted(number), ExecutionDue()]


async def test_a_slice_waits_for_nobody_where_nothing_else_waits() -> None:
    """And wakes whoever waits for an input."""
    inbox = Inbox(Metrics())
    taken: list[Input] = []

    async def reader() -> None:
        taken.append(await inbox.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await trio.testing.wait_all_tasks_blocked()
        inbox.put_execution()
    assert taken == [ExecutionDue()]
