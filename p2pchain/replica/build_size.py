"""Size limit of the next own block: smaller after failed rounds, whole again step by step.

A block that is too heavy for the network of the hour (to send, to execute, to judge) fails its round, and
would fail every further one. So each failed round of any proposer halves what an own block may hold, and each
height that is decided in its first round gives one step back. What others may propose is not touched.

It is small, too, while an organisation that asks for little is served beside others that ask for much: who
comes now and then waits for no large block of theirs (``RecentShares``).
"""

from __future__ import annotations

from typing import Final

from p2pchain.mempool.recent_shares import RecentShares
from p2pchain.model.ids import Round

HALVINGS_MAX: Final = 6
"""The smallest own block holds a 64th of the chain's bounds, but at least one transaction."""
OCCASIONAL_HALVINGS: Final = 5
"""While somebody asks for little an own block holds a 32nd: an organisation's part of such a block is no
longer small, so that nobody stays occasional who asks for more.
"""
SMALL_TRANSACTIONS_MIN: Final = 50
"""No block is made smaller than this for somebody occasional: what it costs by itself would be most of it."""

assert OCCASIONAL_HALVINGS <= HALVINGS_MAX, "failed rounds make blocks smaller still"


class BuildSize:
    """Size of the next own block."""

    def __init__(self, shares: RecentShares) -> None:
        """Begin with whole blocks; ``shares``: those of organisations, as the pool counts them."""
        self._shares = shares
        self._failures = 0

    def halvings(self, transactions_max: int) -> int:
        """Return how often the bounds of a block, of so many transactions at most, are halved for an own
        one.
        """
        least = OCCASIONAL_HALVINGS if self._shares.has_occasional() else 0
        while least and transactions_max >> least < SMALL_TRANSACTIONS_MIN:
            least -= 1
        return max(self._failures, least)

    def round_failed(self) -> None:
        """Halve the size after a round without a decision, whoever proposed."""
        self._failures = min(self._failures + 1, HALVINGS_MAX)

    def decided(self, round_: Round) -> None:
        """Double the size again where the first round decided."""
        if round_ == 0:
            self._failures = max(self._failures - 1, 0)
        assert 0 <= self._failures <= HALVINGS_MAX
