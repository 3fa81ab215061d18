"""Warnings of the machine with their numbers, and the clean stop before the disk is full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from p2pchain.node.health.early_warnings import full_warning, release_warnings, snapshot_warnings
from p2pchain.node.health.machine import (
    DiskNearlyFull,
    Machine,
    check_room,
    machine_reasons,
    read_machine,
    size_words,
)
from p2pchain.node.health.machine_watch import MachineWatch
from p2pchain.node.home.config import StorageConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.run.exit_codes import EX_IOERR, exit_code
from tests.unit.node.peer_statistics import peer

GIB = 1_073_741_824
WELL = Machine(
    disk_free_bytes=60 * GIB,
    disk_bytes=100 * GIB,
    memory_bytes=GIB,
    memory_available_bytes=4 * GIB,
    memory_total_bytes=8 * GIB,
    descriptors=40,
    descriptors_max=1_024,
    exposed=(),
)
USUAL = StorageConfig()


def test_a_machine_that_is_well_says_nothing() -> None:
    assert machine_reasons(WELL, USUAL) == []


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(WELL, disk_free_bytes=14 * GIB), "14.0 GiB of 100.0 GiB are free (14 %)"),
        (replace(WELL, disk_free_bytes=9 * GIB, disk_bytes=20 * GIB), "9.0 GiB of 20.0 GiB are free (45 %)"),
        (replace(WELL, memory_available_bytes=GIB // 4), "memory is short: 256.0 MiB of 8.0 GiB"),
        (replace(WELL, descriptors=820), "820 of 1024 file descriptors"),
        (replace(WELL, exposed=("keys/peer.key (mode 0644)",)), "others may read keys/peer.key"),
    ],
)
def test_each_shortage_is_named_with_its_numbers(machine: Machine, words: str) -> None:
    (reason,) = machine_reasons(machine, USUAL)
    assert words in reason


def test_bounds_of_the_disk_are_settings() -> None:
    tight = replace(WELL, disk_free_bytes=GIB)
    assert machine_reasons(tight, StorageConfig(warn_free_percent=0, warn_free_bytes=0)) == []
    check_room(tight, USUAL)
    check_room(replace(tight, disk_free_bytes=0), StorageConfig(stop_free_bytes=0))


def test_a_node_stops_before_its_disk_is_full_with_the_code_of_a_failed_write(tmp_path: Path) -> None:
    """Exit 74: systemd does not start it again before somebody made room."""
    with pytest.raises(DiskNearlyFull) as stopped:
        check_room(replace(WELL, disk_free_bytes=200 * 1_048_576), USUAL)
    assert exit_code(stopped.value) == EX_IOERR
    assert (stopped.value.facts["free"], stopped.value.facts["least"]) == ("200.0 MiB", "256.0 MiB")
    with pytest.raises(DiskNearlyFull):
        MachineWatch(Home(tmp_path), StorageConfig(stop_free_bytes=2**62))


def test_the_watch_sees_a_disk_that_fills_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = MachineWatch(Home(tmp_path), StorageConfig(stop_free_bytes=1))
    monkeypatch.setattr(
        "p2pchain.node.health.machine_watch.read_machine", lambda _home: replace(WELL, disk_free_bytes=0)
    )
    with pytest.raises(DiskNearlyFull):
        trio.run(watch.run, clock=MockClock(autojump_threshold=0))


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    secret = tmp_path / "keys" / "peer.key"
    secret.write_text("secret")
    secret.chmod(0o640)
    machine = read_machine(Home(tmp_path))
    assert machine.disk_bytes >= machine.disk_free_bytes > 0
    assert machine.memory_total_bytes >= machine.memory_available_bytes > 0
    assert machine.memory_bytes > 1_000_000
    assert 3 < machine.descriptors < machine.descriptors_max
    assert machine.exposed == (f"{secret} (mode 0640)",)
    secret.chmod(0o600)
    assert read_machine(Home(tmp_path)).exposed == ()


def test_sizes_are_written_as_people_read_them() -> None:
    words = [size_words(count) for count in (0, 1_023, 1_536, 10 * GIB, 5 * 1_024 * GIB)]
    assert words == ["0 B", "1023 B", "1.5 KiB", "10.0 GiB", "5.0 TiB"]


def test_releases_are_compared_by_their_numbers() -> None:
    older, newer, same = peer("bank-b", software="0.9.0"), peer("buyer", software="0.10.1"), peer("c")
    assert release_warnings([same], own="0.1.0") == []
    (behind,) = release_warnings([older], own="0.10.0")
    assert behind == "bank-b runs release 0.9.0, this node 0.10.0: ask its operator to upgrade"
    (ahead,) = release_warnings([newer, older], own="0.9.0")
    assert "older than that of buyer (0.10.1)" in ahead
    assert release_warnings([peer("odd", software="night build")], own="0.1.0") == []


def test_a_snapshot_is_old_after_three_intervals() -> None:
    """One interval may pass until it is due, and one until this node's turn to write it has come."""
    assert snapshot_warnings(0, 15_000, 5_000) == []
    assert "of height 5000, 15,001 blocks ago" in snapshot_warnings(5_000, 20_001, 5_000)[0]
    assert snapshot_warnings(0, 900_000, 0) == []


def test_a_queue_is_named_before_it_is_full() -> None:
    assert full_warning("q", 89, 100, "inputs") == []
    assert "q holds 90 of at most 100 inputs" in full_warning("q", 90, 100, "inputs")[0]
