"""Service of late: which organisations ask for little, and how much may wait of the others.

Fair queuing puts whoever asks for little first in the next block, but that block begins only when the one
in progress is over. Where one organisation has a backlog, every block would be as large as blocks may be,
and a transaction of another waits for the whole of it. So a proposer keeps its blocks small while somebody
is served who asks for little: who floods waits longer then, and the others do not.

Little is what an equal part of a small block holds. Somebody asks for little whose mean in the latest blocks
is no more, and of whom no more waits: so nobody is taken for modest whom small blocks merely keep short.
Where all ask for much, or so many for a little each that small blocks do not hold it, nobody is.

Who asks for much is taken in as blocks take it: of what peers push, no more waits than a window, four times
the most that one block held of the organisation lately. So a burst begins with little, doubles with the
blocks that decide it, and never runs far ahead of them (``replica/push_window.py``).

Means are exponential, over the blocks that hold transactions. All this is for the own proposals and the own
pool alone, so nodes may differ in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import OrgId

SMALL: Final = FULL >> 5
"""Cost of a small block."""
FORGOTTEN: Final = FULL >> 17
"""Whose mean is smaller has not been served of late: one note of a block of 2,000 is seen for some fifteen
blocks.
"""
WINDOW_MIN: Final = FULL >> 4
"""Smallest window: two small blocks."""
WINDOW_MAX: Final = FULL
WINDOW_BLOCKS: Final = 4
"""Blocks that a window holds: twice as many as are under way while blocks double."""
_SMOOTHING: Final = 8
_PEAK_SMOOTHING: Final = 32

assert WINDOW_MIN >= 2 * SMALL, "no small block lacks transactions for the window"


class RecentService:
    """Mean cost of each organisation's transactions in the latest blocks."""

    def __init__(self) -> None:
        """Begin without blocks."""
        self._costs: Counter[OrgId] = Counter()
        self._means: dict[OrgId, int] = {}
        self._peaks: dict[OrgId, int] = {}

    def charge(self, org: OrgId, cost: int) -> None:
        """Count what an organisation's transactions in the block that was decided cost."""
        self._costs[org] += cost

    def settle(self) -> None:
        """Take the charged block into the means; one without transactions changes nothing."""
        if not self._costs:
            return
        means, peaks = {}, {}
        for org in self._means.keys() | self._costs.keys():
            before, peak = self._means.get(org, 0), self._peaks.get(org, 0)
            mean = before + (self._costs[org] - before) // _SMOOTHING
            if mean >= FORGOTTEN:
                means[org] = mean
                peaks[org] = max(self._costs[org], peak - peak // _PEAK_SMOOTHING)
        self._means, self._peaks, self._costs = means, peaks, Counter()

    def mean(self, org: OrgId) -> int:
        """Return the mean cost of an organisation; 0 where it is forgotten."""
        return self._means.get(org, 0)

    def window(self, org: OrgId) -> int:
        """Return the cost of what may wait of an organisation before more of it is pushed."""
        return min(max(WINDOW_BLOCKS * self._peaks.get(org, 0), WINDOW_MIN), WINDOW_MAX)

    def has_modest(self, backlogs: Mapping[OrgId, int]) -> bool:
        """Return whether somebody asks for little, who waits now or was served of late; ``backlogs``: cost of
        what waits.
        """
        asking = self._means.keys() | backlogs.keys()
        return any(max(self.mean(org), backlogs.get(org, 0)) * len(asking) <= SMALL for org in asking)
