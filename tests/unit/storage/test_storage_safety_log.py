"""``SafetyLog``: durable before ``append`` returns, never taken for empty when it is missing, bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.model.errors import Corrupt, Refused
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.layout import MANIFEST_NAME
from p2pchain.storage.safety import SafetyEntry, SafetyLog
from p2pchain.storage.simulated import SimulatedDisk, Watch
from tests.unit.storage.small_logs import GENESIS, payload_of

SAFETY = Path("/safety")


def fresh(watch: Watch | None = None) -> SimulatedDisk:
    disk = SimulatedDisk() if watch is None else SimulatedDisk(watch=watch)
    SafetyLog.create(disk, SAFETY, genesis=GENESIS)
    return disk


def opened_on(disk: SimulatedDisk, chain_height: int = 0) -> SafetyLog:
    return SafetyLog.open(disk, SAFETY, genesis=GENESIS, chain_height=chain_height, segment_bytes=1_000)


def test_what_append_answered_survives_the_loss_of_power() -> None:
    """Nothing unsynced survives this crash; every record was answered for before it."""
    disk = fresh()
    log = opened_on(disk)
    assert log.latest() is None
    for round_ in range(3):
        log.append(5, payload_of(round_))
        disk.crash(lambda _: 0)
        log = opened_on(disk)
        assert log.recovery is None
        assert log.latest() == SafetyEntry(height=5, payload=payload_of(round_))
    assert log.records_of(5) == tuple(payload_of(round_) for round_ in range(3))
    assert log.records_of(4) == log.records_of(6) == ()


@pytest.mark.parametrize("chain_height", [0, 7])
def test_a_missing_log_is_an_error_not_an_empty_one(chain_height: int) -> None:
    for disk in (SimulatedDisk(), fresh()):
        if disk.exists(SAFETY / MANIFEST_NAME):
            disk.unlink(SAFETY / MANIFEST_NAME)
        with pytest.raises(Corrupt) as caught:
            opened_on(disk, chain_height)
        assert caught.value.code == "SAFETY_LOG_MISSING"
        assert caught.value.facts["chain_height"] == chain_height
        assert "sign nothing" in caught.value.hint


def test_a_lost_segment_or_an_emptied_one_is_an_error() -> None:
    disk = fresh()
    log = opened_on(disk)
    log.append(5, payload_of(1))
    segment = SAFETY / "000000000001.seg"
    disk.replace(segment, b"")
    with pytest.raises(Corrupt) as caught:
        opened_on(disk)
    assert caught.value.code == "LOG_CORRUPT"
    disk.unlink(segment)
    with pytest.raises(Corrupt) as caught:
        opened_on(disk)
    assert caught.value.code == "SEGMENT_MISSING"


def test_creating_over_an_existing_log_is_refused() -> None:
    disk = fresh()
    with pytest.raises(Refused) as caught:
        SafetyLog.create(disk, SAFETY, genesis=GENESIS)
    assert caught.value.code == "LOG_EXISTS"


def test_it_stays_small_and_keeps_the_newest_heights() -> None:
    disk = fresh()
    log = opened_on(disk)
    for height in range(1, 300):
        for vote in range(3):
            log.append(height, payload_of(vote, 100))
        assert log.records_of(height) == tuple(payload_of(vote, 100) for vote in range(3))
        if height > 1:
            assert len(log.records_of(height - 1)) == 3
        assert log.statistics().segments <= 3
    reopened = opened_on(disk)
    assert reopened.last_height == 299
    assert reopened.records_of(298) == reopened.records_of(299)
    reopened.verify()


def test_one_height_is_never_thrown_away_however_long_it_lasts() -> None:
    log = opened_on(fresh())
    for vote in range(200):
        log.append(9, payload_of(vote, 100))
    assert log.records_of(9) == tuple(payload_of(vote, 100) for vote in range(200))


def test_after_a_long_absence_the_old_segment_goes_only_when_the_new_record_is_durable() -> None:
    """At no moment does the disk hold a safety log without records."""
    names: list[str] = []

    def watch(operation: str, path: Path) -> None:
        names.append(operation)

    disk = fresh(watch)
    log = opened_on(disk)
    for vote in range(7):
        log.append(3, payload_of(vote, 100))
    names.clear()
    log.append(5_000, payload_of(1, 100))
    assert log.statistics().segments == 1
    assert "fdatasync" in names
    assert max(index for index, name in enumerate(names) if name == "fdatasync") < names.index("unlink")


def test_a_failed_fsync_is_final() -> None:
    failing = False

    def watch(operation: str, path: Path) -> None:
        if failing and operation == "fdatasync":
            raise DiskFailure(operation=operation, path=path, reason="Input/output error", errno=5)

    log = opened_on(fresh(watch))
    log.append(1, b"first")
    failing = True
    with pytest.raises(DiskFailure):
        log.append(1, b"second")
    failing = False
    with pytest.raises(DiskFailure) as caught:
        log.append(1, b"third")
    assert caught.value.facts["operation"] == "refused"
    with pytest.raises(DiskFailure):
        log.latest()
