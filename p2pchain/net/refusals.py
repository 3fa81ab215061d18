"""Counts of refusals and failures by code, with the latest, for statistics and the operator."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict

from p2pchain.net.events import PeerRefusal


class Refusals:
    """Counts of refusals for ever, and the last ``kept_max`` pairs of peer and code."""

    def __init__(self, kept_max: int) -> None:
        self._kept_max = kept_max
        self._kept: OrderedDict[tuple[str, str], tuple[str, int, float]] = OrderedDict()
        self.counts: Counter[str] = Counter()

    def add(self, peer: str, code: str, detail: str, now_s: float) -> bool:
        """Note a refusal; return whether it is the first of this peer and code that is remembered, so worth a
        log line.
        """
        self.counts[code] += 1
        _, count, _ = self._kept.pop((peer, code), ("", 0, 0.0))
        self._kept[(peer, code)] = (detail, count + 1, now_s)
        while len(self._kept) > self._kept_max:
            self._kept.popitem(last=False)
        return count == 0

    def forget(self, peer: str) -> None:
        """Forget the refusals of a peer that is well now."""
        for key in [key for key in self._kept if key[0] == peer]:
            del self._kept[key]

    def latest(self, now_s: float, within_s: float = math.inf) -> tuple[PeerRefusal, ...]:
        """Return the refusals remembered of the last ``within_s`` seconds, the latest last."""
        return tuple(
            PeerRefusal(peer=peer, code=code, detail=detail, count=count, ago_s=int(now_s - at))
            for (peer, code), (detail, count, at) in self._kept.items()
            if now_s - at <= within_s
        )
