"""The node's side of the gateway: a socket of its own for the gateway's process, and what it may ask there.

The gateway's process has verified who signed a request; whether that account may ask is decided here, by the
table of routes and the ledger. What is answered at once has turns with a rest after each, so that readers
never take more than a quarter of the node's time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import trio

from p2pchain.control.credentials import level_of
from p2pchain.control.faces import Face, gateway_limits
from p2pchain.control.gateway.node_exchange import ACCOUNT_HEADER
from p2pchain.control.gateway.problems import problem_response
from p2pchain.control.http import Level, Request, RequestRefused, Response
from p2pchain.control.listeners import unix_listener
from p2pchain.control.port import NodePort
from p2pchain.control.readers import STRANGER, ChainReader, Readers
from p2pchain.control.routes import Route, find_route
from p2pchain.control.server import RunningStatus
from p2pchain.control.time_share import TimeShare
from p2pchain.model.ids import PublicKey

OWN_MODE: Final = 0o600
"""Of the socket: the node's own user alone may speak for accounts."""
REST: Final = 3
"""How many times as long as an answer took its readers rest after it."""


async def serve_node_side(
    port: NodePort,
    socket: Path,
    refused: Callable[[str], object],
    *,
    task_status: RunningStatus = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the gateway's process until cancelled; ``refused`` is called with the code of each refusal.

    Raises ``Refused("CONTROL_SOCKET")`` before it has started.
    """
    share = TimeShare(REST)

    async def reply(request: Request) -> Response:
        return await answer_reader(port, request, share)

    face = Face(reply, gateway_limits(), refused, problem_response)
    with unix_listener(socket, None, OWN_MODE) as listener:

        async def serve(stream: trio.SocketStream) -> None:
            """Serve the gateway's process, and nobody else."""
            if level_of(stream.socket, os.geteuid(), os.getegid()) is Level.ADMIN:
                await face.serve(stream, Level.OPERATOR)
            else:
                await trio.aclose_forcefully(stream)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, serve, [listener])
            task_status.started(None)


async def answer_reader(port: NodePort, request: Request, share: TimeShare) -> Response:
    """Answer a request as its reader may have it. Raises the ``Fault`` of whoever is guilty."""
    route, captured = find_route(request.method, request.path)
    reader = _reader(port, request)
    check_reader(route, reader)
    asked = replace(request, captured=captured, reader=reader, level=Level.OPERATOR)
    if route.waits:
        return await route.handler(port, asked)
    async with share.turn():
        return await route.handler(port, asked)


def check_reader(route: Route, reader: ChainReader) -> None:
    """Accept a reader for a route. Raises ``RequestRefused``: ``GATEWAY_CLOSED``, ``GATEWAY_UNSIGNED``,
    ``GATEWAY_AUDITORS``.
    """
    match route.readers:
        case Readers.NOBODY:
            hint = "ask it on the control socket of the node"
            raise RequestRefused(403, "GATEWAY_CLOSED", {"path": route.path}, hint)
        case Readers.ACCOUNTS | Readers.AUDITORS if reader.account is None:
            hint = "sign it as docs/gateway.md says, with the key of an account"
            raise RequestRefused(401, "GATEWAY_UNSIGNED", {"path": route.path}, hint)
        case Readers.AUDITORS if not reader.is_unlimited:
            hint = "ask with an account that has the role auditor"
            raise RequestRefused(403, "GATEWAY_AUDITORS", {"path": route.path}, hint)


def _reader(port: NodePort, request: Request) -> ChainReader:
    """Whoever signed, as the ledger knows the account; its codes are those of ``RightsPort.reader``."""
    stated = dict(request.headers).get(ACCOUNT_HEADER)
    return STRANGER if stated is None else port.rights.reader(PublicKey(bytes.fromhex(stated)))
