"""The block topic without a network: what is published, passed on, forwarded, and what is not."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from p2pchain.codec.messages import decode_announcement, encode_announcement
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PeerId
from p2pchain.model.messages import Announcement
from p2pchain.net.block_topic import BlockTopic
from p2pchain.net.events import Announced, NetEvent
from p2pchain.net.refusals import Refusals
from tests.integration.net_nodes import announcement_of

PEER = PeerId("peer")


class Check:
    """Counts what is checked; refuses heights from 100 on."""

    def __init__(self) -> None:
        self.heights: list[int] = []

    async def __call__(self, announcement: Announcement) -> None:
        """Refuse or not."""
        self.heights.append(announcement.header.height)
        if announcement.header.height >= 100:
            raise Refused("TEST", {})


def topic_of(
    check: Check, events_max: int = 10
) -> tuple[BlockTopic, trio.MemoryReceiveChannel[NetEvent], Refusals]:
    send, receive = trio.open_memory_channel[NetEvent](events_max)
    refusals = Refusals(10)
    return BlockTopic(check=check, events=send, refusals=refusals, interval_ms=250), receive, refusals


async def test_only_what_is_newer_is_checked_passed_on_and_forwarded() -> None:
    check = Check()
    topic, events, _ = topic_of(check)
    heights = [5, 5, 4, 6]
    forwarded = [await topic.receive(PEER, encode_announcement(announcement_of(h))) for h in heights]
    assert forwarded == [True, False, False, True]
    assert check.heights == [5, 6]
    assert [events.receive_nowait(), events.receive_nowait()] == [
        Announced(peer=PEER, announcement=announcement_of(height)) for height in (5, 6)
    ]


@pytest.mark.parametrize("data", [b"", b"\xff" * 30, encode_announcement(announcement_of(100))])
async def test_what_is_unsound_is_counted_and_not_forwarded(data: bytes) -> None:
    topic, events, refusals = topic_of(Check())
    assert not await topic.receive(PEER, data)
    assert topic.refused == 1
    assert len(refusals.latest(trio.current_time())) == 1
    with pytest.raises(trio.WouldBlock):
        events.receive_nowait()


async def test_a_full_channel_loses_the_event_but_still_forwards() -> None:
    topic, _, _ = topic_of(Check(), events_max=0)
    assert await topic.receive(PEER, encode_announcement(announcement_of(1)))


async def test_the_newest_is_published_once_per_interval_unless_another_was_quicker(
    autojump_clock: trio.testing.MockClock,
) -> None:
    topic, _, _ = topic_of(Check())
    published: list[int] = []

    async def publish(data: bytes) -> None:
        published.append(decode_announcement(data).header.height)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(topic.publish_newest, publish)
        for height in range(1, 20):
            topic.announce(announcement_of(height))
        await trio.sleep(1)
        assert published == [19]
        topic.announce(announcement_of(20))
        await topic.receive(PEER, encode_announcement(announcement_of(21)))
        await trio.sleep(1)
        assert published == [19]
        topic.announce(announcement_of(22))
        await trio.sleep(1)
        assert published == [19, 22]
        assert topic.sent == 2
        nursery.cancel_scope.cancel()
