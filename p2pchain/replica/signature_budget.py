"""Budget of signature checks for peers' transactions: so many of each organisation within a second.

Whoever pushes transactions makes others check their signatures, 38 µs each while nothing else runs. A
transaction that proves sound is charged to the organisation that signed it, whoever brought it: so a member
cannot spend the share of another, for it cannot sign for it. One that does not is a fault of the peer, whose
link ends with it. What is refused before its signatures are looked at is charged to the peer.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from p2pchain.model.ids import OrgId, PeerId

WINDOW_MS: Final = 1_000
ORGANISATION_SIGNATURES_MAX: Final = 6_500
"""Signatures of one organisation within a window: what one core decides in a second when nobody else sends, a
quarter of what it can verify.
"""
PEER_REFUSED_MAX: Final = 1_000
"""Transactions of one peer within a window that may be refused unverified; further ones are not looked at."""
TURN_SIGNATURES_MAX: Final = 128
"""Signatures checked for one message of a peer, about 5 ms. An honest batch never has so many."""


class SignatureBudget:
    """Signatures that were checked in the present window."""

    def __init__(self) -> None:
        """Begin with a whole budget."""
        self._window = 0
        self._organisations: Counter[OrgId] = Counter()
        self._peers: Counter[PeerId] = Counter()

    def allows(self, org: OrgId, signatures: int, now_ms: int) -> bool:
        """Return whether so many signatures of an organisation may be checked now."""
        if now_ms // WINDOW_MS != self._window:
            self._turn_over(now_ms)
        return self._organisations[org] + signatures <= ORGANISATION_SIGNATURES_MAX

    def spend(self, org: OrgId, signatures: int) -> None:
        """Count signatures of an organisation that were checked."""
        self._organisations[org] += signatures

    def hears(self, peer: PeerId, now_ms: int) -> bool:
        """Return whether a further transaction of this peer is looked at."""
        if now_ms // WINDOW_MS != self._window:
            self._turn_over(now_ms)
        return self._peers[peer] < PEER_REFUSED_MAX

    def refused(self, peer: PeerId) -> None:
        """Count a transaction of this peer that was refused unverified."""
        self._peers[peer] += 1

    def _turn_over(self, now_ms: int) -> None:
        """Empty both counters, which hold members alone, at the beginning of each window."""
        self._window = now_ms // WINDOW_MS
        self._organisations.clear()
        self._peers.clear()
