"""Times of blocks where clocks are wrong: one that jumps is not believed at once, a chain that is ahead of
all clocks goes on, and none begins before its genesis.
"""

from __future__ import annotations

import pytest

from p2pchain.model.parameters import Parameters
from p2pchain.replica.clock import STANDS_MS, WallClock
from p2pchain.replica.effects import SetTimer
from p2pchain.replica.inputs import BeginHeight, SyncDue
from p2pchain.replica.moment import Now
from tests.unit.replica.effect_words import of, words
from tests.unit.replica.replica_votes import PREVOTE
from tests.unit.replica.replica_world import GENESIS_MS, Scene

PARAMETERS = Parameters()
PRECISION_MS = PARAMETERS.time_precision_ms
HOUR_MS = 3_600_000
BEGUN_MS = 1_700_000_000_000


class Clocks:
    """A machine whose wall clock is set by hand."""

    def __init__(self) -> None:
        self.monotonic_ms = 5_000
        self.ahead_ms = 0
        self.wall = WallClock()

    def read(self, later_ms: int = 0) -> int:
        """How far the believed clock is ahead of true time, ``later_ms`` later."""
        self.monotonic_ms += later_ms
        true_ms = BEGUN_MS + self.monotonic_ms
        now = Now(wall_ms=true_ms + self.ahead_ms, monotonic_ms=self.monotonic_ms)
        return self.wall.read(now, PRECISION_MS).wall_ms - true_ms

    def decided(self, block_ahead_ms: int, *, round_: int = 0) -> None:
        """A block is decided now, whose time is so far ahead of true time."""
        true_ms = BEGUN_MS + self.monotonic_ms
        believed = Now(wall_ms=true_ms + self.read(), monotonic_ms=self.monotonic_ms)
        self.wall.decided(
            block_time_ms=true_ms + block_ahead_ms, round_=round_, now=believed, parameters=PARAMETERS
        )


@pytest.fixture
def clocks() -> Clocks:
    """A machine whose clock was right when the node started."""
    machine = Clocks()
    assert machine.read() == 0
    return machine


@pytest.mark.parametrize("jump_ms", [8 * HOUR_MS, -8 * HOUR_MS, PRECISION_MS + 1])
def test_a_clock_that_jumps_and_comes_back_is_never_believed(clocks: Clocks, jump_ms: int) -> None:
    clocks.ahead_ms = jump_ms
    assert [clocks.read(later_ms=1_000) for _ in range(14)] == [0] * 14
    assert clocks.wall.jumped_ms == jump_ms
    clocks.ahead_ms = 0
    assert clocks.read(later_ms=1_000) == 0
    assert clocks.wall.jumped_ms == 0


def test_a_step_within_the_precision_is_no_jump(clocks: Clocks) -> None:
    clocks.ahead_ms = PRECISION_MS
    assert clocks.read() == PRECISION_MS
    assert clocks.wall.jumped_ms == 0


def test_many_small_steps_are_one_jump(clocks: Clocks) -> None:
    """They are counted from the clock that was believed, not each from the one before."""
    clocks.ahead_ms = PRECISION_MS
    clocks.read(later_ms=10)
    clocks.ahead_ms += PRECISION_MS
    assert clocks.read(later_ms=10) == 0


def test_a_clock_that_stands_where_it_jumped_to_is_believed_at_last(clocks: Clocks) -> None:
    clocks.ahead_ms = HOUR_MS
    assert clocks.read() == 0
    assert clocks.read(later_ms=STANDS_MS - 1) == 0
    assert clocks.read(later_ms=1) == HOUR_MS
    assert clocks.wall.jumped_ms == 0


