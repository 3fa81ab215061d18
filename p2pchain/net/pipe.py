"""One of our two streams, on the muxer's buffers and windows: the one other place that knows the library's
insides.
"""

from __future__ import annotations

import struct
from typing import Final

import trio
from libp2p.abc import INetStream
from libp2p.io.exceptions import ConnectionClosedError
from libp2p.network.stream.net_stream import NetStream
from libp2p.stream_muxer.yamux.yamux import (
    DEFAULT_WINDOW_SIZE,
    TYPE_DATA,
    YAMUX_HEADER_FORMAT,
    YamuxStream,
)

from p2pchain.net.events import LinkLost

STREAM_WINDOW_BYTES: Final = 1_048_576
"""Bytes that a peer may send on one of our streams before we have read them."""
YAMUX_PAYLOAD_BYTES_MAX: Final = 65_507
"""Largest data frame that still is one Noise message with its 12-byte head and 16-byte tag."""
STREAM_STALL_MAX_S: Final = 5.0
WINDOW_POLL_S: Final = 0.005


class Pipe:
    """One of our two streams after its protocol is agreed: a reader and a writer, each used by one task.

    It works on the muxer's buffers and windows directly: the library's own stream sends a window update for
    every second small read and takes three locks per write, which costs more than the message.
    """

    def __init__(self, stream: INetStream) -> None:
        assert isinstance(stream, NetStream)
        muxed = stream.muxed_stream
        assert isinstance(muxed, YamuxStream)
        self._stream = muxed
        self._yamux = muxed.conn
        self._owed_bytes = STREAM_WINDOW_BYTES - DEFAULT_WINDOW_SIZE

    async def read(self) -> bytes:
        """Read some bytes, at least one; empty when the stream or its connection has ended."""
        yamux, stream_id = self._yamux, self._stream.stream_id
        while True:
            await self._grant()
            buffer = yamux.stream_buffers.get(stream_id)
            if buffer is None:
                return b""
            if buffer:
                chunk = bytes(buffer)
                buffer.clear()
                self._owed_bytes += len(chunk)
                return chunk
            event = yamux.stream_events.get(stream_id)
            if self._stream.recv_closed or self._stream.closed or event is None:
                return b""
            await event.wait()
            if yamux.stream_events.get(stream_id) is event:
                yamux.stream_events[stream_id] = trio.Event()

    async def _grant(self) -> None:
        """Let the peer send as much as was read, in steps of half a window."""
        if self._owed_bytes >= STREAM_WINDOW_BYTES // 2:
            owed, self._owed_bytes = self._owed_bytes, 0
            self._stream.recv_window += owed
            await self._stream.send_window_update(owed)

    async def write(self, data: bytes) -> None:
        """Write all of it. ``LinkLost("PEER_STALLED")`` when the peer opens no window for 5 s."""
        stream, sent = self._stream, 0
        while sent < len(data):
            if stream.send_window <= 0:
                await self._wait_for_window()
            if stream.send_closed:
                raise ConnectionClosedError("stream closed", transport="tcp")
            size = min(stream.send_window, YAMUX_PAYLOAD_BYTES_MAX, len(data) - sent)
            stream.send_window -= size
            head = struct.pack(YAMUX_HEADER_FORMAT, 0, TYPE_DATA, 0, stream.stream_id, size)
            await self._yamux._write_frame(head + data[sent : sent + size])
            sent += size

    async def _wait_for_window(self) -> None:
        stream = self._stream
        with trio.move_on_after(STREAM_STALL_MAX_S):
            # The muxer announces a larger window to nobody, so it must be looked at.
            while stream.send_window <= 0 and not stream.send_closed:  # noqa: ASYNC110
                await trio.sleep(WINDOW_POLL_S)
            return
        raise LinkLost("PEER_STALLED", {"reason": "window", "waited_s": int(STREAM_STALL_MAX_S)})
