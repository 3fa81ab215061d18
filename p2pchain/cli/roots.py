"""Hashes that a command takes as text."""

from __future__ import annotations

from p2pchain.model.errors import Refused
from p2pchain.model.ids import HASH_BYTES


def hash_of(text: str) -> bytes:
    """Read a hash of 64 hexadecimal digits. Raises ``Refused("ROOT_INVALID")``."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != HASH_BYTES:
        raise Refused("ROOT_INVALID", {"found": text}, f"{2 * HASH_BYTES} hexadecimal digits")
    return digest
