"""Timers of the replica on Trio's clock, which stands still for no wall clock."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

import trio

from p2pchain.replica.inputs import Timer

TIMERS_MAX = 10_000
"""Most timers that run at once; the replica sets a handful for each round."""


class Timers:
    """Deadlines by timer; setting an equal timer again replaces it."""

    def __init__(self, elapsed: Callable[[Timer], object]) -> None:
        """``elapsed`` is told each timer that runs out."""
        self._elapsed = elapsed
        self._deadlines: dict[Timer, float] = {}
        self._queue: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._changed = trio.Event()

    def set(self, timer: Timer, delay_ms: int) -> None:
        """Tell ``timer`` back after ``delay_ms``."""
        assert len(self._deadlines) < TIMERS_MAX, "the replica sets a handful of timers"
        deadline = trio.current_time() + delay_ms / 1000
        self._deadlines[timer] = deadline
        heapq.heappush(self._queue, (deadline, next(self._order), timer))
        if self._queue[0][2] is timer:
            self._changed.set()

    async def run(self) -> None:
        """Tell timers back until cancelled."""
        while True:
            self._changed = trio.Event()
            deadline = self._queue[0][0] if self._queue else math.inf
            with trio.move_on_at(deadline):
                await self._changed.wait()
            self._report(trio.current_time())

    def _report(self, now: float) -> None:
        while self._queue and self._queue[0][0] <= now:
            deadline, _, timer = heapq.heappop(self._queue)
            if self._deadlines.get(timer) == deadline:
                del self._deadlines[timer]
                self._elapsed(timer)
