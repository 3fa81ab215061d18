"""One request to the node over one connection, and its answer, whole or in pieces."""

from __future__ import annotations

from typing import Final

import h11
import trio

from p2pchain.control.http import Request, RequestRefused
from p2pchain.model.ids import PublicKey

ACCOUNT_HEADER: Final = "p2pchain-account"
"""Public key whose signature of the request the gateway has verified, in hexadecimal."""
FORWARDED: Final = ("content-type", "accept", "last-event-id")
"""Headers of the client that the node gets."""
ANSWER_BYTES_MAX: Final = 8_388_608
"""Largest answer that is passed on whole."""
RECEIVE_BYTES: Final = 65_536


class NodeExchange:
    """A connection for one request."""

    def __init__(self, stream: trio.SocketStream) -> None:
        """``stream``: connected to the node's socket for its gateway."""
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT)

    async def send(self, request: Request, account: PublicKey | None) -> None:
        """Send a request in the name of whoever signed it, or of nobody. Raises
        ``trio.BrokenResourceError``.
        """
        headers = [("host", "node"), ("connection", "close"), ("content-length", str(len(request.body)))]
        headers += [(name, value) for name, value in request.headers if name in FORWARDED]
        if account is not None:
            headers.append((ACCOUNT_HEADER, account.hex()))
        head = h11.Request(method=request.method, target=request.target, headers=headers)
        events = (head, h11.Data(data=request.body), h11.EndOfMessage())
        await self._stream.send_all(b"".join(self._http.send(event) or b"" for event in events))

    async def head(self) -> h11.Response:
        """Read the head of the answer."""
        event = await self._next()
        if not isinstance(event, h11.Response):
            raise h11.RemoteProtocolError("closed before an answer")
        return event

    async def piece(self) -> bytes | None:
        """Read more of the body; None at its end."""
        event = await self._next()
        match event:
            case h11.Data():
                return bytes(event.data)
            case h11.EndOfMessage():
                return None
        raise h11.RemoteProtocolError("closed within an answer")

    async def body(self) -> bytes:
        """Read the whole body. Raises ``RequestRefused("GATEWAY_ANSWER_TOO_LARGE")``."""
        body = bytearray()
        while (piece := await self.piece()) is not None:
            body += piece
            if len(body) > ANSWER_BYTES_MAX:
                facts = {"bytes_max": ANSWER_BYTES_MAX}
                raise RequestRefused(503, "GATEWAY_ANSWER_TOO_LARGE", facts, "ask for less at once")
        return bytes(body)

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._stream.receive_some(RECEIVE_BYTES))
        return event
