"""Snapshots: one segment each, ``<height>.seg`` in a directory of their own, written once and never changed.

A snapshot is written aside, fsynced, given its name, and the directory is fsynced: what has the name is
whole, and what a crash left aside is removed when the next is written. Its last record is of kind
``KIND_HEAD`` and there is no other of that kind, so a cut file is never taken for a whole one. What the
records mean is the caller's business.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Corrupt, Fact
from p2pchain.storage.creation import Entropy
from p2pchain.storage.files import TEMPORARY_SUFFIX, FileSystem
from p2pchain.storage.layout import NO_DIGEST, SegmentHeader, encode_header, segment_name, segment_sequence
from p2pchain.storage.record_scan import FoundHeader, read_header, read_record, walk
from p2pchain.storage.records import TAG_BYTES, Broken, Record, frame_marked

SNAPSHOT_LOG: Final = "snapshot"
KINDS: Final = (32, 33, 34, 35)
KIND_LINK, KIND_WINDOW, KIND_CHUNK, KIND_HEAD = KINDS
"""Kinds of records, in the order in which they lie in a snapshot."""
SNAPSHOTS_KEPT: Final = 2
"""Newest snapshots that are kept: a damaged one leaves another."""
UNSYNCED_BYTES_MAX: Final = 8_388_608
"""Bytes written between two fdatasyncs, so that the chain log's own never waits for a whole snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotOffsets:
    """Offsets of the records of one snapshot in its file, by kind and in their order."""

    tag: bytes
    links: tuple[int, ...]
    chunks: tuple[int, ...]
    head: int


