"""Serves the table of routes over the Unix socket, and read-only over TCP where the operator wants it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import trio

from p2pchain.control.connection import Connection
from p2pchain.control.credentials import level_of
from p2pchain.control.http import Level, Request, RequestRefused, Response
from p2pchain.control.listening import tcp_listener, unix_listener
from p2pchain.control.port import NodePort
from p2pchain.control.routes import answer

CONNECTIONS_MAX: Final = 256
"""Connections at once, over all listeners; a further one is told 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlConfig:
    """Where to serve. ``group``: owner of the socket, None for the daemon's own group; ``http``:
    ``HOST:PORT`` or None; ``refused`` is told the code of every request that was refused."""

    socket: Path
    group: str | None
    http: str | None
    refused: Callable[[str], object]


class Started(Protocol):
    """Trio's task status of a task that has nothing to tell but that it runs."""

    def started(self, value: None) -> None:
        """The task runs from now on."""


async def serve_control(
    port: NodePort, config: ControlConfig, *, task_status: Started = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve until cancelled. The caller holds the home's lock.

    Raises ``Refused`` ``CONTROL_SOCKET`` or ``PORT_IN_USE`` before it has started; afterwards no client
    ends it.
    """
    server = _Server(port, config.refused)
    with unix_listener(config.socket, config.group) as listener:
        owner = config.socket.stat()
        tcp = None if config.http is None else await tcp_listener(config.http)
        async with trio.open_nursery() as nursery:
            if tcp is not None:
                nursery.start_soon(partial(trio.serve_listeners, server.serve_tcp, [tcp]))
            nursery.start_soon(
                trio.serve_listeners, partial(server.serve_unix, owner.st_uid, owner.st_gid), [listener]
            )
            task_status.started(None)


class _Server:
    """What all connections share: the node, and how many they are."""

    def __init__(self, port: NodePort, refused: Callable[[str], object]) -> None:
        self._port = port
        self._refused = refused
        self._connections = 0

    async def serve_unix(self, own_user_id: int, group_id: int, stream: trio.SocketStream) -> None:
        """A client on the Unix socket: what it may do is told by the kernel."""
        await self._serve(stream, level_of(stream.socket, own_user_id, group_id))

    async def serve_tcp(self, stream: trio.SocketStream) -> None:
        """A client on TCP may only look."""
        await self._serve(stream, Level.VIEWER)

    async def _serve(self, stream: trio.SocketStream, level: Level) -> None:
        reply = self._reply if self._connections < CONNECTIONS_MAX else _turn_away
        self._connections += 1
        try:
            await Connection(stream, level=level, answer=reply, refused=self._refused).serve()
        finally:
            self._connections -= 1

    async def _reply(self, request: Request) -> Response:
        return await answer(self._port, request)


async def _turn_away(request: Request) -> Response:
    facts = {"connections_max": CONNECTIONS_MAX}
    raise RequestRefused(503, "HTTP_TOO_MANY_CONNECTIONS", facts, "close a connection, or try again")
