"""What is left of a damaged chain log: every record but those that a damage touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.model.errors import Corrupt
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.salvage import read_place, salvage
from p2pchain.storage.simulated import SimulatedDisk
from tests.unit.storage.small_logs import GENESIS, payload_of

CHAIN = Path("/chain")
TIP = 12


def a_log() -> SimulatedDisk:
    """Heights 1 to 12 in several segments."""
    disk = SimulatedDisk()
    ChainLog.create(disk, CHAIN, genesis=GENESIS, entropy=lambda count: bytes(range(100, 100 + count)))
    log = ChainLog.open(
        disk,
        CHAIN,
        genesis=GENESIS,
        segment_bytes=350,
        entropy=lambda count: bytes(range(100, 100 + count)),
    )
    for height in range(1, TIP + 1):
        log.append(height, payload_of(height))
        log.sync()
    log.close()
    return disk


def test_a_sound_log_is_found_whole() -> None:
    disk = a_log()
    found = salvage(disk, CHAIN, genesis=GENESIS)
    assert (found.first_height, found.tip, found.lost) == (1, TIP, ())
    assert [read_place(disk, found.places[height]) for height in range(1, TIP + 1)] == [
        payload_of(height) for height in range(1, TIP + 1)
    ]
    assert salvage(disk, CHAIN, genesis=bytes(32)).places == {}


def test_any_flipped_bit_costs_no_more_than_what_it_touches() -> None:
    """A record for a bit in a record, a segment's for a bit in its header, nothing for one in a seal. Never a
    wrong payload.
    """
    disk = a_log()
    names = [name for name in disk.list_directory(CHAIN) if name.endswith(".seg")]
    assert len(names) > 3
    for name in names:
        path = CHAIN / name
        whole = disk.read(path, 0, disk.size(path))
        for bit in range(8 * len(whole)):
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            disk.replace(path, bytes(changed))
            found = salvage(disk, CHAIN, genesis=GENESIS)
            for height, place in found.places.items():
                assert read_place(disk, place) == payload_of(height)
            in_header = bit // 8 < 150
            assert TIP - len(found.places) <= (4 if in_header else 1)
        disk.replace(path, whole)


def test_a_lost_segment_is_a_run_of_lost_heights() -> None:
    disk = a_log()
    whole = salvage(disk, CHAIN, genesis=GENESIS)
    second = CHAIN / "000000000002.seg"
    gone = sorted(height for height, place in whole.places.items() if place.path == second)
    disk.unlink(second)
    assert salvage(disk, CHAIN, genesis=GENESIS).lost == (range(gone[0], gone[-1] + 1),)


def test_a_record_that_goes_bad_later_is_refused() -> None:
    disk = a_log()
    place = salvage(disk, CHAIN, genesis=GENESIS).places[5]
    data = bytearray(disk.read(place.path, 0, disk.size(place.path)))
    data[place.offset + 45] ^= 1
    disk.replace(place.path, bytes(data))
    with pytest.raises(Corrupt, match="LOG_CORRUPT"):
        read_place(disk, place)
