"""Places at the node: whoever asks for much waits for itself alone."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from p2pchain.control.gateway.fair_places import FairPlaces, NoPlace


async def test_a_reader_that_asks_for_much_keeps_no_other_waiting(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Twenty requests of one second each wait when another comes: it is served next but one."""
    places = FairPlaces(2, 1, 32)
    served: list[tuple[str, float]] = []

    async def ask(reader: str, seconds: float) -> None:
        async with places.place(reader):
            await trio.sleep(seconds)
        served.append((reader, trio.current_time()))

    async with trio.open_nursery() as nursery:
        began = trio.current_time()
        for reader in ("a", "b"):
            for _ in range(20):
                nursery.start_soon(ask, reader, 1.0)
        await trio.sleep(2.5)
        nursery.start_soon(ask, "honest", 0.1)
        await trio.sleep(1)
        nursery.start_soon(ask, "honest", 0.1)
    honest = [round(at - began, 1) for reader, at in served if reader == "honest"]
    assert honest == [3.1, 4.1], "the next place that is free"
    assert len(served) == 42


async def test_one_reader_has_no_more_than_its_places(autojump_clock: trio.testing.MockClock) -> None:
    places = FairPlaces(2, 1, 3)
    inside = most = 0

    async def ask() -> None:
        nonlocal inside, most
        async with places.place("a"):
            inside += 1
            most = max(most, inside)
            await trio.sleep(1)
            inside -= 1

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(NoPlace):
            await ask()
    assert most == 1


async def test_who_gives_up_leaves_no_place_taken(autojump_clock: trio.testing.MockClock) -> None:
    places = FairPlaces(1, 1, 32)

    async def ask(seconds: float, patience_s: float) -> None:
        with trio.move_on_after(patience_s):
            async with places.place(trio.current_time()):
                await trio.sleep(seconds)

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(ask, 3, 1 + number)
            await trio.sleep(0.1)
    with trio.fail_after(1):
        async with places.place("last"):
            pass
