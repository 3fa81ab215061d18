"""What a stranger or a faulty member may send: refused, counted, named; the node and its other links live on.

A hostile member is a bare libp2p stack with a member's key; a stranger is a plain socket.
"""

from __future__ import annotations

import itertools
import os
import random
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
import trio
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.peer.id import ID
from libp2p.pubsub.pb import rpc_pb2
from libp2p.security.insecure.transport import PLAINTEXT_PROTOCOL_ID, InsecureTransport
from libp2p.security.security_multistream import SecurityMultistream
from libp2p.stream_muxer.yamux.yamux import FLAG_RST, FLAG_SYN, TYPE_WINDOW_UPDATE, YAMUX_HEADER_FORMAT
from libp2p.utils.varint import encode_varint_prefixed

from p2pchain.codec.messages import encode_blocks_response, encode_fetch_response, encode_link
from p2pchain.model.ids import ChainId, Height, Round
from p2pchain.model.messages import FRAME_BYTES_MAX, BlocksRequest, Ping, RoundSummary, TransactionsResponse
from p2pchain.net.addresses import endpoint_of
from p2pchain.net.config import FETCH_PROTOCOL, HELLO_BYTES_MAX, LINK_PROTOCOL, NetConfig, block_topic
from p2pchain.net.events import FetchFailed
from p2pchain.net.frames import ANSWER, fetch_frame, frame
from p2pchain.net.tcp import Socket
from tests.integration.net_nodes import (
    CHAIN,
    Node,
    free_streams,
    hello_of,
    id_of,
    key_of,
    members_of,
    raw_link,
    start_node,
    start_raw,
)
from tests.patience import patient

CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
SUMMARY = RoundSummary(height=Height(1), round=Round(0), step=0, rounds=())
MEMBERS = ("alice", "bob", "eve")


async def start_honest(nursery: trio.Nursery, config: NetConfig = CONFIG) -> tuple[Node, Node]:
    """Alice and bob, linked; eve is a member too."""
    members = members_of(MEMBERS)
    alice = await start_node(nursery, "alice", members, config=config)
    bob = await start_node(nursery, "bob", members, {"alice": alice.address}, config=config)
    await alice.until_linked("bob")
    await bob.until_linked("alice")
    return alice, bob


async def check_unharmed(alice: Node, bob: Node) -> None:
    """The honest link never broke and still carries messages."""
    before = len(alice.received())
    bob.network.send(alice.network.peer_id, SUMMARY)
    await alice.until(lambda: len(alice.received()) > before)
    assert bob.downs() == []
    assert alice.network.totals().restarts == bob.network.totals().restarts == 0


