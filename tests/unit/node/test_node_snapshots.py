"""Snapshots in a home: written beside the chain, read at the start, passed over or refused where damaged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from structlog import get_logger
from structlog.testing import capture_logs

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.ledger.snapshot import chunks
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.errors import Corrupt, Refused
from p2pchain.model.ids import PeerId
from p2pchain.model.parameters import Parameters
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.node.home.prune_limit import Pruner
from p2pchain.node.home.recovery import Recovered, recover
from p2pchain.node.home.snapshot_schedule import Snapshotter, delay_of
from p2pchain.node.home.snapshot_store import Snapshot, records_of
from p2pchain.node.home.snapshot_writer import SnapshotWriter, Written
from p2pchain.node.offline.repair import repair
from p2pchain.node.offline.upkeep import list_snapshots, prune
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk, DiskFailure
from p2pchain.storage.snapshots import KIND_CHUNK, SnapshotStore
from p2pchain.telemetry.metrics import Metrics
from tests.unit.node.test_node_home import CONFIG
from tests.unit.replica.replica_world import Chain, a_genesis

GENESIS = a_genesis(Parameters(tx_lifetime=3))
OWN_ID = genesis_id(GENESIS)
TIP = 12
SEGMENT_BYTES = 2_000


class Lived:
    """A home whose node wrote twelve blocks, and snapshots at the heights ``snapshots``."""

    def __init__(self, path: Path, snapshots: tuple[int, ...]) -> None:
        self.home = Home(path / "home")
        lay_out(self.home, CONFIG, GENESIS)
        self.chain = Chain(GENESIS)
        self.store = SnapshotStore(Disk(), self.home.snapshots, genesis=OWN_ID)
        self.append(TIP, snapshots)

    def append(self, count: int, snapshots: tuple[int, ...] = ()) -> None:
        log = ChainLog.open(Disk(), self.home.chain, genesis=OWN_ID, segment_bytes=SEGMENT_BYTES)
        for _ in range(count):
            self.chain.extend()
            record = decode_block_record(self.chain.records[-1])
            log.append(record.block.height, self.chain.records[-1])
            log.sync()
            if record.block.height in snapshots:
                frozen = self.chain.ledger.freeze()
                taken = Snapshot(final=record.final_header, links=(), frozen=frozen)
                self.store.write(record.block.height, records_of(taken))
        log.close()

    def recovered(self) -> Recovered:
        """What the node knows when it starts."""
        found = recover(self.home, GENESIS, get_logger())
        found.index.close()
        found.chain_log.close()
        assert found.ledger.state_root == self.chain.ledger.state_root
        assert found.last is not None
        assert found.last.certificate == self.chain.tip.certificate
        return found

    def damage(self, path: Path) -> None:
        """Flip a bit in the middle of a file."""
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))


def test_a_start_begins_with_the_newest_snapshot(tmp_path: Path) -> None:
    lived = Lived(tmp_path, (4, 8))
    lived.recovered()  # The index is filled now.
    lived.damage(min(lived.home.chain.glob("*.seg")))
    lived.recovered()  # What lies below is not read again.
    for height in (4, 8):
        lived.store.path(height).unlink()
    with pytest.raises(Corrupt, match="LOG_CORRUPT"):
        lived.recovered()


def test_a_damaged_snapshot_is_passed_over(tmp_path: Path) -> None:
    lived = Lived(tmp_path, (4, 8))
    lived.damage(lived.store.path(8))
    with capture_logs() as logs:
        lived.recovered()
    assert [each["code"] for each in logs if each["event"] == "snapshot.unreadable"] == ["SNAPSHOT_CORRUPT"]
    lived.damage(lived.store.path(4))
    lived.recovered()
    reports = list_snapshots(lived.home, check=True)
    assert [each.fault and each.fault.code for each in reports] == ["SNAPSHOT_CORRUPT"] * 2


def test_a_snapshot_that_the_node_removes_meanwhile_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the listing of the directory and the look at the file."""
    lived = Lived(tmp_path, (4, 8))
    size = Disk.size

    def gone(disk: Disk, path: Path) -> int:
        if path == lived.store.path(4):
            path.unlink(missing_ok=True)
        return size(disk, path)

    monkeypatch.setattr(Disk, "size", gone)
    assert [each.height for each in list_snapshots(lived.home, check=False)] == [8]
    assert [each.height for each in list_snapshots(lived.home, check=True)] == [8]


