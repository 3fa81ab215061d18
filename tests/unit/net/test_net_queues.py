"""Outbox and inbox: order by priority, every bound, and who is told when one is reached."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio
import trio.testing

from p2pchain.model.ids import Height, PeerId, Round, TxId
from p2pchain.model.messages import (
    Ping,
    RoundSummary,
    TransactionBatch,
    TransactionsHeld,
)
from p2pchain.net.config import NetConfig
from p2pchain.net.events import LinkReceived, NetEvent
from p2pchain.net.queues import Outbox, PeerInbox, Priority, priority_of

CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
SUMMARY = RoundSummary(height=Height(1), round=Round(0), step=0, rounds=())
HELD = TransactionsHeld(tx_ids=(TxId(bytes(32)),))


def event(number: int) -> LinkReceived:
    return LinkReceived(peer=PeerId("p"), message=Ping(token=number))


def test_priorities() -> None:
    assert priority_of(SUMMARY) is Priority.URGENT
    assert priority_of(Ping(token=1)) is Priority.URGENT
    assert priority_of(HELD) is Priority.BULK
    assert priority_of(TransactionBatch(transactions=())) is Priority.BULK


async def test_urgent_first_and_coalesced_up_to_the_bound() -> None:
    outbox = Outbox(replace(CONFIG, write_coalesced_bytes=10))
    for frame, priority in [(b"bbbb", Priority.BULK), (b"ppp", Priority.PROPOSAL), (b"uu", Priority.URGENT)]:
        assert outbox.put(frame, priority)
    assert outbox.put(b"b2", Priority.BULK)
    assert await outbox.take() == b"uupppbbbb"
    assert await outbox.take() == b"b2"
    assert outbox.urgent_bytes == outbox.bulk_bytes == 0


async def test_a_frame_over_the_coalescing_bound_goes_alone() -> None:
    outbox = Outbox(replace(CONFIG, write_coalesced_bytes=10))
    outbox.put(bytes(50), Priority.URGENT)
    outbox.put(b"u", Priority.URGENT)
    assert await outbox.take() == bytes(50)
    assert await outbox.take() == b"u"


async def test_take_waits_for_a_frame(autojump_clock: trio.testing.MockClock) -> None:
    outbox = Outbox(CONFIG)
    with trio.move_on_after(5) as scope:
        await outbox.take()
    assert scope.cancelled_caught


@pytest.mark.parametrize("bound", ["bulk_frames_max", "bulk_bytes_max"])
def test_bulk_beyond_a_bound_is_left_out_and_counted(bound: str) -> None:
    outbox = Outbox(replace(CONFIG, **{bound: 3}))  # type: ignore[arg-type]
    assert [outbox.put(b"x", Priority.BULK) for _ in range(5)] == [True] * 3 + [False] * 2
    assert outbox.dropped == 2
    assert outbox.put(b"vote", Priority.URGENT), "transactions must never crowd out a vote"


@pytest.mark.parametrize(
    ("bound", "priority"),
    [
        ("urgent_frames_max", Priority.URGENT),
        ("proposal_frames_max", Priority.PROPOSAL),
        ("urgent_bytes_max", Priority.URGENT),
    ],
)
def test_urgent_beyond_a_bound_is_refused_so_that_the_peer_is_dropped(bound: str, priority: Priority) -> None:
    outbox = Outbox(replace(CONFIG, **{bound: 3}))  # type: ignore[arg-type]
    assert [outbox.put(b"x", priority) for _ in range(4)] == [True] * 3 + [False]
    assert outbox.dropped == 0


async def test_inbox_passes_straight_through_while_the_node_keeps_up() -> None:
    send, receive = trio.open_memory_channel[NetEvent](10)
    inbox = PeerInbox(CONFIG, send)
    await inbox.put(event(1))
    assert inbox.put_bulk(event(2), 100)
    assert [receive.receive_nowait(), receive.receive_nowait()] == [event(1), event(2)]
    assert len(inbox) == 0


async def test_inbox_keeps_order_when_the_channel_is_full_and_then_has_room() -> None:
    send, receive = trio.open_memory_channel[NetEvent](1)
    inbox = PeerInbox(CONFIG, send)
    for number in range(6):
        await inbox.put(event(number))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.drain)
        await trio.testing.wait_all_tasks_blocked()
        found = []
        for number in range(6, 12):
            await inbox.put(event(number))
            found += [await receive.receive(), await receive.receive()]
        assert found == [event(number) for number in range(12)]
        nursery.cancel_scope.cancel()


async def test_inbox_leaves_out_bulk_beyond_its_bytes_and_urgent_overtakes_it() -> None:
    send, receive = trio.open_memory_channel[NetEvent](0)
    inbox = PeerInbox(replace(CONFIG, inbox_bulk_bytes_max=250), send)
    assert [inbox.put_bulk(event(number), 100) for number in range(4)] == [True, True, False, False]
    assert inbox.dropped == 2
    await inbox.put(event(9))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.drain)
        assert [await receive.receive() for _ in range(3)] == [event(9), event(0), event(1)]
        nursery.cancel_scope.cancel()
    assert inbox.put_bulk(event(5), 100), "room again"


async def test_inbox_waits_only_when_its_urgent_bound_is_reached(
    autojump_clock: trio.testing.MockClock,
) -> None:
    send, receive = trio.open_memory_channel[NetEvent](0)
    inbox = PeerInbox(replace(CONFIG, inbox_frames_max=3), send)
    for number in range(3):
        await inbox.put(event(number))
    with trio.move_on_after(5) as scope:
        await inbox.put(event(3))
    assert scope.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.drain)
        nursery.start_soon(inbox.put, event(4))
        assert [await receive.receive() for _ in range(4)] == [event(n) for n in (0, 1, 2, 4)]
        nursery.cancel_scope.cancel()
