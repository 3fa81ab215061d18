"""Redial times of peers, and the time for which a faulty one is kept out."""

from __future__ import annotations

import random

from p2pchain.model.ids import PeerId
from p2pchain.net.config import NetConfig

JITTER_PERCENT = 25
PENALTY_FIRST_S = 1.0
PENALTY_MAX_S = 10.0
DOUBLINGS_MAX = 16


class Backoff:
    """Waits between dials of one peer: doubling from ``redial_first_ms`` to ``redial_max_ms``, ± 25 %."""

    def __init__(self, config: NetConfig, chance: random.Random) -> None:
        self._first_s = config.redial_first_ms / 1000
        self._max_s = config.redial_max_ms / 1000
        self._chance = chance
        self._failures = 0

    def next_s(self) -> float:
        """Return the seconds to wait before the next dial."""
        wait_s = min(self._max_s, self._first_s * (1 << min(self._failures, DOUBLINGS_MAX)))
        self._failures += 1
        return wait_s * (1 + self._chance.randint(-JITTER_PERCENT, JITTER_PERCENT) / 100)

    def reset(self) -> None:
        """Begin with the shortest wait: the peer was well."""
        self._failures = 0


class Penalties:
    """Peers that broke the protocol, and until when they are refused: 1 s, doubling to 10 s.

    Bounded by the number of members, since nobody else gets as far as breaking it.
    """

    def __init__(self) -> None:
        self._faults: dict[PeerId, tuple[int, float]] = {}

    def add(self, peer: PeerId, now_s: float) -> float:
        """Add a fault at ``now_s``; return for how many seconds the peer is refused."""
        count = min(self._faults.get(peer, (0, 0.0))[0], DOUBLINGS_MAX)
        wait_s = min(PENALTY_MAX_S, PENALTY_FIRST_S * (1 << count))
        self._faults[peer] = (count + 1, now_s + wait_s)
        return wait_s

    def remaining_s(self, peer: PeerId, now_s: float) -> float:
        """Return the seconds for which the peer is still refused; 0 when it is welcome."""
        return max(0.0, self._faults.get(peer, (0, 0.0))[1] - now_s)

    def forgive(self, peer: PeerId) -> None:
        """Forget the faults of a peer that was well for long enough."""
        self._faults.pop(peer, None)
