"""Limit of pruning: blocks below what the operator keeps and what a snapshot needs."""

from __future__ import annotations

from collections.abc import Callable

from p2pchain.storage.chain import ChainLog


class Pruner:
    """Unlinks whole segments of the chain log. ``prune`` runs on the thread that writes the log.

    Blocks stay that lie within the last ``keep`` heights, or that whoever joins by one of our snapshots
    needs: from ``lifetime`` heights below the oldest of them on, for the replay window.
    """

    def __init__(
        self, chain_log: ChainLog, *, keep: int, lifetime: Callable[[], int], pruned: Callable[[int], None]
    ) -> None:
        """``keep``: 0 for all; ``lifetime``: the chain's ``tx_lifetime``; ``pruned``: told the lowest height
        that is left, on the writer's thread.
        """
        self._chain_log = chain_log
        self._keep = keep
        self._lifetime = lifetime
        self._pruned = pruned
        self._oldest_snapshot = 0

    def allow_below(self, oldest_snapshot: int) -> None:
        """The oldest snapshot that is kept has this height; any thread."""
        self._oldest_snapshot = oldest_snapshot

    def bound(self, tip: int) -> int:
        """The lowest height that stays, were the log cut exactly."""
        if not self._keep or not self._oldest_snapshot:
            return 0
        return min(tip - self._keep + 1, self._oldest_snapshot - self._lifetime() + 1)

    def prune(self, tip: int) -> int:
        """Remove the segments that hold nothing but what may go; returns how many. Raises ``DiskFailure``."""
        bound = self.bound(tip)
        if bound <= self._chain_log.first:
            return 0
        gone = self._chain_log.prune_below(bound)
        if gone:
            self._pruned(self._chain_log.first)
        return gone
