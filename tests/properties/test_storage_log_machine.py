"""A log against a list, through appends, syncs, roll-overs, prunings, crashes and reopenings in any order."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from p2pchain.storage.segments import SegmentLog
from p2pchain.storage.simulated import SimulatedDisk
from tests.examples import examples
from tests.unit.storage.small_logs import HOME, KIND, contents, created, opened, spec_of

CRASH_BYTES = 64


def chooser(choices: bytes) -> Callable[[int], int]:
    """Decisions of a crash from drawn bytes, begun again when they are used up."""
    drawn = iter(choices * 1_000)
    return lambda count: next(drawn) % count


class LogMachine(RuleBasedStateMachine):
    """``records`` is what was appended, ``synced`` how many of them must survive anything."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[int, bytes]] = []
        self.synced = 0
        self.pruned_below = 0
        self.disk = SimulatedDisk()
        self.spec = spec_of()
        self.log: SegmentLog

    @initialize(dense=st.booleans(), segment_bytes=st.sampled_from([1, 300, 1_500, 1 << 20]))
    def begin(self, dense: bool, segment_bytes: int) -> None:
        self.spec = spec_of(segment_bytes=segment_bytes, dense=dense)
        created(self.disk, self.spec)
        self.log = opened(self.disk, self.spec)

    @rule(payload=st.binary(max_size=1_200), rise=st.integers(0, 2))
    def append(self, payload: bytes, rise: int) -> None:
        height = self.log.next_height + (0 if self.spec.dense else rise)
        segments = self.log.statistics().segments
        self.log.append(KIND, payload, height)
        if self.log.statistics().segments > segments:
            self.synced = len(self.records)
        self.records.append((height, payload))

    @rule()
    def sync(self) -> None:
        self.log.sync()
        self.synced = len(self.records)

    @rule()
    def roll(self) -> None:
        self.log.roll()
        self.synced = len(self.records)

    @precondition(lambda self: self.records)
    @rule(data=st.data())
    def prune(self, data: st.DataObject) -> None:
        below = data.draw(st.integers(0, self.records[-1][0] + 1))
        self.log.prune_below(below)
        self.pruned_below = max(below, self.pruned_below)
        self.forget_pruned()

    @rule(choices=st.binary(min_size=1, max_size=CRASH_BYTES))
    def lose_power(self, choices: bytes) -> None:
        self.disk.crash(chooser(choices))
        self.log = opened(self.disk, self.spec)
        found = contents(self.log)
        assert found == self.records[: len(found)]
        assert len(found) >= self.synced
        self.records, self.synced = found, len(found)

    @rule()
    def kill_the_process(self) -> None:
        self.disk.kill()
        self.log = opened(self.disk, self.spec)
        assert contents(self.log) == self.records
        self.synced = len(self.records)

    @invariant()
    def holds_what_was_appended(self) -> None:
        if hasattr(self, "log"):
            assert contents(self.log) == self.records
            if self.spec.dense and self.records:
                height, payload = self.records[len(self.records) // 2]
                position = self.log.position_of(height)
                assert position is not None
                assert self.log.read(position, height=height).payload == payload

    def forget_pruned(self) -> None:
        """Whole segments went: what is left is a tail of the list, and holds everything that had to stay."""
        found = contents(self.log)
        gone = len(self.records) - len(found)
        assert found == self.records[gone:]
        assert all(height < self.pruned_below for height, _ in self.records[:gone])
        self.records = found
        self.synced = max(0, self.synced - gone)

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.log.verify()
        assert self.disk.exists(HOME) or not self.records


LogMachine.TestCase.settings = settings(max_examples=examples(120), stateful_step_count=40, deadline=None)
TestLogMachine = LogMachine.TestCase
