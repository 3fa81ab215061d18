"""Ids of traced things and lots: made of the company prefix and of a hash of the name.

A name is an identifier in its canonical form, such as ``https://id.gs1.org/01/04012345123456/21/7``. Its
company prefix stands in the id, so that whoever may speak for the prefix is the only one who brings the thing
in: to send another's name first, seen in the pool, makes another id.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.crypto.hashing import sha256

_DOMAIN: Final = "p2pchain/trace/name"


def traced_id(prefix: str, name_hash: bytes) -> bytes:
    """Make the id of a thing or lot: 32 bytes. ``name_hash``: SHA-256 of its canonical name."""
    return sha256(pack((_DOMAIN, 1, prefix, name_hash)))
