"""The libp2p stack of one node: listens, dials, upgrades a socket to a connection, and runs the block
topic.

A socket becomes a connection in one way, whoever opened it: Noise behind the gate, Yamux, then the swarm.
All of it within a deadline; whatever fails on the way closes the socket. The stack lives until it is
cancelled or something in the library fails; its owner then builds a new one.
"""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
import trio
from libp2p.abc import IMuxedConn, INetStream
from libp2p.custom_types import TProtocol
from libp2p.network.config import ConnectionConfig
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.peer.id import ID
from libp2p.peer.peerstore import PeerStore
from libp2p.protocol_muxer.generic_selector import GenericMultistreamSelector
from libp2p.protocol_muxer.multiselect_client import MultiselectClient
from libp2p.protocol_muxer.multiselect_communicator import MultiselectCommunicator
from libp2p.security.exceptions import HandshakeFailure
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE_PROTOCOL
from libp2p.security.security_multistream import SecurityMultistream
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX_PROTOCOL
from libp2p.tools.anyio_service import background_trio_service
from libp2p.transport.upgrader import TransportUpgrader

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import PeerFault, Refused
from p2pchain.model.ids import PeerId
from p2pchain.net.accept_limits import AcceptRates
from p2pchain.net.addresses import address_of, endpoint_of
from p2pchain.net.config import FETCH_PROTOCOL, LINK_PROTOCOL, NetConfig
from p2pchain.net.libp2p_mends import (
    GatedNoise,
    GuardedPubsub,
    GuardedYamux,
    LeanGossipSub,
    QuietHost,
    QuietSwarm,
    key_pair_of,
)
from p2pchain.net.pipe import Pipe
from p2pchain.net.tcp import Socket

LISTEN_BACKLOG = 128
NEGOTIATION_TIMEOUT_S = 5

log = structlog.get_logger("p2pchain.net")


class ListeningStatus(Protocol):
    """Trio's task status of a task that reports the multiaddress that it listens on."""

    def started(self, value: str) -> None:
        """Report that the task runs from now on."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One secured, muxed connection; two wires are equal when they are the same connection."""

    muxed: GuardedYamux

    @property
    def peer(self) -> PeerId:
        """Id of the peer at the other end, proved by the handshake."""
        return PeerId(str(self.muxed.peer_id))

    @property
    def outbound(self) -> bool:
        """Return whether we dialled."""
        return self.muxed.is_initiator

    @property
    def address(self) -> str:
        """Multiaddress of the other end: the one dialled, or that of the accepted socket."""
        return self.muxed.address

    @property
    def socket(self) -> Socket:
        """The socket below, for its counts."""
        return self.muxed.socket

    async def closed(self) -> None:
        """Return once the connection has ended."""
        await self.muxed.event_closed.wait()

    def cut(self) -> None:
        """End the connection now, with all its streams."""
        self.muxed.socket.cut()


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOwner:
    """Callbacks of the stack to its owner. None of them may raise, but for the two that charge.

    ``admit(peer, address)``: None, or why the peer is refused. ``accepted(wire)``: an inbound connection
    stands. ``opened(wire, protocol, pipe)``: the peer opened a stream. ``announced(peer, data)``: whether
    what came on the block topic is worth forwarding. ``charged(peer, units, size)``: seconds to wait before
    what came on it is taken, or ``PeerFault``; ``stream_charged(peer)``: ``PeerFault`` where the peer may not
    open a stream. ``library_error()``: the library raised something that
    was caught.
    """

    admit: Callable[[PeerId, str], str | None]
    accepted: Callable[[Wire], None]
    opened: Callable[[Wire, str, Pipe], None]
    announced: Callable[[PeerId, bytes], Awaitable[bool]]
    charged: Callable[[PeerId, int, int], float]
    stream_charged: Callable[[PeerId], None]
    failed: Callable[[str, str, str], None]


