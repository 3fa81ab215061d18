"""The fetch table without a stream: ids, deadlines, places, and answers that do not fit."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio
import trio.testing

from p2pchain.codec.messages import encode_blocks_response, encode_fetch_request
from p2pchain.model.errors import PeerFault
from p2pchain.model.ids import Height, PeerId, TxId
from p2pchain.model.messages import (
    BlocksRequest,
    BlocksResponse,
    FetchRequest,
    FetchResponse,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.net.config import NetConfig
from p2pchain.net.events import FetchArrived, FetchFailed
from p2pchain.net.fetch_stream import UNANSWERED_MAX_S, FetchTable
from p2pchain.net.frames import ANSWER, LENGTH_BYTES, REQUEST, fetch_frame, split_fetch

CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
BLOCKS = BlocksRequest(first=Height(1), count=5)
TRANSACTIONS = TransactionsRequest(tx_ids=(TxId(bytes(32)),), block_id=None)
NO_BLOCKS = BlocksResponse(blocks=())
NO_TRANSACTIONS = TransactionsResponse(transactions=())


def table(config: NetConfig = CONFIG, first_id: int = 0) -> FetchTable:
    return FetchTable(PeerId("peer"), config, itertools.count(first_id))


def payload_of(framed: bytes) -> bytes:
    return framed[LENGTH_BYTES:]


@asynccontextmanager
async def joined(asker: FetchTable, answerer: FetchTable, arrived: list[FetchArrived]) -> AsyncIterator[None]:
    """Two tables whose frames reach each other."""

    async def carry(source: FetchTable, target: FetchTable) -> None:
        while True:
            event = await target.receive(payload_of(await source.next_frame()))
            if event is not None:
                arrived.append(event)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(carry, asker, answerer)
        nursery.start_soon(carry, answerer, asker)
        yield
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(("request_", "response"), [(BLOCKS, NO_BLOCKS), (TRANSACTIONS, NO_TRANSACTIONS)])
async def test_an_answer_reaches_its_question(request_: FetchRequest, response: FetchResponse) -> None:
    asker, answerer = table(), table(first_id=70)
    arrived: list[FetchArrived] = []
    async with joined(asker, answerer, arrived), trio.open_nursery() as nursery:

        async def answer() -> None:
            await trio.testing.wait_all_tasks_blocked()
            [event] = arrived
            assert (event.request, event.request_id) == (request_, 70)
            answerer.answer(event.request_id, response)
            answerer.answer(event.request_id, response)

        nursery.start_soon(answer)
        assert await asker.ask(request_, 1_000) == response


async def test_encoded_answers_are_answers_too() -> None:
    asker, answerer = table(), table()
    arrived: list[FetchArrived] = []
    async with joined(asker, answerer, arrived), trio.open_nursery() as nursery:

        async def answer() -> None:
            await trio.testing.wait_all_tasks_blocked()
            answerer.answer_encoded(arrived[0].request_id, encode_blocks_response(()))

        nursery.start_soon(answer)
        assert await asker.ask(BLOCKS, 1_000) == NO_BLOCKS


async def test_deadline_and_a_late_answer(autojump_clock: trio.testing.MockClock) -> None:
    asker, answerer = table(), table()
    arrived: list[FetchArrived] = []
    async with joined(asker, answerer, arrived):
        with pytest.raises(FetchFailed) as caught:
            await asker.ask(BLOCKS, 300)
        assert caught.value.code == "FETCH_DEADLINE"
        answerer.answer(arrived[0].request_id, NO_BLOCKS)
        await trio.sleep(1)


async def test_further_questions_wait_for_a_place_within_their_deadline(
    autojump_clock: trio.testing.MockClock,
) -> None:
    asker = table(replace(CONFIG, fetches_in_flight_max=2))
    failed: list[str] = []

    async def ask() -> None:
        with pytest.raises(FetchFailed) as caught:
            await asker.ask(BLOCKS, 500)
        failed.append(caught.value.code)

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        frames = 0
        with trio.move_on_after(0.1):
            while True:
                await asker.next_frame()
                frames += 1
        assert frames == 2
    assert failed == ["FETCH_DEADLINE"] * 5


async def test_a_link_that_ends_fails_its_questions() -> None:
    asker = table()
    async with trio.open_nursery() as nursery:

        async def close() -> None:
            await trio.testing.wait_all_tasks_blocked()
            asker.close()

        nursery.start_soon(close)
        with pytest.raises(FetchFailed) as caught:
            await asker.ask(BLOCKS, 60_000)
        assert caught.value.code == "FETCH_PEER_LOST"
    with pytest.raises(FetchFailed):
        await asker.ask(BLOCKS, 60_000)


async def test_answers_that_do_not_fit_are_the_peers_fault() -> None:
    asker = table()
    async with trio.open_nursery() as nursery:

        async def expect_nothing() -> None:
            with pytest.raises(FetchFailed):
                await asker.ask(TRANSACTIONS, 60_000)

        nursery.start_soon(expect_nothing)
        await trio.testing.wait_all_tasks_blocked()
        for payload, code in [
            (fetch_frame(ANSWER, 0, encode_blocks_response(())), "NET_WRONG_ANSWER"),
            (fetch_frame(ANSWER, 0, b"\xff\xff"), "NET_BAD_MESSAGE"),
            (fetch_frame(ANSWER, 1, encode_blocks_response(())), "NET_UNASKED_ANSWER"),
            (fetch_frame(REQUEST, 1, b"\xff"), "NET_BAD_MESSAGE"),
            (b"\x00\x00\x00\x01\x07", "NET_BAD_FRAME"),
        ]:
            with pytest.raises(PeerFault) as caught:
                await asker.receive(payload_of(payload))
            assert caught.value.code == code
        asker.close()


async def test_open_requests_are_bounded_until_one_is_answered_or_forgotten(
    autojump_clock: trio.testing.MockClock,
) -> None:
    answerer = table(replace(CONFIG, requests_in_flight_max=2))
    request = [payload_of(fetch_frame(REQUEST, number, encode_fetch_request(BLOCKS))) for number in range(5)]
    first = await answerer.receive(request[0])
    await answerer.receive(request[1])
    assert first is not None
    with trio.move_on_after(1) as scope:
        await answerer.receive(request[2])
    assert scope.cancelled_caught
    answerer.answer(first.request_id, NO_BLOCKS)
    assert await answerer.receive(request[3]) is not None
    began = trio.current_time()
    assert await answerer.receive(request[4]) is not None
    assert UNANSWERED_MAX_S - 2 <= trio.current_time() - began <= UNANSWERED_MAX_S


async def test_answers_beyond_their_bytes_are_left_out_and_counted() -> None:
    answerer = table(replace(CONFIG, answers_bytes_max=40))
    for number in range(8):
        event = await answerer.receive(payload_of(fetch_frame(REQUEST, number, encode_fetch_request(BLOCKS))))
        assert event is not None
        answerer.answer(event.request_id, NO_BLOCKS)
    assert answerer.dropped > 0
    kind, question, _ = split_fetch(payload_of(await answerer.next_frame()))
    assert (kind, question) == (ANSWER, 0)
