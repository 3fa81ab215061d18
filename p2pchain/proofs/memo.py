"""Memory of verified signatures: bounded triples (key, signature, message) that hold."""

from __future__ import annotations

from typing import Final

from p2pchain.crypto.hashing import sha256

MEMO_MAX: Final = 16_384
"""Triples remembered; about 2 MB."""


class Memo:
    """Remembers the latest triples, at least half of ``size_max`` of them.

    Two generations: when the younger is half of the bound, the older is forgotten. Each step costs the same,
    nothing is ever sorted, and only what holds is remembered, so an attacker can make it forget but never
    make it lie.
    """

    __slots__ = ("_half", "_older", "_younger")

    def __init__(self, size_max: int = MEMO_MAX) -> None:
        """``size_max``: most triples held."""
        self._half = max(1, size_max // 2)
        self._younger: set[bytes] = set()
        self._older: set[bytes] = set()

    def __contains__(self, name: bytes) -> bool:
        return name in self._younger or name in self._older

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)

    def add(self, name: bytes) -> None:
        """Remember the name of a triple that holds."""
        if len(self._younger) >= self._half:
            self._older = self._younger
            self._younger = set()
        self._younger.add(name)


def name_of(public_key: bytes, signature: bytes, message_hash: bytes) -> bytes:
    """Return the name of a triple: 32 bytes. ``message_hash``: SHA-256 of the message; all three have fixed
    lengths.
    """
    return sha256(public_key + signature + message_hash)
