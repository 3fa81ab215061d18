"""Records: what a segment is made of, framed by fixed offsets, readable by any CBOR tool.

A record is the CBOR array ``[crc32, kind, payload]`` (RFC 8949) with heads of fixed width, so that framing
needs no parser::

    83  1a cccccccc  18 kk  5a llllllll  payload ...
    |   |            |      |
    |   |            |      byte string, length in 4 bytes
    |   |            kind, 24 to 255
    |   CRC-32 (zlib) over all that follows it: kind, length, payload
    array of 3                                     13 bytes in all

Records follow one another without a gap, so a file is a CBOR sequence (RFC 8742). But for the header of a
segment and the manifest, every payload begins with a mark of 27 bytes, itself three CBOR items::

    1b hhhhhhhhhhhhhhhh  1b dddddddddddddddd  48 tttttttttttttttt  the caller's bytes ...
    height               durable              tag

- ``height``: of the chain, given by the caller.
- ``durable``: how much of this segment had been fsynced when this record was written. It is what tells a torn
  tail from damage: a record that lies whole behind a broken one, and says that the broken one was durable,
  convicts the disk.
- ``tag``: 8 random bytes of the segment. Records of other files, and bytes that somebody put into a
  transaction to look like a record, do not carry it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RECORD_BYTES_MAX: Final = 33_554_432
"""Largest record, head included: several times the largest block with receipts and state changes."""
KIND_MIN: Final = 24
"""Below 24 a CBOR integer has no second byte, and the head would not be of fixed width."""
KIND_MAX: Final = 255
KIND_HEADER: Final = 24
KIND_SEAL: Final = 25
KIND_MANIFEST: Final = 26
KIND_CALLER_MIN: Final = 32
"""Kinds from here on belong to whoever uses a log."""
assert KIND_MIN <= KIND_HEADER < KIND_SEAL < KIND_MANIFEST < KIND_CALLER_MIN <= KIND_MAX, "kinds of their own"
TAG_BYTES: Final = 8

_HEAD: Final = struct.Struct(">BBIBBBI")
_MARK: Final = struct.Struct(">BQBQB8s")
_ARRAY_3, _UINT_32, _UINT_8, _BYTES_32, _UINT_64, _BYTES_8 = 0x83, 0x1A, 0x18, 0x5A, 0x1B, 0x48
HEAD_BYTES: Final = _HEAD.size
MARK_BYTES: Final = _MARK.size
_CHECKED_FROM: Final = 6
_TAG_AT: Final = HEAD_BYTES + MARK_BYTES - TAG_BYTES


class Flaw(StrEnum):
    """Flaw of the bytes where a record should begin."""

    INCOMPLETE = "incomplete"
    """The file ends before the record does."""
    ZEROS = "zeros"
    """Nothing but zeros up to the end of the file."""
    HEAD = "head"
    """No record begins like this."""
    CHECKSUM = "checksum"
    """The CRC does not match."""
    FOREIGN = "foreign"
    """A whole record, of another segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record whose CRC held. ``offset`` and ``size`` in bytes of its file, head included; ``data``: the
    caller's bytes.
    """

    offset: int
    size: int
    kind: int
    height: int
    durable: int
    data: bytes

    @property
    def end(self) -> int:
        """Offset behind the record."""
        return self.offset + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """No record of this segment at ``offset``, and why."""

    offset: int
    flaw: Flaw


def frame(kind: int, payload: bytes) -> bytes:
    """Frame a record without a mark: the header of a segment, or the manifest."""
    assert KIND_MIN <= kind <= KIND_MAX, f"kind {kind}"
    assert HEAD_BYTES + len(payload) <= RECORD_BYTES_MAX, f"record of {HEAD_BYTES + len(payload)} bytes"
    checked = _HEAD.pack(_ARRAY_3, _UINT_32, 0, _UINT_8, kind, _BYTES_32, len(payload))[_CHECKED_FROM:]
    crc = zlib.crc32(payload, zlib.crc32(checked))
    return b"".join((struct.pack(">BBI", _ARRAY_3, _UINT_32, crc), checked, payload))


def frame_marked(kind: int, *, height: int, durable: int, tag: bytes, data: bytes) -> bytes:
    """Frame a record of a segment."""
    return frame(kind, _MARK.pack(_UINT_64, height, _UINT_64, durable, _BYTES_8, tag) + data)


def record_size(data_bytes: int) -> int:
    """Return the size in bytes of a marked record over that many of the caller's."""
    return HEAD_BYTES + MARK_BYTES + data_bytes


def framed_size(buffer: bytes, at: int) -> int | None:
    """Return the size in bytes of the record whose head lies at ``at`` of ``buffer``, or None where no head
    of a record lies there.
    """
    array, uint_32, _, uint_8, kind, bytes_32, length = _HEAD.unpack_from(buffer, at)
    heads_hold = (array, uint_32, uint_8, bytes_32) == (_ARRAY_3, _UINT_32, _UINT_8, _BYTES_32)
    size: int = HEAD_BYTES + length
    return size if heads_hold and kind >= KIND_MIN and size <= RECORD_BYTES_MAX else None


def unframe(buffer: bytes, at: int, size: int) -> tuple[int, bytes] | None:
    """Return kind and payload of the record of ``size`` bytes at ``at``, or None where its CRC does not
    hold.
    """
    with memoryview(buffer) as view:
        crc = int.from_bytes(view[at + 2 : at + _CHECKED_FROM])
        if zlib.crc32(view[at + _CHECKED_FROM : at + size]) != crc:
            return None
    return buffer[at + 7], buffer[at + HEAD_BYTES : at + size]


def parse(buffer: bytes, at: int, *, offset: int, tag: bytes) -> Record | Broken:
    """Parse the marked record at ``at`` of ``buffer``, which lies at ``offset`` of its file; what is missing
    makes it incomplete.
    """
    if len(buffer) - at < HEAD_BYTES:
        return Broken(offset=offset, flaw=Flaw.INCOMPLETE)
    size = framed_size(buffer, at)
    if size is None:
        return Broken(offset=offset, flaw=Flaw.HEAD)
    if len(buffer) - at < size:
        return Broken(offset=offset, flaw=Flaw.INCOMPLETE)
    whole = unframe(buffer, at, size)
    if whole is None:
        return Broken(offset=offset, flaw=Flaw.CHECKSUM)
    kind, payload = whole
    if len(payload) < MARK_BYTES:
        return Broken(offset=offset, flaw=Flaw.FOREIGN)
    uint_a, height, uint_b, durable, bytes_8, stated_tag = _MARK.unpack_from(payload)
    if (uint_a, uint_b, bytes_8, stated_tag) != (_UINT_64, _UINT_64, _BYTES_8, tag):
        return Broken(offset=offset, flaw=Flaw.FOREIGN)
    return Record(
        offset=offset, size=size, kind=kind, height=height, durable=durable, data=payload[MARK_BYTES:]
    )


def find_marked(buffer: bytes, at: int, *, base: int, tag: bytes) -> Record | None:
    """Find the first whole record of this segment in ``buffer`` at or behind ``at``; ``buffer`` lies at
    ``base`` of its file.
    """
    tag_at = buffer.find(tag, at + _TAG_AT)
    while tag_at >= 0:
        start = tag_at - _TAG_AT
        candidate = parse(buffer, start, offset=base + start, tag=tag)
        if isinstance(candidate, Record):
            return candidate
        tag_at = buffer.find(tag, tag_at + 1)
    return None
