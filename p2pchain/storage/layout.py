"""The three records that storage itself writes: the header and the seal of a segment, and the manifest of a
log.

Like every record they are CBOR of fixed width, packed and unpacked at fixed offsets; their payloads are CBOR
sequences. ``docs/storage.md`` shows them byte by byte.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Corrupt, Fact
from p2pchain.storage.records import (
    HEAD_BYTES,
    KIND_HEADER,
    KIND_MANIFEST,
    KIND_SEAL,
    MARK_BYTES,
    frame,
    frame_marked,
)

FORMAT_VERSION: Final = 1
DIGEST_BYTES: Final = 32
NAME_BYTES_MAX: Final = 32
HEADER_BYTES_MAX: Final = 256
"""No header or manifest is longer; what is read to find one."""
SEGMENT_BYTES: Final = 67_108_864
"""Size at which a segment is sealed, unless the log says otherwise."""
SEGMENT_BYTES_MAX: Final = 268_435_456
"""Largest size at which a segment may be sealed: its index is one record, with 4 bytes for each of the
segment's.
"""
assert SEGMENT_BYTES <= SEGMENT_BYTES_MAX < 2**32, "offsets of 4 bytes reach every record"
OFFSET_BYTES: Final = 4
NO_DIGEST: Final = bytes(DIGEST_BYTES)
"""In place of a previous digest in the first segment."""
MANIFEST_NAME: Final = "MANIFEST"
SEGMENT_SUFFIX: Final = ".seg"

_HEADER_TEXT: Final = b"\x70p2pchain/segment"
_HEADER: Final = struct.Struct(">17sBIBQBQB8s2s32s2s32s2B")
_MANIFEST_TEXT: Final = b"\x71p2pchain/manifest"
_MANIFEST: Final = struct.Struct(">18sBIBQBQBQ2s32s2B")
_SEAL: Final = struct.Struct(">BQBQ2s32sBI")
_SEAL_END: Final = struct.Struct(">BQ")
_UINT_32, _UINT_64, _BYTES_8, _BYTES_OF_32, _TEXT_8, _BYTES_32 = 0x1A, 0x1B, 0x48, b"\x58\x20", 0x78, 0x5A
SEAL_END_BYTES: Final = _SEAL_END.size
"""The last bytes of a sealed segment: the offset of its seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSpec:
    """Identity of a log: ``name`` (1 to 32 ASCII characters), the chain's ``genesis`` digest, and how it is
    kept.

    ``dense``: heights rise by exactly one (the chain); else they never fall (the safety log).
    ``segment_bytes``: a segment is sealed before a record would take it beyond this size.
    """

    name: str
    genesis: bytes
    dense: bool
    segment_bytes: int = SEGMENT_BYTES

    def __post_init__(self) -> None:
        """Assert bounds."""
        assert 1 <= len(self.name) <= NAME_BYTES_MAX, f"log name {self.name!r}"
        assert self.name.isascii(), f"log name {self.name!r}"
        assert len(self.genesis) == DIGEST_BYTES, f"genesis digest of {len(self.genesis)} bytes"
        assert 0 < self.segment_bytes <= SEGMENT_BYTES_MAX, f"segments of {self.segment_bytes} bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentHeader:
    """First record of a segment. ``first_height``: no record in it lies below; ``previous``: digest of the
    segment before.
    """

    sequence: int
    first_height: int
    tag: bytes
    previous: bytes
    genesis: bytes
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Last record of a sealed segment: its index and the digest (SHA-256) of every byte before the seal.

    ``first_height``: as in the header; ``last_height``: of the last record. ``offsets``: where each record
    begins, in order, as big-endian integers of 4 bytes.
    """

    first_height: int
    last_height: int
    digest: bytes
    offsets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Segments that a log must have: sequence numbers ``first`` to ``last``. Without it, lost files would go
    unseen.

    ``first_height``: as in the header of segment ``first``.
    """

    first: int
    last: int
    first_height: int
    genesis: bytes
    name: str


def segment_name(sequence: int) -> str:
    """Return the name of a segment's file."""
    return f"{sequence:012d}{SEGMENT_SUFFIX}"


def segment_sequence(file_name: str) -> int | None:
    """Return the sequence number in a file's name, or None where it is no segment's."""
    number = file_name.removesuffix(SEGMENT_SUFFIX)
    return int(number) if number.isdecimal() and segment_name(int(number)) == file_name else None


def encode_header(header: SegmentHeader) -> bytes:
    """Encode a header as a whole record."""
    name = header.name.encode("ascii")
    front = _HEADER.pack(
        *(_HEADER_TEXT, _UINT_32, FORMAT_VERSION),
        *(_UINT_64, header.sequence),
        *(_UINT_64, header.first_height),
        *(_BYTES_8, header.tag),
        *(_BYTES_OF_32, header.previous),
        *(_BYTES_OF_32, header.genesis),
        *(_TEXT_8, len(name)),
    )
    return frame(KIND_HEADER, front + name)


