"""Ids of receivables: one half of them is drawn by whoever issues, the other half are made for parts.

What a part will be called follows from its parent, so everybody knows it before. Were both taken from one
room, an issuer could draw the id of somebody's part to come, and one of the two would have to give way.
"""

from __future__ import annotations

from typing import Final

ID_BYTES: Final = 16
PART_BIT: Final = 0x80
"""The first bit of an id: set in that of a part, clear in that of what was issued."""


def issued_id(drawn: bytes) -> bytes:
    """Make an id that may be issued from bytes that were drawn, ``ID_BYTES`` of them or more."""
    return bytes((drawn[0] & ~PART_BIT,)) + drawn[1:ID_BYTES]


def part_id(digest: bytes) -> bytes:
    """Make the id of a part from the SHA-256 of its parent and number."""
    return bytes((digest[0] | PART_BIT,)) + digest[1:ID_BYTES]


def is_part_id(receivable: bytes) -> bool:
    """Whether an id can only be that of a part."""
    return bool(receivable[0] & PART_BIT)
