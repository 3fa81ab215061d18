"""Small logs on simulated disks, for the tests of storage."""

from __future__ import annotations

from pathlib import Path

from p2pchain.storage.layout import LogSpec
from p2pchain.storage.segments import SegmentLog
from p2pchain.storage.simulated import SimulatedDisk

HOME = Path("/log")
GENESIS = bytes(range(32))
KIND = 40


def spec_of(*, segment_bytes: int = 1 << 20, dense: bool = True) -> LogSpec:
    """A log named ``small``."""
    return LogSpec(name="small", genesis=GENESIS, dense=dense, segment_bytes=segment_bytes)


def tags(count: int) -> bytes:
    """Entropy of a test: the same tag for every segment would hide a confusion of segments, but none is made
    here.
    """
    return bytes(0xA0 + index for index in range(count))


def payload_of(height: int, size: int = 20) -> bytes:
    """Bytes that differ from height to height, and hold no zero."""
    return bytes(1 + (height * 31 + index * 7) % 255 for index in range(size))


def created(disk: SimulatedDisk, spec: LogSpec) -> SimulatedDisk:
    """The disk with an empty log in ``HOME``, first height 1."""
    SegmentLog.create(disk, HOME, spec, first_height=1, entropy=tags)
    return disk


def opened(disk: SimulatedDisk, spec: LogSpec) -> SegmentLog:
    """The log in ``HOME``."""
    return SegmentLog.open(disk, HOME, spec, entropy=tags)


def filled(spec: LogSpec, heights: int, *, payload_bytes: int = 20) -> SimulatedDisk:
    """A disk with a log of heights 1 to ``heights``, each synced alone."""
    disk = created(SimulatedDisk(), spec)
    log = opened(disk, spec)
    for height in range(1, heights + 1):
        log.append(KIND, payload_of(height, payload_bytes), height)
        log.sync()
    log.close()
    return disk


def copied(disk: SimulatedDisk) -> SimulatedDisk:
    """Another disk with the same files in ``HOME``, all durable."""
    other = SimulatedDisk()
    other.make_directory(HOME)
    for name in disk.list_directory(HOME):
        other.replace(HOME / name, disk.read(HOME / name, 0, disk.size(HOME / name)))
    return other


def contents(log: SegmentLog) -> list[tuple[int, bytes]]:
    """(height, payload) of every record."""
    return [(entry.height, entry.payload) for entry in log.entries()]


def expected(heights: int, payload_bytes: int = 20) -> list[tuple[int, bytes]]:
    """What ``filled`` wrote."""
    return [(height, payload_of(height, payload_bytes)) for height in range(1, heights + 1)]
