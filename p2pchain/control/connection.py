"""One HTTP/1.1 connection: h11 reads and writes, this decides how long and how much it may take.

Whatever a client sends, its connection is answered or closed and nothing else happens: a giant header, a
body without end, a byte every ten seconds, garbage. Requests may be pipelined; they are answered one after
the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import h11
import structlog
import trio

from p2pchain.control.http import Level, Request, RequestRefused, Response, error_response
from p2pchain.model.errors import Fault

HEADER_BYTES_MAX: Final = 16_384
BODY_BYTES_MAX: Final = 4_194_304
QUERY_FIELDS_MAX: Final = 32
IDLE_TIMEOUT_S: Final = 60
"""How long a connection may lie open between requests."""
REQUEST_TIMEOUT_S: Final = 10
"""From the first byte of a request to its last."""
WRITE_TIMEOUT_S: Final = 30
"""For a client to take an answer."""
LINGER_TIMEOUT_S: Final = 1
LINGER_BYTES_MAX: Final = 8_388_608
"""Read and thrown away after a refusal, so that a client still writing gets to read it."""
RECEIVE_BYTES: Final = 65_536

Answer = Callable[[Request], Awaitable[Response]]


class Connection:
    """Connection of one client, served until it leaves, is idle for too long, or breaks the protocol."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        *,
        level: Level,
        answer: Answer,
        refused: Callable[[str], object],
        error_answer: Callable[[Fault], Response] = error_response,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        """``answer`` may raise a ``Fault``; ``refused`` is called with the code of every error that is
        answered; ``error_answer`` makes the answer of a fault.
        """
        self._stream = stream
        self._level = level
        self._answer = answer
        self._refused = refused
        self._error_answer = error_answer
        self._body_bytes_max = body_bytes_max
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADER_BYTES_MAX)
        self._bodiless = False
        self.idle_since: float | None = None
        """Since when there is no whole request, by trio's clock; None while one is answered."""

    async def serve(self) -> None:
        """Answer request after request; returns when the connection is over."""
        self.idle_since = trio.current_time()
        try:
            while await self._serve_one():
                pass
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        finally:
            await trio.aclose_forcefully(self._stream)

    async def _serve_one(self) -> bool:
        """Serve one request and its answer; False where the connection is over."""
        self._bodiless = False
        try:
            request = await self._read_request()
        except RequestRefused as fault:
            self._note(fault)
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                await self._write(self._error_answer(fault), close=True)
                await self._linger()
            return False
        if request is None:
            return False
        self.idle_since = None
        try:
            response = await self._answer(request)
        except Fault as fault:
            self._note(fault)
            response = self._error_answer(fault)
        if not await self._write(response, close=False) or self._http.our_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.idle_since = trio.current_time()
        return True

    def _note(self, fault: Fault) -> None:
        self._refused(fault.code)
        if isinstance(fault, RequestRefused):
            structlog.get_logger().info("control.refused", code=fault.code, **fault.facts)

    async def _read_request(self) -> Request | None:
        """Read the next request; None where the client has left. Raises ``RequestRefused``."""
        if not self._http.trailing_data[0]:
            with trio.move_on_after(IDLE_TIMEOUT_S) as idle:
                self._http.receive_data(await self._stream.receive_some(RECEIVE_BYTES))
            if idle.cancelled_caught:
                return None
        try:
            with trio.fail_after(REQUEST_TIMEOUT_S):
                return await self._read_whole()
        except trio.TooSlowError:
            facts = {"seconds_max": REQUEST_TIMEOUT_S}
            raise RequestRefused(408, "HTTP_TIMEOUT", facts, "send the whole request at once") from None
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                header = {"bytes_max": HEADER_BYTES_MAX}
                raise RequestRefused(431, "HTTP_HEADER_TOO_LARGE", header, "send fewer headers") from error
            said = {"reason": str(error)[:200]}
            raise RequestRefused(400, "HTTP_MALFORMED", said, "speak HTTP/1.1") from error

    async def _read_whole(self) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            match event := self._http.next_event():
                case h11.NEED_DATA:
                    if self._http.they_are_waiting_for_100_continue:
                        await self._send(h11.InformationalResponse(status_code=100, headers=[]))
                    self._http.receive_data(await self._stream.receive_some(RECEIVE_BYTES))
                case h11.Request():
                    head = event
                    self._bodiless = head.method == b"HEAD"
                    _check_length(head, self._body_bytes_max)
                case h11.Data():
                    body += event.data
                    _check_body(len(body), self._body_bytes_max)
                case h11.EndOfMessage():
                    assert head is not None, "h11 tells the head first"
                    return _request(head, bytes(body), self._level)
                case _:
                    return None

    async def _write(self, response: Response, *, close: bool) -> bool:
        """Send an answer whole; False where the client did not take it in time."""
        try:
            return await self._write_parts(response, close=close)
        finally:
            if response.done is not None:
                response.done()

    async def _write_parts(self, response: Response, *, close: bool) -> bool:
        headers = [("content-type", response.content_type), *response.headers]
        if response.lines is None:
            headers.append(("content-length", str(len(response.body))))
        if response.allow is not None:
            headers.append(("allow", response.allow))
        if close:
            headers.append(("connection", "close"))
        head = h11.Response(status_code=response.status, headers=headers)
        body = h11.Data(data=b"" if self._bodiless else response.body)
        if response.lines is None:
            return await self._send_in_time(head, body, h11.EndOfMessage())
        async with aclosing(response.lines) as lines:
            if not await self._send_in_time(head):
                return False
            try:
                async for line in lines:
                    if self._bodiless:
                        break
                    if not await self._send_in_time(h11.Data(data=line)):
                        return False
            except Fault as fault:
                self._note(fault)
                return False  # Half of an answer is out: only its end without an end tells the client.
        return await self._send_in_time(h11.EndOfMessage())

    async def _send_in_time(self, *events: h11.Event) -> bool:
        """Send bytes; False where the client did not take them in time."""
        with trio.move_on_after(WRITE_TIMEOUT_S) as slow:
            await self._send(*events)
        return not slow.cancelled_caught

    async def _send(self, *events: h11.Event) -> None:
        await self._stream.send_all(b"".join(self._http.send(event) or b"" for event in events))

    async def _linger(self) -> None:
        with trio.move_on_after(LINGER_TIMEOUT_S):
            if isinstance(self._stream, trio.abc.HalfCloseableStream):
                await self._stream.send_eof()
            taken = 0
            while taken < LINGER_BYTES_MAX:
                data = await self._stream.receive_some(RECEIVE_BYTES)
                if not data:
                    return
                taken += len(data)


def _check_length(head: h11.Request, bytes_max: int) -> None:
    for name, value in head.headers:
        if name == b"content-length":
            _check_body(int(value), bytes_max)


def _check_body(size: int, bytes_max: int) -> None:
    if size > bytes_max:
        facts = {"bytes_max": bytes_max}
        raise RequestRefused(413, "HTTP_BODY_TOO_LARGE", facts, "submit in smaller batches")


def _request(head: h11.Request, body: bytes, level: Level) -> Request:
    headers = dict(head.headers)
    content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    try:
        parts = urlsplit(head.target.decode("ascii"))
        pairs = parse_qsl(
            parts.query, keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX
        )
        path = unquote(parts.path, errors="strict")
    except ValueError as error:
        facts = {"reason": str(error)[:200]}
        raise RequestRefused(400, "HTTP_TARGET", facts, "write the path as in GET /v1/") from error
    return Request(
        method=head.method.decode("ascii"),
        path=path,
        query=dict(pairs),
        content_type=content_type,
        body=body,
        level=level,
        captured={},
        host=headers.get(b"host", b"").decode("latin-1"),
        target=head.target.decode("ascii"),
        headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers),
    )
