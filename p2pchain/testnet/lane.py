"""One kept-open connection to a node's control socket, over which batches of transactions go in and outcomes
come back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h11
import trio

from p2pchain.codec.cbor import encode

RECEIVE_BYTES: Final = 65_536
HTTP_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """``outcomes``: per transaction (code, height), (None, None) where it is not final yet; ``refused``: the
    code of an answer that refused the whole batch, else None.
    """

    outcomes: tuple[tuple[str | None, int | None], ...]
    refused: str | None


class Lane:
    """Speaks HTTP/1.1 with one node, one request at a time."""

    def __init__(self, socket: Path) -> None:
        """Nothing is opened before the first batch."""
        self._socket = socket
        self._stream: trio.SocketStream | None = None
        self._http = h11.Connection(h11.CLIENT)

    async def submit(self, transactions: Sequence[bytes], *, timeout_ms: int) -> BatchOutcome:
        """Hand in a batch and wait until all of it is final, or ``timeout_ms`` are over."""
        body = encode(tuple(transactions))
        status, answer = await self._post(f"/v1/txs?wait=1&timeout_ms={timeout_ms}", body)
        if status != HTTP_OK:
            return BatchOutcome(outcomes=(), refused=str(answer["error"]["code"]))
        return BatchOutcome(outcomes=tuple((code, height) for code, height in answer), refused=None)

    async def close(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            await self._stream.aclose()
            self._stream = None

    async def _post(self, target: str, body: bytes) -> tuple[int, Any]:
        """One request; a connection that broke is opened anew for the next."""
        try:
            return await self._exchange(target, body)
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError) as error:
            await self.close()
            return 0, {"error": {"code": f"CONNECTION_{type(error).__name__}"}}

    async def _exchange(self, target: str, body: bytes) -> tuple[int, Any]:
        if self._stream is None:
            self._stream = await trio.open_unix_socket(str(self._socket))
            self._http = h11.Connection(h11.CLIENT)
        headers = [
            ("host", "localhost"),
            ("content-type", "application/cbor"),
            ("content-length", str(len(body))),
        ]
        request = h11.Request(method="POST", target=target, headers=headers)
        events = (request, h11.Data(data=body), h11.EndOfMessage())
        await self._stream.send_all(b"".join(self._http.send(event) or b"" for event in events))
        status, received = 0, bytearray()
        while True:
            match event := self._http.next_event():
                case h11.NEED_DATA:
                    self._http.receive_data(await self._stream.receive_some(RECEIVE_BYTES))
                case h11.Response():
                    status = event.status_code
                case h11.Data():
                    received += event.data
                case h11.EndOfMessage():
                    break
                case _:
                    raise trio.BrokenResourceError(f"the node closed the connection: {event!r}")
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            await self.close()
        return status, json.loads(received)
