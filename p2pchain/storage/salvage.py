"""Readable records of a damaged chain log, wherever they lie.

Opening a log refuses it whole where anything does not hold. Here nothing is refused: a record counts whose
CRC holds and which carries the tag of its segment's header. What the records mean, and whether they fit
together, is for whoever asked to find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from p2pchain.model.errors import Corrupt
from p2pchain.storage.chain import CHAIN_LOG, KIND_BLOCK
from p2pchain.storage.files import FileSystem
from p2pchain.storage.layout import segment_sequence
from p2pchain.storage.record_scan import FoundHeader, read_header, read_record
from p2pchain.storage.records import HEAD_BYTES, Record, find_marked, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place of a whole record in a file."""

    path: Path
    offset: int
    tag: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """The whole records of a log by height, and the height with which it began as far as can be told."""

    first_height: int
    places: dict[int, Place]

    @property
    def tip(self) -> int:
        """The highest height of a whole record; one less than ``first_height`` where there is none."""
        return max(self.places, default=self.first_height - 1)

    @property
    def lost(self) -> tuple[range, ...]:
        """Heights up to ``tip`` that no whole record has, in runs."""
        runs: list[range] = []
        for height in range(self.first_height, self.tip + 1):
            if height in self.places:
                continue
            if runs and runs[-1].stop == height:
                runs[-1] = range(runs[-1].start, height + 1)
            else:
                runs.append(range(height, height + 1))
        return tuple(runs)


def salvage(files: FileSystem, directory: Path, *, genesis: bytes) -> Salvage:
    """Look through every segment of the chain with this genesis digest; nothing is changed. Raises
    ``DiskFailure``.
    """
    places: dict[int, Place] = {}
    first: int | None = None
    for name in files.list_directory(directory):
        path = directory / name
        header = None if segment_sequence(name) is None else read_header(files, path)
        if header is None or (header.header.name, header.header.genesis) != (CHAIN_LOG, genesis):
            continue
        first = header.header.first_height if first is None else min(first, header.header.first_height)
        for record in _whole_records(files, path, header):
            if record.kind == KIND_BLOCK:
                place = Place(path=path, offset=record.offset, tag=header.header.tag)
                places.setdefault(record.height, place)
    return Salvage(first_height=1 if first is None else first, places=places)


def read_place(files: FileSystem, place: Place) -> bytes:
    """Read the payload of a record that ``salvage`` returned; ``Corrupt("LOG_CORRUPT")`` where it went bad
    since.
    """
    record = read_record(files, place.path, place.offset, tag=place.tag)
    if isinstance(record, Record):
        return record.data
    raise Corrupt(
        "LOG_CORRUPT", {"file": str(place.path), "offset": place.offset, "reason": "went bad just now"}
    )


def _whole_records(files: FileSystem, path: Path, header: FoundHeader) -> Iterator[Record]:
    tag, at = header.header.tag, header.end
    data = files.read(path, 0, files.size(path))
    while at + HEAD_BYTES <= len(data):
        record = parse(data, at, offset=at, tag=tag)
        if not isinstance(record, Record):
            behind = find_marked(data, at + 1, base=0, tag=tag)
            if behind is None:
                return
            record = behind
        yield record
        at = record.end