def test_a_clock_that_jumps_about_is_not_believed(clocks: Clocks) -> None:
    for step in range(1, 10):
        clocks.ahead_ms = step * HOUR_MS
        assert clocks.read(later_ms=STANDS_MS // 2) == 0


def test_two_blocks_that_fit_the_clock_that_jumped_make_it_believed(clocks: Clocks) -> None:
    """The machine slept for an hour: its clock was set right, and the others' blocks say so."""
    clocks.ahead_ms = HOUR_MS
    clocks.read()
    clocks.decided(HOUR_MS)
    assert clocks.read() == 0
    clocks.decided(HOUR_MS)
    assert clocks.read() == HOUR_MS


@pytest.mark.parametrize(("block_ahead_ms", "round_"), [(0, 0), (2 * HOUR_MS, 0), (HOUR_MS, 1)])
def test_blocks_that_do_not_bear_a_jump_out_change_nothing(
    clocks: Clocks, block_ahead_ms: int, round_: int
) -> None:
    """One that fits the old clock, one that fits neither, one that may be an old one proposed again."""
    clocks.ahead_ms = HOUR_MS
    clocks.read()
    for _ in range(4):
        clocks.decided(block_ahead_ms, round_=round_)
    assert clocks.read() == 0


@pytest.mark.parametrize("ahead_ms", [8 * HOUR_MS, -8 * HOUR_MS])
def test_nobody_votes_on_the_strength_of_a_clock_that_jumped(ahead_ms: int) -> None:
    """A time that fits the clock that was just set is prevoted nil, one by the old clock is not."""
    if ahead_ms > 0:
        scene = Scene()
        scene.follow(2)
        scene.wall_ahead_ms = ahead_ms
        assert words(scene.propose(scene.chain.make(later_ms=ahead_ms).block)) == [("prevote", 0, None)]
    scene = Scene()
    scene.follow(2)
    scene.wall_ahead_ms = ahead_ms
    right = scene.chain.make().block
    assert words(scene.propose(right)) == [("prevote", 0, right.block_id)]


def ahead() -> Scene:
    """The last block's time is 8 hours ahead of every clock."""
    scene = Scene()
    true_ms = scene.now_ms
    scene.decide(scene.chain.make(later_ms=8 * HOUR_MS))
    scene.now_ms = true_ms + 100
    return scene


def test_a_chain_ahead_of_the_clock_goes_on_a_millisecond_at_a_time() -> None:
    """All clocks were hours ahead, and are right again: without this no block comes for hours."""
    scene = ahead()
    block = scene.chain.make(later_ms=1).block
    assert words(scene.propose(block)) == [("prevote", 0, block.block_id)]


def test_a_chain_ahead_of_the_clock_is_led_no_further() -> None:
    """The least time that may follow is the only one."""
    scene = ahead()
    assert words(scene.propose(scene.chain.make(later_ms=2).block)) == [("prevote", 0, None)]


def test_the_least_time_is_no_excuse_where_the_parent_is_old() -> None:
    """A hostile proposer holds no chain back: parent + 1 ms is not timely where that is long ago."""
    scene = Scene()
    scene.follow()
    scene.now_ms += HOUR_MS
    assert words(scene.propose(scene.chain.make(later_ms=1).block)) == [("prevote", 0, None)]


def test_a_chain_begins_at_its_genesis_and_not_before() -> None:
    """Genesis is no block: neither a timer nor the votes of others begin height 1 before its time."""
    scene = Scene(began_ms=GENESIS_MS - HOUR_MS)
    told = scene.elapse(SyncDue())
    (timer,) = [effect for effect in of(SetTimer, told) if isinstance(effect.timer, BeginHeight)]
    assert timer.delay_ms == GENESIS_MS - scene.now_ms
    scene.votes(PREVOTE, None, 1, 2, 3)
    assert scene.elapse(timer.timer) == []
    assert not scene.replica.work.started
    scene.now_ms = GENESIS_MS
    scene.elapse(timer.timer)
    assert scene.replica.work.started


def test_no_block_is_timely_before_the_genesis() -> None:
    """Though its time is the least that may follow."""
    scene = Scene(began_ms=GENESIS_MS - HOUR_MS)
    assert words(scene.propose(scene.chain.make(later_ms=1).block)) == []
    scene.now_ms = GENESIS_MS
    assert ("prevote", 0, None) in words(scene.elapse(BeginHeight(height=scene.replica.work.height)))