def test_snapshots_above_the_tip_are_of_a_log_that_is_gone(tmp_path: Path) -> None:
    lived = Lived(tmp_path, (4, 8))
    frozen = lived.chain.ledger.freeze()
    final = decode_block_record(lived.chain.records[-1]).final_header
    lived.store.write(99, records_of(Snapshot(final=final, links=(), frozen=frozen)))
    lived.recovered()
    assert lived.store.heights() == (8,)


def test_a_pruned_home_starts_and_says_what_is_missing(tmp_path: Path) -> None:
    lived = Lived(tmp_path, (8, 10))
    done = prune(lived.home, 1)
    assert 1 < done.first <= 6
    assert (done.tip, done.segments > 0) == (TIP, True)
    assert lived.recovered().chain_log.first == done.first
    for height in (8, 10):
        lived.damage(lived.store.path(height))
    with pytest.raises(Corrupt, match="SNAPSHOT_MISSING"):
        lived.recovered()


def test_nothing_is_pruned_without_a_snapshot(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="PRUNE_NO_SNAPSHOT"):
        prune(Lived(tmp_path, ()).home, 1)


def test_a_pruned_home_that_keeps_nothing_begins_behind_its_newest_sound_snapshot(tmp_path: Path) -> None:
    """What was decided behind it comes from the peers, and nothing below is fetched again."""
    lived = Lived(tmp_path, (8, 10))
    prune(lived.home, 1)
    lived.damage(max(lived.home.chain.glob("*.seg")))
    lived.damage(min(lived.home.chain.glob("*.seg")))
    lived.damage(lived.store.path(10))
    done = repair(lived.home, refetch=True)
    assert (done.height, done.damage is not None) == (None, True)
    found = recover(lived.home, GENESIS, get_logger())
    assert (found.ledger.height, found.chain_log.first, found.chain_log.tip) == (8, 9, 8)
    found.index.close()
    found.chain_log.close()


def test_damage_that_costs_no_block_needs_no_peer(tmp_path: Path) -> None:
    """A seal that does not hold: every block is copied, the old log is kept, and the new one is whole."""
    lived = Lived(tmp_path, ())
    first = min(lived.home.chain.glob("*.seg"))
    data = bytearray(first.read_bytes())
    data[-3] ^= 1
    first.write_bytes(bytes(data))
    done = repair(lived.home)
    assert (done.height, done.kept, done.fetched) == (TIP, TIP, ())
    assert done.aside == lived.home.chain.with_name("chain.damaged-1")
    assert lived.recovered().chain_log.first == 1
    assert repair(lived.home).damage is None


def test_whole_records_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    """A block of another chain of the same genesis, whose checksum holds."""
    lived = Lived(tmp_path, ())
    fork = Chain(GENESIS)
    for _ in range(6):
        fork.commit(fork.make(later_ms=70))
    shutil.rmtree(lived.home.chain)
    ChainLog.create(Disk(), lived.home.chain, genesis=OWN_ID)
    log = ChainLog.open(Disk(), lived.home.chain, genesis=OWN_ID, segment_bytes=SEGMENT_BYTES)
    for height, payload in enumerate(lived.chain.records, start=1):
        log.append(height, fork.records[5] if height == 6 else payload)
        log.sync()
    log.close()
    first = min(lived.home.chain.glob("*.seg"))
    first.write_bytes(first.read_bytes()[:-3])
    with pytest.raises(Corrupt, match="CHAIN_PARENT_MISMATCH"):
        repair(lived.home)
    assert first.exists()


