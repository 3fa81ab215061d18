"""Reading segments that are known to the log: whatever does not hold is ``Corrupt``, named by segment, offset
and height.

Nothing here changes anything, and nothing is kept: any thread may call it, while another appends or prunes.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from p2pchain.model.errors import Fact, Refused
from p2pchain.storage.creation import SealedSegment
from p2pchain.storage.files import FileSystem
from p2pchain.storage.layout import OFFSET_BYTES, LogSpec, corrupt, segment_name
from p2pchain.storage.record_scan import (
    feed_digest,
    height_after,
    out_of_place,
    read_header,
    read_record,
    read_seal,
    walk,
)
from p2pchain.storage.records import Broken, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Records of one segment, from offset ``start`` to ``end``; none lies below ``first_height``."""

    sequence: int
    tag: bytes
    start: int
    end: int
    first_height: int


def stretch_of(sealed: SealedSegment) -> Stretch:
    """Return all records of a sealed segment."""
    return Stretch(
        sequence=sealed.sequence,
        tag=sealed.tag,
        start=sealed.start,
        end=sealed.data_end,
        first_height=sealed.first_height,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReader:
    """Reader of the segments of the log ``spec`` in ``directory``."""

    files: FileSystem
    directory: Path
    spec: LogSpec

    def path(self, sequence: int) -> Path:
        """Return the file of a segment."""
        return self.directory / segment_name(sequence)

    def record(self, stretch: Stretch, offset: int, *, height: int | None) -> Record:
        """Read the record at ``offset``, which must have ``height`` where that is not None. ``Corrupt``,
        ``Refused`` ``HEIGHT_PRUNED``.
        """
        with self._unless_pruned(stretch.sequence):
            record = read_record(self.files, self.path(stretch.sequence), offset, tag=stretch.tag)
        named = stretch.first_height if height is None else height
        match record:
            case Record() if height is not None and record.height != height:
                reason = f"holds height {record.height}"
                raise self._corrupt(stretch.sequence, offset, named, reason)
            case Record():
                return record
            case Broken():
                raise self._corrupt(stretch.sequence, offset, named, record.flaw)

    def records(self, stretch: Stretch) -> Iterator[Record]:
        """Yield every record of the stretch, in order. ``Corrupt`` at the first that does not hold,
        ``Refused`` ``HEIGHT_PRUNED``.
        """
        expected, end = stretch.first_height, stretch.start
        with self._unless_pruned(stretch.sequence):
            path = self.path(stretch.sequence)
            for item in walk(self.files, path, start=stretch.start, end=stretch.end, tag=stretch.tag):
                match item:
                    case Broken():
                        raise self._corrupt(stretch.sequence, item.offset, expected, item.flaw)
                    case Record() if wrong := out_of_place(self.spec, item, expected):
                        raise self._corrupt(stretch.sequence, item.offset, expected, wrong)
                    case Record():
                        expected, end = height_after(self.spec, item.height), item.end
                        yield item
        assert end == stretch.end, f"records end at {end}, not at {stretch.end}"

    def indexed_offset(self, sealed: SealedSegment, height: int) -> int:
        """Return the offset of a height's record, from the index in a seal of a dense log. ``Refused``
        ``HEIGHT_PRUNED``.
        """
        at = sealed.index_at + OFFSET_BYTES * (height - sealed.first_height)
        with self._unless_pruned(sealed.sequence):
            return int.from_bytes(self.files.read(self.path(sealed.sequence), at, OFFSET_BYTES))

    def verify(self, sealed: SealedSegment, previous: bytes | None) -> None:
        """Read a sealed segment through: header, every record, index, digest, and ``previous``, the digest
        before it.
        """
        sequence, path = sealed.sequence, self.path(sealed.sequence)
        offsets = array("I", (record.offset for record in self.records(stretch_of(sealed))))
        with self._unless_pruned(sequence):
            header = read_header(self.files, path)
            seal = read_seal(self.files, path, self.files.size(path), tag=sealed.tag)
            digest = hashlib.sha256()
            feed_digest(self.files, path, sealed.data_end, digest.update)
        if header is None or (previous is not None and header.header.previous != previous):
            raise self._corrupt(
                sequence, 0, sealed.first_height, "header, or its digest of the segment before"
            )
        if seal is None or seal.seal.offsets != big_endian(offsets):
            raise self._corrupt(sequence, sealed.data_end, sealed.first_height, "index of the seal")
        if digest.digest() != seal.seal.digest:
            raise self._corrupt(sequence, 0, sealed.first_height, "digest of the segment")

    def pruned(self, sequence: int) -> Refused:
        """Make the refusal for a segment that is no longer there."""
        facts: dict[str, Fact] = {"log": self.spec.name, "segment": sequence}
        return Refused("HEIGHT_PRUNED", facts, hint="ask a node that keeps the whole chain")

    @contextmanager
    def _unless_pruned(self, sequence: int) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise self.pruned(sequence) from error

    def _corrupt(self, sequence: int, offset: int, height: int, reason: str) -> Exception:
        return corrupt(
            self.spec, self.directory, sequence=sequence, offset=offset, height=height, reason=reason
        )


def big_endian(offsets: array[int]) -> bytes:
    """Decode offsets as a seal holds them: 4 bytes each."""
    return b"".join(offset.to_bytes(OFFSET_BYTES) for offset in offsets)
