"""Throttling of log lines per cause: what somebody else can cause at will must not fill a disk.

A cause is the name of an event together with its ``peer`` and ``code``. Each cause has a token bucket, and
each name of an event one over all its causes, since a stranger chooses how many of them there are. The next
line of a cause that gets through says how many were left out before it: ``suppressed``.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import structlog

CAUSE_BURST: Final = 20
CAUSE_PER_S: Final = 0.2
EVENT_BURST: Final = 100
EVENT_PER_S: Final = 1.0
CAUSES_MAX: Final = 1_024
"""Causes that are remembered; the one that was quiet for longest is forgotten first."""
OWN_EVENTS: Final = frozenset({"block.committed"})
"""Events of the node's own doing, bounded by the chain's parameters: never throttled."""

Cause = tuple[str, str, str]


class Bucket:
    """A token bucket: ``burst`` at once, ``per_s`` in the long run."""

    __slots__ = ("_at", "_burst", "_per_s", "_tokens", "suppressed")

    def __init__(self, burst: int, per_s: float, now_s: float) -> None:
        """Begin full at ``now_s``, a monotonic time."""
        self._burst, self._per_s = burst, per_s
        self._tokens, self._at = float(burst), now_s
        self.suppressed = 0

    def take(self, now_s: float) -> bool:
        """Take a token; return whether there was one, and count where there was none."""
        self._tokens = min(self._burst, self._tokens + (now_s - self._at) * self._per_s)
        self._at = now_s
        if self._tokens < 1:
            self.suppressed += 1
            return False
        self._tokens -= 1
        return True


class Throttle:
    """A structlog processor that drops lines above the rate of their cause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: seconds of a monotonic clock."""
        self._clock = clock
        self._causes: OrderedDict[Cause, Bucket] = OrderedDict()
        self._events: OrderedDict[Cause, Bucket] = OrderedDict()

    def __call__(
        self, logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        """Pass a line on, with ``suppressed`` where others were left out, or drop it."""
        name = str(event.get("event", ""))
        if name in OWN_EVENTS:
            return event
        now_s = self._clock()
        cause = (name, str(event.get("peer", "")), str(event.get("code", "")))
        buckets = (
            self._bucket(self._causes, cause, CAUSE_BURST, CAUSE_PER_S, now_s),
            self._bucket(self._events, (name, "", ""), EVENT_BURST, EVENT_PER_S, now_s),
        )
        if not all(bucket.take(now_s) for bucket in buckets):
            raise structlog.DropEvent
        suppressed = sum(bucket.suppressed for bucket in buckets)
        if suppressed:
            event["suppressed"] = suppressed
            for bucket in buckets:
                bucket.suppressed = 0
        return event

    def _bucket(
        self, table: OrderedDict[Cause, Bucket], cause: Cause, burst: int, per_s: float, now_s: float
    ) -> Bucket:
        bucket = table.get(cause)
        if bucket is None:
            if len(table) >= CAUSES_MAX:
                table.popitem(last=False)
            bucket = table[cause] = Bucket(burst, per_s, now_s)
        table.move_to_end(cause)
        return bucket
