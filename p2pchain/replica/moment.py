"""The moment at which an input is handled, read from two clocks.

The wall clock is what a block's time is made of and held against; anybody may set it, forth or back, while a
node runs. The monotonic clock knows no date, but never jumps. So **durations are differences of the monotonic
clock and dates are the wall clock's**, and neither is ever computed from the other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """``wall_ms``: UTC, milliseconds since 1970; ``monotonic_ms``: milliseconds since a moment that is the
    same for the whole life of the process.
    """

    wall_ms: int
    monotonic_ms: int
