"""Timers on a clock that the test moves: told back once, in order, replaced by an equal one."""

from __future__ import annotations

import trio
import trio.testing

from p2pchain.consensus.types import TimeoutKind
from p2pchain.model.ids import Height, Round
from p2pchain.node.run.timers import Timers
from p2pchain.replica.inputs import BatchDue, BeginHeight, ConsensusTimeout, SummaryDue, SyncDue, Timer


class Told:
    """What ran out, and when, in ms."""

    def __init__(self) -> None:
        self.when: list[tuple[int, Timer]] = []
        self._began = trio.current_time()

    def __call__(self, timer: Timer) -> None:
        self.when.append((round((trio.current_time() - self._began) * 1000), timer))


async def test_timers_run_out_in_the_order_of_their_deadlines(autojump_clock: trio.testing.MockClock) -> None:
    """Also one that is set while another is waited for."""
    told = Told()
    timers = Timers(told)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(timers.run)
        timers.set(SummaryDue(), 1_000)
        timers.set(BatchDue(), 20)
        await trio.sleep(0.1)
        timers.set(SyncDue(), 500)
        await trio.sleep(2)
        nursery.cancel_scope.cancel()
    assert told.when == [(20, BatchDue()), (600, SyncDue()), (1_000, SummaryDue())]


async def test_an_equal_timer_replaces_the_one_that_runs(autojump_clock: trio.testing.MockClock) -> None:
    """Sooner or later, it is told back once."""
    told = Told()
    timers = Timers(told)
    begin = BeginHeight(height=Height(4))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(timers.run)
        timers.set(begin, 5_000)
        timers.set(BeginHeight(height=Height(4)), 50)
        timers.set(SyncDue(), 100)
        timers.set(SyncDue(), 700)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    assert told.when == [(50, begin), (700, SyncDue())]


async def test_timers_of_other_rounds_are_others(autojump_clock: trio.testing.MockClock) -> None:
    """Height, kind and round make a timeout."""
    told = Told()
    timers = Timers(told)
    kinds = [
        ConsensusTimeout(height=Height(height), kind=kind, round=Round(round_))
        for height in (1, 2)
        for kind in TimeoutKind
        for round_ in (0, 1)
    ]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(timers.run)
        for timer in kinds:
            timers.set(timer, 10)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert [timer for _, timer in told.when] == kinds


async def test_a_timer_that_is_set_again_when_it_runs_out_goes_on(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """As the replica does with its summaries."""
    told: list[int] = []

    def elapsed(timer: Timer) -> None:
        told.append(round(trio.current_time() * 1000))
        if len(told) < 5:
            timers.set(timer, 1_000)

    timers = Timers(elapsed)
    began = round(trio.current_time() * 1000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(timers.run)
        timers.set(SummaryDue(), 0)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    assert [when - began for when in told] == [0, 1_000, 2_000, 3_000, 4_000]
