"""Early warnings: what is not wrong yet, with the numbers by which it is going to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from p2pchain.mempool.pool import Mempool
from p2pchain.net.events import PeerStatistics
from p2pchain.telemetry.release import VERSION

WARNED_PERCENT: Final = 90
"""A queue that is so full is named."""

Release = tuple[int, ...]


def release_warnings(peers: Sequence[PeerStatistics], own: str = VERSION) -> list[str]:
    """Name peers that run an older release than this node, and say where this node is the older one."""
    return release_warnings_of([(peer.name, peer.software) for peer in peers], own)


def release_warnings_of(peers: Sequence[tuple[str, str | None]], own: str = VERSION) -> list[str]:
    """Compare releases of peers, by name, with the own one."""
    mine = _numbers(own)
    others = [(name, software, _numbers(software or "")) for name, software in peers]
    warnings = [
        f"{name} runs release {software}, this node {own}: ask its operator to upgrade"
        for name, software, release in others
        if release and release < mine
    ]
    newer = [f"{name} ({software})" for name, software, release in others if release > mine]
    if newer:
        names = ", ".join(newer)
        warnings.append(f"this node runs release {own}, which is older than that of {names}: upgrade it")
    return warnings


def pool_warnings(pool: Mempool) -> list[str]:
    """Say that the pool is nearly full, and by how much."""
    limits = pool.limits
    return [
        *full_warning("the pool of waiting transactions", len(pool), limits.transactions_max, "transactions"),
        *full_warning("the pool of waiting transactions", pool.bytes_held, limits.bytes_max, "bytes"),
    ]


def full_warning(queue: str, held: int, most: int, unit: str) -> list[str]:
    """Say that a queue is nearly full."""
    if held * 100 < most * WARNED_PERCENT:
        return []
    return [f"{queue} holds {held:,} of at most {most:,} {unit}; what comes past it is refused or dropped"]


def snapshot_warnings(newest: int, tip: int, every: int) -> list[str]:
    """Say that the newest snapshot is older than two intervals. ``newest``: its height, 0 for none."""
    if not every or tip - newest <= 3 * every:
        return []
    which = f"of height {newest}" if newest else "none"
    return [
        f"the newest snapshot is {which}, {tip - newest:,} blocks ago, though one is due every {every:,}: "
        "look for snapshot.failed in the log, and for room on the disk"
    ]


def _numbers(release: str) -> Release:
    """Return the numbers of a release, ``0.10.2`` as (0, 10, 2); nothing of what is none."""
    parts = release.partition("+")[0].split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
