"""Keys and hashes of the vectors, each from a name."""

from __future__ import annotations

from typing import Any

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256


def filler(name: str) -> Any:
    """32 bytes that stand for a hash."""
    return sha256(f"p2pchain vector {name}".encode())


def key(name: str) -> SigningKey:
    """The key of a name."""
    return SigningKey(filler(name))
