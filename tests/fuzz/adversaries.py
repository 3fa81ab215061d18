"""Inputs of 1 MiB that cost a careless reader most: memory, depth, or time that grows with the square.

Each is made bare, and within what the decoders open first: an array, a byte string, JSON, HTTP.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

INPUT_BYTES: Final = 1_048_576
"""1 MiB: what a peer may send in one frame, near enough."""
_ROOM: Final = INPUT_BYTES - 64
DEAR: Final = ("arrays of one", "text of one wide sign", "long wide text", "colliding keys")
"""The shapes of CBOR that cost most time and most memory."""


def cbor_shapes() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every shape in CBOR, at most ``INPUT_BYTES`` long."""
    yield "deep arrays", b"\x81" * _ROOM + b"\x80"
    yield "deep indefinite arrays", b"\x9f" * INPUT_BYTES
    yield "deep maps", b"\xa1\x00" * (_ROOM // 2) + b"\x00"
    yield "deep tags", b"\xc1" * _ROOM + b"\x00"
    yield "empty arrays", _array(_ROOM) + b"\x80" * _ROOM
    yield "arrays of one", _array(_ROOM // 2) + b"\x81\x80" * (_ROOM // 2)
    yield "lists of lists", _array(_ROOM // 256) + (b"\x98\xfe" + b"\x80" * 254) * (_ROOM // 256)
    yield "large numbers", _array(_ROOM // 9) + b"\x1b\x00\x00\x00\x01\x00\x00\x00\x00" * (_ROOM // 9)
    yield (
        "digests",
        _array(_ROOM // 34)
        + b"".join(b"\x58\x20" + number.to_bytes(32, "big") for number in range(_ROOM // 34)),
    )
    yield "equal digests", _array(_ROOM // 34) + (b"\x58\x20" + bytes(32)) * (_ROOM // 34)
    yield "huge array promised", b"\x9b\x00\x00\x00\x7f\xff\xff\xff\xff"
    yield "huge bytes promised", b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff" + b"x" * 9
    yield "promises in promises", b"\x9a\x00\x0f\xff\xff" * (_ROOM // 5)
    yield (
        "colliding keys",
        b"\xba"
        + struct.pack(">I", _ROOM // 10)
        + b"".join(
            b"\x1b" + struct.pack(">Q", number << 44) + b"\x00" for number in range(1, _ROOM // 10 + 1)
        ),
    )
    yield "huge integer", b"\xc2\x5a" + struct.pack(">I", _ROOM) + b"\xff" * _ROOM
    yield "huge decimal", b"\xc4\x82\x1a\x7f\xff\xff\xff\x01"
    yield "long bytes", b"\x5a" + struct.pack(">I", _ROOM) + b"x" * _ROOM
    yield "long text", b"\x7a" + struct.pack(">I", _ROOM) + b"x" * _ROOM
    yield "long wide text", b"\x7a" + struct.pack(">I", _ROOM) + "🂡".encode() * (_ROOM // 4)
    yield "text of one wide sign", b"\x7a" + struct.pack(">I", _ROOM) + "🂡".encode() + b"x" * (_ROOM - 4)
    yield "zeros", bytes(INPUT_BYTES)
    yield "ones", b"\xff" * INPUT_BYTES


def enclosed(decoder: str, body: bytes) -> Iterator[bytes]:
    """The same as a part of what a decoder opens first, where it opens anything.

    The parts of a stored record are left out: they may hold any number of items, for a block may, and only
    our own log is read by those decoders, once its checksum has held.
    """
    match decoder:
        case "transaction" | "final-block":
            yield b"\x82" + _octets(body) + b"\x80"
        case "block":
            yield b"\x84\x40" + body + b"\x80\xf6"
        case "proposal" | "safety-record":
            yield b"\x87\x00\xf6\x40" + body + b"\x80\xf6\x40"
        case "link":
            for kind in range(10):
                yield b"\x82" + bytes((kind,)) + body
        case "response":
            for kind in (1, 2):
                yield b"\x82" + bytes((kind,)) + body
                yield b"\x82" + bytes((kind,)) + b"\x81" + _octets(body)


def json_shapes() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every shape in JSON."""
    yield "deep lists", b"[" * INPUT_BYTES
    yield "deep objects", b'{"a":' * (INPUT_BYTES // 5)
    yield "empty lists", b"[" + b"[]," * (_ROOM // 3) + b"0]"
    yield "empty objects", b"[" + b"{}," * (_ROOM // 3) + b"0]"
    yield "numbers", b"[" + b"1," * (_ROOM // 2) + b"0]"
    yield "long number", b"1" * INPUT_BYTES
    yield "long quoted", b'"' + b"x" * _ROOM + b'"'
    yield "escapes", b'"' + b"\\u00e4" * (_ROOM // 6) + b'"'
    yield "quoted with one wide sign", b'"' + b"x" * (_ROOM - 8) + "🂡".encode() + b'"'
    names = b",".join(b'"%05x":0' % number for number in range(_ROOM // 10))
    yield "names", b"{" + names + b"}"
    yield "names, the last one twice", b"{" + names[10:] + b',"%05x":0}' % (_ROOM // 10 - 1)
    yield "texts", b"[" + b'"a1",' * (_ROOM // 5) + b"0]"


def http_shapes() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of requests, after the byte that says how they are cut."""
    yield "no line end", b"\x02" + b"G" * INPUT_BYTES
    yield "headers", b"\x02GET /v1/ HTTP/1.1\r\nhost: n\r\n" + b"a:b\r\n" * (_ROOM // 5)
    yield "empty lines", b"\x02" + b"\r\n" * (_ROOM // 2)
    yield "pipelined", b"\x02" + b"GET /x HTTP/1.1\r\nhost: n\r\n\r\n" * 1_000
    yield "query", b"\x02GET /v1/query/a/b?" + b"&" * 16_000 + b" HTTP/1.1\r\nhost: n\r\n\r\n"
    yield "percent", b"\x02GET /v1/block/" + b"%20" * 5_000 + b" HTTP/1.1\r\nhost: n\r\n\r\n"
    chunks = b"1\r\nx\r\n" * 20_000
    yield "tiny chunks", b"\x02POST /v1/tx HTTP/1.1\r\nhost: n\r\ntransfer-encoding: chunked\r\n\r\n" + chunks
    for name, body in json_shapes():
        yield f"json {name}", _posted(b"/v1/tx", b"application/json", body)
    for name, body in cbor_shapes():
        if name in DEAR:
            yield f"cbor {name}", _posted(b"/v1/txs", b"application/cbor", body)


def record_shapes() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what a segment might hold."""
    tag = b"\x07\x01\x02\x03\x04\x05\x06\x08"
    yield "tags", b"\xff" + tag * (_ROOM // 8)
    mark = b"\x1b" + bytes(8) + b"\x1b" + bytes(8) + b"\x48" + tag
    head = b"\x83\x1a" + bytes(4) + b"\x18\x28\x5a"
    yield "heads", b"\xff" + (head + struct.pack(">I", 1_000_000) + mark) * (_ROOM // 40)
    yield "small heads", (head + struct.pack(">I", 27) + mark) * (INPUT_BYTES // 40)
    yield "huge head", head + struct.pack(">I", 2**32 - 1) + mark
    yield "empty frames", b"\xff" + bytes(200_000)
    yield "huge frame", b"\xff" + struct.pack(">I", 2**32 - 1) + bytes(_ROOM)
    yield "near frame", b"\x00" + struct.pack(">I", 4_096) + bytes(4_095)


def _posted(path: bytes, kind: bytes, body: bytes) -> bytes:
    head = b"POST %b HTTP/1.1\r\nhost: n\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n"
    return b"\x02" + head % (path, kind, len(body)) + body


def _array(count: int) -> bytes:
    if count < 24:
        return bytes((0x80 | count,))
    return b"\x9a" + struct.pack(">I", count)


def _octets(body: bytes) -> bytes:
    return b"\x5a" + struct.pack(">I", len(body)) + body
