"""Begin of the next height: at once with work to do, after the idle interval without."""

from __future__ import annotations

from p2pchain.model.ids import FIRST_HEIGHT, Height
from p2pchain.model.parameters import Parameters
from p2pchain.replica.effects import SetTimer
from p2pchain.replica.height_work import HeightWork
from p2pchain.replica.inputs import BeginHeight
from p2pchain.replica.moment import Now

EAGER_HEIGHTS = 2
"""The first blocks of a chain are made at once, empty or not, so that whoever starts it sees agreement work.
"""


def begin_timer(
    work: HeightWork, parameters: Parameters, *, busy: bool, last_commit_ms: int, now: Now
) -> SetTimer:
    """Return the timer that begins a height. ``busy``: something waits to be decided on; ``last_commit_ms``:
    on the monotonic clock.

    A height at which an earlier life signed goes on at once.
    """
    interval_ms = parameters.empty_block_interval_ms
    if work.resumes:
        interval_ms = 0
    elif busy or work.height <= EAGER_HEIGHTS:
        interval_ms = parameters.block_interval_min_ms
    delay_ms = max(0, min(interval_ms, last_commit_ms + interval_ms - now.monotonic_ms))
    delay_ms = max(delay_ms, begins_in_ms(work, now))
    return SetTimer(timer=BeginHeight(height=Height(work.height)), delay_ms=delay_ms)


def begins_in_ms(work: HeightWork, now: Now) -> int:
    """Return how long the chain's first height must still wait for the time of its genesis; 0 for any
    other.
    """
    return max(0, work.tip.time_ms - now.wall_ms) if work.height == FIRST_HEIGHT else 0
