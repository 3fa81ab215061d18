"""Shares of organisations in the latest blocks: who asks for much, and who for a little now and then.

Fair queuing puts whoever asks for little first in the next block, but that block begins only when the one
in progress is over. Where one organisation has a backlog, every block would be as large as blocks may be,
and a transaction of another waits for the whole of it. So a proposer keeps its blocks small while somebody
occasional is among those who are served: who floods then waits longer, and the others do not. Where all ask
for much, nobody is occasional, and blocks are large.

A share is an exponential mean over the blocks that hold transactions. It is for the own proposals alone, so
nodes may differ in it.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import OrgId

OCCASIONAL_MAX: Final = FULL >> 4
"""Whose mean share of the latest blocks is smaller than a sixteenth is occasional."""
FORGOTTEN: Final = FULL >> 17
"""Whose mean share is smaller has not been served of late: one transaction in a block of 2,000 is seen for
some fifteen blocks.
"""
_SMOOTHING: Final = 8


class RecentShares:
    """Mean shares of organisations in the latest blocks, in parts of ``FULL``."""

    def __init__(self) -> None:
        """Begin without blocks."""
        self._costs: Counter[OrgId] = Counter()
        self._shares: dict[OrgId, int] = {}

    def charge(self, org: OrgId, cost: int) -> None:
        """Count what an organisation's transactions in the block that was decided cost."""
        self._costs[org] += cost

    def settle(self) -> None:
        """Take the charged block into the means; one without transactions changes nothing."""
        total = self._costs.total()
        if total == 0:
            return
        shares = {}
        for org in self._shares.keys() | self._costs.keys():
            before = self._shares.get(org, 0)
            share = before + (FULL * self._costs[org] // total - before) // _SMOOTHING
            if share >= FORGOTTEN:
                shares[org] = share
        self._shares, self._costs = shares, Counter()

    def share(self, org: OrgId) -> int:
        """Return the mean share of an organisation; 0 where it is forgotten."""
        return self._shares.get(org, 0)

    def has_occasional(self) -> bool:
        """Return whether somebody who asks for little was served of late."""
        return any(share < OCCASIONAL_MAX for share in self._shares.values())