@pytest.mark.parametrize("cut", ["old log set aside", "new log unfinished"])
def test_a_repair_that_was_cut_short_is_gone_on_with(tmp_path: Path, cut: str) -> None:
    """A whole new log takes its place; an unfinished one is of no use."""
    lived = Lived(tmp_path, ())
    if cut == "old log set aside":
        lived.home.chain.rename(lived.home.rebuilt_chain)
    else:
        first = min(lived.home.chain.glob("*.seg"))
        first.write_bytes(first.read_bytes()[:-3])
        lived.home.unfinished_chain.mkdir()
        (lived.home.unfinished_chain / "MANIFEST").write_bytes(b"half of it")
    assert repair(lived.home).height == TIP
    lived.recovered()
    assert not lived.home.unfinished_chain.exists()
    assert not lived.home.rebuilt_chain.exists()


@pytest.mark.parametrize("step", range(4))
def test_a_crash_between_snapshot_and_log_costs_nothing(tmp_path: Path, step: int) -> None:
    """An emptied home that joined: the steps of ``entering``, cut after each."""
    joined = Home(tmp_path / "joined")
    lay_out(joined, CONFIG, GENESIS)
    lived = Lived(tmp_path, (8,))
    store = SnapshotStore(Disk(), joined.snapshots, genesis=OWN_ID)
    if step >= 1:
        store.write(8, lived.store.read(8))
    if step >= 2:
        ChainLog.discard_empty(Disk(), joined.chain)
    if step >= 3:
        for segment in joined.chain.glob("*.seg"):
            segment.unlink()
    found = recover(joined, GENESIS, get_logger())
    expected = (8, 9, 8) if step >= 2 else (0, 1, 0)
    assert (found.ledger.height, found.chain_log.first, found.chain_log.tip) == expected
    assert (found.last is None) == (step < 2)
    found.index.close()
    found.chain_log.close()
    assert store.heights() == ((8,) if step >= 2 else ())


def test_a_lost_manifest_is_damage_and_not_a_beginning(tmp_path: Path) -> None:
    lived = Lived(tmp_path, (4, 8))
    (lived.home.chain / "MANIFEST").unlink()
    with pytest.raises(Corrupt, match="LOG_MISSING"):
        recover(lived.home, GENESIS, get_logger())


class Threaded:
    """Writes in a thread of this process what a process of its own would write."""

    def __init__(self, store: SnapshotStore, log: ChainLog) -> None:
        self.writer = SnapshotWriter(genesis=GENESIS, chain_log=log, store=store, going_on=lambda: None)

    async def write(self, height: int) -> Written:
        return await trio.to_thread.run_sync(self.writer.write, height)


class Writing:
    """A snapshotter over a chain, with every second height due, ``later`` heights beyond."""

    def __init__(self, store: SnapshotStore, path: Path, *, later: int = 0) -> None:
        self.chain = Chain(GENESIS)
        ChainLog.create(Disk(), path / "chain", genesis=OWN_ID)
        self.log = ChainLog.open(Disk(), path / "chain", genesis=OWN_ID)
        self.pruner = Pruner(self.log, keep=1, lifetime=lambda: 3, pruned=lambda _: None)
        self.snapshotter = Snapshotter(
            store=store,
            writing=Threaded(store, self.log),
            lineage=Lineage((), (genesis_validators(GENESIS),)),
            every=2,
            delay=lambda: later,
            pruner=self.pruner,
            metrics=Metrics(),
            log=get_logger(),
        )

    def extend(self) -> None:
        self.chain.extend()
        self.log.append(self.chain.tip.height, self.chain.records[-1])
        self.log.sync()
        self.snapshotter.committed(decode_block_record(self.chain.records[-1]))


async def until(holds: Iterator[bool]) -> None:
    """Asks again and again."""
    with trio.fail_after(10):
        for held in holds:
            if held:
                return
            await trio.sleep(0.005)


