"""Faces of the control server: the connections of one listener, and how much of the node's time they take.

Each face has limits of its own, so that strangers on TCP never shut an operator out of the Unix socket. A
face that is full closes the connection that has been idle for longest; where none is idle the newcomer is
told 503. The last connections of the Unix face are kept for admins. What TCP asks is answered one request at
a time, and after each the face rests for nine times as long as the answer took: it never takes more than a
tenth of the node's time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Final

import trio

from p2pchain.control.connection import Answer, Connection
from p2pchain.control.http import Level, Request, RequestRefused, Response, error_response, host_name
from p2pchain.control.time_share import TimeShare
from p2pchain.model.errors import Fault

UNIX_CONNECTIONS_MAX: Final = 256
UNIX_CONNECTIONS_KEPT: Final = 16
"""Of these, so many for admins alone."""
UNIX_STREAMS_MAX: Final = 48
TCP_CONNECTIONS_MAX: Final = 64
TCP_STREAMS_MAX: Final = 16
"""Event streams over TCP at once; the node has 64 for all faces."""
GATEWAY_CONNECTIONS_MAX: Final = 128
GATEWAY_STREAMS_MAX: Final = 32
TCP_REST: Final = 9
"""How many times as long as an answer took the TCP face rests after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceLimits:
    """Limits of one face. ``kept``: of ``connections_max``, for admins alone; ``rest``: see ``TCP_REST``, 0
    for none; ``host``: the configured host where the header ``Host`` is checked, None where it is not.
    """

    connections_max: int
    kept: int
    streams_max: int
    rest: int
    host: str | None


def unix_limits() -> FaceLimits:
    """Return the limits of the Unix socket, whose clients the kernel names."""
    return FaceLimits(
        connections_max=UNIX_CONNECTIONS_MAX,
        kept=UNIX_CONNECTIONS_KEPT,
        streams_max=UNIX_STREAMS_MAX,
        rest=0,
        host=None,
    )


def gateway_limits() -> FaceLimits:
    """Return the limits of the gateway's process at the node; what it takes of time its routes say."""
    return FaceLimits(
        connections_max=GATEWAY_CONNECTIONS_MAX, kept=0, streams_max=GATEWAY_STREAMS_MAX, rest=0, host=None
    )


def tcp_limits(address: str) -> FaceLimits:
    """Return the limits of TCP at ``HOST:PORT``."""
    return FaceLimits(
        connections_max=TCP_CONNECTIONS_MAX,
        kept=0,
        streams_max=TCP_STREAMS_MAX,
        rest=TCP_REST,
        host=address.rpartition(":")[0].strip("[]"),
    )


class Face:
    """Connections of one listener, within their limits."""

    def __init__(
        self,
        answer: Answer,
        limits: FaceLimits,
        refused: Callable[[str], object],
        error_answer: Callable[[Fault], Response] = error_response,
    ) -> None:
        """``answer`` answers a request whatever the face; ``refused`` is called with the code of each
        refusal, of which ``error_answer`` makes the answer.
        """
        self._answer = answer
        self._limits = limits
        self._refused = refused
        self._error_answer = error_answer
        self._open: dict[Connection, trio.CancelScope] = {}
        self._streams = 0
        self._share = TimeShare(limits.rest)

    async def serve(self, stream: trio.abc.HalfCloseableStream, level: Level) -> None:
        """Serve one client until it leaves, or has to make room for another."""
        reply = self._reply if self._has_room(level) else self._turn_away
        connection = Connection(
            stream, level=level, answer=reply, refused=self._refused, error_answer=self._error_answer
        )
        with trio.CancelScope() as scope:
            self._open[connection] = scope
            try:
                await connection.serve()
            finally:
                self._open.pop(connection, None)

    # leaves

    def _has_room(self, level: Level) -> bool:
        """Return whether another client finds room, having made some where that is possible."""
        most = self._limits.connections_max
        if level is not Level.ADMIN:
            most -= self._limits.kept
        if len(self._open) < most:
            return True
        idle = [connection for connection in self._open if connection.idle_since is not None]
        if not idle:
            return False
        longest = min(idle, key=lambda connection: connection.idle_since or 0.0)
        self._open.pop(longest).cancel()
        return True

    async def _reply(self, request: Request) -> Response:
        self._check_host(request)
        async with self._share.turn():
            return self._counted(await self._answer(request))

    def _counted(self, response: Response) -> Response:
        """Count an answer that goes on as lines. ``TOO_MANY_STREAMS``."""
        if response.lines is None:
            return response
        if self._streams >= self._limits.streams_max:
            facts = {"streams_max": self._limits.streams_max}
            raise RequestRefused(503, "TOO_MANY_STREAMS", facts, "end another stream first")
        return replace(response, lines=self._stream_of(response.lines))

    async def _stream_of(self, lines: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        self._streams += 1
        try:
            async for line in lines:
                yield line
        finally:
            self._streams -= 1
            await lines.aclose()

    def _check_host(self, request: Request) -> None:
        """Refuse a name that somebody else's page made a browser resolve to this address (DNS rebinding)."""
        configured = self._limits.host
        if configured is None:
            return
        name = host_name(request.host)
        if name in ("localhost", configured.lower()) or _is_address(name):
            return
        facts = {"host": request.host[:200]}
        hint = "ask by the address of the node, or by the name in control.http"
        raise RequestRefused(421, "HTTP_HOST", facts, hint)

    async def _turn_away(self, request: Request) -> Response:
        facts = {"connections_max": self._limits.connections_max}
        raise RequestRefused(503, "HTTP_TOO_MANY_CONNECTIONS", facts, "close a connection, or try again")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
