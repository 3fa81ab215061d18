"""Limits of sockets before the handshake: so many of one address, and of all strangers together.

A handshake costs milliseconds of this node's time before anybody has said who he is. So each address has a
token bucket, and what is above it is closed at once. Members are dialled, too: an attacker who shares a
member's address keeps neither end from reaching the other.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

ADDRESSES_MAX: Final = 1_024
"""Addresses that are remembered; the one that was quiet for longest is forgotten first."""
ALL_FACTOR: Final = 8
"""How many times the rate of one address all together may open."""
ALL: Final = ""


class AcceptRates:
    """Token buckets by address."""

    def __init__(self, per_s: float, burst: int) -> None:
        """``per_s``, ``burst``: of one address."""
        self._per_s = per_s
        self._burst = float(burst)
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now_s: float) -> bool:
        """Return whether one more connection of an address may begin its handshake at ``now_s``."""
        mine = self._left(address, 1, now_s)
        everybody = self._left(ALL, ALL_FACTOR, now_s)
        if mine < 1 or everybody < 1:
            return False
        self._put(address, mine - 1, now_s)
        self._put(ALL, everybody - 1, now_s)
        return True

    def _left(self, address: str, factor: int, now_s: float) -> float:
        burst = self._burst * factor
        tokens, at_s = self._tokens.get(address, (burst, now_s))
        return min(burst, tokens + (now_s - at_s) * self._per_s * factor)

    def _put(self, address: str, tokens: float, now_s: float) -> None:
        if address not in self._tokens and len(self._tokens) >= ADDRESSES_MAX:
            self._tokens.popitem(last=False)
        self._tokens[address] = (tokens, now_s)
        self._tokens.move_to_end(address)