async def test_snapshots_are_written_beside_the_main_loop(tmp_path: Path) -> None:
    """And while one is under way, the next is left out."""
    store = SnapshotStore(Disk(), tmp_path / "state", genesis=OWN_ID)
    writing = Writing(store, tmp_path)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writing.snapshotter.run)
        for _ in range(5):
            writing.extend()  # Heights 2 and 4 are due at once; nothing ran in between.
        await until(store.heights() == (2,) for _ in range(10**6))
        await until(writing.snapshotter.idle for _ in range(10**6))
        for _ in range(3):
            writing.extend()
        await until(store.heights() == (2, 6) for _ in range(10**6))
        await until(writing.pruner.bound(8) == 0 for _ in range(10**6))
        nursery.cancel_scope.cancel()


async def test_a_snapshot_is_written_later_where_other_members_come_first(tmp_path: Path) -> None:
    """Of the same height as theirs, with the state of then."""
    store = SnapshotStore(Disk(), tmp_path / "state", genesis=OWN_ID)
    writing = Writing(store, tmp_path, later=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writing.snapshotter.run)
        for _ in range(2):
            writing.extend()
        assert writing.snapshotter.idle, "height 2 is due at height 3"
        frozen = tuple(chunks(writing.chain.ledger.freeze().values))
        writing.extend()
        await until(store.heights() == (2,) for _ in range(10**6))
        nursery.cancel_scope.cancel()
    assert tuple(payload for kind, payload in store.read(2) if kind == KIND_CHUNK) == frozen


async def test_the_first_snapshot_is_written_when_a_peer_asks(tmp_path: Path) -> None:
    """Of the newest block, far below the first that is due; asking again, or for more, writes no other."""
    store = SnapshotStore(Disk(), tmp_path / "state", genesis=OWN_ID)
    writing = Writing(store, tmp_path, later=1_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writing.snapshotter.run)
        writing.snapshotter.write_first()
        assert writing.snapshotter.idle, "there is no block yet"
        for _ in range(3):
            writing.extend()
        writing.snapshotter.write_first()
        await until(store.heights() == (3,) for _ in range(10**6))
        await until(writing.snapshotter.idle for _ in range(10**6))
        writing.extend()
        writing.snapshotter.write_first()
        assert writing.snapshotter.idle
        nursery.cancel_scope.cancel()
    assert store.heights() == (3,)


def test_members_write_at_different_heights() -> None:
    """Spread evenly between two snapshots; a stranger has no place to wait for."""
    members = Chain(GENESIS).ledger.members
    delays = [delay_of(member.peer_id, members, 5_000) for member in members]
    assert delays == [0, 1_000, 2_000, 3_000, 4_000]
    assert delay_of(PeerId("stranger"), members, 5_000) == 0
    assert delay_of(members[-1].peer_id, members, 2) < 2


async def test_a_full_disk_costs_the_snapshot_and_not_the_node(tmp_path: Path) -> None:
    """Nothing is left aside, and the next one is tried."""

    class Full(Disk):
        full = True

        def rename(self, source: Path, target: Path) -> None:
            if self.full:
                raise DiskFailure(operation="rename", path=source, reason="No space left on device", errno=28)
            super().rename(source, target)

    disk = Full()
    store = SnapshotStore(disk, tmp_path / "state", genesis=OWN_ID)
    writing = Writing(store, tmp_path)
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writing.snapshotter.run)
            for _ in range(2):
                writing.extend()
            await until(any(each["event"] == "snapshot.failed" for each in logs) for _ in range(10**6))
            await until(writing.snapshotter.idle for _ in range(10**6))
            assert list((tmp_path / "state").iterdir()) == []
            disk.full = False
            for _ in range(2):
                writing.extend()
            await until(store.heights() == (4,) for _ in range(10**6))
            nursery.cancel_scope.cancel()
