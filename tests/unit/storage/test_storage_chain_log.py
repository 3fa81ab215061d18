"""``ChainLog``: heights one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.model.errors import Corrupt, Refused
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from tests.unit.storage.small_logs import GENESIS, payload_of

DISK = Disk()


def opened_on(home: Path) -> ChainLog:
    return ChainLog.open(DISK, home, genesis=GENESIS, segment_bytes=500)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A chain log with heights 1 to 20 in several segments."""
    ChainLog.create(DISK, tmp_path / "chain", genesis=GENESIS)
    log = opened_on(tmp_path / "chain")
    assert (log.first, log.tip) == (1, 0)
    for height in range(1, 21):
        log.append(height, payload_of(height))
        log.sync()
    log.close()
    return tmp_path / "chain"


def test_blocks_are_read_by_height_and_in_order(home: Path) -> None:
    log = opened_on(home)
    assert (log.first, log.tip, log.recovery) == (1, 20, None)
    assert [log.read(height) for height in range(1, 21)] == [payload_of(height) for height in range(1, 21)]
    assert list(log.blocks(18)) == [(height, payload_of(height)) for height in (18, 19, 20)]
    assert len(list(log.blocks())) == 20
    log.close()


def test_heights_outside_are_refused_by_name(home: Path) -> None:
    log = opened_on(home)
    log.prune_below(10)
    for height, code in [(1, "HEIGHT_PRUNED"), (21, "HEIGHT_UNKNOWN")]:
        with pytest.raises(Refused) as caught:
            log.read(height)
        assert caught.value.code == code
        assert caught.value.facts["tip"] == 20
    assert ChainLog.exists(DISK, home)
    log.close()


def test_a_chain_may_begin_above_one(tmp_path: Path) -> None:
    """A node that joins by snapshot has no blocks below it."""
    ChainLog.create(DISK, tmp_path / "chain", genesis=GENESIS, first_height=1_001)
    log = opened_on(tmp_path / "chain")
    assert (log.first, log.tip) == (1_001, 1_000)
    log.append(1_001, b"first")
    log.sync()
    assert log.read(1_001) == b"first"
    log.close()


def test_damage_in_a_sealed_segment_is_named_by_height(home: Path) -> None:
    segment = home / "000000000002.seg"
    data = segment.read_bytes()
    log = opened_on(home)
    height = next(height for height in range(1, 21) if payload_of(height) in data)
    at = data.index(payload_of(height))
    log.close()
    segment.write_bytes(data[:at] + b"\x00" + data[at + 1 :])
    log = opened_on(home)
    for attempt in (lambda: log.read(height), lambda: list(log.blocks()), log.verify):
        with pytest.raises(Corrupt) as caught:
            attempt()
        facts = caught.value.facts
        assert (facts["log"], facts["segment"], facts["offset"], facts["height"]) == (
            "chain",
            2,
            at - 40,
            height,
        )
    assert log.read(height + 1) == payload_of(height + 1)
    log.close()
