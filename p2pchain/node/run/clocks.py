"""The two clocks of the machine, read together."""

from __future__ import annotations

import time

from p2pchain.replica.moment import Now

_NS_PER_MS = 1_000_000


def read_clocks() -> Now:
    """Read the wall clock and the monotonic clock."""
    return Now(wall_ms=time.time_ns() // _NS_PER_MS, monotonic_ms=time.monotonic_ns() // _NS_PER_MS)
