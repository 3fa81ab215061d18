"""Ids of receivables: made, never chosen, so that nobody takes the id that is meant for another.

Whoever issues draws a nonce, and the id follows from it and from the organisation that issues. A transaction
is seen by every member before it is in a block: an id that was drawn itself could be issued first by any of
them, and the one that drew it would be refused. Of a part the id follows from its parent. The first bit keeps
the two apart: clear in what was issued, set in a part.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.crypto.hashing import sha256

ID_BYTES: Final = 16
ISSUE_NONCE_BYTES: Final = 16
PART_BIT: Final = 0x80
"""The first bit of an id: set in that of a part, clear in that of what was issued."""
_DOMAIN: Final = "p2pchain/receivable/issued"


def issued_id(org: str, nonce: bytes) -> bytes:
    """Make the id of a receivable that ``org`` issues with a nonce that it has drawn."""
    digest = sha256(pack((_DOMAIN, 1, org, nonce)))
    return bytes((digest[0] & ~PART_BIT,)) + digest[1:ID_BYTES]


def part_id(parent: bytes, number: int) -> bytes:
    """Make the id of a part, numbered from 0."""
    digest = sha256(parent + number.to_bytes(4, "big"))
    return bytes((digest[0] | PART_BIT,)) + digest[1:ID_BYTES]
