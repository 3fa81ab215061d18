"""Cost of a snapshot in progress: latencies of a load, split by whether any node was writing one.

The nodes' logs say when each began and ended (``snapshot.begun``, ``snapshot.written``, ``snapshot.failed``);
the load says when each batch was final, and how long it took.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from p2pchain.testnet.percentiles import percentile

EVENT: Final = re.compile(r"^(\S+Z) .*\bsnapshot\.(begun|written|failed)\b")
"""A line of a node's log, as people read it."""

Span = tuple[float, float]
"""Seconds since 1970 at which a snapshot was begun, and at which it was there."""
Sample = tuple[float, int]
"""When a batch was final, in seconds since 1970, and after how many milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLoad:
    """Latencies without and during snapshots; ``written``: how many ended within the time, over all nodes."""

    written: int
    seconds_each: float | None
    without: int
    without_p50_ms: int | None
    without_p99_ms: int | None
    during: int
    during_p50_ms: int | None
    during_p99_ms: int | None


def snapshot_load(logs: Iterable[Path], samples: Sequence[Sample]) -> SnapshotLoad:
    """Split the samples of a load by the spans in the logs of all nodes."""
    spans = [span for log in logs for span in spans_in(log.read_text("utf-8", "replace"))]
    ended = [end - begun for begun, end in spans if end < float("inf")]
    during: list[int] = []
    without: list[int] = []
    for at, latency_ms in samples:
        met = any(begun <= at and at - latency_ms / 1000 <= end for begun, end in spans)
        (during if met else without).append(latency_ms)
    during.sort()
    without.sort()
    return SnapshotLoad(
        written=len(ended),
        seconds_each=round(sum(ended) / len(ended), 1) if ended else None,
        without=len(without),
        without_p50_ms=percentile(without, 50),
        without_p99_ms=percentile(without, 99),
        during=len(during),
        during_p50_ms=percentile(during, 50),
        during_p99_ms=percentile(during, 99),
    )


def spans_in(log: str) -> list[Span]:
    """Find the spans of snapshots in a node's log; one that is still being written has no end."""
    spans: list[Span] = []
    begun: float | None = None
    for line in log.splitlines():
        event = EVENT.search(line)
        if event is None:
            continue
        at = datetime.fromisoformat(event[1]).timestamp()
        if event[2] == "begun":
            begun = at
        elif begun is not None:
            spans.append((begun, at))
            begun = None
    if begun is not None:
        spans.append((begun, float("inf")))
    return spans
