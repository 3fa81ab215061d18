"""``SegmentLog``: records appended to a chain of segment files, each sealed when it is full and never changed
again.

One thread writes (``append``, ``sync``, ``roll``, ``prune_below``, ``close``); any number of threads may read
meanwhile. What they share is small and lies under one lock that is never held over a disk operation: the
tables of segments, and the offsets of the last one. Readers open files of their own and read at absolute
offsets, so neither a roll-over nor pruning pulls one away.
"""

from __future__ import annotations

import hashlib
import os
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from p2pchain.model.bounds import HEIGHT_BYTES_MAX
from p2pchain.storage.creation import (
    Entropy,
    SealedSegment,
    begin_segment,
    create_log,
    sealed_segment,
    write_manifest,
)
from p2pchain.storage.files import DiskFailure, FileSystem
from p2pchain.storage.layout import LogSpec, Seal, SegmentHeader, encode_header, encode_seal
from p2pchain.storage.record_scan import feed_digest, height_after
from p2pchain.storage.records import (
    KIND_CALLER_MIN,
    KIND_MAX,
    RECORD_BYTES_MAX,
    Record,
    frame_marked,
    record_size,
)
from p2pchain.storage.recovery import RecoveredLog, Recovery, recover
from p2pchain.storage.segment_reader import SegmentReader, Stretch, big_endian, stretch_of

DATA_BYTES_MAX: Final = RECORD_BYTES_MAX - record_size(0)
"""Largest payload of one record."""

