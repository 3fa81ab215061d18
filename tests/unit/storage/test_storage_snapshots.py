"""Snapshots on disk: whole or refused by name, whatever happens to the file or to the process."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from p2pchain.model.errors import Corrupt
from p2pchain.storage.simulated import PowerLost, SimulatedDisk
from p2pchain.storage.snapshots import (
    KIND_CHUNK,
    KIND_HEAD,
    KIND_LINK,
    KIND_WINDOW,
    SNAPSHOTS_KEPT,
    SnapshotStore,
)
from tests.unit.storage.small_logs import GENESIS, payload_of, tags
from tests.unit.storage.test_storage_crashes import Countdown, power_lost

STATE = Path("/state")
Records = list[tuple[int, bytes]]


def records_of(height: int) -> Records:
    """A small snapshot."""
    return [
        (KIND_LINK, payload_of(height)),
        (KIND_WINDOW, payload_of(height + 1)),
        (KIND_CHUNK, payload_of(height + 2)),
        (KIND_CHUNK, payload_of(height + 3, 60)),
        (KIND_HEAD, payload_of(height + 4)),
    ]


def store_on(disk: SimulatedDisk) -> SnapshotStore:
    return SnapshotStore(disk, STATE, genesis=GENESIS)


def written(*heights: int) -> tuple[SimulatedDisk, SnapshotStore]:
    """A disk with these snapshots."""
    disk = SimulatedDisk()
    store = store_on(disk)
    for height in heights:
        size = store.write(height, records_of(height), entropy=tags)
        assert size == store.size(height)
    return disk, store


def test_what_was_written_is_read_and_the_newest_are_kept() -> None:
    assert store_on(SimulatedDisk()).heights() == ()
    _, store = written(10, 20, 30)
    assert store.heights() == (20, 30)
    assert len(store.heights()) == SNAPSHOTS_KEPT
    for height in store.heights():
        assert list(store.read(height)) == records_of(height)


def test_a_single_record_is_read_by_its_place() -> None:
    _, store = written(20)
    places = store.places(20)
    assert [store.read_at(20, places, at) for at in places.links] == [payload_of(20)]
    assert [store.read_at(20, places, at) for at in places.chunks] == [payload_of(22), payload_of(23, 60)]
    assert store.read_at(20, places, places.head) == payload_of(24)


def test_any_flipped_bit_and_any_cut_is_refused_by_name() -> None:
    disk, store = written(20)
    whole = disk.read(store.path(20), 0, disk.size(store.path(20)))
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        disk.replace(store.path(20), bytes(changed))
        with pytest.raises(Corrupt, match="SNAPSHOT_CORRUPT"):
            list(store.read(20))
    for size in range(len(whole)):
        disk.replace(store.path(20), whole[:size])
        with pytest.raises(Corrupt, match="SNAPSHOT_CORRUPT"):
            list(store.read(20))
        with pytest.raises(Corrupt, match="SNAPSHOT_CORRUPT"):
            store.places(20)


@pytest.mark.parametrize(
    "records",
    [
        [],
        records_of(20)[:-1],
        [*records_of(20), (KIND_HEAD, b"again")],
        [records_of(20)[2], records_of(20)[0], records_of(20)[-1]],
        [(KIND_HEAD + 1, b"unknown"), records_of(20)[-1]],
    ],
    ids=["empty", "no head", "two heads", "out of order", "unknown kind"],
)
def test_records_out_of_place_are_refused(records: Records) -> None:
    _, store = written()
    store.write(20, records, entropy=tags)
    with pytest.raises(Corrupt, match="SNAPSHOT_CORRUPT"):
        list(store.read(20))


def test_another_chains_and_a_renamed_snapshot_are_refused() -> None:
    disk, store = written(20)
    foreign = SnapshotStore(disk, STATE, genesis=bytes(32))
    with pytest.raises(Corrupt, match="SNAPSHOT_CORRUPT"):
        list(foreign.read(20))
    disk.replace(store.path(21), disk.read(store.path(20), 0, disk.size(store.path(20))))
    with pytest.raises(Corrupt, match="SNAPSHOT_CORRUPT"):
        list(store.read(21))


@pytest.mark.parametrize("seed", range(4))
def test_power_lost_at_every_operation_leaves_whole_snapshots_only(seed: int) -> None:
    """What has a name is whole; the older ones stay until the new one is durable."""
    watch = Countdown(power_lost)
    disk = SimulatedDisk(watch=watch)
    store_on(disk).write(10, records_of(10), entropy=tags)
    store_on(disk).write(20, records_of(20), entropy=tags)
    operations = len(watch.seen)
    store_on(disk).write(30, records_of(30), entropy=tags)
    operations = len(watch.seen) - operations
    assert operations > 8
    for step in range(operations):
        watch = Countdown(power_lost)
        disk = SimulatedDisk(watch=watch)
        for height in (10, 20):
            store_on(disk).write(height, records_of(height), entropy=tags)
        watch.after = step
        with pytest.raises(PowerLost):
            store_on(disk).write(30, records_of(30), entropy=tags)
        disk.crash(Random(seed * 1_000 + step).randrange)
        store = store_on(disk)
        heights = store.heights()
        assert {20} <= set(heights) <= {10, 20, 30}
        for height in heights:
            assert list(store.read(height)) == records_of(height)
        store.write(40, records_of(40), entropy=tags)
        assert store.heights()[-1] == 40
        assert all(not name.endswith(".tmp") for name in disk.list_directory(STATE))
