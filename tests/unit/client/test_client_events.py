"""Following events over a node that goes away at every place of the stream: each comes once, in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import trio.testing

from p2pchain.client.events import follow_events
from p2pchain.client.faults import DaemonNotRunning, NodeRefused
from p2pchain.client.node_client import Fields, NodeClient

EVENTS: list[Fields] = [
    {"height": height, "place": place, "tx_id": f"{height}.{place}"}
    for height in (3, 4, 7)
    for place in range(3)
]


class Node:
    """Tells lines from a height on, and goes away after so many of them, each time after one more."""

    def __init__(self, lines: int) -> None:
        self.lines = lines
        self.asked: list[int] = []

    async def event_lines(self, target: str, _quiet_s: float) -> AsyncGenerator[Fields, None]:
        query = parse_qs(urlsplit(target).query)
        first = int(query.get("from", ["1"])[0])
        self.asked.append(first)
        told: list[Fields] = [{"height": first - 1}]
        for height in range(first, 8):
            told += [each for each in EVENTS if each["height"] == height]
            if height % 2:
                told.append({"height": height})
        lines, self.lines = self.lines, self.lines + 1
        for line in told[:lines]:
            yield line
        if query["follow"] == ["1"] or lines < len(told):
            raise DaemonNotRunning(Path("/socket"), "it went away")


def client(node: object) -> NodeClient:
    return cast(NodeClient, node)


@pytest.mark.parametrize("lines", range(1, 18))
async def test_every_event_comes_once_wherever_the_node_goes_away(
    lines: int, autojump_clock: trio.testing.MockClock
) -> None:
    node = Node(lines)
    found: list[Any] = []
    async with aclosing(follow_events(client(node), first=1)) as events:
        async for event in events:
            found.append(event)
            if len(found) == len(EVENTS):
                break
    assert found == EVENTS
    assert node.asked == sorted(node.asked)


async def test_a_node_that_is_not_there_at_all_is_told(autojump_clock: trio.testing.MockClock) -> None:
    with pytest.raises(DaemonNotRunning):
        await anext(follow_events(client(Node(0)), first=1))


class SetBack(Node):
    """After it went away once it is behind for a while: it was repaired, and fetches the chain."""

    async def event_lines(self, target: str, _quiet_s: float) -> AsyncGenerator[Fields, None]:
        if 1 <= len(self.asked) < 4:
            self.asked.append(0)
            raise NodeRefused(422, "HEIGHT_UNKNOWN", {}, "")
        async with aclosing(super().event_lines(target, _quiet_s)) as told:
            async for line in told:
                yield line


async def test_a_node_that_was_set_back_is_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    async with aclosing(follow_events(client(SetBack(4)), first=1)) as events:
        found = [await anext(events) for _ in EVENTS]
    assert found == EVENTS


async def test_without_following_it_ends(autojump_clock: trio.testing.MockClock) -> None:
    async with aclosing(follow_events(client(Node(99)), first=4, follow=False)) as events:
        found = [event async for event in events]
    assert found == EVENTS[3:]
