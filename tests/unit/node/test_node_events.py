"""The stream of events: each once and in order, over pages, filters and new blocks."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from p2pchain.codec.block import decode_block_record, encode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Event
from p2pchain.node.face.event_stream import HEARTBEAT_S, NEWEST_BLOCKS, PAGE_BLOCKS, STREAMS_MAX, EventSource
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.layout import SEGMENT_BYTES
from p2pchain.storage.simulated import SimulatedDisk
from tests.unit.node.test_node_joining import GENESIS
from tests.unit.replica.replica_world import Chain, a_transaction

TIP = PAGE_BLOCKS + 5


class Told:
    """A log whose blocks each hold two transactions, with an event of module ``a`` and two of ``b`` each."""

    def __init__(self, first: int = 1, tip: int = TIP, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.chain = Chain(GENESIS)
        disk = SimulatedDisk()
        from_ = Path("/chain")
        ChainLog.create(disk, from_, genesis=genesis_id(GENESIS), first_height=first)
        self.log = ChainLog.open(disk, from_, genesis=genesis_id(GENESIS), segment_bytes=segment_bytes)
        for _ in range(tip):
            self.append()
        self.source = EventSource(self.log)

    def append(self) -> BlockRecord:
        """One more block, final."""
        height = self.chain.tip.height + 1
        transactions = [a_transaction(valid_until=height + 3, text=f"{height} {each}") for each in "xy"]
        self.chain.commit(self.chain.make(transactions=transactions))
        record = decode_block_record(self.chain.records[-1])
        receipts = []
        for receipt in record.receipts:
            events = tuple(Event(module=each, name="done", fields=(height, b"\x01")) for each in "abb")
            receipts.append(type(receipt)(tx_id=receipt.tx_id, code=receipt.code, facts=(), events=events))
        told = BlockRecord(
            block=record.block,
            certificate=record.certificate,
            receipts=tuple(receipts),
            changes=record.changes,
        )
        if height >= self.log.first:
            self.log.append(height, encode_block_record(told))
            self.log.sync()
        return told


async def lines(stream: AsyncGenerator[bytes, None], most: int = 10**6) -> list[dict[str, Any]]:
    """What it tells, at most so many lines."""
    found: list[dict[str, Any]] = []
    async with aclosing(stream) as open_:
        async for piece in open_:
            found.extend(json.loads(line) for line in piece.splitlines())
            if len(found) >= most:
                break
    return found


def places(found: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(line["height"], line["place"]) for line in found if "tx_id" in line]


async def test_every_event_comes_once_and_in_order() -> None:
    told = Told()
    found = await lines(told.source.stream(Height(1), None, follow=False))
    assert places(found) == [(height, place) for height in range(1, TIP + 1) for place in range(6)]
    assert [line["height"] for line in found if "tx_id" not in line] == [0, PAGE_BLOCKS, TIP]
    assert found[1]["fields"] == [1, "01"]
    assert {line["tx_id"] for line in found if "tx_id" in line and line["height"] == 1} == {
        each.tx_id.hex() for each in decode_block_record(told.chain.records[0]).receipts
    }


async def test_of_one_module_the_places_stay() -> None:
    """So that a reader may change what it looks at and go on."""
    found = await lines(Told(tip=2).source.stream(Height(1), "b", follow=False))
    assert places(found) == [(height, place) for height in (1, 2) for place in (1, 2, 4, 5)]


async def test_new_blocks_follow(autojump_clock: trio.testing.MockClock) -> None:
    """Those that came before the reader looked, and those that come while it waits."""
    told = Told(tip=2)

    async def more() -> None:
        for _ in range(3):
            await trio.sleep(1)
            told.source.committed(told.append())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(more)
        found = await lines(told.source.stream(None, "a", follow=True), 10)
    assert places(found) == [(height, place) for height in (3, 4, 5) for place in (0, 3)]


async def test_a_stream_with_nothing_to_tell_tells_its_height(autojump_clock: trio.testing.MockClock) -> None:
    began = trio.current_time()
    found = await lines(Told(tip=2).source.stream(None, None, follow=True), 3)
    assert [line["height"] for line in found] == [2, 2, 2]
    assert trio.current_time() - began >= 2 * HEARTBEAT_S


async def test_what_is_not_here_is_refused() -> None:
    told = Told(first=3, tip=6)
    for height, code in ((2, "HEIGHT_PRUNED"), (8, "HEIGHT_UNKNOWN")):
        with pytest.raises(Refused, match=code):
            told.source.stream(Height(height), None, follow=True)
    assert places(await lines(told.source.stream(None, "a", follow=False)))[0] == (3, 0)
    assert NEWEST_BLOCKS > 6


async def test_a_reader_that_the_pruning_overtakes_is_told_where() -> None:
    """The stream ends; from that height on it is refused: nothing is left out without a word."""
    told = Told(tip=6, segment_bytes=300)
    stream = told.source.stream(Height(1), None, follow=False)
    async with aclosing(stream):
        assert json.loads(await anext(stream)) == {"height": 0}
        assert told.log.prune_below(3)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    with pytest.raises(Refused, match="HEIGHT_PRUNED"):
        told.source.stream(Height(1), None, follow=False)


async def test_a_page_ends_before_it_grows_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pchain.node.face.event_stream.PAGE_BYTES", 1)
    found = await lines(Told(tip=3).source.stream(Height(1), None, follow=False))
    assert [line["height"] for line in found if "tx_id" not in line] == [0, 1, 2, 3]
    assert places(found) == [(height, place) for height in (1, 2, 3) for place in range(6)]


async def test_streams_are_bounded_and_given_back(autojump_clock: trio.testing.MockClock) -> None:
    told = Told(tip=1)
    open_ = [told.source.stream(None, None, follow=True) for _ in range(STREAMS_MAX)]
    for each in open_:
        await anext(each)
    with pytest.raises(Refused, match="TOO_MANY_STREAMS"):
        told.source.stream(None, None, follow=True)
    await open_[0].aclose()
    open_[0] = told.source.stream(None, None, follow=True)
    for each in open_:
        await each.aclose()
