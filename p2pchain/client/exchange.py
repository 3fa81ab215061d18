"""One connection to the control socket: an HTTP/1.1 request, its whole answer, and again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import h11
import trio

from p2pchain.client.faults import AnswerInvalid, DaemonNotRunning, NotPermitted

ANSWER_BYTES_MAX: Final = 67_108_864
"""Largest answer that is read: a full block in JSON."""
RECEIVE_BYTES: Final = 65_536
PATH_TOO_LONG: Final = "AF_UNIX path too long"
"""What Python says of more than unix(7)'s ``sun_path`` holds; it gives no errno."""
TOO_LONG: Final = "its path is longer than a socket's may be"
SHORTER_HINT: Final = "no node can serve there: set a shorter control.socket in config.toml"
SOCKET_HINT: Final = "run as the node's user, or as a member of the socket's group"


class ConnectionLost(Exception):
    """The node closed the connection before it answered; internal to this room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """Status and body of an answer."""

    status: int
    body: bytes


class ErrorAnswer(Exception):
    """The node answered with an error instead of lines; internal to this room."""

    def __init__(self, answer: HttpAnswer) -> None:
        """``answer``: what it said."""
        super().__init__(answer.status)
        self.answer = answer


async def connect(socket: Path) -> Exchange:
    """Connect to the socket. Raises ``DaemonNotRunning`` or ``NotPermitted``."""
    try:
        stream = await trio.open_unix_socket(str(socket))
    except PermissionError as error:
        facts = {"socket": str(socket), "reason": error.strerror}
        raise NotPermitted(facts, SOCKET_HINT) from error
    except (OSError, ValueError) as error:
        if str(error) == PATH_TOO_LONG:
            raise DaemonNotRunning(socket, TOO_LONG, SHORTER_HINT) from error
        raise DaemonNotRunning(socket, getattr(error, "strerror", None) or str(error)) from error
    return Exchange(socket, stream)


class Exchange:
    """A connection that serves one request at a time."""

    def __init__(self, socket: Path, stream: trio.SocketStream) -> None:
        """``socket``: its path, for errors."""
        self._socket = socket
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT)

    @property
    def is_open(self) -> bool:
        """Test whether another request may be sent."""
        return self._http.our_state is h11.IDLE

    async def lines(self, target: str, quiet_s: float) -> AsyncGenerator[bytes, None]:
        """The lines of an answer without end, each as it comes; it ends with the answer. An answer that is an
        error raises ``ErrorAnswer``.

        Raises ``ConnectionLost`` where the node goes away, or is silent for ``quiet_s``.
        """
        head = h11.Request(method="GET", target=target, headers=[("host", "p2pchain")])
        data = b"".join(self._http.send(event) or b"" for event in (head, h11.EndOfMessage()))
        await self._stream.send_all(data)
        rest, status = bytearray(), 0
        while True:
            match event := await self._next(quiet_s):
                case h11.Response():
                    status = event.status_code
                case h11.Data():
                    rest += event.data
                    if len(rest) > ANSWER_BYTES_MAX:
                        raise AnswerInvalid(self._socket, f"a line of more than {ANSWER_BYTES_MAX} bytes")
                    *whole, last = rest.split(b"\n") if status == 200 else [rest]
                    rest = bytearray(last)
                    for line in whole:
                        yield bytes(line)
                case h11.EndOfMessage():
                    if status != 200:
                        raise ErrorAnswer(HttpAnswer(status=status, body=bytes(rest)))
                    return
                case h11.InformationalResponse():
                    continue
                case _:
                    raise ConnectionLost("closed")

    async def _next(self, quiet_s: float) -> object:
        """The next event. Raises ``ConnectionLost``."""
        try:
            with trio.fail_after(quiet_s):
                while (event := self._http.next_event()) is h11.NEED_DATA:
                    self._http.receive_data(await self._stream.receive_some(RECEIVE_BYTES))
                return event
        except (
            trio.TooSlowError,
            trio.BrokenResourceError,
            trio.ClosedResourceError,
            h11.RemoteProtocolError,
        ) as error:
            raise ConnectionLost(str(error)) from error

    async def request(self, method: str, target: str, body: bytes, content_type: str) -> HttpAnswer:
        """Send and read. Raises ``ConnectionLost`` or ``AnswerInvalid``; after either the connection is
        over.
        """
        headers = [("host", "p2pchain")]
        if method == "POST":
            headers += [("content-type", content_type), ("content-length", str(len(body)))]
        head = h11.Request(method=method, target=target, headers=headers)
        events: tuple[h11.Event, ...] = (head, h11.Data(data=body), h11.EndOfMessage())
        data = b"".join(self._http.send(event) or b"" for event in events)
        # The node may refuse a request before all of it was sent: its answer can still be there.
        with suppress(trio.BrokenResourceError):
            await self._stream.send_all(data)
        try:
            answer = await self._read()
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise ConnectionLost(str(error)) from error
        except h11.RemoteProtocolError as error:
            if self._http.trailing_data == (b"", True):
                raise ConnectionLost(str(error)) from error
            raise AnswerInvalid(self._socket, str(error)) from error
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return answer

    async def aclose(self) -> None:
        """Close the connection."""
        await trio.aclose_forcefully(self._stream)

    async def _read(self) -> HttpAnswer:
        status = 0
        body = bytearray()
        while True:
            match event := self._http.next_event():
                case h11.NEED_DATA:
                    self._http.receive_data(await self._stream.receive_some(RECEIVE_BYTES))
                case h11.Response():
                    status = event.status_code
                case h11.Data():
                    body += event.data
                    if len(body) > ANSWER_BYTES_MAX:
                        raise AnswerInvalid(self._socket, f"more than {ANSWER_BYTES_MAX} bytes")
                case h11.EndOfMessage():
                    return HttpAnswer(status=status, body=bytes(body))
                case h11.InformationalResponse():
                    continue
                case _:
                    raise ConnectionLost("closed")
