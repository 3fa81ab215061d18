"""The replay window: which (first signer, nonce) pairs recent blocks have used.

A transaction may be in block ``H`` if ``H <= valid_until <= H - 1 + tx_lifetime`` (the parameter as it stands
before the block). So a transaction of block ``H`` can never come back after ``H - 1 + tx_lifetime``, and its
pair is remembered through that height, no longer. What is remembered at a height follows from the last blocks
alone, also when the parameter changes: every pair carries its own last height.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator

from p2pchain.model.ids import NONCE_BYTES, PUBLIC_KEY_BYTES

WindowBlock = tuple[int, tuple[bytes, ...]]
"""Replay keys of one block, with the last height at which they are refused."""
_Used = tuple[int, "dict[bytes, array[int]]"]


class ReplayWindow:
    """Replay keys of committed blocks, with the last height that refuses each.

    A busy chain remembers hundreds of thousands of them, so they are kept as integers: about 80 bytes a pair.
    """

    __slots__ = ("_blocks", "_held", "_last_heights")

    def __init__(self) -> None:
        """Empty, as at genesis."""
        self._last_heights: dict[bytes, dict[int, int]] = {}
        self._blocks: deque[_Used] = deque()
        self._held = 0

    def __len__(self) -> int:
        return self._held

    def holds(self, key: bytes, height: int) -> bool:
        """Test whether a transaction with this pair repeats one, at ``height``."""
        nonces = self._last_heights.get(key[:PUBLIC_KEY_BYTES])
        if nonces is None:
            return False
        return nonces.get(int.from_bytes(key[PUBLIC_KEY_BYTES:], "big"), -1) >= height

    def commit(self, height: int, keys: Iterable[bytes], tx_lifetime: int) -> None:
        """Remember the pairs of a block and forget those no longer needed. The block at ``height`` is
        committed under ``tx_lifetime``.
        """
        self._remember(height - 1 + tx_lifetime, keys)
        while self._blocks and self._blocks[0][0] <= height:
            for signer, gone in self._blocks.popleft()[1].items():
                self._forget(signer, gone, height)

    def frozen(self) -> FrozenWindow:
        """Return an unchanging copy of the window."""
        return FrozenWindow(self._blocks)

    def restore(self, blocks: Iterable[WindowBlock]) -> None:
        """Remember what ``frozen`` told, in its order; into an empty window."""
        for last_height, keys in blocks:
            self._remember(last_height, keys)

    def _remember(self, last_height: int, keys: Iterable[bytes]) -> None:
        used: dict[bytes, array[int]] = {}
        for key in keys:
            signer, nonce = _parts(key)
            nonces = self._last_heights.setdefault(signer, {})
            self._held += nonce not in nonces
            nonces[nonce] = last_height
            used.setdefault(signer, array("Q")).append(nonce)
        if used:
            self._blocks.append((last_height, used))

    def _forget(self, signer: bytes, gone: Iterable[int], height: int) -> None:
        nonces = self._last_heights.get(signer, {})
        for nonce in gone:
            if nonce in nonces and nonces[nonce] <= height:
                del nonces[nonce]
                self._held -= 1
        if not nonces:
            self._last_heights.pop(signer, None)


class FrozenWindow:
    """A replay window as it once was; its keys are put together only while it is walked."""

    __slots__ = ("_blocks",)

    def __init__(self, blocks: Iterable[_Used]) -> None:
        """``blocks``: as the window keeps them; it never changes one that it has."""
        self._blocks = tuple(blocks)

    def __iter__(self) -> Iterator[WindowBlock]:
        for last_height, used in self._blocks:
            yield last_height, tuple(_keys(used))


def _keys(used: dict[bytes, array[int]]) -> Iterator[bytes]:
    for signer, nonces in used.items():
        for nonce in nonces:
            yield signer + nonce.to_bytes(NONCE_BYTES, "big")


def _parts(key: bytes) -> tuple[bytes, int]:
    return key[:PUBLIC_KEY_BYTES], int.from_bytes(key[PUBLIC_KEY_BYTES:], "big")
