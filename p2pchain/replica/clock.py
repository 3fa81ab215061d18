"""The own wall clock: how far the monotonic clock and the chain bear it out.

A wall clock is set by people and by time servers, and a time server that is wrong is wrong for a whole
consortium at once: all clocks 8 hours ahead for 14 seconds, then right again. Blocks made in these seconds
would carry a time of which the chain has no way back. The monotonic clock cannot be set, so it tells a jump
from the passing of time. While the wall clock stands elsewhere than it and the last believed reading say, by
more than the chain's precision, **the believed reading goes on at the pace of the monotonic clock**: blocks
are made and judged by that. Nobody votes for a time on the strength of a clock that has just jumped.

But a jump may be a correction: a machine that booted with a wrong clock, or was suspended. So the new reading
is believed at last, either once it has stood for ``STANDS_MS``, or at once where two blocks that were decided
before one's eyes fit it and not the old one: their times were found right by an honest validator at least.
Whoever believes a wrong clock in the end is in the hands of two further rules: a quorum of others does not
vote for its times, and where all believe one, blocks go on all the same once the clocks are right (see
``pending.is_timely``).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from p2pchain.model.parameters import Parameters
from p2pchain.replica.moment import Now

BLOCKS_JUDGED: Final = 2
"""One block may be late for another reason, such as a pause of everybody between its proposal and its
decision; two in a row are not.
"""
STANDS_MS: Final = 60_000
"""How long a wall clock must stand where it jumped to before it is believed."""


class WallClock:
    """The wall clock as far as monotonic clock and chain agree. An *offset* is wall clock minus monotonic
    clock.
    """

    def __init__(self) -> None:
        """Believe the first reading: there is nothing to hold it against."""
        self._believed_ms: int | None = None
        self._jumped_to_ms: int | None = None
        self._jumped_at_ms = 0
        self._borne_out = 0

    def read(self, now: Now, precision_ms: int) -> Now:
        """Return ``now`` with the wall clock that is believed; ``precision_ms``: a smaller step is no
        jump.
        """
        offset_ms = now.wall_ms - now.monotonic_ms
        if self._believed_ms is None:
            self._believed_ms = offset_ms
        if abs(offset_ms - self._believed_ms) <= precision_ms:
            self._jumped_to_ms = None
            return now
        if self._jumped_to_ms is None or abs(offset_ms - self._jumped_to_ms) > precision_ms:
            self._jumped_to_ms, self._jumped_at_ms, self._borne_out = offset_ms, now.monotonic_ms, 0
        if now.monotonic_ms - self._jumped_at_ms >= STANDS_MS:
            self._believed_ms, self._jumped_to_ms = offset_ms, None
            return now
        return Now(wall_ms=self._believed_ms + now.monotonic_ms, monotonic_ms=now.monotonic_ms)

    @property
    def jumped_ms(self) -> int:
        """Distance of the wall clock from the one that is believed (ahead: above 0); 0 where it is that
        one.
        """
        if self._believed_ms is None or self._jumped_to_ms is None:
            return 0
        return self._jumped_to_ms - self._believed_ms

    def decided(self, *, block_time_ms: int, round_: int, now: Now, parameters: Parameters) -> None:
        """Compare a block decided here and now (``now``: with the believed clock). Where such blocks fit the
        clock that jumped, and not the believed one, that is believed from here on.
        """
        if self._jumped_to_ms is None or round_ != 0:
            return
        jumped_now_ms = self._jumped_to_ms + now.monotonic_ms
        fits = not off_by_ms(jumped_now_ms - block_time_ms, parameters)
        contradicts = bool(off_by_ms(now.wall_ms - block_time_ms, parameters))
        self._borne_out = self._borne_out + 1 if fits and contradicts else 0
        if self._borne_out >= BLOCKS_JUDGED:
            self._believed_ms, self._jumped_to_ms = self._jumped_to_ms, None


class ClockWatch:
    """The own clock against the times of the newest blocks; what came by catching up says nothing."""

    def __init__(self) -> None:
        """Begin without blocks."""
        self._offsets_ms: deque[int] = deque(maxlen=BLOCKS_JUDGED)

    def decided(self, *, block_time_ms: int, round_: int, now_ms: int) -> None:
        """Compare the clock with a block decided here and now. One of a later round may be an old one,
        proposed again.
        """
        if round_ == 0:
            self._offsets_ms.append(now_ms - block_time_ms)

    def off_ms(self, parameters: Parameters) -> int:
        """Return how far the own clock is off (ahead: above 0), in milliseconds; 0 where it is within what
        the chain's rule for the times of proposals allows.
        """
        if len(self._offsets_ms) < BLOCKS_JUDGED:
            return 0
        return off_by_ms(min(self._offsets_ms, key=abs), parameters)


def off_by_ms(offset_ms: int, parameters: Parameters) -> int:
    """Return ``offset_ms``, a clock minus a block's time, where that is outside the chain's rule; else 0."""
    latest_ms = parameters.time_delay_ms + parameters.time_precision_ms
    return 0 if -parameters.time_precision_ms <= offset_ms <= latest_ms else offset_ms
