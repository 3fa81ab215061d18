"""The mends of py-libp2p, each shown by what would happen without it.

Where it can be had, the library's own way is tried first and must fail, so that nobody keeps a mend that a
later version of the library no longer needs.
"""

from __future__ import annotations

import logging
import socket
import time

import pytest
import trio
import trio.testing
from libp2p import new_host
from libp2p.network.swarm import Swarm
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import GossipSub
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.pubsub import Pubsub
from libp2p.stream_muxer.yamux.yamux import Yamux
from libp2p.tools.anyio_service import background_trio_service
from libp2p.transport.tcp.tcp import TCP
from multiaddr import Multiaddr

from p2pchain.model.messages import FRAME_BYTES_MAX
from p2pchain.net.config import LINK_PROTOCOL, NetConfig
from p2pchain.net.events import LinkLost
from p2pchain.net.libp2p_mends import GuardedPubsub, LeanGossipSub, quiet_library_log
from p2pchain.net.pipe import STREAM_WINDOW_BYTES, Pipe
from p2pchain.net.stack import Stack, StackOwner, Wire
from p2pchain.net.tcp import Socket
from tests.integration.net_nodes import (
    accept_topic,
    charge_nothing,
    id_of,
    key_of,
    raw_link,
    start_node,
    start_raw,
)
from tests.integration.net_nodes import members_of as members
from tests.patience import patient

ANYWHERE = "/ip4/127.0.0.1/tcp/0"


async def ignore(stream: object) -> None:
    """A connection handler that does nothing."""


async def test_the_librarys_listener_shares_a_busy_port_and_ours_does_not() -> None:
    theirs = TCP().create_listener(ignore)
    await theirs.listen(Multiaddr(ANYWHERE))
    taken = theirs.get_addrs()[0]
    second = TCP().create_listener(ignore)
    await second.listen(taken)  # No error: both hold the port now.
    port = int(taken.value_for_protocol("tcp"))
    with pytest.raises(OSError, match="in use"):
        await trio.open_tcp_listeners(port, host="127.0.0.1")
    await second.close()
    await theirs.close()


async def test_a_failed_dial_bars_nobody() -> None:
    """The library's swarm would refuse to dial this peer again for a minute."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"/ip4/127.0.0.1/tcp/{closed.getsockname()[1]}"
    async with trio.open_nursery() as nursery:
        eve = await start_raw(nursery, "eve")
        for _ in range(3):
            with pytest.raises(OSError, match=r"(?i)refused|connect"):
                await eve.dial(id_of("alice"), address)
        alice = await start_node(nursery, "alice", members(("alice", "eve")), listen=address)
        began = time.monotonic()
        await eve.dial(id_of("alice"), alice.address)
        assert time.monotonic() - began < patient(1)
        nursery.cancel_scope.cancel()


async def test_another_key_at_the_address_is_not_taken_for_the_peer() -> None:
    async with trio.open_nursery() as nursery:
        eve = await start_raw(nursery, "eve")
        alice = await start_node(nursery, "alice", members(("alice", "eve")))
        with pytest.raises(Exception, match=r"(?i)peer"):
            await eve.dial(id_of("bob"), alice.address)
        nursery.cancel_scope.cancel()


async def connected(nursery: trio.Nursery) -> tuple[Wire, Pipe, list[Pipe]]:
    """A raw connection between two stacks: the dialler's wire and pipe, and the other end's pipes."""
    opened: list[Pipe] = []
    there = trio.Event()

    def note(wire: Wire, protocol: str, pipe: Pipe) -> None:
        opened.append(pipe)
        there.set()

    owner = StackOwner(
        admit=lambda _peer, _address: None,
        accepted=lambda _wire: None,
        opened=note,
        announced=accept_topic,
        charged=charge_nothing,
        stream_charged=lambda _peer: None,
        failed=lambda _whom, _code, _detail: None,
    )
    config = NetConfig(listen=ANYWHERE, peers={})
    server = Stack(config=config, peer_key=key_of("alice"), topic="t", owner=owner)
    address = await nursery.start(server.run)
    client = await start_raw(nursery, "eve")
    wire = await client.dial(id_of("alice"), address)
    pipe = await client.open(wire, LINK_PROTOCOL)
    with trio.fail_after(patient(5)):
        await there.wait()
    return wire, pipe, opened


async def test_closing_a_connection_whose_peer_does_not_read_takes_no_time() -> None:
    """The library's close writes a farewell first, behind the write that is stuck already."""
    async with trio.open_nursery() as nursery:
        wire, _, _ = await connected(nursery)
        held = trio.Event()

        async def stuck_writer() -> None:
            async with wire.muxed._write_lock:
                held.set()
                await trio.sleep_forever()

        nursery.start_soon(stuck_writer)
        await held.wait()
        with trio.move_on_after(0.5) as theirs:
            await Yamux.close(wire.muxed)
        assert theirs.cancelled_caught, "the library closes at once now: drop the mend"
        with trio.fail_after(patient(2)):
            await wire.muxed.close()
            await wire.closed()
        nursery.cancel_scope.cancel()


