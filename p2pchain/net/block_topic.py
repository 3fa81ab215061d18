"""The block topic: the newest committed block, announced to whoever is not on a validator's link."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import structlog
import trio

from p2pchain.codec.messages import decode_announcement, encode_announcement
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PeerId
from p2pchain.model.messages import Announcement
from p2pchain.net.events import Announced, NetEvent
from p2pchain.net.refusals import Refusals

CheckAnnouncement = Callable[[Announcement], Awaitable[None]]
"""Checks header and certificate; ``Refused`` keeps the announcement from being forwarded."""

log = structlog.get_logger("p2pchain.net")


class BlockTopic:
    """Publisher of blocks on the block topic, thinned: about two blocks per interval, and none that another
    node announced already.

    Every node commits every block, so without that each block would be announced as often as there are
    nodes. Whoever hears of one height can fetch all below it, so the newest one is enough.
    """

    def __init__(
        self,
        *,
        check: CheckAnnouncement,
        events: trio.MemorySendChannel[NetEvent],
        refusals: Refusals,
        interval_ms: int,
    ) -> None:
        self._refusals = refusals
        self._check = check
        self._events = events
        self._interval_s = interval_ms / 1000
        self._chance = random.Random()
        self._newest: Announcement | None = None
        self._ready = trio.Event()
        self._heard_height = 0
        self.sent = 0
        self.received = 0
        self.refused = 0

    def announce(self, announcement: Announcement) -> None:
        """Announce a block soon, unless a newer one comes first or another node is quicker."""
        self._newest = announcement
        self._ready.set()

    async def publish_newest(self, publish: Callable[[bytes], Awaitable[None]]) -> None:
        """Publish announced blocks, for ever."""
        while True:
            await self._ready.wait()
            self._ready = trio.Event()
            # All nodes commit a block at about the same time; chance lets one of them be first.
            await trio.sleep(self._chance.uniform(0, self._interval_s))
            newest = self._newest
            if newest is not None and newest.header.height > self._heard_height:
                self._heard_height = newest.header.height
                await publish(encode_announcement(newest))
                self.sent += 1

    async def receive(self, peer: PeerId, data: bytes) -> bool:
        """Return whether a message is sound and newer than the last; then it is passed on and forwarded.

        A peer that forwards an unsound one is not punished: what it knew when it checked may differ from
        what we know.
        """
        self.received += 1
        try:
            announcement = decode_announcement(data)
            if announcement.header.height <= self._heard_height:
                return False
            await self._check(announcement)
        except Refused as refused:
            self.refused += 1
            if self._refusals.add(peer, f"TOPIC_{refused.code}", str(refused), trio.current_time()):
                log.warning("topic.refused", peer=peer, reason=str(refused))
            return False
        self._heard_height = max(self._heard_height, announcement.header.height)
        try:
            self._events.send_nowait(Announced(peer=peer, announcement=announcement))
        except trio.WouldBlock:
            log.info("topic.left_out", height=announcement.header.height)
        return True
