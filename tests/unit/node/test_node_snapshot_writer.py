"""Snapshots out of files alone: the same as from the state in memory, and never half or wrong ones."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest
from structlog import get_logger

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.ledger.snapshot import Frozen
from p2pchain.model.errors import Corrupt, Refused
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Transaction
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.node.home.recovery import recover
from p2pchain.node.home.snapshot_process import (
    SnapshotFailed,
    SnapshotProcess,
    end_with,
    main,
    write_snapshot,
)
from p2pchain.node.home.snapshot_store import Snapshot, read_snapshot, records_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.snapshots import SnapshotStore
from tests.unit.node.test_node_home import CONFIG
from tests.unit.replica.replica_world import Chain, a_genesis, a_transaction, transaction_of

GENESIS = a_genesis(Parameters(tx_lifetime=6))
OWN_ID = genesis_id(GENESIS)


def notes(height: int) -> list[Transaction]:
    """Some records, of which later blocks write some again."""
    puts = (Operation(module="note", action="put", args=(f"{number % 7}-{height}",)) for number in range(5))
    return [transaction_of(*puts, valid_until=height + 4), a_transaction(valid_until=height + 4)]


class Living:
    """A home with a chain that grows, its ledger kept at each height."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path / "home")
        lay_out(self.home, CONFIG, GENESIS)
        self.chain = Chain(GENESIS)
        self.store = SnapshotStore(Disk(), self.home.snapshots, genesis=OWN_ID)
        self.frozen: dict[int, Frozen] = {}

    def grow(self, count: int) -> None:
        """Further blocks, in the log of the home."""
        log = ChainLog.open(Disk(), self.home.chain, genesis=OWN_ID, segment_bytes=4_000)
        for _ in range(count):
            height = self.chain.tip.height + 1
            self.chain.commit(self.chain.make(transactions=notes(height)))
            log.append(height, self.chain.records[-1])
            log.sync()
            self.frozen[height] = self.chain.ledger.freeze()
        log.close()

    def expected(self, height: int) -> list[tuple[int, bytes]]:
        """Records that the state in memory gave."""
        final = decode_block_record(self.chain.records[height - 1]).final_header
        return list(records_of(Snapshot(final=final, links=(), frozen=self.frozen[height])))

    def write(self, height: int) -> None:
        """As the process does it."""
        written = write_snapshot(self.home, height, lambda: None)
        assert (written.height, written.size) == (height, self.store.size(height))
        assert written.keys == len(self.frozen[height].values)

    def beside(self) -> list[str]:
        """What lies in the directory beside whole snapshots."""
        if not self.home.snapshots.exists():
            return []
        return [path.name for path in self.home.snapshots.iterdir() if path.suffix != ".seg"]


def test_a_snapshot_out_of_files_is_that_of_the_state(tmp_path: Path) -> None:
    """From genesis, then from the one before, to the last byte; while the chain has gone on."""
    living = Living(tmp_path)
    living.grow(10)
    living.write(6)
    assert list(living.store.read(6)) == living.expected(6)
    living.grow(10)
    living.write(17)
    assert list(living.store.read(17)) == living.expected(17)
    found = recover(living.home, GENESIS, get_logger())
    found.index.close()
    found.chain_log.close()
    assert found.ledger.state_root == living.chain.ledger.state_root


def test_an_older_snapshot_that_is_damaged_is_not_built_upon(tmp_path: Path) -> None:
    """The one before it serves, or genesis; the root is compared in any case."""
    living = Living(tmp_path)
    living.grow(12)
    living.write(4)
    living.write(8)
    data = bytearray(living.store.path(8).read_bytes())
    data[len(data) // 2] ^= 1
    living.store.path(8).write_bytes(bytes(data))
    living.write(12)
    assert list(living.store.read(12)) == living.expected(12)


def test_a_state_without_the_root_of_its_header_gets_no_name(tmp_path: Path) -> None:
    """A snapshot that is whole and wrong: what is built upon it is not written, and nothing is left."""
    living = Living(tmp_path)
    living.grow(8)
    frozen = living.frozen[4]
    wrong = {**frozen.values, b"note/forged": b"1"}
    final = decode_block_record(living.chain.records[3]).final_header
    forged = Snapshot(final=final, links=(), frozen=Frozen(height=frozen.height, values=wrong, window=()))
    living.store.write(4, records_of(forged))
    with pytest.raises(Corrupt, match="STATE_ROOT_MISMATCH"):
        living.write(8)
    assert living.store.heights() == (4,)
    assert living.beside() == []


def test_only_a_height_of_the_log_has_a_snapshot(tmp_path: Path) -> None:
    """One above the tip is not decided here."""
    living = Living(tmp_path)
    living.grow(3)
    with pytest.raises(Refused, match="HEIGHT_UNKNOWN"):
        write_snapshot(living.home, 4, lambda: None)
    assert living.store.heights() == ()


def test_what_ends_in_the_midst_leaves_nothing(tmp_path: Path) -> None:
    """At any of the moments at which it looks whether to go on."""
    living = Living(tmp_path)
    living.grow(6)
    living.write(3)
    left = last = 0

    def look() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise SystemExit

    while not living.store.path(6).exists():
        last += 1
        left = last
        try:
            write_snapshot(living.home, 6, look)
        except SystemExit:
            assert living.store.heights() == (3,)
            assert living.beside() == []
    assert last > 5
    assert list(living.store.read(6)) == living.expected(6)


async def test_a_process_writes_it(tmp_path: Path) -> None:
    """With the interpreter of this one, out of a home that is in use."""
    living = Living(tmp_path)
    living.grow(6)
    log = ChainLog.open(Disk(), living.home.chain, genesis=OWN_ID, segment_bytes=4_000)
    written = await SnapshotProcess(living.home).write(5)
    log.close()
    assert written.keys == len(living.frozen[5].values)
    assert list(living.store.read(5)) == living.expected(5)
    assert read_snapshot(living.store, 5).frozen.height == 5


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("kill -KILL $$", -signal.SIGKILL),
        ("echo DISK_FAILURE: no space >&2; exit 74", 74),
    ],
)
async def test_a_process_that_fails_is_told(tmp_path: Path, script: str, code: int) -> None:
    """Killed, or ended with an error: what it said is there to be logged."""
    living = Living(tmp_path)
    living.grow(2)
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(SnapshotFailed) as failed:
        await SnapshotProcess(living.home, str(python)).write(2)
    assert failed.value.facts["exit_code"] == code
    if code > 0:
        assert failed.value.facts["reason"] == "DISK_FAILURE: no space"
    with pytest.raises(SnapshotFailed):
        await SnapshotProcess(living.home, str(tmp_path / "no-python")).write(2)


def test_a_refusal_is_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its words are what the node logs."""
    living = Living(tmp_path)
    living.grow(2)
    assert main(str(living.home.root), "9", str(os.getppid())) != 0
    assert "HEIGHT_UNKNOWN" in capsys.readouterr().err


def test_it_ends_with_its_node() -> None:
    """A node that was killed must not meet the writer of an earlier life."""
    end_with(os.getppid())()
    with pytest.raises(SystemExit):
        end_with(os.getppid() + 1)()
