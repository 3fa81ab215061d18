"""Opening a log: what a crash may have left undone is finished or cut, and anything else is refused by name.

A log is a directory with a ``MANIFEST`` and segments ``first`` to ``last``; all but the last are sealed. The
steps that change this, in their order, each durable before the next, and what opening does about a crash
behind it:

==================================  ======================================================================
creation: directory, segment 1      no manifest: the log was never created; ``create_log`` may run again
creation: manifest                  complete
roll-over: sealing the last         a torn seal is a torn tail; a whole one: the next segment is made now
roll-over: next segment, by rename  one segment more than the manifest says: taken if its header holds
roll-over: manifest                 complete
pruning: manifest, higher first     segments below ``first`` are unlinked now
pruning: unlinking                  complete
==================================  ======================================================================

A missing manifest, a missing segment, or a broken header of a segment that the manifest names cannot come
from a crash. Sealed segments are opened by header, seal and chain of digests, not read through: whoever
iterates checks every CRC, and ``SegmentLog.verify`` every digest. The last segment is always read through,
after ``settle`` has made durable what it shows: a record that a killed process wrote but did not fsync must
not be believed and then lost.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from pathlib import Path

from p2pchain.model.errors import Corrupt, Fact
from p2pchain.storage.creation import Entropy, SealedSegment, begin_segment, sealed_segment, write_manifest
from p2pchain.storage.files import TEMPORARY_SUFFIX, FileSystem
from p2pchain.storage.layout import (
    HEADER_BYTES_MAX,
    MANIFEST_NAME,
    OFFSET_BYTES,
    LogSpec,
    Manifest,
    SegmentHeader,
    corrupt,
    decode_manifest,
    hint_for,
    segment_name,
    segment_sequence,
)
from p2pchain.storage.record_scan import (
    FoundHeader,
    FoundSeal,
    flaw_of_tail,
    height_after,
    out_of_place,
    read_header,
    read_seal,
    testimony,
    walk,
)
from p2pchain.storage.records import (
    HEAD_BYTES,
    KIND_MANIFEST,
    Broken,
    Record,
    framed_size,
    unframe,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Tail that opening cut from the last segment: ``bytes_cut`` bytes from ``offset`` on, for a ``Flaw``."""

    segment: int
    offset: int
    bytes_cut: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSegment:
    """The last segment as found: ``offsets`` of its records, all ``size`` bytes are durable. ``last_height``:
    of the log, None if empty.
    """

    header: SegmentHeader
    start: int
    size: int
    last_height: int | None
    offsets: array[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredLog:
    """A log that holds together, ready to go on."""

    manifest: Manifest
    sealed: tuple[SealedSegment, ...]
    last: OpenSegment
    recovery: Recovery | None


def recover(files: FileSystem, directory: Path, spec: LogSpec, *, entropy: Entropy) -> RecoveredLog:
    """Open a log, finish what a crash interrupted, cut a torn tail.

    Raises ``Corrupt``: ``LOG_MISSING`` without a manifest, ``LOG_FOREIGN`` for another chain's,
    ``SEGMENT_MISSING``, and ``LOG_CORRUPT`` with segment, offset and height for anything that a crash cannot
    have left.
    """
    manifest = read_manifest(files, directory, spec)
    files.sync_directory(directory)
    newest = _tidy(files, directory, spec, manifest)
    recovery = None
    if newest > manifest.last and read_header(files, directory / segment_name(newest)) is None:
        recovery = _drop_unborn(files, directory, spec, manifest, newest)
        newest = manifest.last
    sealed: list[SealedSegment] = []
    expected = manifest.first_height
    for sequence in range(manifest.first, newest + 1):
        header = _open_header(files, directory, spec, sequence, sealed[-1] if sealed else None, expected)
        path = directory / segment_name(sequence)
        if sequence == newest:
            files.settle(path)
        seal = _open_seal(files, directory, spec, header)
        if seal is not None:
            at, size = seal.record.offset, seal.record.end
            sealed.append(sealed_segment(header.header, seal.seal, start=header.end, at=at, size=size))
            expected = height_after(spec, seal.seal.last_height)
        elif sequence < newest:
            raise corrupt(
                spec,
                directory,
                sequence=sequence,
                offset=files.size(path),
                height=expected,
                reason="seal does not hold",
            )
    if sealed and sealed[-1].sequence == newest:
        begin_segment(files, directory, spec, entropy=entropy, after=sealed[-1])
        newest += 1
        header = _open_header(files, directory, spec, newest, sealed[-1], expected)
    last, cut = _open_last(files, directory, spec, header, sealed[-1].last_height if sealed else None)
    if newest != manifest.last:
        manifest = replace(manifest, last=newest)
        write_manifest(files, directory, manifest)
    return RecoveredLog(manifest=manifest, sealed=tuple(sealed), last=last, recovery=cut or recovery)


def read_manifest(files: FileSystem, directory: Path, spec: LogSpec) -> Manifest:
    """Read the manifest, which is only ever replaced whole; raises ``Corrupt`` ``LOG_MISSING``,
    ``LOG_CORRUPT``, ``LOG_FOREIGN``.
    """
    path = directory / MANIFEST_NAME
    facts: dict[str, Fact] = {"log": spec.name, "file": str(path)}
    if not files.exists(path):
        raise Corrupt("LOG_MISSING", facts, hint="the other members have the chain: p2pchain repair")
    record = files.read(path, 0, HEADER_BYTES_MAX)
    size = framed_size(record, 0) if len(record) >= HEAD_BYTES else None
    frame = unframe(record, 0, size) if size == len(record) else None
    manifest = decode_manifest(frame[1]) if frame is not None and frame[0] == KIND_MANIFEST else None
    if manifest is None:
        raise Corrupt(
            "LOG_CORRUPT",
            {**facts, "segment": 0, "offset": 0, "height": 0, "reason": "manifest"},
            hint=hint_for(spec),
        )
    if (manifest.name, manifest.genesis) != (spec.name, spec.genesis):
        mismatch = {
            **facts,
            "genesis": manifest.genesis.hex(),
            "expected": spec.genesis.hex(),
            "found": manifest.name,
        }
        raise Corrupt("LOG_FOREIGN", mismatch, hint="this directory belongs to another chain or log")
    return manifest


def _tidy(files: FileSystem, directory: Path, spec: LogSpec, manifest: Manifest) -> int:
    """Remove the leftovers of an interrupted write or pruning; return the newest sequence number, all from
    ``first`` on being there.
    """
    names = files.list_directory(directory)
    sequences = sorted(sequence for name in names if (sequence := segment_sequence(name)) is not None)
    stale = [name for name in names if name.endswith(TEMPORARY_SUFFIX)]
    stale += [segment_name(sequence) for sequence in sequences if sequence < manifest.first]
    for name in stale:
        files.unlink(directory / name)
    if stale:
        files.sync_directory(directory)
    kept = [sequence for sequence in sequences if sequence >= manifest.first]
    newest = max(manifest.last, kept[-1] if kept else 0)
    missing = sorted(set(range(manifest.first, newest + 1)) - set(kept))
    if missing or newest > manifest.last + 1:
        facts: dict[str, Fact] = {
            "log": spec.name,
            "segment": missing[0] if missing else newest,
            "first": manifest.first,
            "last": manifest.last,
            "directory": str(directory),
        }
        raise Corrupt("SEGMENT_MISSING" if missing else "SEGMENT_UNEXPECTED", facts, hint=hint_for(spec))
    return newest


def _drop_unborn(
    files: FileSystem, directory: Path, spec: LogSpec, manifest: Manifest, sequence: int
) -> Recovery:
    """Remove a segment whose making a crash interrupted: not in the manifest, and no bigger than a header."""
    path = directory / segment_name(sequence)
    size = files.size(path)
    if size > HEADER_BYTES_MAX:
        raise corrupt(
            spec, directory, sequence=sequence, offset=0, height=manifest.first_height, reason="header"
        )
    files.unlink(path)
    files.sync_directory(directory)
    return Recovery(segment=sequence, offset=0, bytes_cut=size, reason="header")


def _open_header(
    files: FileSystem,
    directory: Path,
    spec: LogSpec,
    sequence: int,
    before: SealedSegment | None,
    first_height: int,
) -> FoundHeader:
    header = read_header(files, directory / segment_name(sequence))
    reason = None
    if header is None:
        reason = "header does not hold"
    elif (header.header.name, header.header.genesis) != (spec.name, spec.genesis):
        reason = "header of another log or chain"
    elif header.header.sequence != sequence or header.header.first_height != first_height:
        reason = "header of another segment"
    elif before is not None and header.header.previous != before.digest:
        reason = "digest of the previous segment differs"
    if header is None or reason is not None:
        raise corrupt(
            spec, directory, sequence=sequence, offset=0, height=first_height, reason=reason or "header"
        )
    return header


def _open_seal(files: FileSystem, directory: Path, spec: LogSpec, header: FoundHeader) -> FoundSeal | None:
    sequence, first_height = header.header.sequence, header.header.first_height
    path = directory / segment_name(sequence)
    found_seal = read_seal(files, path, files.size(path), tag=header.header.tag)
    if found_seal is None:
        return None
    seal, count = found_seal.seal, len(found_seal.seal.offsets) // OFFSET_BYTES
    in_order = seal.first_height == first_height <= seal.last_height
    if spec.dense:
        in_order = in_order and seal.last_height == first_height + count - 1
    if not in_order:
        offset = found_seal.record.offset
        raise corrupt(
            spec,
            directory,
            sequence=sequence,
            offset=offset,
            height=first_height,
            reason="heights of the seal",
        )
    return found_seal


def _open_last(
    files: FileSystem, directory: Path, spec: LogSpec, header: FoundHeader, last_height: int | None
) -> tuple[OpenSegment, Recovery | None]:
    """Read the last segment through; cut its tail where it is torn."""
    sequence, tag = header.header.sequence, header.header.tag
    path = directory / segment_name(sequence)
    end = files.size(path)
    offsets: array[int] = array("I")
    expected = header.header.first_height
    size = header.end
    recovery = None
    for item in walk(files, path, start=header.end, end=end, tag=tag):
        match item:
            case Record(offset=offset) if wrong := out_of_place(spec, item, expected):
                raise corrupt(
                    spec, directory, sequence=sequence, offset=offset, height=expected, reason=wrong
                )
            case Record(offset=offset, height=height):
                offsets.append(offset)
                last_height, expected, size = height, height_after(spec, height), item.end
            case Broken(offset=offset, flaw=flaw):
                witness = testimony(files, path, broken_at=offset, end=end, tag=tag)
                if witness is not None:
                    reason = f"{flaw}, and the record at {witness.offset} says that it was durable"
                    raise corrupt(
                        spec, directory, sequence=sequence, offset=offset, height=expected, reason=reason
                    )
                reason = flaw_of_tail(files, path, broken=item, end=end)
                files.truncate(path, offset)
                recovery = Recovery(segment=sequence, offset=offset, bytes_cut=end - offset, reason=reason)
    last = OpenSegment(
        header=header.header, start=header.end, size=size, last_height=last_height, offsets=offsets
    )
    return last, recovery
