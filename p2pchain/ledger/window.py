"""The replay window: which (first signer, nonce) pairs recent blocks have used.

A transaction may be in block ``H`` if ``H <= valid_until <= H - 1 + tx_lifetime`` (the parameter as it stands
before the block). So a transaction of block ``H`` can never come back after ``H - 1 + tx_lifetime``, and its
pair is remembered through that height, no longer. What is remembered at a height follows from the last blocks
alone, also when the parameter changes: every pair carries its own last height.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from p2pchain.model.transaction import TransactionBody


def replay_key(body: TransactionBody) -> bytes:
    """First signer and nonce: 40 bytes that may occur once within the window."""
    return body.signers[0] + body.nonce


class ReplayWindow:
    """Pairs used by committed blocks, each with the last height at which it is refused."""

    __slots__ = ("_blocks", "_last_heights")

    def __init__(self) -> None:
        """Empty, as at genesis."""
        self._last_heights: dict[bytes, int] = {}
        self._blocks: deque[tuple[int, list[bytes]]] = deque()

    def __len__(self) -> int:
        return len(self._last_heights)

    def holds(self, key: bytes, height: int) -> bool:
        """Whether a transaction with this pair would be a repetition in the block at ``height``."""
        return self._last_heights.get(key, -1) >= height

    def commit(self, height: int, keys: Iterable[bytes], tx_lifetime: int) -> None:
        """Remember the pairs of the block at ``height``, committed under ``tx_lifetime``, and forget what no
        later block needs.
        """
        last_height = height - 1 + tx_lifetime
        used = list(keys)
        if used:
            for key in used:
                self._last_heights[key] = last_height
            self._blocks.append((last_height, used))
        while self._blocks and self._blocks[0][0] <= height:
            for key in self._blocks.popleft()[1]:
                if self._last_heights.get(key, -1) <= height:
                    self._last_heights.pop(key, None)