async def test_random_bytes_on_the_port() -> None:
    chance = random.Random(1)
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        host, port = endpoint_of(alice.address)
        for size in (1, 20, 300, 5_000, 70_000):
            async with await trio.open_tcp_stream(host, port) as stream:
                with trio.move_on_after(1):
                    try:
                        await stream.send_all(chance.randbytes(size))
                        await stream.receive_some(1)
                    except trio.BrokenResourceError:
                        pass
        await alice.until(lambda: alice.network.totals().failed_handshakes >= 4)
        assert "HANDSHAKE_FAILED" in {each.code for each in alice.network.totals().refusals}
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_the_plaintext_protocol_is_not_spoken() -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        host, port = endpoint_of(alice.address)
        key_pair = create_new_key_pair(key_of("eve").seed)
        security = SecurityMultistream({PLAINTEXT_PROTOCOL_ID: InsecureTransport(key_pair)})
        conn = RawConnection(Socket(await trio.open_tcp_stream(host, port)), True)
        with pytest.raises(Exception, match=r"(?i)protocol|closed|read"):
            await security.secure_outbound(conn, ID.from_base58(alice.network.peer_id))
        await conn.close()
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_silent_sockets_keep_nobody_out_and_go() -> None:
    config = replace(CONFIG, upgrade_timeout_ms=600, connections_max=40)
    members = members_of(MEMBERS)
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members, config=config)
        host, port = endpoint_of(alice.address)
        silent = [await trio.open_tcp_stream(host, port) for _ in range(60)]
        bob = await start_node(nursery, "bob", members, {"alice": alice.address})
        await bob.until_linked("alice", deadline_s=5)
        for stream in silent:
            await trio.aclose_forcefully(stream)
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"\xff" * 50), "NET_BAD_MESSAGE"),
        (frame(encode_link(Ping(token=1))), "NET_NO_HELLO"),
        ((HELLO_BYTES_MAX + 1).to_bytes(4, "big"), "NET_FRAME_TOO_LARGE"),
        (frame(encode_link(replace(hello_of("eve"), version=9))), "HELLO_OTHER_VERSION"),
        (frame(encode_link(replace(hello_of("eve"), node="alice\x1b[2J"))), "HELLO_OTHER_NAME"),
        (frame(encode_link(replace(hello_of("eve"), chain_id=ChainId("other")))), "HELLO_OTHER_CHAIN"),
    ],
)
async def test_anything_but_a_proper_hello_is_refused(sent: bytes, code: str) -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, pipe = await raw_link(eve, "eve", alice, greet=False)
        await pipe.write(sent)
        with trio.fail_after(patient(5)):
            await wire.closed()
        assert code in {each.code for each in alice.network.totals().refusals}
        assert alice.network.totals().peer_faults == 1
        assert alice.linked() == {"bob"}
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(os.urandom(500)), "NET_BAD_MESSAGE"),
        (frame(b""), "NET_BAD_MESSAGE"),
        (frame(encode_link(SUMMARY) + b"\x00"), "NET_BAD_MESSAGE"),
        ((FRAME_BYTES_MAX + 1).to_bytes(4, "big") + bytes(1_000), "NET_FRAME_TOO_LARGE"),
        (b"\xff\xff\xff\xff" + bytes(1_000), "NET_FRAME_TOO_LARGE"),
        (frame(encode_link(hello_of("eve"))), "NET_SECOND_HELLO"),
    ],
)
async def test_garbage_on_a_link_that_is_up(sent: bytes, code: str) -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, pipe = await raw_link(eve, "eve", alice)
        await alice.until_linked("bob", "eve")
        await pipe.write(frame(encode_link(SUMMARY)) + sent)
        with trio.fail_after(patient(5)):
            await wire.closed()
        await alice.until(lambda: alice.downs() == [code])
        assert alice.received() == [SUMMARY]
        with pytest.raises(Exception, match=r"(?i)read|closed"):  # Refused for a second.
            await raw_link(eve, "eve", alice)
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"\x00" + bytes(8) + b"\xff"), "NET_BAD_MESSAGE"),
        (frame(b"\x09" + bytes(20)), "NET_BAD_FRAME"),
        (fetch_frame(ANSWER, 77, encode_blocks_response(())), "NET_UNASKED_ANSWER"),
        ((FRAME_BYTES_MAX + 1).to_bytes(4, "big"), "NET_FRAME_TOO_LARGE"),
    ],
)
async def test_garbage_on_the_fetch_stream(sent: bytes, code: str) -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, _ = await raw_link(eve, "eve", alice)
        await alice.until_linked("bob", "eve")
        fetch = await eve.open(wire, FETCH_PROTOCOL)
        await fetch.write(sent)
        await alice.until(lambda: alice.downs() == [code])
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_an_answer_of_the_wrong_kind_drops_the_peer_and_fails_the_fetch() -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, _ = await raw_link(eve, "eve", alice)
        fetch = await eve.open(wire, FETCH_PROTOCOL)
        await alice.until_linked("bob", "eve")

        async def answer_wrongly() -> None:
            await fetch.read()
            wrong = encode_fetch_response(TransactionsResponse(transactions=()))
            await fetch.write(fetch_frame(ANSWER, 0, wrong))

        nursery.start_soon(answer_wrongly)
        with pytest.raises(FetchFailed) as caught:
            await alice.network.fetch(id_of("eve"), BlocksRequest(first=Height(1), count=1), 20_000)
        assert caught.value.code == "FETCH_PEER_LOST"
        await alice.until(lambda: alice.downs() == ["NET_WRONG_ANSWER"])
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_a_second_link_on_one_connection_and_too_many_streams() -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, _ = await raw_link(eve, "eve", alice)
        await alice.until_linked("bob", "eve")
        with pytest.raises(Exception, match=r"(?i)read|closed"):
            await eve.open(wire, LINK_PROTOCOL)
        with trio.fail_after(patient(5)):
            await wire.closed()
        again, _ = await raw_link(eve, "eve", alice)

        opened = 0

        async def open_many() -> None:
            nonlocal opened
            while opened < 60:
                await eve.open(again, "/meshsub/1.1.0")
                opened += 1

        with pytest.raises(Exception, match=r"(?i)read|reset|closed|failed"):
            await open_many()
        assert opened > 20
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_garbage_for_pubsub_ends_a_stream_at_most() -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, _ = await raw_link(eve, "eve", alice)
        await alice.until_linked("bob", "eve")
        topic = "/p2pchain/test-chain/blocks"
        forged = rpc_pb2.RPC(
            publish=[
                rpc_pb2.Message(
                    data=b"x",
                    topicIDs=[topic],
                    from_id=b"\x00\x01",
                    seqno=b"1",
                    key=b"\xff",
                    signature=b"\x01",
                )
            ]
        ).SerializeToString()
        for garbage in (forged, b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f"):
            pipe = await eve.open(wire, "/meshsub/1.1.0")
            await pipe.write(bytes((len(garbage),)) + garbage)
        await alice.until(lambda: alice.network.totals().library_errors >= 2)
        await check_unharmed(alice, bob)
        assert "eve" in alice.linked()
        nursery.cancel_scope.cancel()


async def test_a_flood_fills_no_memory_and_stops_no_heartbeat() -> None:
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery, replace(CONFIG, inbox_frames_max=200))
        eve = await start_raw(nursery, "eve")
        _, pipe = await raw_link(eve, "eve", alice)
        await alice.until_linked("bob", "eve")
        alice.busy.set()
        burst = frame(encode_link(SUMMARY)) * 2_000

        async def flood() -> None:
            with trio.move_on_after(2):
                while True:
                    await pipe.write(burst)

        nursery.start_soon(flood)
        await trio.sleep(2)
        [told] = [each for each in alice.network.statistics() if each.name == "eve"]
        assert told.waiting_events <= 200
        assert told.rx_bytes < 8_000_000
        alice.wake()
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_three_hundred_connections_leave_nothing_behind() -> None:
    config = replace(CONFIG, connections_max=8, accepts_burst=1_000, rates=free_streams)
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery, config)
        eve = await start_raw(nursery, "eve")
        tasks = trio.lowlevel.current_statistics().tasks_living
        for _ in range(300):
            wire, _ = await raw_link(eve, "eve", alice)
            wire.cut()
            await wire.closed()
            await alice.until(lambda: "eve" not in alice.linked())
        await alice.until(lambda: trio.lowlevel.current_statistics().tasks_living <= tasks + 8, 5)
        await check_unharmed(alice, bob)
        assert len(alice.ups()) == 301
        nursery.cancel_scope.cancel()


