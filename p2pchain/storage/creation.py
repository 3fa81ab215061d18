"""Creation of a log and its segments, each file whole and durable before it is relied on.

``recovery`` tells the order of these steps, and what opening does about a crash between two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Refused
from p2pchain.storage.files import FileSystem, write_atomically
from p2pchain.storage.layout import (
    MANIFEST_NAME,
    NO_DIGEST,
    OFFSET_BYTES,
    SEAL_INDEX_AT,
    LogSpec,
    Manifest,
    Seal,
    SegmentHeader,
    encode_header,
    encode_manifest,
    segment_name,
    segment_sequence,
)
from p2pchain.storage.record_scan import height_after, read_header
from p2pchain.storage.records import HEAD_BYTES, MARK_BYTES, TAG_BYTES

FIRST_SEQUENCE: Final = 1
Entropy = Callable[[int], bytes]
"""Gives that many random bytes: ``os.urandom``, or a seeded source in a simulation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSegment:
    """A segment that never changes again. ``start``, ``data_end``, ``index_at``: file offsets of its first
    record, its seal, and the offsets in that; heights as in the seal.
    """

    sequence: int
    first_height: int
    last_height: int
    records: int
    start: int
    data_end: int
    index_at: int
    size: int
    tag: bytes
    digest: bytes


def create_log(
    files: FileSystem, directory: Path, spec: LogSpec, *, entropy: Entropy, first_height: int
) -> None:
    """Make an empty log whose first record has ``first_height`` (or more, where it is not dense).

    Raises ``Refused`` ``LOG_EXISTS`` where one is there, or where segments with records lie without their
    manifest.
    """
    files.make_directory(directory)
    for name in files.list_directory(directory):
        if name == MANIFEST_NAME or _holds_records(files, directory, name):
            facts = {"log": spec.name, "directory": str(directory), "found": name}
            raise Refused("LOG_EXISTS", facts, hint="open it; to begin anew, move the directory away")
    header = SegmentHeader(
        sequence=FIRST_SEQUENCE,
        first_height=first_height,
        tag=entropy(TAG_BYTES),
        previous=NO_DIGEST,
        genesis=spec.genesis,
        name=spec.name,
    )
    write_atomically(files, directory / segment_name(FIRST_SEQUENCE), encode_header(header))
    manifest = Manifest(
        first=FIRST_SEQUENCE,
        last=FIRST_SEQUENCE,
        first_height=first_height,
        genesis=spec.genesis,
        name=spec.name,
    )
    write_manifest(files, directory, manifest)


def log_exists(files: FileSystem, directory: Path) -> bool:
    """R"""
    return files.exists(directory / MANIFEST_NAME)


def write_manifest(files: FileSystem, directory: Path, manifest: Manifest) -> None:
    """Replace the manifest, durably."""
    write_atomically(files, directory / MANIFEST_NAME, encode_manifest(manifest))


def begin_segment(
    files: FileSystem, directory: Path, spec: LogSpec, *, entropy: Entropy, after: SealedSegment
) -> SegmentHeader:
    """Make the segment that follows ``after``, durably; returns its header. The manifest does not name it
    yet.
    """
    header = SegmentHeader(
        sequence=after.sequence + 1,
        first_height=height_after(spec, after.last_height),
        tag=entropy(TAG_BYTES),
        previous=after.digest,
        genesis=spec.genesis,
        name=spec.name,
    )
    write_atomically(files, directory / segment_name(header.sequence), encode_header(header))
    return header


def sealed_segment(header: SegmentHeader, seal: Seal, *, start: int, at: int, size: int) -> SealedSegment:
    """Return the segment of ``size`` bytes that such a header begins and such a seal, at offset ``at``,
    ends.
    """
    return SealedSegment(
        sequence=header.sequence,
        first_height=seal.first_height,
        last_height=seal.last_height,
        records=len(seal.offsets) // OFFSET_BYTES,
        start=start,
        data_end=at,
        index_at=at + HEAD_BYTES + MARK_BYTES + SEAL_INDEX_AT,
        size=size,
        tag=header.tag,
        digest=seal.digest,
    )


def _holds_records(files: FileSystem, directory: Path, name: str) -> bool:
    sequence = segment_sequence(name)
    if sequence is None:
        return False
    header = read_header(files, directory / name)
    return sequence != FIRST_SEQUENCE or header is None or files.size(directory / name) > header.end
