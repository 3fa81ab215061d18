"""Whether the own clock fits the chain's: told by the times of blocks that were decided before one's eyes."""

from __future__ import annotations

from collections import deque
from typing import Final

from p2pchain.model.parameters import Parameters

BLOCKS_JUDGED: Final = 2
"""One block may be late for another reason, such as a pause of everybody between its proposal and its
decision; two in a row are not.
"""


class ClockWatch:
    """The own clock against the times of the newest blocks; what came by catching up says nothing."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._offsets_ms: deque[int] = deque(maxlen=BLOCKS_JUDGED)

    def decided(self, *, block_time_ms: int, round_: int, now_ms: int) -> None:
        """A block was decided here and now. One of a later round may be an old one, proposed again."""
        if round_ == 0:
            self._offsets_ms.append(now_ms - block_time_ms)

    def off_ms(self, parameters: Parameters) -> int:
        """How far the own clock is off (ahead: above 0), in milliseconds; 0 where it is within what the
        chain's rule for the times of proposals allows.
        """
        if len(self._offsets_ms) < BLOCKS_JUDGED:
            return 0
        least = min(self._offsets_ms, key=abs)
        latest_ms = parameters.time_delay_ms + parameters.time_precision_ms
        return 0 if -parameters.time_precision_ms <= least <= latest_ms else least