def topic_packet(kind: str) -> bytes:
    """What a member may put on the stream of the block topic: a heap of signatures, or of words to keep."""
    key_pair = create_new_key_pair(key_of("eve").seed)
    packet = rpc_pb2.RPC()
    for number in range(200):
        if kind == "messages":
            packet.publish.add(
                from_id=ID.from_pubkey(key_pair.public_key).to_bytes(),
                seqno=number.to_bytes(8, "big"),
                topicIDs=[block_topic(CHAIN)],
                data=b"x",
                signature=bytes(64),
                key=key_pair.public_key.serialize(),
            )
        else:
            packet.control.prune.add(topicID=f"invented {number}", backoff=2**31)
    return encode_varint_prefixed(packet.SerializeToString())


@pytest.mark.parametrize("kind", ["messages", "prunes"])
async def test_a_flood_of_the_block_topic_is_dropped_and_named(kind: str) -> None:
    """False signatures at 100 KB a second stopped three nodes of four, and nobody was named."""
    packet = topic_packet(kind)
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        eve = await start_raw(nursery, "eve")
        wire, _ = await raw_link(eve, "eve", alice)
        await alice.until_linked("bob", "eve")
        pipe = await eve.open(wire, "/meshsub/1.1.0")

        async def flood() -> None:
            with suppress(Exception):  # Whatever the library says when it is cut.
                while True:
                    await pipe.write(packet)

        nursery.start_soon(flood)
        with trio.fail_after(patient(40)):
            await wire.closed()
        await alice.until(lambda: bool(alice.network.totals().floods))
        (named,) = alice.network.totals().floods
        assert (named.peer, named.detail) == (id_of("eve"), "messages of the block topic")
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()


async def test_a_flood_of_streams_is_dropped_and_named() -> None:
    """Opened and reset by the thousand, packed into few messages: each costs its victim a millisecond."""
    async with trio.open_nursery() as nursery:
        alice, bob = await start_honest(nursery)
        stack = await start_raw(nursery, "eve")
        wire, _ = await raw_link(stack, "eve", alice)
        await stack.open(wire, FETCH_PROTOCOL)
        ids = itertools.count(1_001, 2)

        async def flood() -> None:
            with suppress(Exception):
                while True:
                    openings = (
                        struct.pack(YAMUX_HEADER_FORMAT, 0, TYPE_WINDOW_UPDATE, flags, stream_id, 0)
                        for stream_id in itertools.islice(ids, 50)
                        for flags in (FLAG_SYN, FLAG_RST)
                    )
                    await wire.muxed.secured_conn.write(b"".join(openings))

        nursery.start_soon(flood)
        with trio.fail_after(40):
            await wire.closed()
        await alice.until(lambda: bool(alice.network.totals().floods))
        (named,) = alice.network.totals().floods
        assert (named.peer, named.detail) == (id_of("eve"), "openings of streams")
        await check_unharmed(alice, bob)
        nursery.cancel_scope.cancel()
