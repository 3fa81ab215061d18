"""One connected peer: its link stream, its fetch stream, its queues and its heartbeat.

Six tasks, none of which waits for another's sake: two readers, two writers, the heartbeat, and the one that
hands messages to the node. The first that fails ends the session: the connection is cut before the tasks
are cancelled, so no write is ever cancelled on a connection that lives on (that would break the encryption
of everything behind it).

A slow node does not look dead: pings are answered by the reader itself, and the reader waits for the node
only when ``inbox_frames_max`` messages already wait. A stopped peer looks dead after ``silence_max_ms``
without one byte.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator

import structlog
import trio

from p2pchain.codec.messages import decode_link, encode_link
from p2pchain.model.errors import Fault, PeerFault, Refused
from p2pchain.model.ids import PeerId
from p2pchain.model.messages import FRAME_BYTES_MAX, Hello, LinkMessage, ModuleCode, Ping, Pong
from p2pchain.net.config import NetConfig
from p2pchain.net.events import LinkLost, LinkReceived, NetEvent
from p2pchain.net.fetch_stream import FetchTable
from p2pchain.net.frame_decoder import off_the_loop
from p2pchain.net.frames import REQUEST, FrameSplitter, frame
from p2pchain.net.hello import read_hello
from p2pchain.net.pipe import Pipe
from p2pchain.net.queues import Outbox, PeerInbox, Priority, priority_of
from p2pchain.net.rates import PeerRates
from p2pchain.net.stack import Wire

OVERSLEPT_S = 1.0
REQUEST_HEAD = bytes((REQUEST,))
BULK_OVERHEAD_BYTES = 256
"""What a waiting message costs beside its bytes, so that many tiny ones are bounded too."""

log = structlog.get_logger("p2pchain.net")


class PeerSession:
    """One link from hello to end. ``greet`` first, then ``run`` once; ``end`` at any time and from
    anywhere.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        link: Pipe,
        config: NetConfig,
        events: trio.MemorySendChannel[NetEvent],
        request_ids: Iterator[int],
        rates: PeerRates,
    ) -> None:
        """``rates``: frames that the peer sent of late, over former links too."""
        self.peer: PeerId = wire.peer
        self.wire = wire
        self.up_at = trio.current_time()
        self.rtt_ms: int | None = None
        self.clock_offset_ms: int | None = None
        self.software: str | None = None
        self.modules: tuple[ModuleCode, ...] = ()
        self.rx_bytes = 0
        self.tx_bytes = 0
        self.fault: Fault | None = None
        self.gone = trio.Event()
        self.outbox = Outbox(config)
        self.inbox = PeerInbox(config, events)
        self.fetches = FetchTable(wire.peer, config, request_ids)
        self._config = config
        self._link = link
        self._fetch_pipe: Pipe | None = None
        self._fetch_there = trio.Event()
        self._scope = trio.CancelScope()
        self._splitter = FrameSplitter(FRAME_BYTES_MAX)
        self._rates = rates
        self._ping_sent: tuple[int, float] = (0, 0.0)

    async def greet(self, hello_frame: bytes) -> Hello:
        """Send our hello and read the peer's. ``LinkLost`` or ``PeerFault`` otherwise, after
        ``hello_timeout_ms``.
        """
        with trio.move_on_after(self._config.hello_timeout_ms / 1000):
            await self._link.write(hello_frame)
            hello = await read_hello(self._link, self._splitter)
            self.software, self.modules = hello.software, hello.modules
            self.up_at = trio.current_time()
            return hello
        raise LinkLost("PEER_SILENT", {"while": "hello", "waited_ms": self._config.hello_timeout_ms})

    def attach_fetch(self, pipe: Pipe) -> None:
        """Attach the fetch stream of this connection."""
        if self._fetch_pipe is not None:
            self.end(PeerFault("NET_SECOND_STREAM", {"peer": self.peer}))
            return
        self._fetch_pipe = pipe
        self._fetch_there.set()

    async def run(self) -> Fault:
        """Serve the link until it ends; returns why."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                for task in (
                    self._write_link,
                    self._read_link,
                    self._write_fetches,
                    self._read_fetches,
                    self._beat,
                    self.inbox.drain,
                ):
                    nursery.start_soon(self._until_it_fails, task)
        self.fetches.close()
        return self.fault or LinkLost("PEER_CLOSED", {"peer": self.peer})

    def end(self, fault: Fault) -> None:
        """End the session; the first reason counts. Never waits."""
        if self.fault is None:
            self.fault = fault
            self.wire.cut()
            self._scope.cancel()

    def leave_out(self, for_ms: int) -> None:
        """Leave out the transactions that the peer pushes, unread, for so long."""
        self._rates.rest(trio.current_time() + for_ms / 1000)

    def put(self, framed: bytes, priority: Priority) -> None:
        """Queue a frame for the link; a peer whose urgent queue is full is of no use any more."""
        if not self.outbox.put(framed, priority) and priority is not Priority.BULK:
            queued_bytes = self.outbox.urgent_bytes
            self.end(LinkLost("PEER_TOO_SLOW", {"queued_bytes": queued_bytes, "priority": priority.name}))

    async def _until_it_fails(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except Fault as fault:
            self.end(fault)
        except Exception as error:
            # The edge to the library: which of its errors means "closed" differs from place to place.
            self.end(LinkLost("PEER_CLOSED", {"error": f"{type(error).__name__}: {error}"}))
        else:
            self.end(LinkLost("PEER_CLOSED", {"peer": self.peer}))

    async def _write_link(self) -> None:
        while True:
            data = await self.outbox.take()
            await self._link.write(data)
            self.tx_bytes += len(data)

    async def _read_link(self) -> None:
        chunk = b""
        while True:
            for payload in self._splitter.feed(chunk):
                await self._take(payload)
            chunk = await self._link.read()
            if not chunk:
                return
            self.rx_bytes += len(chunk)

    async def _take(self, payload: bytes) -> None:
        """Take one frame of the link, as soon as the peer's rates allow; beyond them transactions are left
        out.
        """
        wait_s = self._rates.charge(payload, trio.current_time())
        if wait_s is None:
            self.inbox.dropped += 1
            return
        if wait_s > 0:
            await trio.sleep(wait_s)
        try:
            message = await off_the_loop(decode_link, payload)
        except Refused as refused:
            raise PeerFault("NET_BAD_MESSAGE", {"reason": str(refused)}) from refused
        match message:
            case Ping(token=token):
                self.put(frame(encode_link(Pong(token=token, wall_ms=_wall_ms()))), Priority.URGENT)
            case Pong():
                self._pong(message)
            case Hello():
                raise PeerFault("NET_SECOND_HELLO", {"peer": self.peer})
            case _:
                await self._pass_on(message, len(payload))

    async def _pass_on(self, message: LinkMessage, payload_bytes: int) -> None:
        event = LinkReceived(peer=self.peer, message=message)
        if priority_of(message) is Priority.BULK:
            self.inbox.put_bulk(event, payload_bytes + BULK_OVERHEAD_BYTES)
        else:
            await self.inbox.put(event)

    async def _fetch_stream(self) -> Pipe:
        with trio.move_on_after(self._config.hello_timeout_ms / 1000):
            await self._fetch_there.wait()
        if self._fetch_pipe is None:
            raise LinkLost("NET_NO_FETCH_STREAM", {"peer": self.peer})
        return self._fetch_pipe

    async def _write_fetches(self) -> None:
        pipe = await self._fetch_stream()
        while True:
            data = await self.fetches.next_frame()
            await pipe.write(data)
            self.tx_bytes += len(data)

    async def _read_fetches(self) -> None:
        pipe = await self._fetch_stream()
        splitter = FrameSplitter(FRAME_BYTES_MAX)
        while True:
            chunk = await pipe.read()
            if not chunk:
                return
            self.rx_bytes += len(chunk)
            for payload in splitter.feed(chunk):
                if payload[:1] == REQUEST_HEAD:
                    await trio.sleep(self._rates.charge_request(payload, trio.current_time()))
                event = await self.fetches.receive(payload)
                if event is not None:
                    await self.inbox.put(event)

    async def _beat(self) -> None:
        """Ping, and check when the peer was last heard."""
        interval_s = self._config.ping_interval_ms / 1000
        token = 0
        while True:
            token += 1
            self._ping_sent = (token, trio.current_time())
            self.put(frame(encode_link(Ping(token=token))), Priority.URGENT)
            await trio.sleep(interval_s)
            if trio.current_time() - self._ping_sent[1] < interval_s + OVERSLEPT_S:
                # Else it was this process that stood still, and what the peer sent is still unread.
                self._check_alive()

    def _check_alive(self) -> None:
        now, socket = trio.current_time(), self.wire.socket
        silent_ms = int((now - socket.heard_at) * 1000)
        if silent_ms > self._config.silence_max_ms:
            raise LinkLost("PEER_SILENT", {"silent_ms": silent_ms})
        if socket.write_began_at is not None:
            waited_ms = int((now - socket.write_began_at) * 1000)
            if waited_ms > self._config.write_timeout_ms:
                raise LinkLost("PEER_STALLED", {"reason": "write", "waited_ms": waited_ms})

    def _pong(self, pong: Pong) -> None:
        """Measure the round trip, and the peer's clock: it was read half a round trip ago."""
        sent_token, sent_at = self._ping_sent
        if pong.token == sent_token:
            self.rtt_ms = int((trio.current_time() - sent_at) * 1000)
            self.clock_offset_ms = pong.wall_ms + self.rtt_ms // 2 - _wall_ms()


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
