"""``SegmentLog`` on the real disk: append, roll over, read from threads, prune, verify."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from p2pchain.model.errors import Corrupt, Refused
from p2pchain.storage.files import Disk, DiskFailure, write_atomically
from p2pchain.storage.layout import segment_name
from p2pchain.storage.record_scan import read_header
from p2pchain.storage.segments import DATA_BYTES_MAX, Position, SegmentLog
from tests.unit.storage.small_logs import KIND, expected, payload_of, spec_of

DISK = Disk()


def filled_on(home: Path, *, heights: int, segment_bytes: int) -> SegmentLog:
    spec = spec_of(segment_bytes=segment_bytes)
    SegmentLog.create(DISK, home, spec, first_height=1)
    log = SegmentLog.open(DISK, home, spec)
    for height in range(1, heights + 1):
        log.append(KIND, payload_of(height), height)
    log.sync()
    return log


def test_records_survive_roll_over_and_reopening(tmp_path: Path) -> None:
    log = filled_on(tmp_path / "log", heights=40, segment_bytes=600)
    statistics = log.verify()
    assert statistics.records == 40
    assert statistics.segments > 4
    assert statistics.bytes_unsynced == 0
    assert statistics.bytes_total == sum(file.stat().st_size for file in (tmp_path / "log").glob("*.seg"))
    log.close()
    again = SegmentLog.open(DISK, tmp_path / "log", spec_of(segment_bytes=600))
    assert [(entry.height, entry.payload) for entry in again.entries()] == expected(40)
    assert [entry.height for entry in again.entries(33)] == list(range(33, 41))
    assert list(again.entries(41)) == []
    assert again.statistics() == statistics
    again.close()


def test_every_height_is_found_by_index_in_sealed_and_growing_segments(tmp_path: Path) -> None:
    log = filled_on(tmp_path / "log", heights=40, segment_bytes=600)
    for height in range(1, 41):
        position = log.position_of(height)
        assert position is not None
        assert log.read(position, height=height).payload == payload_of(height)
        with pytest.raises(Corrupt) as caught:
            log.read(position, height=height + 1)
        assert caught.value.facts["height"] == height + 1
    assert log.position_of(0) is None
    assert log.position_of(41) is None
    with pytest.raises(Corrupt):
        log.read(Position(segment=1, offset=3))
    log.close()


def test_large_records_pass_every_read_window(tmp_path: Path) -> None:
    spec = spec_of(segment_bytes=4_000_000)
    SegmentLog.create(DISK, tmp_path / "log", spec, first_height=1)
    log = SegmentLog.open(DISK, tmp_path / "log", spec)
    sizes = [0, 1, 16_343, 16_344, 16_345, 1_048_535, 1_048_536, 1_048_537, 5_000_000, 0, 3]
    for height, size in enumerate(sizes, start=1):
        log.append(KIND, bytes([height]) * size, height)
    log.sync()
    log.verify()
    log.close()
    again = SegmentLog.open(DISK, tmp_path / "log", spec)
    assert [len(entry.payload) for entry in again.entries()] == sizes
    for height, size in enumerate(sizes, start=1):
        position = again.position_of(height)
        assert position is not None
        assert again.read(position).payload == bytes([height]) * size
    again.close()


def test_what_is_our_own_fault_is_an_assertion(tmp_path: Path) -> None:
    log = filled_on(tmp_path / "log", heights=2, segment_bytes=600)
    for kind, payload, height in [(31, b"", 3), (256, b"", 3), (KIND, b"", 2), (KIND, b"", 4)]:
        with pytest.raises(AssertionError):
            log.append(kind, payload, height)
    with pytest.raises(AssertionError):
        log.append(KIND, bytes(DATA_BYTES_MAX + 1), 3)
    log.append(KIND, payload_of(3), 3)
    log.close()


def test_pruning_unlinks_whole_segments_and_survives_reopening(tmp_path: Path) -> None:
    home = tmp_path / "log"
    log = filled_on(home, heights=40, segment_bytes=600)
    files_before = len(list(home.glob("*.seg")))
    old = log.position_of(3)
    assert old is not None
    removed = log.prune_below(20)
    assert removed > 0
    assert len(list(home.glob("*.seg"))) == files_before - removed
    first = log.first_height
    assert 1 < first <= 20
    assert log.position_of(first - 1) is None
    with pytest.raises(Refused) as caught:
        log.read(old)
    assert caught.value.code == "HEIGHT_PRUNED"
    assert [entry.height for entry in log.entries()] == list(range(first, 41))
    assert log.prune_below(first) == 0
    log.verify()
    log.close()
    again = SegmentLog.open(DISK, home, spec_of(segment_bytes=600))
    assert again.first_height == first
    again.roll()
    assert again.prune_below(1_000) > 0
    assert list(again.entries()) == []
    assert (again.first_height, again.next_height) == (41, 41)
    again.close()
    emptied = SegmentLog.open(DISK, home, spec_of(segment_bytes=600))
    assert (emptied.first_height, emptied.next_height) == (41, 41)
    emptied.append(KIND, payload_of(41), 41)
    emptied.sync()
    assert [entry.height for entry in emptied.entries()] == [41]
    emptied.close()


def test_a_changed_sealed_segment_fails_its_digest_even_with_a_right_crc(tmp_path: Path) -> None:
    """CRC-32 is against accidents; a record that somebody replaced, CRC and all, is caught by the chain of
    digests.
    """
    home, other = tmp_path / "log", tmp_path / "other"
    spec = spec_of(segment_bytes=600)
    filled_on(home, heights=20, segment_bytes=600).close()
    header = read_header(DISK, home / segment_name(1))
    assert header is not None
    tag = header.header.tag
    SegmentLog.create(DISK, other, spec, first_height=1, entropy=lambda _: tag)
    forged = SegmentLog.open(DISK, other, spec)
    forged.append(KIND, b"forged".ljust(20), 1)
    forged.close()
    original = (home / segment_name(1)).read_bytes()
    begun = (other / segment_name(1)).read_bytes()
    (home / segment_name(1)).write_bytes(begun + original[len(begun) :])
    again = SegmentLog.open(DISK, home, spec)
    assert next(again.entries()).payload == b"forged".ljust(20)
    with pytest.raises(Corrupt) as caught:
        again.verify()
    assert (caught.value.facts["segment"], caught.value.facts["reason"]) == (1, "digest of the segment")
    again.close()


def test_threads_read_while_another_appends_rolls_and_prunes(tmp_path: Path) -> None:
    """Every read gives the right record, or says that its height is pruned; nothing else ever comes out."""
    spec = spec_of(segment_bytes=2_000)
    SegmentLog.create(DISK, tmp_path / "log", spec, first_height=1)
    log = SegmentLog.open(DISK, tmp_path / "log", spec)
    done = threading.Event()

    def read_on() -> int:
        read = 0
        while not done.is_set() or read == 0:
            height = log.next_height - 1 - read % 40
            position = log.position_of(height) if height > 0 else None
            if position is None:
                done.wait(0.001)
                continue
            with suppress(Refused):
                assert log.read(position, height=height).payload == payload_of(height)
                for entry in log.entries(height):
                    assert entry.payload == payload_of(entry.height)
            read += 1
        return read

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read_on) for _ in range(2)]
        try:
            for height in range(1, 1_500):
                log.append(KIND, payload_of(height), height)
                if height % 100 == 0:
                    log.sync()
                    log.prune_below(height - 150)
        finally:
            done.set()
        assert all(reader.result(timeout=30) > 0 for reader in readers)
    assert log.first_height > 1_000
    log.close()


def test_closed_log_refuses(tmp_path: Path) -> None:
    log = filled_on(tmp_path / "log", heights=2, segment_bytes=600)
    log.close()
    with pytest.raises(DiskFailure):
        log.append(KIND, b"", 3)


def test_disk_failures_name_operation_path_and_errno(tmp_path: Path) -> None:
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: DISK.open_append(tmp_path), "open"),
        (lambda: DISK.read(tmp_path, 0, 1), "read"),
        (lambda: DISK.unlink(tmp_path), "unlink"),
    ]
    for attempt, operation in attempts:
        with pytest.raises(DiskFailure) as caught:
            attempt()
        assert caught.value.facts["operation"] == operation
        assert caught.value.facts["path"] == str(tmp_path)
        assert isinstance(caught.value.facts["errno"], int)


def test_full_disk_is_a_disk_failure() -> None:
    file = DISK.open_append(Path("/dev/full"))
    with pytest.raises(DiskFailure) as caught:
        file.write(b"x")
    assert caught.value.facts["reason"] == "No space left on device"
    file.close()


def test_write_atomically_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "file"
    (tmp_path / "file.tmp").write_bytes(b"left by a crash")
    write_atomically(DISK, path, b"one")
    write_atomically(DISK, path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o777 == 0o600
