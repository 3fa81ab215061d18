"""A pace for what one connection makes this node do: so many at once, so many a second, later ones wait."""

from __future__ import annotations

import trio


class Pace:
    """A token bucket whose debt is waited for."""

    def __init__(self, per_s: float, burst: int) -> None:
        """``burst`` at once, ``per_s`` in the long run."""
        self._per_s = per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = trio.current_time()

    async def take(self) -> None:
        """Take one, waiting where there is none."""
        now_s = trio.current_time()
        self._tokens = min(self._burst, self._tokens + (now_s - self._at) * self._per_s) - 1
        self._at = now_s
        if self._tokens < 0:
            await trio.sleep(-self._tokens / self._per_s)
