"""Rates per name (an address, an account): token buckets in a bounded table."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

BURST_S: Final = 2
"""A bucket holds what its rate gives in so many seconds."""
NAMES_MAX: Final = 20_000
"""Names that are remembered; past it the one seen longest ago is forgotten, and begins full again."""


class Rates:
    """Buckets of one rate, by name."""

    __slots__ = ("_buckets", "_burst", "_names_max", "_per_s")

    def __init__(self, per_s: int, names_max: int = NAMES_MAX) -> None:
        """``per_s``: tokens a second, at least 1."""
        self._per_s = per_s
        self._burst = float(per_s * BURST_S)
        self._names_max = names_max
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, name: Hashable, now_s: float) -> float:
        """Take a token of ``name``; return 0, or the seconds until there is one again."""
        held, seen_s = self._buckets.pop(name, (self._burst, now_s))
        held = min(self._burst, held + (now_s - seen_s) * self._per_s)
        if held < 1:
            self._buckets[name] = held, now_s
            return (1 - held) / self._per_s
        self._buckets[name] = held - 1, now_s
        if len(self._buckets) > self._names_max:
            self._buckets.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        return len(self._buckets)
