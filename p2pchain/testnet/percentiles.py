"""Percentiles of what a load measured."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(ascending: Sequence[int], percent: int) -> int | None:
    """R"""
    if not ascending:
        return None
    return ascending[max(0, math.ceil(percent * len(ascending) / 100) - 1)]
