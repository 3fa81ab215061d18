"""The chain's one hash, SHA-256 (FIPS 180-4), and the keyed hash made of it."""

from __future__ import annotations

import hashlib
import hmac


def sha256(data: bytes) -> bytes:
    """Return SHA-256 of ``data``: 32 bytes (FIPS 180-4 §6.2)."""
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """Return HMAC-SHA-256 of ``data`` under ``key``: 32 bytes (RFC 2104 §2).

    For hashes of what could be guessed: without the key nobody can try candidates.
    """
    return hmac.digest(key, data, "sha256")
