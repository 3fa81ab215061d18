"""Power lost, process killed or disk refusing at every single operation of a log's life: what was synced is
there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from p2pchain.model.errors import Refused
from p2pchain.storage.creation import log_exists
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.layout import HEADER_BYTES_MAX, MANIFEST_NAME, SEGMENT_SUFFIX
from p2pchain.storage.segments import SegmentLog
from p2pchain.storage.simulated import PowerLost, SimulatedDisk
from tests.unit.storage.small_logs import (
    HOME,
    KIND,
    contents,
    created,
    expected,
    filled,
    opened,
    payload_of,
    spec_of,
)

SPEC = spec_of(segment_bytes=400)
HEIGHTS = 14
PRUNE_AT = 11
BATCH = 3


class Countdown:
    """A watch that raises at the ``after``-th operation, counted from when it was armed."""

    def __init__(self, failure: Callable[[str, Path], Exception]) -> None:
        self.after = -1
        self.seen: list[str] = []
        self._failure = failure

    def __call__(self, operation: str, path: Path) -> None:
        """See ``Watch``."""
        self.seen.append(operation)
        if self.after == 0:
            self.after = -1
            raise self._failure(operation, path)
        self.after -= self.after > 0


def power_lost(_operation: str, _path: Path) -> Exception:
    return PowerLost()


def refused(operation: str, path: Path) -> Exception:
    return DiskFailure(operation=operation, path=path, reason="Input/output error", errno=5)


class Life:
    """Appends to a log in batches, with roll-overs and one pruning; knows what was appended, synced and
    pruned.
    """

    def __init__(self, watch: Countdown) -> None:
        self.disk = SimulatedDisk(watch=watch)
        self.watch = watch
        created(self.disk, SPEC)
        self.appended = 0
        self.synced = 0
        self.pruned_below = 0

    def go_on(self, log: SegmentLog) -> None:
        """Up to ``HEIGHTS``."""
        while self.appended < HEIGHTS:
            self.appended += 1
            log.append(KIND, payload_of(self.appended), self.appended)
            if self.appended % BATCH == 0:
                log.sync()
                self.synced = self.appended
            if self.appended == PRUNE_AT:
                self.pruned_below = 5
                log.prune_below(5)

    def check(self, log: SegmentLog) -> None:
        """All that was synced is there, in order, and nothing that was never appended; the log can go on."""
        found = contents(log)
        heights = [height for height, _ in found]
        first, last = (heights[0], heights[-1]) if heights else (1, 0)
        assert found == [(height, payload_of(height)) for height in range(first, last + 1)]
        assert self.synced <= last <= self.appended
        assert first <= max(1, self.pruned_below)
        assert log.first_height == first or not heights
        assert log.statistics().segments == segment_files(self.disk)
        log.verify()
        self.appended = self.synced = last
        if self.appended >= PRUNE_AT:
            log.prune_below(5)
        self.watch.after = -1
        self.go_on(log)
        assert [height for height, _ in contents(log)][-1] == HEIGHTS


def segment_files(disk: SimulatedDisk) -> int:
    return sum(name.endswith(SEGMENT_SUFFIX) for name in disk.list_directory(HOME))


def operations_of_a_life() -> int:
    watch = Countdown(power_lost)
    life = Life(watch)
    before = len(watch.seen)
    life.go_on(opened(life.disk, SPEC))
    assert life.watch.seen.count("rename") >= 6, "no roll-over in the story"
    assert "unlink" in life.watch.seen, "no pruning in the story"
    return len(watch.seen) - before


@pytest.mark.parametrize("seed", range(6))
def test_power_lost_at_every_operation(seed: int) -> None:
    """Every operation of opening, appending, rolling over and pruning; what survives is chosen six ways."""
    random = Random(seed)
    choose: Callable[[int], int] = random.randrange
    if seed < 2:
        choose = (lambda _: 0) if seed == 0 else (lambda count: count - 1)
    for after in range(operations_of_a_life()):
        watch = Countdown(power_lost)
        life = Life(watch)
        watch.after = after
        with pytest.raises(PowerLost):
            life.go_on(opened(life.disk, SPEC))
        life.disk.crash(choose)
        watch.after = seed if seed >= 2 else -1
        try:
            log = opened(life.disk, SPEC)
        except PowerLost:
            life.disk.crash(choose)
            log = opened(life.disk, SPEC)
        watch.after = -1
        life.check(log)


def test_power_lost_while_sealing_records_that_were_never_synced() -> None:
    """A seal that arrives whole over records that did not would close a segment with holes in it.

    The crash keeps the length of the file and loses sectors of it.
    """
    spec = spec_of(segment_bytes=2_500)
    random = Random(1)
    for attempt in range(200):
        watch = Countdown(power_lost)
        disk = created(SimulatedDisk(watch=watch), spec)
        log = opened(disk, spec)
        for height in (1, 2, 3):
            log.append(KIND, payload_of(height, 700), height)
        watch.after = attempt % 4
        with pytest.raises(PowerLost):
            log.append(KIND, payload_of(4, 700), 4)
        disk.crash(lambda count: random.randrange(2) if count == 2 else count - 1)
        again = opened(disk, spec)
        assert contents(again) == expected(3, 700)[: len(contents(again))]
        again.verify()


def test_process_killed_at_every_operation_then_power_lost() -> None:
    """What a killed process wrote without fsync is read again: opening must make it durable before it is
    believed.
    """
    for after in range(operations_of_a_life()):
        watch = Countdown(power_lost)
        life = Life(watch)
        watch.after = after
        with pytest.raises(PowerLost):
            life.go_on(opened(life.disk, SPEC))
        life.disk.kill()
        believed = contents(opened(life.disk, SPEC))
        life.disk.crash(lambda _: 0)
        log = opened(life.disk, SPEC)
        assert contents(log) == believed
        life.check(log)


def live(life: Life, logs: list[SegmentLog]) -> None:
    """A whole life; the log is put into ``logs`` as soon as it is open."""
    logs.append(opened(life.disk, SPEC))
    life.go_on(logs[0])


def assert_poisoned(log: SegmentLog) -> None:
    """Nothing is written or read any more."""
    attempts: list[Callable[[], object]] = [
        log.sync,
        log.roll,
        log.verify,
        lambda: log.prune_below(2),
        lambda: log.append(KIND, b"", log.next_height),
        lambda: contents(log),
    ]
    for attempt in attempts:
        with pytest.raises(DiskFailure) as caught:
            attempt()
        assert caught.value.facts["operation"] == "refused"


def test_disk_refusing_at_every_operation_poisons_the_log() -> None:
    """The failure comes out, everything is refused from then on; a new process finds all that was synced."""
    for after in range(operations_of_a_life()):
        watch = Countdown(refused)
        life = Life(watch)
        watch.after = after
        logs: list[SegmentLog] = []
        with pytest.raises(DiskFailure) as caught:
            live(life, logs)
        assert caught.value.facts["errno"] == 5
        for log in logs:
            assert_poisoned(log)
        life.disk.kill()
        life.check(opened(life.disk, SPEC))


def test_failed_fsync_is_not_believed_after_a_restart() -> None:
    """The bytes stay visible, though they never reached the disk: opening reads from the medium and finds
    them gone.
    """
    watch = Countdown(refused)
    life = Life(watch)
    log = opened(life.disk, SPEC)
    log.append(KIND, payload_of(1), 1)
    log.sync()
    log.append(KIND, payload_of(2), 2)
    watch.after = 0
    with pytest.raises(DiskFailure):
        log.sync()
    life.disk.kill()
    assert contents(opened(life.disk, SPEC)) == [(1, payload_of(1))]


def test_creation_interrupted_anywhere_is_none_and_can_be_repeated() -> None:
    """Until its manifest is there, no log was created; then it is whole. Creating over one is refused."""
    total = 0
    while True:
        watch = Countdown(power_lost)
        disk = SimulatedDisk(watch=watch)
        watch.after = total
        try:
            created(disk, SPEC)
        except PowerLost:
            disk.crash(Random(total).randrange)
            if not log_exists(disk, HOME):
                created(disk, SPEC)
            assert contents(opened(disk, SPEC)) == []
            total += 1
        else:
            break
    watch.after = -1
    assert total >= 10
    with pytest.raises(Refused) as caught:
        created(disk, SPEC)
    assert caught.value.code == "LOG_EXISTS"


def test_creation_by_a_killed_process_is_made_durable_by_the_next() -> None:
    """The manifest may be seen before its name is durable: who opens the log must not build on that."""
    for after in range(11):
        watch = Countdown(power_lost)
        disk = SimulatedDisk(watch=watch)
        watch.after = after
        with pytest.raises(PowerLost):
            created(disk, SPEC)
        disk.kill()
        if log_exists(disk, HOME):
            log = opened(disk, SPEC)
            log.append(KIND, payload_of(1), 1)
            log.sync()
            disk.crash(lambda _: 0)
            assert contents(opened(disk, SPEC)) == expected(1)


def test_creation_never_overwrites_records_whose_manifest_is_lost() -> None:
    life = Life(Countdown(power_lost))
    life.go_on(opened(life.disk, SPEC))
    life.disk.unlink(HOME / MANIFEST_NAME)
    with pytest.raises(Refused) as caught:
        created(life.disk, SPEC)
    assert caught.value.code == "LOG_EXISTS"


@pytest.mark.parametrize("header", [b"", b"\x83\x1a", bytes(180)])
def test_next_segment_with_a_torn_header_is_made_again(header: bytes) -> None:
    """On a disk that renames before it writes: the manifest does not name the segment yet, so nothing was in
    it.
    """
    disk = filled(SPEC, 3)
    manifest = disk.read(HOME / MANIFEST_NAME, 0, HEADER_BYTES_MAX)
    opened(disk, SPEC).roll()
    following = max(name for name in disk.list_directory(HOME) if name.endswith(SEGMENT_SUFFIX))
    disk.replace(HOME / MANIFEST_NAME, manifest)
    disk.replace(HOME / following, header)
    log = opened(disk, SPEC)
    assert log.recovery is not None
    assert (log.recovery.reason, log.recovery.bytes_cut) == ("header", len(header))
    assert contents(log) == expected(3)
    assert disk.read(HOME / MANIFEST_NAME, 0, HEADER_BYTES_MAX) != manifest
