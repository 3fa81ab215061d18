"""Transactions signed beforehand, so that a load test measures the nodes and not the signing.

A transaction may lie at most ``tx_lifetime`` heights ahead, so a stock does not keep for ever: what comes
near its end is thrown away, and new ones are signed in small slices while the load runs.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Final

from p2pchain.client.transactions import build_transaction
from p2pchain.model.ids import ChainId, Height
from p2pchain.testnet.mixes.mix import Mix

EXPIRY_MARGIN: Final = 60
"""Heights before its end at which a transaction is no longer handed out."""
STOCK_MAX: Final = 200_000
"""Signed transactions held at most: some 80 MB."""


class Stock:
    """Signed transactions of a mix, handed out in the order of signing."""

    def __init__(self, chain_id: ChainId, mix: Mix, lifetime: int) -> None:
        """``lifetime``: heights that a transaction may lie ahead on this chain (``tx_lifetime``)."""
        self._chain_id = chain_id
        self._mix = mix
        self._lifetime = lifetime
        self._ready: deque[tuple[int, bytes]] = deque()
        self._run = os.urandom(3)
        self._signed = 0
        self.expired = 0
        """Thrown away unused."""

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def signed(self) -> int:
        """Signed so far."""
        return self._signed

    def sample(self) -> bytes:
        """R"""
        return self._ready[0][1]

    def fresh(self, tip: int) -> int:
        """Count those that may still be handed out when the chain is ``2 * EXPIRY_MARGIN`` heights further
        than ``tip``.
        """
        self._discard(tip)
        if self._ready and self._ready[0][0] < tip + 2 * EXPIRY_MARGIN:
            return sum(valid_until >= tip + 2 * EXPIRY_MARGIN for valid_until, _ in self._ready)
        return len(self._ready)

    def sign(self, count: int, tip: int) -> None:
        """Sign ``count`` more, as long-lived as the chain allows at height ``tip``."""
        for _ in range(min(count, STOCK_MAX - len(self._ready))):
            self._ready.append((tip + self._lifetime, self._sign_one(tip + self._lifetime)))

    def take(self, count: int, tip: int) -> list[bytes]:
        """Take up to ``count`` transactions that are valid for ``EXPIRY_MARGIN`` heights after ``tip``."""
        self._discard(tip)
        return [self._ready.popleft()[1] for _ in range(min(count, len(self._ready)))]

    def _discard(self, tip: int) -> None:
        while self._ready and self._ready[0][0] < tip + EXPIRY_MARGIN:
            self._ready.popleft()
            self.expired += 1

    def _sign_one(self, valid_until: int) -> bytes:
        number = self._signed
        self._signed += 1
        signers, operations = self._mix(number)
        return build_transaction(
            chain_id=self._chain_id,
            valid_until=Height(valid_until),
            signers=signers,
            operations=operations,
            nonce=self._run + number.to_bytes(5, "big"),
        ).raw
