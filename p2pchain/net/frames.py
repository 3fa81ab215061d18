"""Frames on a stream: four bytes of length, big endian, then as many bytes.

A length is compared with the bound before any room is made for it, so a peer can never make us hold more
than one frame's bound and one chunk. Fetch frames begin with a kind (1 byte: 0 request, 1 answer) and the
asker's request id (8 bytes, big endian); the message follows.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from p2pchain.model.errors import PeerFault
from p2pchain.model.messages import FRAME_BYTES_MAX

LENGTH_BYTES: Final = 4
FETCH_HEAD_BYTES: Final = 9
REQUEST: Final = 0
ANSWER: Final = 1


def frame(payload: bytes) -> bytes:
    """Encode one frame; a payload over ``FRAME_BYTES_MAX`` is our own bug."""
    assert len(payload) <= FRAME_BYTES_MAX, f"frame of {len(payload)} bytes"
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def fetch_frame(kind: int, request_id: int, payload: bytes) -> bytes:
    """Encode one frame of the fetch stream; ``kind`` is ``REQUEST`` or ``ANSWER``."""
    return frame(bytes((kind,)) + request_id.to_bytes(8, "big") + payload)


def split_fetch(payload: bytes) -> tuple[int, int, bytes]:
    """Split a fetch frame into kind, request id and message, or raise ``PeerFault("NET_BAD_FRAME")``."""
    if len(payload) < FETCH_HEAD_BYTES or payload[0] not in (REQUEST, ANSWER):
        raise PeerFault("NET_BAD_FRAME", {"reason": "fetch head", "bytes": len(payload)})
    return payload[0], int.from_bytes(payload[1:FETCH_HEAD_BYTES], "big"), payload[FETCH_HEAD_BYTES:]


class FrameSplitter:
    """Splitter of a byte stream into frames. ``bytes_max`` may be set anew between frames."""

    def __init__(self, bytes_max: int) -> None:
        """``bytes_max``: largest payload accepted."""
        self.bytes_max = bytes_max
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Generator[bytes, None, None]:
        """Return the payloads that ``chunk`` completes; ``PeerFault("NET_FRAME_TOO_LARGE")`` for a length
        over the bound.
        """
        buffer = self._buffer
        buffer += chunk
        start = 0
        try:
            while len(buffer) - start >= LENGTH_BYTES:
                length = int.from_bytes(buffer[start : start + LENGTH_BYTES], "big")
                if length > self.bytes_max:
                    raise PeerFault("NET_FRAME_TOO_LARGE", {"bytes": length, "bytes_max": self.bytes_max})
                end = start + LENGTH_BYTES + length
                if len(buffer) < end:
                    break
                payload = bytes(buffer[start + LENGTH_BYTES : end])
                start = end
                yield payload
        finally:
            del buffer[:start]

    @property
    def held_bytes(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._buffer)
