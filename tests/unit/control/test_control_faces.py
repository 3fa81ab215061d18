"""What one face of the control server takes: connections, time, streams; on trio's mock clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
import trio
import trio.testing

from p2pchain.control.faces import TCP_REST, Face, FaceLimits, tcp_limits, unix_limits
from p2pchain.control.http import LINES_TYPE, Level, Request, Response, json_response

REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
LIMITS = FaceLimits(connections_max=3, kept=1, streams_max=2, rest=0, host=None)


class Client:
    """One client of a face."""

    def __init__(self, face: Face, nursery: trio.Nursery, level: Level = Level.VIEWER) -> None:
        self._stream, theirs = trio.testing.memory_stream_pair()
        nursery.start_soon(face.serve, theirs, level)

    async def ask(self, request: bytes = REQUEST) -> int:
        """Send a request; the status of its answer."""
        await self._stream.send_all(request)
        head = await self._stream.receive_some(65_536)
        return int(head.split()[1]) if head else 0

    async def is_closed(self) -> bool:
        """Whether the face has closed this connection."""
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(0.01):
            return not await self._stream.receive_some(1)
        return False


async def at_once(request: Request) -> Response:
    """An answer that takes no time."""
    return json_response({"path": request.path})


async def test_whoever_is_idle_for_longest_makes_room(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """A newcomer is served; the first of those that only lie there is closed, and no other."""
    face = Face(at_once, LIMITS, lambda code: None)
    first, second = Client(face, nursery), Client(face, nursery)
    assert await first.ask() == 200
    await trio.sleep(1)
    assert await second.ask() == 200
    third = Client(face, nursery)
    assert await third.ask() == 200
    assert await first.is_closed()
    assert not await second.is_closed()
    nursery.cancel_scope.cancel()


async def test_the_last_connections_are_kept_for_admins(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """Operators whose requests hang take all but those."""
    hanging = trio.Event()

    async def slowly(request: Request) -> Response:
        if request.level is not Level.ADMIN:
            await hanging.wait()
        return await at_once(request)

    face = Face(slowly, LIMITS, lambda code: None)
    for _ in range(2):
        nursery.start_soon(Client(face, nursery, Level.OPERATOR).ask)
    await trio.testing.wait_all_tasks_blocked()
    assert await Client(face, nursery, Level.OPERATOR).ask() == 503
    assert await Client(face, nursery, Level.ADMIN).ask() == 200
    nursery.cancel_scope.cancel()


async def test_tcp_takes_no_more_than_its_share_of_time(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """One answer at a time, and a rest nine times as long after each."""
    busy_s = 0.0

    async def slowly(request: Request) -> Response:
        nonlocal busy_s
        await trio.sleep(0.01)
        busy_s += 0.01
        return await at_once(request)

    face = Face(slowly, tcp_limits("127.0.0.1:9100"), lambda code: None)

    async def on_and_on() -> None:
        client = Client(face, nursery)
        while True:
            await client.ask()

    for _ in range(30):
        nursery.start_soon(on_and_on)
    await trio.sleep(10)
    assert busy_s == pytest.approx(10 / (TCP_REST + 1), rel=0.05)
    nursery.cancel_scope.cancel()


async def test_an_answer_does_not_wait_for_the_rest_that_it_costs(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """The next one does."""

    async def slowly(request: Request) -> Response:
        await trio.sleep(1)
        return await at_once(request)

    face = Face(slowly, tcp_limits("127.0.0.1:9100"), lambda code: None)
    client = Client(face, nursery)
    began = trio.current_time()
    assert await client.ask() == 200
    assert trio.current_time() - began == pytest.approx(1)
    assert await client.ask() == 200
    assert trio.current_time() - began == pytest.approx(2 + TCP_REST)
    nursery.cancel_scope.cancel()


async def test_streams_of_a_face_are_bounded(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """So that TCP cannot take all streams that the node has; one that ends makes room."""

    async def lines() -> AsyncGenerator[bytes, None]:
        while True:
            yield b"{}\n"
            await trio.sleep(1)

    async def stream(request: Request) -> Response:
        return Response(status=200, body=b"", content_type=LINES_TYPE, lines=lines())

    face = Face(stream, replace(LIMITS, connections_max=10), lambda code: None)
    async with trio.open_nursery() as readers:
        clients = [Client(face, readers) for _ in range(3)]
        assert [await client.ask() for client in clients] == [200, 200, 503]
        readers.cancel_scope.cancel()
    assert await Client(face, nursery).ask() == 200
    nursery.cancel_scope.cancel()


def test_faces_share_no_limit() -> None:
    """An address in the settings says which name of the node is asked for."""
    assert tcp_limits("[::]:9100").host == "::"
    assert tcp_limits(":9100").host == ""
    assert tcp_limits("node.bank-a.example:9100").host == "node.bank-a.example"
    assert unix_limits().host is None
    assert unix_limits().kept > 0