assert 2 * HEIGHT_BYTES_MAX <= DATA_BYTES_MAX, "whatever is decided is stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Position of a record: sequence number of its segment, offset in bytes there."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A record of the log: height, kind and payload."""

    position: Position
    kind: int
    height: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStatistics:
    """Size of a log: ``segments`` files, ``records`` in them, ``bytes_total`` on disk, ``bytes_unsynced`` not
    yet durable.
    """

    segments: int
    records: int
    bytes_total: int
    bytes_unsynced: int


@dataclass(slots=True, kw_only=True)
class _Last:
    """The segment that grows. The writer alone changes it, under the lock; ``durable`` bytes of its ``size``
    are fsynced.
    """

    header: SegmentHeader
    start: int
    size: int
    durable: int
    offsets: array[int]


class SegmentLog:
    """A log in one directory. Created once by ``create``, opened by ``open``; the process holds the home's
    lock meanwhile.

    Every method raises ``DiskFailure`` where the disk refuses. After a failed write the log is poisoned: what
    its file holds is unknown, so it refuses everything, also with ``DiskFailure``, until the process has been
    started anew.
    """

    def __init__(
        self, files: FileSystem, directory: Path, spec: LogSpec, *, recovered: RecoveredLog, entropy: Entropy
    ) -> None:
        """Go on from the log that ``recover`` returned. Callers use ``open``."""
        self.spec: Final = spec
        self.recovery: Final[Recovery | None] = recovered.recovery
        self._files = files
        self._directory = directory
        self._reader = SegmentReader(files=files, directory=directory, spec=spec)
        self._entropy = entropy
        self._lock = threading.Lock()
        self._poisoned = False
        self._manifest = recovered.manifest
        self._sealed = recovered.sealed
        self._last_height = recovered.last.last_height
        size = recovered.last.size
        self._last = _Last(
            header=recovered.last.header,
            start=recovered.last.start,
            size=size,
            durable=size,
            offsets=recovered.last.offsets,
        )
        path = self._reader.path(self._last.header.sequence)
        self._digest = hashlib.sha256()
        feed_digest(files, path, size, self._digest.update)
        self._file = files.open_append(path)

    @classmethod
    def create(
        cls,
        files: FileSystem,
        directory: Path,
        spec: LogSpec,
        *,
        first_height: int,
        entropy: Entropy = os.urandom,
    ) -> None:
        """Make an empty log, durably; the directory's parent exists. Raises ``Refused`` ``LOG_EXISTS``."""
        create_log(files, directory, spec, entropy=entropy, first_height=first_height)

    @classmethod
    def open(
        cls, files: FileSystem, directory: Path, spec: LogSpec, *, entropy: Entropy = os.urandom
    ) -> SegmentLog:
        """Open and recover; see ``recovery`` for a tail that was cut. Raises ``Corrupt`` as ``recover``
        does.
        """
        recovered = recover(files, directory, spec, entropy=entropy)
        return cls(files, directory, spec, recovered=recovered, entropy=entropy)

    @property
    def first_height(self) -> int:
        """Height below which the log holds nothing (any more)."""
        return self._manifest.first_height

    @property
    def first_segment(self) -> int:
        """Sequence number of the oldest segment kept."""
        return self._manifest.first

    @property
    def last_height(self) -> int | None:
        """Height of the newest record, or None in a log that never held one."""
        return self._last_height

    @property
    def next_height(self) -> int:
        """The lowest height that may be appended."""
        last_height = self._last_height
        return self._last.header.first_height if last_height is None else height_after(self.spec, last_height)

    def statistics(self) -> LogStatistics:
        """Return the present sizes; any thread."""
        with self._lock:
            return LogStatistics(
                segments=len(self._sealed) + 1,
                records=sum(segment.records for segment in self._sealed) + len(self._last.offsets),
                bytes_total=sum(segment.size for segment in self._sealed) + self._last.size,
                bytes_unsynced=self._last.size - self._last.durable,
            )

    def append(self, kind: int, payload: bytes, height: int) -> Position:
        """Write a record; durable after ``sync``. ``kind`` 32 to 255, ``payload`` up to ``DATA_BYTES_MAX``;
        writer's thread.

        A full segment is sealed first.
        """
        assert KIND_CALLER_MIN <= kind <= KIND_MAX, f"kind {kind} belongs to storage"
        assert len(payload) <= DATA_BYTES_MAX, f"payload of {len(payload)} bytes at height {height}"
        in_order = height == self.next_height if self.spec.dense else height >= self.next_height
        assert in_order, f"height {height} appended where {self.next_height} is next"
        with self._sound_or_poisoned():
            if self._last.offsets and self._last.size + record_size(len(payload)) > self.spec.segment_bytes:
                self._roll()
            last = self._last
            tag = last.header.tag
            record = frame_marked(kind, height=height, durable=last.durable, tag=tag, data=payload)
            self._file.write(record)
            self._digest.update(record)
            with self._lock:
                position = Position(segment=last.header.sequence, offset=last.size)
                last.offsets.append(last.size)
                last.size += len(record)
                self._last_height = height
            return position

    def sync(self) -> None:
        """Make every record appended so far durable: one fdatasync, none where nothing was appended; writer's
        thread.
        """
        with self._sound_or_poisoned():
            self._sync()

    def roll(self) -> None:
        """Seal the last segment, if it holds a record, and begin the next, all durable; writer's thread."""
        with self._sound_or_poisoned():
            if self._last.offsets:
                self._roll()

    def prune_below(self, height: int) -> int:
        """Remove whole segments whose records all lie below ``height``; returns how many. Never the last;
        writer's thread.
        """
        with self._sound_or_poisoned():
            sealed = self._sealed
            gone = [segment for segment in sealed if segment.last_height < height]
            if not gone:
                return 0
            keep = sealed[len(gone) :]
            first, first_height = self._last.header.sequence, self._last.header.first_height
            if keep:
                first, first_height = keep[0].sequence, keep[0].first_height
            manifest = replace(self._manifest, first=first, first_height=first_height)
            write_manifest(self._files, self._directory, manifest)
            with self._lock:
                self._sealed, self._manifest = keep, manifest
            for segment in gone:
                self._files.unlink(self._reader.path(segment.sequence))
            self._files.sync_directory(self._directory)
            return len(gone)

    def position_of(self, height: int) -> Position | None:
        """Return the position of the record of a height in a dense log, or None where the log does not hold
        it; any thread.

        The last segment's offsets are in memory (4 bytes a record), the others' are read from their seals.
        """
        assert self.spec.dense, f"heights of {self.spec.name} may repeat"
        self._require_sound()
        with self._lock:
            sealed, last = self._sealed, self._last
            index = height - last.header.first_height
            if index >= 0:
                held = index < len(last.offsets)
                return Position(segment=last.header.sequence, offset=last.offsets[index]) if held else None
        place = bisect_left(sealed, height, key=lambda segment: segment.last_height)
        if place == len(sealed) or height < sealed[place].first_height:
            return None
        offset = self._reader.indexed_offset(sealed[place], height)
        return Position(segment=sealed[place].sequence, offset=offset)

    def read(self, position: Position, *, height: int | None = None) -> LogEntry:
        """Read the record at a position that ``append``, ``position_of`` or an entry gave; any thread.

        ``height``: which it must have, if given. Raises ``Corrupt``, and ``Refused`` ``HEIGHT_PRUNED``.
        """
        self._require_sound()
        stretch = self._stretch(position.segment)
        return _entry(stretch, self._reader.record(stretch, position.offset, height=height))

    def entries(self, first_height: int = 0) -> Iterator[LogEntry]:
        """Yield every record of ``first_height`` or more that was there when iteration began, in order, CRCs
        checked; any thread.

        Raises ``Corrupt`` at the first that does not hold, and ``Refused`` ``HEIGHT_PRUNED`` where one is
        pruned meanwhile.
        """
        self._require_sound()
        if first_height > (self._last_height or 0):
            return
        begin = self.position_of(first_height) if self.spec.dense else None
        with self._lock:
            sealed = [segment for segment in self._sealed if segment.last_height >= first_height]
            last = self._last_stretch()
        for stretch in (*map(stretch_of, sealed), last):
            read = stretch
            if begin is not None and begin.segment == stretch.sequence:
                read = replace(stretch, start=begin.offset, first_height=first_height)
            for record in self._reader.records(read):
                if record.height >= first_height:
                    yield _entry(read, record)

    def verify(self) -> LogStatistics:
        """Read the whole log: every CRC, height, index and digest; any thread. Raises ``Corrupt`` at the
        first that fails.
        """
        self._require_sound()
        with self._lock:
            sealed, last = self._sealed, self._last_stretch()
        previous = None
        for segment in sealed:
            self._reader.verify(segment, previous)
            previous = segment.digest
        for _ in self._reader.records(last):
            pass
        return self.statistics()

    def close(self) -> None:
        """Close the file; the log refuses everything afterwards. What was not synced stays so."""
        self._poisoned = True
        self._file.close()

    def _sync(self) -> None:
        last = self._last
        if last.durable < last.size:
            self._file.sync_data()
            last.durable = last.size

    def _roll(self) -> None:
        """Seal, begin the next segment, name it in the manifest: each durable before the next."""
        self._sync()
        sealed = self._seal()
        header = begin_segment(self._files, self._directory, self.spec, entropy=self._entropy, after=sealed)
        manifest = replace(self._manifest, last=header.sequence)
        write_manifest(self._files, self._directory, manifest)
        encoded = encode_header(header)
        size = len(encoded)
        last = _Last(header=header, start=size, size=size, durable=size, offsets=array("I"))
        self._file = self._files.open_append(self._reader.path(header.sequence))
        self._digest = hashlib.sha256(encoded)
        with self._lock:
            self._manifest, self._last, self._sealed = manifest, last, (*self._sealed, sealed)

    def _seal(self) -> SealedSegment:
        last = self._last
        assert self._last_height is not None, "only a segment with records is sealed"
        seal = Seal(
            first_height=last.header.first_height,
            last_height=self._last_height,
            digest=self._digest.digest(),
            offsets=big_endian(last.offsets),
        )
        record = encode_seal(seal, at=last.size, tag=last.header.tag)
        self._file.write(record)
        self._file.sync_data()
        self._file.close()
        return sealed_segment(last.header, seal, start=last.start, at=last.size, size=last.size + len(record))

    def _stretch(self, sequence: int) -> Stretch:
        with self._lock:
            if sequence == self._last.header.sequence:
                return self._last_stretch()
            index = sequence - self._manifest.first
            if not 0 <= index < len(self._sealed):
                raise self._reader.pruned(sequence)
            return stretch_of(self._sealed[index])

    def _last_stretch(self) -> Stretch:
        header = self._last.header
        return Stretch(
            sequence=header.sequence,
            tag=header.tag,
            start=self._last.start,
            end=self._last.size,
            first_height=header.first_height,
        )

    @contextmanager
    def _sound_or_poisoned(self) -> Iterator[None]:
        """Poison the log where the block does not come to its end."""
        self._require_sound()
        done = False
        try:
            yield
            done = True
        finally:
            self._poisoned = self._poisoned or not done

    def _require_sound(self) -> None:
        if self._poisoned:
            reason = "closed, or a write failed before"
            raise DiskFailure(operation="refused", path=self._directory, reason=reason)


def _entry(stretch: Stretch, record: Record) -> LogEntry:
    position = Position(segment=stretch.sequence, offset=record.offset)
    return LogEntry(position=position, kind=record.kind, height=record.height, payload=record.data)