async def test_a_pipe_carries_more_than_its_window_and_gives_up_on_who_does_not_read() -> None:
    async with trio.open_nursery() as nursery:
        _, pipe, [other] = await connected(nursery)
        sent = bytes(range(256)) * (3 * STREAM_WINDOW_BYTES // 256)
        got = bytearray()

        async def collect() -> None:
            while len(got) < len(sent):
                got.extend(await other.read())

        with trio.fail_after(patient(10)):
            async with trio.open_nursery() as both:
                both.start_soon(collect)
                both.start_soon(pipe.write, sent)
        assert bytes(got) == sent
        with pytest.raises(LinkLost) as caught:
            await pipe.write(sent)
        assert caught.value.code == "PEER_STALLED"
        nursery.cancel_scope.cancel()


async def test_windows_do_not_grow_while_a_protocol_is_agreed() -> None:
    """The library grants up to 16 MiB per stream then: a slow reader could not be told from a flood."""
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            _, pipe, [other] = await connected(nursery)
            nursery.start_soon(other.read)
            await trio.testing.wait_all_tasks_blocked(0.05)
            for end in (pipe, other):
                assert end._stream.send_window <= STREAM_WINDOW_BYTES + 4_096
        nursery.cancel_scope.cancel()


async def test_a_peer_that_ignores_its_windows_is_cut() -> None:
    async with trio.open_nursery() as nursery:
        wire, pipe, _ = await connected(nursery)
        pipe._stream.send_window = 2**40
        with pytest.raises(Exception, match=r"(?i)lost|closed"):
            await pipe.write(bytes(64 * STREAM_WINDOW_BYTES))
        with trio.fail_after(patient(5)):
            await wire.closed()
        nursery.cancel_scope.cancel()


async def test_a_cut_wakes_whoever_reads_or_writes() -> None:
    async with trio.open_nursery() as nursery:
        wire, pipe, [other] = await connected(nursery)
        ended: list[bytes] = []

        async def read(end: Pipe) -> None:
            ended.append(await end.read())

        async with trio.open_nursery() as readers:
            readers.start_soon(read, pipe)
            readers.start_soon(read, other)
            await trio.testing.wait_all_tasks_blocked(0.05)
            wire.cut()
            readers.cancel_scope.deadline = trio.current_time() + 5
        assert ended == [b"", b""]
        nursery.cancel_scope.cancel()


async def test_our_swarm_dials_nobody_on_its_own() -> None:
    async with trio.open_nursery() as nursery:
        stack = await start_raw(nursery, "eve")
        peer = ID.from_base58(id_of("alice"))
        stack._swarm.peerstore.add_addrs(peer, [Multiaddr("/ip4/127.0.0.1/tcp/9")], 120)
        await stack._swarm.auto_connector.maybe_connect()
        assert not stack._swarm._negative_peer_cache.is_blocked(str(peer))
        nursery.cancel_scope.cancel()
    host = new_host()
    async with host.run([]):
        swarm = host.get_network()
        assert isinstance(swarm, Swarm)
        swarm.peerstore.add_addrs(peer, [Multiaddr("/ip4/127.0.0.1/tcp/9")], 120)
        await swarm.auto_connector.maybe_connect()
        assert swarm._negative_peer_cache.is_blocked(str(peer)), "the library's would dial it"


async def test_a_restarted_publisher_is_not_muted() -> None:
    """The library's sequence numbers begin at the second of the start: a quick restart repeats them."""

    async def counters(kind: type[Pubsub]) -> tuple[int, int]:
        host = new_host()
        gossip = LeanGossipSub()
        if kind is GuardedPubsub:
            first: Pubsub = GuardedPubsub(host, gossip, "t", accept_topic, lambda *_: None, charge_nothing)  # type: ignore[arg-type]
            last = first.counter + 100
            second: Pubsub = GuardedPubsub(host, gossip, "t", accept_topic, lambda *_: None, charge_nothing)  # type: ignore[arg-type]
        else:
            first = Pubsub(host, gossip)
            last = first.counter + 100
            second = Pubsub(host, gossip)
        return last, second.counter

    last, again = await counters(Pubsub)
    assert again < last, "the library counts otherwise now: drop the mend"
    last, again = await counters(GuardedPubsub)
    assert again > last


async def test_a_message_that_makes_the_library_raise_does_not_end_the_service() -> None:
    caught: list[str] = []
    host = new_host()

    async def explode(peer: object, data: bytes) -> bool:
        raise RuntimeError("validator")

    def failed(_whom: str, code: str, _detail: str) -> None:
        caught.append(code)

    pubsub = GuardedPubsub(host, LeanGossipSub(), "t", explode, failed, charge_nothing)  # type: ignore[arg-type]
    async with background_trio_service(pubsub):
        message = pubsub_message(b"\x01")
        with pytest.raises(Exception, match=r"."):
            await Pubsub.push_msg(pubsub, ID.from_base58(id_of("alice")), message)
        await pubsub.push_msg(ID.from_base58(id_of("alice")), message)
    assert caught == ["TOPIC_ERROR"]


def pubsub_message(from_id: bytes) -> rpc_pb2.Message:
    """A message with a garbage key."""
    return rpc_pb2.Message(
        data=b"x", topicIDs=["t"], from_id=from_id, seqno=b"1", key=b"\xff", signature=b"1"
    )


async def test_gossip_of_invented_topics_is_not_kept() -> None:
    """The library kept a word for each, for ever."""
    gossip = LeanGossipSub()
    host = new_host()
    pubsub = GuardedPubsub(host, gossip, "t", accept_topic, lambda *_: None, charge_nothing)  # type: ignore[arg-type]
    async with background_trio_service(gossip), background_trio_service(pubsub):
        await pubsub.wait_until_ready()
        await pubsub.subscribe("t")
        packet = rpc_pb2.RPC()
        for topic in ("t", "invented"):
            packet.control.prune.add(topicID=topic, backoff=60)
        await pubsub._take(ID.from_base58(id_of("eve")), packet.SerializeToString())
        assert set(gossip.back_off) == {"t"}


def test_gossipsub_is_lean() -> None:
    ours, theirs = LeanGossipSub(), GossipSub(["/meshsub/1.1.0"], 6, 4, 12)  # type: ignore[list-item]
    assert theirs.spam_protection_enabled
    assert not ours.spam_protection_enabled
    assert not ours.eclipse_protection_enabled
    assert not ours.adaptive_gossip_enabled
    assert (ours.heartbeat_interval, theirs.heartbeat_interval) == (1, 120)


def test_the_librarys_log_reaches_the_root_logger() -> None:
    quiet_library_log()
    library = logging.getLogger("libp2p")
    assert library.propagate
    assert library.handlers == []
    assert not logging.getLogger("libp2p.network.auto_connector").isEnabledFor(logging.ERROR)


async def test_a_socket_reads_ahead_and_says_when_it_ends() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    client = await trio.open_tcp_stream("127.0.0.1", port)
    server = Socket(await listeners[0].accept())
    await client.send_all(b"abcdef")
    assert [await server.read(2), await server.read(1), await server.read(), await server.read(0)] == [
        b"ab",
        b"c",
        b"def",
        b"",
    ]
    assert server.rx_bytes == 6
    await client.aclose()
    with pytest.raises(Exception, match="closed by peer"):
        await server.read(1)
    server.cut()
    assert server.get_remote_address() is None
    await listeners[0].aclose()


async def test_cutting_a_link_during_a_write_leaves_other_connections_alone() -> None:
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members(("alice", "bob", "eve")))
        bob = await start_node(nursery, "bob", members(("alice", "bob", "eve")), {"alice": alice.address})
        await bob.until_linked("alice")
        eve = await start_raw(nursery, "eve")
        huge = (FRAME_BYTES_MAX).to_bytes(4, "big") + bytes(FRAME_BYTES_MAX - 1)
        for _ in range(5):
            wire, pipe = await raw_link(eve, "eve", alice)
            with trio.move_on_after(0.01):
                await pipe.write(huge)
            wire.cut()
            await wire.closed()
            await alice.until_linked("bob")
        assert bob.downs() == []
        nursery.cancel_scope.cancel()
