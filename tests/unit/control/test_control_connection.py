"""One connection over a stream in memory and a clock that jumps: limits, timeouts, keep-alive and
pipelining.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import trio
import trio.testing

from p2pchain.control.connection import (
    BODY_BYTES_MAX,
    HEADER_BYTES_MAX,
    IDLE_TIMEOUT_S,
    REQUEST_TIMEOUT_S,
    WRITE_TIMEOUT_S,
    Connection,
)
from p2pchain.control.http import Level, Request, Response, json_response
from p2pchain.model.errors import Corrupt, Fault, Refused


async def echo(request: Request) -> Response:
    return json_response({"path": request.path, "query": dict(request.query), "body": request.body.hex()})


class Client:
    """The other end of a connection that is being served."""

    def __init__(
        self, nursery: trio.Nursery, answer: Callable[[Request], Awaitable[Response]] = echo
    ) -> None:
        self.refused: list[str] = []
        self.stream, theirs = trio.testing.memory_stream_pair()
        connection = Connection(theirs, level=Level.VIEWER, answer=answer, refused=self.refused.append)
        nursery.start_soon(connection.serve)

    async def say(self, data: bytes) -> None:
        """Send bytes, whether or not anybody still reads."""
        try:
            await self.stream.send_all(data)
        except trio.BrokenResourceError:
            return

    async def hear_all(self) -> bytes:
        """Everything until the connection is closed."""
        data = b""
        while part := await self.stream.receive_some(65_536):
            data += part
        return data

    async def error(self) -> tuple[int, str]:
        """Status and code of the one answer before the connection is closed."""
        head, _, body = (await self.hear_all()).partition(b"\r\n\r\n")
        assert b"connection: close" in head.lower()
        return int(head.split()[1]), json.loads(body)["error"]["code"]


async def test_pipelined_requests_are_answered_in_order(nursery: trio.Nursery) -> None:
    client = Client(nursery)
    await client.say(
        b"GET /a?x=1&y= HTTP/1.1\r\nhost: n\r\n\r\nPOST /b HTTP/1.1\r\nhost: n\r\ncontent-length: 2\r\n\r\nhi"
    )
    await client.say(b"GET /c HTTP/1.1\r\nhost: n\r\nconnection: close\r\n\r\n")
    answers = await client.hear_all()
    assert answers.count(b"HTTP/1.1 200") == 3
    assert [answers.find(part) for part in (b'"/a"', b'"/b"', b'"/c"')] == sorted(
        answers.find(part) for part in (b'"/a"', b'"/b"', b'"/c"')
    )
    assert b'"x":"1","y":""' in answers
    assert b'"body":"6869"' in answers
    assert client.refused == []


async def test_an_answer_to_head_has_a_length_and_no_body(nursery: trio.Nursery) -> None:
    client = Client(nursery)
    await client.say(
        b"HEAD /a HTTP/1.1\r\nhost: n\r\n\r\nGET /b HTTP/1.1\r\nhost: n\r\n\r\nno request\r\n\r\n"
    )
    answers = await client.hear_all()
    head, _, rest = answers.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: 35" in head.lower()
    assert rest.startswith(b"HTTP/1.1 200")
    assert b'"/a"' not in answers
    assert b'"/b"' in answers
    assert b"HTTP_MALFORMED" in answers, "the refusal after a HEAD has its body again"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"GET / HTTP/1.1\r\nhost: n\r\nx: " + b"a" * 2 * HEADER_BYTES_MAX, 431, "HTTP_HEADER_TOO_LARGE"),
        (b"G" * 2 * HEADER_BYTES_MAX, 431, "HTTP_HEADER_TOO_LARGE"),
        (bytes(range(256)) + b"\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"GET / HTTP/1.1\r\nhost: n\r\ncontent-length: " + b"9" * 30 + b"\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"POST / HTTP/1.1\r\nhost: n\r\ncontent-length: 4194305\r\n\r\n", 413, "HTTP_BODY_TOO_LARGE"),
        (b"GET /%ff HTTP/1.1\r\nhost: n\r\n\r\n", 400, "HTTP_TARGET"),
        (b"GET http://[/ HTTP/1.1\r\nhost: n\r\n\r\n", 400, "HTTP_TARGET"),
        (b"GET /?" + b"a=1&" * 40 + b" HTTP/1.1\r\nhost: n\r\n\r\n", 400, "HTTP_TARGET"),
    ],
)
async def test_what_is_refused(nursery: trio.Nursery, sent: bytes, status: int, code: str) -> None:
    client = Client(nursery)
    await client.say(sent)
    assert await client.error() == (status, code)
    assert client.refused == [code]


async def test_a_body_in_chunks_is_bounded_too(nursery: trio.Nursery) -> None:
    client = Client(nursery)
    await client.say(b"POST / HTTP/1.1\r\nhost: n\r\ntransfer-encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    for _ in range(BODY_BYTES_MAX // 65_536 + 2):
        await client.say(chunk)
    assert await client.error() == (413, "HTTP_BODY_TOO_LARGE")


async def test_a_client_may_ask_before_it_sends_a_large_body(nursery: trio.Nursery) -> None:
    client = Client(nursery)
    await client.say(b"POST /b HTTP/1.1\r\nhost: n\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    assert (await client.stream.receive_some(100)).startswith(b"HTTP/1.1 100")
    await client.say(b"hi")
    assert b'"body":"6869"' in await client.stream.receive_some(1_000)


async def test_a_slow_request_is_ended(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> None:
    """A byte every few seconds does not keep the connection."""
    client = Client(nursery)
    began = trio.current_time()

    async def drip() -> None:
        for byte in b"GET / HTTP/1.1\r\nhost: aaaaaaaaaaaaaaaa":
            await client.say(bytes((byte,)))
            await trio.sleep(3)

    nursery.start_soon(drip)
    with trio.fail_after(10 * REQUEST_TIMEOUT_S):
        assert await client.error() == (408, "HTTP_TIMEOUT")
    assert trio.current_time() - began < REQUEST_TIMEOUT_S + 2


async def test_an_idle_connection_is_closed(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    client = Client(nursery)
    await client.say(b"GET / HTTP/1.1\r\nhost: n\r\n\r\n")
    assert b"200" in await client.stream.receive_some(1_000)
    began = trio.current_time()
    assert await client.hear_all() == b""
    assert IDLE_TIMEOUT_S - 1 < trio.current_time() - began < IDLE_TIMEOUT_S + 1


async def test_a_client_that_does_not_read_is_dropped(autojump_clock: trio.testing.MockClock) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Connection(theirs, level=Level.VIEWER, answer=echo, refused=lambda _: None).serve)
        await ours.send_all(b"GET / HTTP/1.1\r\nhost: n\r\n\r\n")
    assert trio.current_time() >= WRITE_TIMEOUT_S


@pytest.mark.parametrize(
    "fault", [Refused("TX_UNKNOWN", {"tx_id": "ab"}, "look"), Corrupt("SEGMENT", {"at": 1})]
)
async def test_a_fault_of_the_answer_is_told_and_the_connection_goes_on(
    nursery: trio.Nursery, fault: Refused | Corrupt
) -> None:
    async def answer(request: Request) -> Response:
        raise fault

    client = Client(nursery, answer)
    await client.say(b"GET / HTTP/1.1\r\nhost: n\r\n\r\n")
    told = await client.stream.receive_some(1_000)
    assert told.startswith(b"HTTP/1.1 404" if isinstance(fault, Refused) else b"HTTP/1.1 500")
    error = json.loads(told.partition(b"\r\n\r\n")[2])["error"]
    assert error["code"] == fault.code
    assert error["details"] == dict(fault.facts)
    assert error.keys() == {"code", "message", "hint", "details"}
    await client.say(b"GET / HTTP/1.1\r\nhost: n\r\n\r\n")
    assert await client.stream.receive_some(1_000) == told
    assert client.refused == [fault.code, fault.code]


async def told_in_pieces(pieces: int, fault: Fault | None) -> AsyncGenerator[bytes, None]:
    for number in range(pieces):
        yield b"line %d\n" % number
    if fault is not None:
        raise fault


@pytest.mark.parametrize("fault", [None, Corrupt("SEGMENT", {"at": 1})])
async def test_an_answer_may_come_in_pieces(nursery: trio.Nursery, fault: Fault | None) -> None:
    """Chunked; where it cannot go on the connection ends without the last chunk, and nothing else happens."""

    async def answer(request: Request) -> Response:
        return Response(status=200, body=b"", lines=told_in_pieces(3, fault))

    client = Client(nursery, answer)
    await client.say(b"GET / HTTP/1.1\r\nhost: n\r\n\r\n")
    await client.stream.send_stream.aclose()
    told = await client.hear_all()
    assert told.count(b"line ") == 3
    assert b"transfer-encoding: chunked" in told.lower()
    assert told.endswith(b"0\r\n\r\n") == (fault is None)
    assert client.refused == ([] if fault is None else ["SEGMENT"])


async def test_a_client_that_leaves_at_once_or_midway(nursery: trio.Nursery) -> None:
    for sent in (b"", b"GET / HT", b"POST / HTTP/1.1\r\nhost: n\r\ncontent-length: 9\r\n\r\nabc"):
        client = Client(nursery)
        await client.say(sent)
        await client.stream.send_stream.aclose()
        await client.hear_all()
