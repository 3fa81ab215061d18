"""The bounded queues of one peer: what waits to be sent to it, and what it sent and waits for the node.

Outwards three priorities share one stream: what moves consensus (votes, certificates, summaries,
heartbeats), then proposals, then transactions. When a peer reads too slowly its transactions are left out
first and counted, because they reach it another way (it asks for what a proposal names); when even its
votes pile up it is dropped, because it is of no use then. The node itself never waits for a peer.

Inwards the reader of a link must not wait for the node, or heartbeats behind a message would wait too and a
slow node would be taken for a dead one. So messages go to an inbox; transactions beyond its bound are left
out and counted; beyond the bound of everything else the link is not read until there is room, which only a
flood or a node that stands still brings about.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum

import trio

from p2pchain.model.messages import (
    LinkMessage,
    ProposalMessage,
    TransactionBatch,
    TransactionsHeld,
)
from p2pchain.net.config import NetConfig
from p2pchain.net.events import NetEvent


class Priority(IntEnum):
    """Order of frames, the most urgent first."""

    URGENT = 0
    PROPOSAL = 1
    BULK = 2


def priority_of(message: LinkMessage) -> Priority:
    """Return the priority of a message by its kind (DESIGN §5)."""
    match message:
        case ProposalMessage():
            return Priority.PROPOSAL
        case TransactionBatch() | TransactionsHeld():
            return Priority.BULK
        case _:
            return Priority.URGENT


class Outbox:
    """Frames that wait for one peer's link, within the bounds of ``NetConfig``."""

    def __init__(self, config: NetConfig) -> None:
        self._frames_max = (config.urgent_frames_max, config.proposal_frames_max, config.bulk_frames_max)
        self._urgent_bytes_max = config.urgent_bytes_max
        self._bulk_bytes_max = config.bulk_bytes_max
        self._coalesced_bytes = config.write_coalesced_bytes
        self._waiting: tuple[deque[bytes], deque[bytes], deque[bytes]] = (deque(), deque(), deque())
        self._ready = trio.Event()
        self.urgent_bytes = 0
        self.bulk_bytes = 0
        self.dropped = 0

    def put(self, frame: bytes, priority: Priority) -> bool:
        """Queue a frame. False: no room; a bulk frame is counted as dropped, for another the peer must go."""
        queue = self._waiting[priority]
        if priority is Priority.BULK:
            if (
                len(queue) >= self._frames_max[priority]
                or self.bulk_bytes + len(frame) > self._bulk_bytes_max
            ):
                self.dropped += 1
                return False
            self.bulk_bytes += len(frame)
        else:
            full = self.urgent_bytes + len(frame) > self._urgent_bytes_max
            if len(queue) >= self._frames_max[priority] or full:
                return False
            self.urgent_bytes += len(frame)
        queue.append(frame)
        self._ready.set()
        return True

    async def take(self) -> bytes:
        """Take the next bytes to write: whole frames, the most urgent first, up to 64 KiB or a single larger
        frame.
        """
        await self._ready.wait()
        taken: list[bytes] = []
        room = self._coalesced_bytes
        for priority in Priority:
            queue = self._waiting[priority]
            while queue and (not taken or len(queue[0]) <= room):
                frame = queue.popleft()
                taken.append(frame)
                room -= len(frame)
                if priority is Priority.BULK:
                    self.bulk_bytes -= len(frame)
                else:
                    self.urgent_bytes -= len(frame)
        if not any(self._waiting):
            self._ready = trio.Event()
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def depth(self, priority: Priority) -> int:
        """Return the number of frames of one priority that wait."""
        return len(self._waiting[priority])


class PeerInbox:
    """Events of one peer on their way into the owner's channel, in order within each of two classes."""

    def __init__(self, config: NetConfig, events: trio.MemorySendChannel[NetEvent]) -> None:
        self._frames_max = config.inbox_frames_max
        self._bulk_bytes_max = config.inbox_bulk_bytes_max
        self._events = events
        self._urgent: deque[NetEvent] = deque()
        self._bulk: deque[tuple[NetEvent, int]] = deque()
        self._bulk_bytes = 0
        self._ready = trio.Event()
        self._room = trio.Event()
        self._handing_over = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._urgent) + len(self._bulk)

    async def put(self, event: NetEvent) -> None:
        """Pass an event on; waits only while ``inbox_frames_max`` events already wait for the node."""
        if self._passed_on(event):
            return
        while len(self._urgent) >= self._frames_max:
            self._room = trio.Event()
            await self._room.wait()
        self._urgent.append(event)
        self._ready.set()

    def put_bulk(self, event: NetEvent, event_bytes: int) -> bool:
        """Pass on an event that may be left out: False, and counted, when there is no room. Never waits."""
        if self._passed_on(event):
            return True
        if self._bulk_bytes + event_bytes > self._bulk_bytes_max:
            self.dropped += 1
            return False
        self._bulk.append((event, event_bytes))
        self._bulk_bytes += event_bytes
        self._ready.set()
        return True

    def _passed_on(self, event: NetEvent) -> bool:
        """Return whether the event went straight into the channel: the way it goes while the node keeps
        up.
        """
        if self._urgent or self._bulk or self._handing_over:
            return False
        try:
            self._events.send_nowait(event)
        except trio.WouldBlock:
            return False
        return True

    async def drain(self) -> None:
        """Pass on the events that wait, for ever; the one task that may wait for the node."""
        while True:
            await self._ready.wait()
            while self._urgent or self._bulk:
                if self._urgent:
                    event = self._urgent.popleft()
                    self._room.set()
                else:
                    event, event_bytes = self._bulk.popleft()
                    self._bulk_bytes -= event_bytes
                self._handing_over = True
                await self._events.send(event)
                self._handing_over = False
            self._ready = trio.Event()