class SnapshotStore:
    """The snapshots of one chain in one directory. One thread writes; any may read meanwhile.

    Every method raises ``DiskFailure`` where the disk refuses.
    """

    def __init__(self, files: FileSystem, directory: Path, *, genesis: bytes) -> None:
        """``genesis``: digest of the chain, 32 bytes; the directory is made by the first ``write``."""
        self._files = files
        self._directory = directory
        self._genesis = genesis

    def heights(self) -> tuple[int, ...]:
        """List the heights of the snapshots that are there, ascending; nothing about them is checked."""
        if not self._files.exists(self._directory):
            return ()
        names = self._files.list_directory(self._directory)
        return tuple(sorted(height for name in names if (height := segment_sequence(name)) is not None))

    def path(self, height: int) -> Path:
        """Return the file of a snapshot."""
        return self._directory / segment_name(height)

    def size(self, height: int) -> int:
        """Return the bytes of a snapshot that is there."""
        return self._files.size(self.path(height))

    def write(
        self, height: int, records: Iterable[tuple[int, bytes]], *, entropy: Entropy = os.urandom
    ) -> int:
        """Write a snapshot from (kind, payload), the last of ``KIND_HEAD``, durably; returns its bytes.

        One of this height that is there already is replaced. Then all but the newest ``SNAPSHOTS_KEPT`` are
        removed.
        """
        self._files.make_directory(self._directory)
        self.discard_unfinished()
        path, tag = self.path(height), entropy(TAG_BYTES)
        temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
        header = SegmentHeader(
            sequence=height,
            first_height=height,
            tag=tag,
            previous=NO_DIGEST,
            genesis=self._genesis,
            name=SNAPSHOT_LOG,
        )
        framed = (frame_marked(kind, height=height, durable=0, tag=tag, data=data) for kind, data in records)
        size = self._write_whole(temporary, itertools.chain((encode_header(header),), framed))
        self._files.rename(temporary, path)
        self._files.sync_directory(self._directory)
        self._remove(segment_name(older) for older in self.heights()[:-SNAPSHOTS_KEPT])
        return size

    def read(self, height: int) -> Iterator[tuple[int, bytes]]:
        """Yield (kind, payload) of every record, in order, each checksum checked.

        Raises ``Corrupt("SNAPSHOT_CORRUPT")`` where one does not hold, or where the last is no head;
        ``FileNotFoundError`` where there is none, or it was removed meanwhile.
        """
        for record in self._records(height, self._header(height)):
            yield record.kind, record.data

    def places(self, height: int) -> SnapshotOffsets:
        """Return the offsets of its records; the whole file is read and checked for it, as in ``read``."""
        header = self._header(height)
        offsets: dict[int, list[int]] = {kind: [] for kind in KINDS}
        for record in self._records(height, header):
            offsets[record.kind].append(record.offset)
        return SnapshotOffsets(
            tag=header.header.tag,
            links=tuple(offsets[KIND_LINK]),
            chunks=tuple(offsets[KIND_CHUNK]),
            head=offsets[KIND_HEAD][0],
        )

    def read_at(self, height: int, places: SnapshotOffsets, offset: int) -> bytes:
        """Read the payload of the record at one of the ``places``, its checksum checked; raises as ``read``,
        and ``FileNotFoundError`` where the snapshot was removed meanwhile.
        """
        match read_record(self._files, self.path(height), offset, tag=places.tag):
            case Broken(flaw=flaw):
                raise self._corrupt(height, offset, str(flaw))
            case Record(data=data):
                return data

    def discard_unfinished(self) -> None:
        """Remove the files that a failed or interrupted ``write`` left, so that their space is free again."""
        if self._files.exists(self._directory):
            self._remove(name for name in self._names() if name.endswith(TEMPORARY_SUFFIX))

    def discard_above(self, height: int) -> None:
        """Remove snapshots above ``height``, durably: they belong to a chain log that is gone."""
        self._remove(segment_name(above) for above in self.heights() if above > height)

    def _write_whole(self, path: Path, parts: Iterable[bytes]) -> int:
        file = self._files.open_append(path)
        size = unsynced = 0
        try:
            for part in parts:
                file.write(part)
                size, unsynced = size + len(part), unsynced + len(part)
                if unsynced > UNSYNCED_BYTES_MAX:
                    file.sync_data()
                    unsynced = 0
            file.sync()
        finally:
            file.close()
        return size

    def _header(self, height: int) -> FoundHeader:
        header = read_header(self._files, self.path(height))
        if header is None or not self._is_own(header, height):
            raise self._corrupt(height, 0, "header")
        return header

    def _records(self, height: int, header: FoundHeader) -> Iterator[Record]:
        path = self.path(height)
        kind, end = KINDS[0], header.end
        whole = self._files.size(path)
        for item in walk(self._files, path, start=header.end, end=whole, tag=header.header.tag):
            match item:
                case Broken(offset=offset, flaw=flaw):
                    raise self._corrupt(height, offset, str(flaw))
                case Record() if not self._in_place(item, kind, height):
                    raise self._corrupt(height, item.offset, "record out of place")
                case Record():
                    kind, end = item.kind, item.end
                    yield item
        if kind != KIND_HEAD:
            raise self._corrupt(height, end, "ends without its head")

    @staticmethod
    def _in_place(record: Record, before: int, height: int) -> bool:
        """Return whether the record is of this height, and its kind in order; nothing follows the head."""
        return (
            record.height == height and record.kind in KINDS and before <= record.kind and before != KIND_HEAD
        )

    def _names(self) -> tuple[str, ...]:
        return self._files.list_directory(self._directory)

    def _remove(self, names: Iterable[str]) -> None:
        gone = tuple(names)
        for name in gone:
            self._files.unlink(self._directory / name)
        if gone:
            self._files.sync_directory(self._directory)

    def _is_own(self, record: FoundHeader, height: int) -> bool:
        header = record.header
        return (header.name, header.genesis, header.sequence) == (SNAPSHOT_LOG, self._genesis, height)

    def _corrupt(self, height: int, offset: int, reason: str) -> Corrupt:
        facts: dict[str, Fact] = {
            "height": height,
            "offset": offset,
            "reason": reason,
            "file": str(self.path(height)),
        }
        return Corrupt("SNAPSHOT_CORRUPT", facts, hint="an older one, or the chain log, is read instead")
