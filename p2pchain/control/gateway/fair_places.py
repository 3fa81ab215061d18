"""Places at the node, shared fairly by readers: whoever had least of the node's time comes next.

Start-time fair queuing (Goyal, Vin, Cheng, SIGCOMM 1996): a request begins where its reader's last one ended,
or where the one in service began if that is later, so nobody saves anything up. Whoever asks for much waits
for itself alone.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

import trio

READERS_MAX: Final = 4_096
"""Readers whose service is remembered; those of longest ago are forgotten first."""


class NoPlace(Exception):
    """Too many wait already."""


class FairPlaces:
    """Places of which ``most`` are taken at once, ``of_one`` by one reader; of one reader, ``queue`` wait."""

    def __init__(self, most: int, of_one: int, queue: int) -> None:
        """``of_one``: at most ``most``."""
        assert 1 <= of_one <= most, "somebody may have a place"
        self._of_one = of_one
        self._queue = queue
        self._free = most
        self._inside: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[trio.Event]] = {}
        self._ends: OrderedDict[Hashable, float] = OrderedDict()
        self._now = 0.0

    @asynccontextmanager
    async def place(self, reader: Hashable) -> AsyncIterator[None]:
        """Wait for a place and take it. Raises ``NoPlace``."""
        await self._enter(reader)
        begins = self._beginning(reader)
        self._now = max(self._now, begins)
        began = trio.current_time()
        try:
            yield
        finally:
            self._ends[reader] = max(begins, self._ends.get(reader, 0.0)) + trio.current_time() - began
            self._ends.move_to_end(reader)
            if len(self._ends) > READERS_MAX:
                self._ends.popitem(last=False)
            self._leave(reader)

    # leaves

    async def _enter(self, reader: Hashable) -> None:
        if self._free and self._inside[reader] < self._of_one and reader not in self._waiting:
            self._take(reader)
            return
        waiting = self._waiting.setdefault(reader, deque())
        if len(waiting) >= self._queue:
            raise NoPlace(f"{len(waiting)} requests of one reader wait")
        called = trio.Event()
        waiting.append(called)
        try:
            await called.wait()
        except trio.Cancelled:
            if called.is_set():
                self._leave(reader)
            else:
                self._forget(reader, called)
            raise

    def _beginning(self, reader: Hashable) -> float:
        return max(self._now, self._ends.get(reader, 0.0))

    def _take(self, reader: Hashable) -> None:
        self._free -= 1
        self._inside[reader] += 1

    def _leave(self, reader: Hashable) -> None:
        self._free += 1
        self._inside[reader] -= 1
        if not self._inside[reader]:
            del self._inside[reader]
        while self._free:
            able = [name for name in self._waiting if self._inside[name] < self._of_one]
            if not able:
                return
            following = min(able, key=self._beginning)
            called = self._waiting[following][0]
            self._forget(following, called)
            self._take(following)
            called.set()

    def _forget(self, reader: Hashable, called: trio.Event) -> None:
        self._waiting[reader].remove(called)
        if not self._waiting[reader]:
            del self._waiting[reader]
