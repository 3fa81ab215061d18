"""Everything that mends py-libp2p 0.8.1, and nothing else.

Each class takes a piece of the library and keeps one promise that the piece itself does not keep; its
docstring says what happens without it, and ``tests/integration/test_net_mends.py`` shows it. The version is
pinned exactly because of this file: whoever raises the pin reads it anew.

What is left out here is a mend too: no TCP transport of the library (it listens with ``SO_REUSEPORT``, so a
second process on one port is not noticed; it reads two bytes per system call), no ``Swarm.dial_peer`` (a
failed dial bars the peer for a minute), no inbound handler of the swarm (each accepted connection keeps its
slot for ever), no identify (it runs in trio's system tasks, where an error ends the process), no resource
manager, no security but Noise.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final

import trio
from libp2p.abc import IMuxedStream, INetStream, IRawConnection, ISecureConn
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.crypto.keys import KeyPair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.host.basic_host import BasicHost
from libp2p.io.exceptions import ConnectionClosedError, IOException, MessageTooLarge
from libp2p.network.auto_connector import AutoConnector
from libp2p.network.connection.exceptions import RawConnError
from libp2p.network.connection.swarm_connection import SwarmConn
from libp2p.network.stream.net_stream import NetStream
from libp2p.network.swarm import Swarm
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11, GossipSub
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.pubsub import Pubsub
from libp2p.security.exceptions import HandshakeFailure
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.stream_muxer.yamux.yamux import Yamux
from libp2p.utils.varint import read_varint_prefixed_bytes_limited

from p2pchain.model.errors import PeerFault
from p2pchain.model.ids import PeerId
from p2pchain.net.paced_session import PacedSession
from p2pchain.net.tcp import Socket

CONNECTION_BUFFERED_BYTES_MAX: Final = 16_777_216
"""Unread bytes of all streams of one connection; a peer that sends more ignores its windows."""
CONNECTION_STREAMS_MAX: Final = 32
PUBSUB_RPC_BYTES_MAX: Final = 262_144

Charge = Callable[[PeerId, int, int], float]
"""Charges a peer for words and bytes on the topic: seconds to wait first, or ``PeerFault``."""
Failed = Callable[[str, str, str], None]
"""Told what was caught: of whom, a stable code, and detail."""

# Spares a window update per tiny read on pubsub's streams; ours do their own accounting.
os.environ.setdefault("PY_YAMUX_RELEASE_ON_READ", "0")
# Keeps windows from growing: see ``GuardedYamux.rtt``.
os.environ.setdefault("PY_YAMUX_ASSUME_RTT_MS", "0")


def quiet_library_log(level: int = logging.CRITICAL) -> None:
    """Hand the library's log to the root logger: importing it had cut it off.

    Below ``CRITICAL`` it only repeats what reaches us as an exception.
    """
    logging.getLogger("libp2p.network.auto_connector").setLevel(logging.NOTSET)
    library = logging.getLogger("libp2p")
    library.handlers.clear()
    library.setLevel(level)
    library.propagate = True


def key_pair_of(seed: bytes) -> KeyPair:
    """Return the library's form of an Ed25519 key; ``seed``: 32 bytes."""
    return create_new_key_pair(seed)


class GatedNoise(NoiseTransport):
    """Noise that admits only peers that ``admit`` admits, before there is a muxer.

    Without it everybody with some key gets a muxed connection: neither notifees nor the library's allow
    lists prevent that. ``admit`` returns None, or why not; the reason is logged here because the dialler
    only sees a closed socket.
    """

    def __init__(self, key_pair: KeyPair, admit: Callable[[PeerId, str], str | None]) -> None:
        super().__init__(key_pair, noise_privkey=create_noise_key_pair().private_key)
        self._admit = admit

    async def secure_inbound(self, conn: IRawConnection) -> ISecureConn:
        """Shake hands, then compare; ``HandshakeFailure`` for a stranger."""
        secured = await super().secure_inbound(conn)
        remote = conn.get_remote_address()
        peer = PeerId(str(secured.get_remote_peer()))
        reason = self._admit(peer, f"{remote[0]}:{remote[1]}" if remote else "unknown")
        if reason is not None:
            await conn.close()
            raise HandshakeFailure(reason)
        return secured