def decode_header(payload: bytes) -> SegmentHeader | None:
    """Decode the header in a payload whose CRC held, or None where it is none of this format."""
    if not _HEADER.size <= len(payload) <= _HEADER.size + NAME_BYTES_MAX:
        return None
    front = _HEADER.unpack_from(payload)
    (_, _, _, _, sequence, _, first_height, _, tag, _, previous, _, genesis, _, _) = front
    name = payload[_HEADER.size :].decode("ascii", "replace")
    header = SegmentHeader(
        sequence=sequence, first_height=first_height, tag=tag, previous=previous, genesis=genesis, name=name
    )
    return header if name.isascii() and _same(encode_header(header), payload) else None


def encode_manifest(manifest: Manifest) -> bytes:
    """Encode a manifest as a whole record."""
    name = manifest.name.encode("ascii")
    front = _MANIFEST.pack(
        *(_MANIFEST_TEXT, _UINT_32, FORMAT_VERSION),
        *(_UINT_64, manifest.first),
        *(_UINT_64, manifest.last),
        *(_UINT_64, manifest.first_height),
        *(_BYTES_OF_32, manifest.genesis),
        *(_TEXT_8, len(name)),
    )
    return frame(KIND_MANIFEST, front + name)


def decode_manifest(payload: bytes) -> Manifest | None:
    """Decode the manifest in a payload whose CRC held, or None where it is none of this format."""
    if not _MANIFEST.size <= len(payload) <= _MANIFEST.size + NAME_BYTES_MAX:
        return None
    (_, _, _, _, first, _, last, _, first_height, _, genesis, _, _) = _MANIFEST.unpack_from(payload)
    name = payload[_MANIFEST.size :].decode("ascii", "replace")
    manifest = Manifest(first=first, last=last, first_height=first_height, genesis=genesis, name=name)
    return manifest if name.isascii() and _same(encode_manifest(manifest), payload) else None


def encode_seal(seal: Seal, *, at: int, tag: bytes) -> bytes:
    """Encode a seal as a whole record, to be written at offset ``at``."""
    front = _SEAL.pack(
        *(_UINT_64, seal.first_height),
        *(_UINT_64, seal.last_height),
        *(_BYTES_OF_32, seal.digest),
        *(_BYTES_32, len(seal.offsets)),
    )
    data = front + seal.offsets + _SEAL_END.pack(_UINT_64, at)
    return frame_marked(KIND_SEAL, height=seal.last_height, durable=at, tag=tag, data=data)


def decode_seal(data: bytes, *, at: int, tag: bytes) -> Seal | None:
    """Decode the seal in a record's ``data``, or None where ``encode_seal`` writes something else at
    ``at``.
    """
    if len(data) < _SEAL.size + _SEAL_END.size:
        return None
    (_, first_height, _, last_height, _, digest, _, length) = _SEAL.unpack_from(data)
    offsets = data[_SEAL.size : -_SEAL_END.size]
    seal = Seal(first_height=first_height, last_height=last_height, digest=digest, offsets=offsets)
    whole = length == len(offsets) and length % OFFSET_BYTES == 0 and length > 0
    return seal if whole and encode_seal(seal, at=at, tag=tag)[HEAD_BYTES + MARK_BYTES :] == data else None


def decode_seal_end(tail: bytes) -> int | None:
    """Decode the offset of the seal from the last ``SEAL_END_BYTES`` of a sealed segment; None where they
    name none.
    """
    if len(tail) != SEAL_END_BYTES:
        return None
    head, at = _SEAL_END.unpack(tail)
    return at if head == _UINT_64 else None


_HINTS: Final = {
    "chain": "run `p2pchain repair`, then start the node: its peers have what is lost",
    "safety": "what this key has signed is unknown: retire the key and join with a new one",
}
SEAL_INDEX_AT: Final = _SEAL.size
"""Where the offsets begin within a seal's data."""


def corrupt(
    spec: LogSpec, directory: Path, *, sequence: int, offset: int, height: int, reason: str
) -> Corrupt:
    """Make a ``Corrupt`` with code ``LOG_CORRUPT``; ``height``: the lowest that the damage may touch."""
    facts: dict[str, Fact] = {
        "log": spec.name,
        "segment": sequence,
        "offset": offset,
        "height": height,
        "reason": reason,
        "file": str(directory / segment_name(sequence)),
    }
    return Corrupt("LOG_CORRUPT", facts, hint=hint_for(spec))


def hint_for(spec: LogSpec) -> str:
    """Return the hint for a person who meets damage to a log of this name."""
    return _HINTS.get(spec.name, "restore the log")


def _same(record: bytes, payload: bytes) -> bool:
    return record[HEAD_BYTES:] == payload
