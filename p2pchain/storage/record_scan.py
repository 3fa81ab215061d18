"""Reading a segment record by record, and the judgement on one that ends badly: torn, or damaged?

**The judgement.** A crash may leave behind the last fsync whatever it likes: part of a record, zeros, or,
when several records were written before one fsync, a later one whole and an earlier one not, for the kernel
writes pages in any order. Damage may look the same: a flipped bit in a length makes framing run off the end
of the file. So the shape of the bytes decides nothing. What decides is testimony: every record tells how much
of its segment was durable when it was written. Where a record does not hold at offset B, the rest of the file
is searched for whole records of this segment (they carry its random tag, so no payload can pretend to be
one):

- one of them says that more than B bytes were durable: what lies at B was fsynced and has changed since.
  **Damage.**
- none does: nothing behind B was ever confirmed to anybody, as far as the file can tell. **Torn tail**, cut
  at B.

One case no file can tell apart, and it is decided for the torn tail: damage to what was written by the very
last fsync before the process ended, for nothing was written later that could testify. It is reported as a
cut, never hidden. It rests on one assumption, as do other logs: writing behind a record does not harm the
bytes before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.storage.files import FileSystem
from p2pchain.storage.layout import (
    HEADER_BYTES_MAX,
    SEAL_END_BYTES,
    LogSpec,
    Seal,
    SegmentHeader,
    decode_header,
    decode_seal,
    decode_seal_end,
)
from p2pchain.storage.records import (
    HEAD_BYTES,
    KIND_CALLER_MIN,
    KIND_HEADER,
    KIND_SEAL,
    Broken,
    Flaw,
    Record,
    find_marked,
    framed_size,
    parse,
    unframe,
)

WINDOW_BYTES: Final = 1_048_576
"""How much of a file is read at once."""
RECORD_READ_BYTES: Final = 16_384
"""First read of a single record; a longer one takes a second read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHeader:
    """A header whose CRC held, and the offset of the first record behind it."""

    header: SegmentHeader
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSeal:
    """A seal whose CRC held, and its record."""

    seal: Seal
    record: Record


def read_header(files: FileSystem, path: Path) -> FoundHeader | None:
    """Read the header of a segment, or None where it does not hold."""
    buffer = files.read(path, 0, HEADER_BYTES_MAX)
    size = framed_size(buffer, 0) if len(buffer) >= HEAD_BYTES else None
    if size is None or size > len(buffer):
        return None
    kind_and_payload = unframe(buffer, 0, size)
    if kind_and_payload is None or kind_and_payload[0] != KIND_HEADER:
        return None
    header = decode_header(kind_and_payload[1])
    return FoundHeader(header=header, end=size) if header is not None else None


def read_record(files: FileSystem, path: Path, offset: int, *, tag: bytes) -> Record | Broken:
    """Read the one record at ``offset``. Any thread may call it."""
    buffer = files.read(path, offset, RECORD_READ_BYTES)
    size = framed_size(buffer, 0) if len(buffer) >= HEAD_BYTES else None
    if size is not None and size > len(buffer) == RECORD_READ_BYTES:
        buffer += files.read(path, offset + len(buffer), size - len(buffer))
    return parse(buffer, 0, offset=offset, tag=tag)


def read_seal(files: FileSystem, path: Path, size: int, *, tag: bytes) -> FoundSeal | None:
    """Read the seal at the end of a segment of ``size`` bytes, or None where none holds there."""
    at = decode_seal_end(files.read(path, max(0, size - SEAL_END_BYTES), SEAL_END_BYTES))
    if at is None or at >= size:
        return None
    match read_record(files, path, at, tag=tag):
        case Record(kind=kind, end=end, data=data) as record if kind == KIND_SEAL and end == size:
            seal = decode_seal(data, at=at, tag=tag)
            return FoundSeal(seal=seal, record=record) if seal is not None else None
        case _:
            return None


def walk(files: FileSystem, path: Path, *, start: int, end: int, tag: bytes) -> Iterator[Record | Broken]:
    """Yield every record from offset ``start`` to ``end``; where one does not hold, a ``Broken`` is the
    last.
    """
    window, base, at = b"", start, start
    wanted = HEAD_BYTES
    while at < end:
        if at + wanted > base + len(window) and base + len(window) < end:
            window, base = files.read(path, at, min(max(WINDOW_BYTES, wanted), end - at)), at
            if len(window) < min(wanted, end - at):
                yield Broken(offset=at, flaw=Flaw.INCOMPLETE)
                return
        inside = at - base
        size = framed_size(window, inside) if len(window) - inside >= HEAD_BYTES else None
        if size is not None and size > len(window) - inside and at + size <= end:
            wanted = size
            continue
        record = parse(window, inside, offset=at, tag=tag)
        yield record
        if isinstance(record, Broken):
            return
        at, wanted = record.end, HEAD_BYTES


def testimony(files: FileSystem, path: Path, *, broken_at: int, end: int, tag: bytes) -> Record | None:
    """Find a whole record behind ``broken_at`` that says that more than ``broken_at`` bytes had been durable,
    or None.
    """
    rest = files.read(path, broken_at, end - broken_at)
    record = find_marked(rest, 1, base=broken_at, tag=tag)
    while record is not None and record.durable <= broken_at:
        record = find_marked(rest, record.offset - broken_at + 1, base=broken_at, tag=tag)
    return record


def flaw_of_tail(files: FileSystem, path: Path, *, broken: Broken, end: int) -> Flaw:
    """Return ``ZEROS`` where nothing but zeros follows up to ``end``, else the flaw that framing returned."""
    at = broken.offset
    while at < end:
        chunk = files.read(path, at, min(WINDOW_BYTES, end - at))
        if not chunk or chunk.count(0) != len(chunk):
            return broken.flaw
        at += len(chunk)
    return Flaw.ZEROS


def feed_digest(files: FileSystem, path: Path, size: int, update: Callable[[bytes], None]) -> None:
    """Feed the first ``size`` bytes of a file to ``update``, window by window."""
    for at in range(0, size, WINDOW_BYTES):
        update(files.read(path, at, min(WINDOW_BYTES, size - at)))


def height_after(spec: LogSpec, height: int) -> int:
    """Return the lowest height that may follow ``height``."""
    return height + 1 if spec.dense else height


def out_of_place(spec: LogSpec, record: Record, expected: int) -> str:
    """Return the fault of a whole record where ``expected`` is the lowest height that may come; empty where
    there is none.
    """
    if record.kind < KIND_CALLER_MIN:
        return f"record of kind {record.kind} among the data"
    if record.height != expected if spec.dense else record.height < expected:
        return f"height {record.height} follows out of order"
    if record.durable > record.offset:
        return "record claims bytes behind itself"
    return ""