class Stack:
    """Swarm, host and pubsub of one node. Built once, run once."""

    def __init__(self, *, config: NetConfig, peer_key: SigningKey, topic: str, owner: StackOwner) -> None:
        self._config = config
        self._owner = owner
        self._topic = topic
        self._listen = endpoint_of(config.listen)
        key_pair = key_pair_of(peer_key.seed)
        noise = GatedNoise(key_pair, owner.admit)
        self._security = SecurityMultistream({NOISE_PROTOCOL: noise})
        self._muxers: GenericMultistreamSelector[type[GuardedYamux]] = GenericMultistreamSelector()
        self._muxers.add_handler(TProtocol(YAMUX_PROTOCOL), GuardedYamux)
        peer_id = ID.from_pubkey(key_pair.public_key)
        peerstore = PeerStore()
        peerstore.add_key_pair(peer_id, key_pair)
        self._swarm = QuietSwarm(
            peer_id,
            peerstore,
            TransportUpgrader({NOISE_PROTOCOL: noise}, {}),
            connection_config=_connection_config(config),
        )
        self._host = QuietHost(self._swarm, disable_identify_address_discovery=True)
        self._host.guard(owner.failed)
        for protocol in (LINK_PROTOCOL, FETCH_PROTOCOL):
            self._host.set_stream_handler(TProtocol(protocol), partial(self._stream_opened, protocol))
        self._gossip = LeanGossipSub()
        self._pubsub = GuardedPubsub(
            self._host, self._gossip, topic, owner.announced, owner.failed, owner.charged
        )
        self._accepted = 0
        self._accepts = AcceptRates(self._config.accepts_per_s, self._config.accepts_burst)

    async def run(self, *, task_status: ListeningStatus = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; reports the multiaddress that it listens on.

        ``Refused("PORT_IN_USE")`` or ``Refused("NET_CANNOT_LISTEN")`` before that.
        """
        listeners = await self._open_listeners()
        host, port = listeners[0].socket.getsockname()[:2]
        try:
            async with (
                background_trio_service(self._swarm),
                background_trio_service(self._gossip),
                background_trio_service(self._pubsub),
            ):
                await self._pubsub.wait_until_ready()
                await self._pubsub.subscribe(self._topic)
                task_status.started(address_of(str(host), int(port)))
                await trio.serve_listeners(self._accept, listeners)
        finally:
            for listener in listeners:
                listener.socket.close()
            for conn in self._swarm.get_connections():
                Wire(_guarded(conn.muxed_conn)).cut()

    async def dial(self, peer: PeerId, address: str) -> Wire:
        """Connect to a peer at a multiaddress; raises ``OSError``, ``trio.TooSlowError`` or the library's
        errors.
        """
        host, port = endpoint_of(address)
        with trio.fail_after(self._config.dial_timeout_ms / 1000):
            stream = await trio.open_tcp_stream(host, port)
            return await self._upgrade(Socket(stream), ID.from_base58(peer), address)

    async def open(self, wire: Wire, protocol: str) -> Pipe:
        """Open a new stream for ``protocol`` on this very connection; raises whatever the library raises."""
        for conn in self._swarm.get_connections(wire.muxed.peer_id):
            if conn.muxed_conn is wire.muxed:
                stream = await conn.new_stream()
                communicator = MultiselectCommunicator(stream)
                await MultiselectClient().select_one_of(
                    [TProtocol(protocol)], communicator, NEGOTIATION_TIMEOUT_S
                )
                return Pipe(stream)
        raise PeerFault("PEER_CLOSED", {"peer": wire.peer, "protocol": protocol})

    async def publish(self, data: bytes) -> None:
        """Put a message on the block topic."""
        await self._pubsub.publish(self._topic, data)

    async def _open_listeners(self) -> Sequence[trio.SocketListener]:
        host, port = self._listen
        facts = {"address": self._config.listen}
        try:
            return await trio.open_tcp_listeners(port, host=host, backlog=LISTEN_BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                hint = "stop the process that listens there, or set another port"
                raise Refused("PORT_IN_USE", facts, hint) from error
            hint = (
                "set network.listen to /ip4/0.0.0.0/tcp/PORT or to an address of this machine; an address of "
                "the router stands in the settings of the other members alone"
            )
            raise Refused("NET_CANNOT_LISTEN", facts | {"reason": str(error)}, hint) from error

    async def _accept(self, stream: trio.SocketStream) -> None:
        """Serve one accepted socket, from its handshake to its end; its slot is free afterwards."""
        socket = Socket(stream)
        remote = socket.get_remote_address()
        if not self._accepts.take(remote[0] if remote else "unknown", trio.current_time()):
            log.warning("peer.connects_too_often", address=remote[0] if remote else "unknown")
            socket.cut()
            return
        if self._accepted >= self._config.connections_max:
            log.warning("peer.connections_full", connections_max=self._config.connections_max)
            socket.cut()
            return
        self._accepted += 1
        address = address_of(*remote) if remote else "unknown"
        try:
            with trio.fail_after(self._config.upgrade_timeout_ms / 1000):
                wire = await self._upgrade(socket, None, address)
            self._owner.accepted(wire)
            await wire.closed()
        except HandshakeFailure as refusal:
            log.debug("peer.not_admitted", address=address, reason=str(refusal))
        except Exception as error:
            self._owner.failed(remote[0] if remote else "unknown", "HANDSHAKE_FAILED", _root_cause(error))
        finally:
            socket.cut()
            self._accepted -= 1

    async def _upgrade(self, socket: Socket, expected: ID | None, address: str) -> Wire:
        """Upgrade a socket by Noise, Yamux and swarm; ``expected`` is the peer that we dialled, None for an
        accepted socket.
        """
        outbound = expected is not None
        try:
            raw = RawConnection(socket, outbound)
            if expected is not None:
                secured = await self._security.secure_outbound(raw, expected)
            else:
                secured = await self._security.secure_inbound(raw)
            remote = secured.get_remote_peer()
            if expected is not None and remote != expected:
                raise PeerFault("NET_WRONG_PEER", {"expected": str(expected), "found": str(remote)})
            if len(self._swarm.get_connections(remote)) >= self._config.connections_per_peer_max:
                raise PeerFault("NET_TOO_MANY_CONNECTIONS", {"peer": str(remote)})
            await self._muxers.select(secured, outbound, NEGOTIATION_TIMEOUT_S)
            muxed = GuardedYamux(secured, socket, address, self._owner.failed, self._owner.stream_charged)
            await self._swarm.add_conn(muxed, "outbound" if outbound else "inbound")
            return Wire(muxed)
        except BaseException:
            socket.cut()
            raise

    async def _stream_opened(self, protocol: str, stream: INetStream) -> None:
        self._owner.opened(Wire(_guarded(stream.muxed_conn)), protocol, Pipe(stream))


def _guarded(muxed: IMuxedConn) -> GuardedYamux:
    assert isinstance(muxed, GuardedYamux), "every connection of the swarm is made in _upgrade"
    return muxed


def _connection_config(config: NetConfig) -> ConnectionConfig:
    most = 4 * config.connections_max
    return ConnectionConfig(
        max_connections=most,
        high_watermark=most,
        min_connections=0,
        low_watermark=0,
        max_connections_per_peer=config.connections_per_peer_max + 1,
        outbound_stream_protocol_negotiation_timeout=float(NEGOTIATION_TIMEOUT_S),
        inbound_stream_protocol_negotiation_timeout=float(NEGOTIATION_TIMEOUT_S),
    )


def _root_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"