class GuardedYamux(Yamux):
    """Yamux whose errors end one connection and nothing else, and which closes at once.

    Without it an unexpected error in the frame loop ends the swarm and with it every connection; ``close``
    waits for a peer that does not read; a peer that ignores its windows fills the memory; every frame is
    formatted for a log; a stream that is opened and dropped costs a millisecond, as often as a peer likes.
    """

    def __init__(
        self,
        secured: ISecureConn,
        socket: Socket,
        address: str,
        failed: Failed,
        charge_stream: Callable[[PeerId], None],
    ) -> None:
        super().__init__(PacedSession(secured), secured.get_remote_peer(), is_initiator=secured.is_initiator)
        self._failed = failed
        self._charge_stream = charge_stream
        self.socket = socket
        self.address = address

    def rtt(self) -> float:
        """Return that the time is unknown, always. While a protocol is agreed the library doubles a stream's
        window with every small read that comes soon after the last, up to 16 MiB; without a time to compare
        with it does not.
        """
        return 0.0

    async def start(self) -> None:
        """Run the frame loop; whatever it raises closes this connection."""
        try:
            await super().start()
        except Exception as error:
            self._failed(str(self.peer_id), "MUXER_ERROR", repr(error))
            self.socket.cut()
            await self._cleanup_on_error()

    async def accept_stream(self) -> IMuxedStream:
        """Return the next stream that the peer opened; a flood of them ends the connection."""
        stream = await super().accept_stream()
        try:
            self._charge_stream(PeerId(str(self.peer_id)))
        except PeerFault as fault:
            self._failed(str(self.peer_id), fault.code, str(fault))
            self.socket.cut()
            raise
        return stream

    async def close(self, error_code: int = 0) -> None:
        """Cut the socket, wake everybody who waits on a stream."""
        self.socket.cut()
        if not self.event_closed.is_set():
            await self._cleanup_on_error()

    async def _write_frame(self, data: bytes) -> None:
        async with self._write_lock:
            await self.secured_conn.write(data)

    async def _read_data_body(self, length: int) -> bytes:
        held = sum(map(len, self.stream_buffers.values()))
        if held + length > CONNECTION_BUFFERED_BYTES_MAX:
            self._failed(str(self.peer_id), "MUXER_ERROR", f"ignores its windows: {held} unread bytes")
            self.socket.cut()
            raise ConnectionClosedError("unread bytes over the bound", transport="tcp")
        return await super()._read_data_body(length)


class IdleAutoConnector(AutoConnector):
    """An auto-connector that dials nobody: ``links.py`` alone decides whom to dial."""

    async def run_background_task(self, nursery: trio.Nursery) -> None:
        """Do nothing."""

    async def maybe_connect(self) -> None:
        """Do nothing."""


class QuietSwarm(Swarm):
    """A swarm that dials nobody on its own; the library's looks for peers until it has hundreds."""

    def _init_connection_management(self) -> None:
        super()._init_connection_management()
        self.auto_connector = IdleAutoConnector(self)


class QuietHost(BasicHost):
    """A host that does not identify anybody on its own, and of which no stream handler can end the swarm.

    Without the guard an invalid protobuf on a pubsub stream, or any error in a handler, ends the process."""

    def guard(self, failed: Failed) -> None:
        """Put the guard around the handler of all incoming streams."""
        negotiate_and_handle = self._swarm_stream_handler

        async def guarded(stream: INetStream) -> None:
            conn = stream.swarm_conn if isinstance(stream, NetStream) else None
            try:
                if isinstance(conn, SwarmConn) and len(conn.streams) > CONNECTION_STREAMS_MAX:
                    raise PeerFault("NET_TOO_MANY_STREAMS", {"streams_max": CONNECTION_STREAMS_MAX})
                await negotiate_and_handle(stream)
            except Exception as error:
                failed(str(stream.muxed_conn.peer_id), "STREAM_ERROR", repr(error))
                await stream.reset()

        self.get_network().set_stream_handler(guarded)

    def _schedule_identify(self, peer_id: ID, *, reason: str) -> None:
        return None


class LeanGossipSub(GossipSub):
    """GossipSub 1.1 without spam, eclipse and adaptive arms, sender records and histories.

    With the library's defaults a tenth of the messages is lost at ten a second, one costs 5 to 7 ms on every
    node, and two dictionaries grow for ever.
    """

    def __init__(self, degree: int = 6) -> None:
        super().__init__(
            protocols=[PROTOCOL_ID_V11],
            degree=degree,
            degree_low=degree - 2,
            degree_high=degree + 6,
            heartbeat_interval=1,
            adaptive_gossip_enabled=False,
            spam_protection_enabled=False,
            eclipse_protection_enabled=False,
        )

    async def publish(self, msg_forwarder: ID, pubsub_msg: rpc_pb2.Message) -> None:
        """Send to the mesh."""
        self.mcache.put(pubsub_msg)
        packet = rpc_pb2.RPC(publish=[pubsub_msg])
        origin = ID(pubsub_msg.from_id)
        for peer in self._get_peers_to_send(pubsub_msg.topicIDs, msg_forwarder=msg_forwarder, origin=origin):
            self.send_rpc(peer, packet)


