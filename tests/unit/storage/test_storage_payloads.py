"""Sealed payloads on a disk that loses power at any operation: whole, or not there."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from p2pchain.model.errors import Refused
from p2pchain.storage.payloads import PayloadStore
from p2pchain.storage.simulated import PowerLost, SimulatedDisk
from tests.unit.storage.test_storage_crashes import Countdown, power_lost

HOME = Path("/private")
ROOT = bytes(32)
OLD, NEW = b"old envelope" * 100, b"new envelope" * 200


def test_what_is_written_is_read_and_removed() -> None:
    store = PayloadStore(SimulatedDisk(), HOME, 10_000)
    assert (store.has(ROOT), store.read(ROOT), store.remove(ROOT)) == (False, None, False)
    store.write(ROOT, NEW)
    assert store.read(ROOT) == NEW
    assert store.read_part(ROOT, 5, 10) == NEW[5:15]
    assert store.read_part(b"\x01" * 32, 0, 10) is None
    assert store.remove(ROOT)
    assert not store.has(ROOT)


@pytest.mark.parametrize("operation", range(12))
def test_a_payload_is_whole_or_not_there(operation: int) -> None:
    for seed in range(8):
        countdown = Countdown(power_lost)
        disk = SimulatedDisk(watch=countdown)
        store = PayloadStore(disk, HOME, 10_000)
        if seed % 2:
            store.write(ROOT, OLD)
        countdown.after = operation
        try:
            store.write(ROOT, NEW)
            done = True
        except PowerLost:
            done = False
        countdown.after = -1
        disk.crash(Random(seed).randrange)
        store = PayloadStore(disk, HOME, 10_000)
        found = store.read(ROOT)
        assert found == NEW if done else found in (NEW, OLD if seed % 2 else None)
        store.write(ROOT, NEW)
        assert store.read(ROOT) == NEW


def test_it_keeps_no_more_than_its_bound() -> None:
    """What is replaced or removed makes room; what was kept before a restart counts."""
    disk = SimulatedDisk()
    store = PayloadStore(disk, HOME, len(NEW) + 10)
    store.write(ROOT, OLD)
    store.write(ROOT, NEW)
    assert (store.kept_bytes, store.has_room(10), store.has_room(11)) == (len(NEW), True, False)
    store = PayloadStore(disk, HOME, len(NEW) + 10)
    other = b"\x01" * 32
    with pytest.raises(Refused, match="PRIV_STORE_FULL"):
        store.write(other, OLD)
    assert not store.has(other)
    store.remove(ROOT)
    store.write(other, OLD)
    assert store.kept_bytes == len(OLD)
