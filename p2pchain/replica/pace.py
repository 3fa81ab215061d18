"""When the next height begins: at once with work to do, after the idle interval without."""

from __future__ import annotations

from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.replica.effects import SetTimer
from p2pchain.replica.inputs import BeginHeight
from p2pchain.replica.now import Now
from p2pchain.replica.work import HeightWork

EAGER_HEIGHTS = 2
"""The first blocks of a chain are made at once, empty or not, so that whoever starts it sees agreement work.
"""


def begin_timer(
    work: HeightWork, parameters: Parameters, *, busy: bool, last_commit_ms: int, now: Now
) -> SetTimer:
    """The timer that begins a height. ``busy``: something waits to be decided on; ``last_commit_ms``: on the
    monotonic clock.

    A height at which an earlier life signed goes on at once.
    """
    interval_ms = parameters.empty_block_interval_ms
    if work.resumes:
        interval_ms = 0
    elif busy or work.height <= EAGER_HEIGHTS:
        interval_ms = parameters.block_interval_min_ms
    delay_ms = max(0, min(interval_ms, last_commit_ms + interval_ms - now.monotonic_ms))
    return SetTimer(timer=BeginHeight(height=Height(work.height)), delay_ms=delay_ms)
