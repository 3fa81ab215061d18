"""Serves the table of routes over the Unix socket, and read-only over TCP where the operator wants it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import trio

from p2pchain.control.credentials import level_of
from p2pchain.control.faces import Face, tcp_limits, unix_limits
from p2pchain.control.http import Level, Request, Response
from p2pchain.control.listeners import tcp_listener, unix_listener
from p2pchain.control.port import NodePort
from p2pchain.control.routes import answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlConfig:
    """Address of the control server. ``group``: owner of the socket, None for the daemon's own group;
    ``http``: ``HOST:PORT`` or None; ``refused`` is called with the code of every request that was refused.
    """

    socket: Path
    group: str | None
    http: str | None
    refused: Callable[[str], object]


class RunningStatus(Protocol):
    """Trio's task status of a task that reports nothing but that it runs."""

    def started(self, value: None) -> None:
        """Report that the task runs from now on."""


async def serve_control(
    port: NodePort, config: ControlConfig, *, task_status: RunningStatus = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve until cancelled. The caller holds the home's lock.

    Raises ``Refused`` ``CONTROL_SOCKET`` or ``PORT_IN_USE`` before it has started; afterwards no client
    ends it.
    """

    async def reply(request: Request) -> Response:
        return await answer(port, request)

    unix = Face(reply, unix_limits(), config.refused)
    with unix_listener(config.socket, config.group) as listener:
        owner = config.socket.stat()
        tcp = None if config.http is None else Face(reply, tcp_limits(config.http), config.refused)
        listeners = [] if config.http is None else [await tcp_listener(config.http)]

        async def serve_unix(stream: trio.SocketStream) -> None:
            """Serve a client on the Unix socket: the kernel says what it may do."""
            await unix.serve(stream, level_of(stream.socket, owner.st_uid, owner.st_gid))

        async with trio.open_nursery() as nursery:
            if tcp is not None:
                nursery.start_soon(partial(trio.serve_listeners, partial(_serve_viewer, tcp), listeners))
            nursery.start_soon(partial(trio.serve_listeners, serve_unix, [listener]))
            task_status.started(None)


async def _serve_viewer(face: Face, stream: trio.SocketStream) -> None:
    """Serve a client on TCP, which may only look."""
    await face.serve(stream, Level.VIEWER)