class GuardedPubsub(Pubsub):
    """Pubsub for one topic whose messages are taken at its validator, and of which no message can end the
    service.

    Without the guard a message with a garbage key ends the process; without the counter a node that
    restarts within the second is mute, because its sequence numbers were seen. The library starts a task for
    each message as fast as they come: 200 KB a second of false signatures stop the node. It keeps a word of
    gossip for each topic that somebody invents, and dials whoever a peer names. Messages are signed
    (StrictSign): it costs little at a few a second, keeps others from using up our sequence numbers, and is
    what other implementations expect.
    """

    def __init__(
        self,
        host: BasicHost,
        router: GossipSub,
        topic: str,
        accept: Callable[[PeerId, bytes], Awaitable[bool]],
        failed: Failed,
        charge: Charge,
    ) -> None:
        super().__init__(
            host,
            router,
            strict_signing=True,
            max_inbound_rpc_size=PUBSUB_RPC_BYTES_MAX,
            allowed_topics={topic},
        )
        self.counter = time.time_ns()
        self._accept = accept
        self._failed = failed
        self._charge = charge
        self.set_topic_validator(topic, self._validate, is_async_validator=True)

    async def _validate(self, forwarder: ID, message: rpc_pb2.Message) -> bool:
        return forwarder == self.my_id or await self._accept(PeerId(str(forwarder)), message.data)

    async def continuously_read_stream(self, stream: INetStream) -> None:
        """Read a peer's messages of the topic, one after the other and no faster than it may; whoever floods
        loses the connection.
        """
        muxed = stream.muxed_conn
        assert isinstance(muxed, GuardedYamux), "every connection is one"
        try:
            await self._charged(muxed.peer_id, 1, 0)
            while self.manager.is_running:
                data = await read_varint_prefixed_bytes_limited(stream, PUBSUB_RPC_BYTES_MAX)
                await self._take(muxed.peer_id, data)
        except PeerFault as fault:
            self._failed(str(muxed.peer_id), fault.code, str(fault))
            muxed.socket.cut()
        except MessageTooLarge as error:
            self._failed(str(muxed.peer_id), "TOPIC_ERROR", str(error))
            muxed.socket.cut()
        except (IOException, RawConnError):
            return  # The stream has ended, or its connection.

    async def _take(self, peer_id: ID, data: bytes) -> None:
        """Take one packet: messages, subscriptions, and words of gossip about our topic."""
        rpc = rpc_pb2.RPC.FromString(data)
        control = rpc.control
        gossip = len(control.ihave) + len(control.iwant) + len(control.graft) + len(control.prune)
        await self._charged(peer_id, 1 + len(rpc.publish) + len(rpc.subscriptions) + gossip, len(data))
        for message in rpc.publish:
            if self._is_subscribed_to_msg(message):
                await self.push_msg(peer_id, message)
                await trio.lowlevel.checkpoint()
        for subscription in rpc.subscriptions:
            self.handle_subscription(peer_id, subscription)
        known = rpc_pb2.RPC()
        known.control.iwant.extend(control.iwant)
        ours = self.topic_ids
        known.control.ihave.extend(order for order in control.ihave if order.topicID in ours)
        known.control.graft.extend(order for order in control.graft if order.topicID in ours)
        known.control.prune.extend(order for order in control.prune if order.topicID in ours)
        for prune in known.control.prune:
            prune.ClearField("peers")
        await self.router.handle_rpc(known, peer_id)

    async def _charged(self, peer_id: ID, units: int, size: int) -> None:
        await trio.sleep(self._charge(PeerId(str(peer_id)), units, size))

    async def push_msg(self, msg_forwarder: ID, msg: rpc_pb2.Message) -> None:
        """Check and forward one message; an error in it is counted and forgotten."""
        try:
            await super().push_msg(msg_forwarder, msg)
        except Exception as error:
            self._failed(str(msg_forwarder), "TOPIC_ERROR", repr(error))

    def notify_subscriptions(self, publish_message: rpc_pb2.Message) -> None:
        """Do nothing: the validator has already passed the message on."""
