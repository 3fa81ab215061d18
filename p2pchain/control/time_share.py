"""A share of the node's time: one piece of work at a time, and after each a rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


class TimeShare:
    """Turns of which each is followed by a rest of ``rest`` times its length; together they never take more
    than 1/(1 + rest) of the node's time.
    """

    __slots__ = ("_rest", "_rested_at", "_turn")

    def __init__(self, rest: int) -> None:
        """``rest``: how many times as long as a turn took the next one waits; 0 for none."""
        self._rest = rest
        self._rested_at = 0.0
        self._turn = trio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and take it; without a rest everybody has one at once."""
        if not self._rest:
            yield
            return
        async with self._turn:
            await trio.sleep_until(self._rested_at)
            began = trio.current_time()
            try:
                yield
            finally:
                now = trio.current_time()
                self._rested_at = now + (now - began) * self._rest
