"""The way from the gateway's process to the node: one request over one connection to its socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final

import h11
import trio

from p2pchain.control.gateway.fair_places import FairPlaces, NoPlace
from p2pchain.control.gateway.node_exchange import NodeExchange
from p2pchain.control.http import JSON_TYPE, Request, RequestRefused, Response
from p2pchain.model.ids import PublicKey

QUICK_MAX: Final = 2
"""Requests at the node at once that are answered at once, one after the other; the rest waits here, where
each reader has a turn.
"""
QUICK_EACH_MAX: Final = 1
"""Of those, of one reader."""
QUEUE_MAX: Final = 32
"""Requests of one reader that wait for such a place."""
WAITING_MAX: Final = 64
"""Requests at the node at once that wait for a block, or follow events."""
QUEUE_S_MAX: Final = 5.0
"""How long a request waits for one of those places."""
ANSWER_S_MAX: Final = 60.0
"""How long the node may take for an answer, beyond what the client wants to wait."""
QUIET_S_MAX: Final = 30.0
"""A stream in which the node says nothing for so long is over; it says something every 5 s."""
HELD_BYTES_MAX: Final = 67_108_864
"""Most bytes of answers that lie here at once, for clients who read slowly."""
PASSED_ON: Final = ("retry-after", "www-authenticate", "accept-signature")
"""Headers of the node's answer that the client gets, beside its type."""


class Upstream:
    """Asks the node at its socket, within bounds of places and bytes."""

    def __init__(self, socket: str) -> None:
        """``socket``: path of the node's socket for its gateway."""
        self._socket = socket
        self._quick = FairPlaces(QUICK_MAX, QUICK_EACH_MAX, QUEUE_MAX)
        self._waiting = trio.Semaphore(WAITING_MAX)
        self._held_bytes = 0

    async def ask(
        self, request: Request, account: PublicKey | None, address: str, waits_s: float | None
    ) -> Response:
        """Answer of the node, read whole. ``waits_s``: how long the client wants to wait for it, None where
        the route never lets it wait: such requests have turns by reader.

        Raises ``RequestRefused``: ``GATEWAY_BUSY``, ``GATEWAY_NODE_AWAY``.
        """
        place = _turn(self._quick, account or address) if waits_s is None else _place(self._waiting)
        waits_s = waits_s or 0
        async with place, _exchange(self._socket) as exchange:
            try:
                with trio.fail_after(ANSWER_S_MAX + waits_s):
                    await exchange.send(request, account)
                    head, body = await exchange.head(), await exchange.body()
            except trio.TooSlowError:
                raise _away("no answer in time") from None
        if self._held_bytes + len(body) > HELD_BYTES_MAX:
            raise _busy("bytes_max", HELD_BYTES_MAX)
        self._held_bytes += len(body)
        return replace(_response(head), body=body, done=partial(self._release, len(body)))

    async def follow(self, request: Request, account: PublicKey | None) -> Response:
        """Answer of the node that comes in pieces, as they come. Raises like ``ask``."""
        async with AsyncExitStack() as entered:
            await entered.enter_async_context(_place(self._waiting))
            exchange = await entered.enter_async_context(_exchange(self._socket))
            try:
                with trio.fail_after(ANSWER_S_MAX):
                    await exchange.send(request, account)
                    head = await exchange.head()
                    if head.status_code != 200:
                        return replace(_response(head), body=await exchange.body())
            except trio.TooSlowError:
                raise _away("no answer in time") from None
            held = entered.pop_all()
        pieces = _pieces(exchange, held)
        await anext(pieces)  # Begun, so that its end is reached however soon the client leaves.
        return replace(_response(head), lines=pieces)

    def _release(self, size: int) -> None:
        self._held_bytes -= size


async def _pieces(exchange: NodeExchange, held: AsyncExitStack) -> AsyncGenerator[bytes, None]:
    async with held:
        yield b""
        while True:
            with trio.move_on_after(QUIET_S_MAX) as quiet:
                piece = await exchange.piece()
            if quiet.cancelled_caught or piece is None:
                return
            yield piece


@asynccontextmanager
async def _place(places: trio.Semaphore) -> AsyncIterator[None]:
    with trio.move_on_after(QUEUE_S_MAX) as waited:
        await places.acquire()
    if waited.cancelled_caught:
        raise _busy("waiting_s", int(QUEUE_S_MAX))
    try:
        yield
    finally:
        places.release()


@asynccontextmanager
async def _turn(places: FairPlaces, reader: Hashable) -> AsyncIterator[None]:
    async with AsyncExitStack() as entered:
        try:
            with trio.move_on_after(QUEUE_S_MAX) as waited:
                await entered.enter_async_context(places.place(reader))
        except NoPlace:
            raise _busy("waiting_max", QUEUE_MAX) from None
        if waited.cancelled_caught:
            raise _busy("waiting_s", int(QUEUE_S_MAX))
        yield


@asynccontextmanager
async def _exchange(socket: str) -> AsyncIterator[NodeExchange]:
    """Connection to the node; whatever breaks it is ``GATEWAY_NODE_AWAY``."""
    try:
        stream = await trio.open_unix_socket(socket)
    except OSError as error:
        raise _away(error.strerror or str(error)) from error
    try:
        yield NodeExchange(stream)
    except (trio.BrokenResourceError, h11.RemoteProtocolError) as error:
        raise _away(str(error)) from error
    finally:
        await trio.aclose_forcefully(stream)


def _response(head: h11.Response) -> Response:
    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
    return Response(
        status=head.status_code,
        body=b"",
        content_type=headers.get("content-type", JSON_TYPE),
        allow=headers.get("allow"),
        headers=tuple((name, headers[name]) for name in PASSED_ON if name in headers),
    )


def _busy(limit: str, value: int) -> RequestRefused:
    return RequestRefused(503, "GATEWAY_BUSY", {limit: value}, "try again in some seconds")


def _away(reason: str) -> RequestRefused:
    hint = "try again; the operator of the node finds in p2pchain status what it lacks"
    return RequestRefused(503, "GATEWAY_NODE_AWAY", {"reason": reason[:200]}, hint)
