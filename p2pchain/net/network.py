"""The network of one node: a live link to every member that can be reached, for ever.

Nothing here raises for what a peer does or the library fails at. A peer that breaks the protocol is
dropped, refused for a while, and dialled again later; a library that fails is built anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog
import trio

from p2pchain.codec.messages import encode_link
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import PeerFault, Refused
from p2pchain.model.genesis import Member
from p2pchain.model.ids import OrgId, PeerId
from p2pchain.model.messages import Announcement, FetchRequest, FetchResponse, Hello, LinkMessage
from p2pchain.net.addresses import endpoint_of
from p2pchain.net.block_topic import BlockTopic, CheckAnnouncement
from p2pchain.net.config import NetConfig, block_topic
from p2pchain.net.events import (
    FetchFailed,
    LinkLost,
    NetEvent,
    NetworkTotals,
    PeerStatistics,
)
from p2pchain.net.frames import frame
from p2pchain.net.hello import VerifyHello
from p2pchain.net.libp2p_mends import quiet_library_log
from p2pchain.net.links import Links, Members
from p2pchain.net.queues import Priority, priority_of
from p2pchain.net.rates import FLOOD_NAMED_S
from p2pchain.net.refusals import Refusals
from p2pchain.net.session import PeerSession
from p2pchain.net.stack import ListeningStatus, Stack, StackOwner

REPLACE_AFTER_S = 3.0
RESTART_WAIT_S = 1.0
NOT_A_MEMBER_WAIT_S = 5.0
GATE_REFUSALS = ("PEER_STRANGER", "PEER_BANNED", "PEER_PENALISED")
"""Why the gate turns a peer away."""

log = structlog.get_logger("p2pchain.net")


class Network:
    """Links, fetches and the block topic of one node. One ``run`` per process.

    ``hello`` is what this node says of itself; ``verify_hello`` checks a peer's proof of its consensus key;
    ``members`` gives who may connect now; ``check_announcement`` checks what the block topic brings;
    ``events`` takes what happens; ``banned`` are kept out from the start (see ``ban``). ``send``,
    ``broadcast``, ``respond`` and ``announce`` never wait and never raise for a bad peer.
    """

    def __init__(
        self,
        *,
        config: NetConfig,
        peer_key: SigningKey,
        hello: Hello,
        verify_hello: VerifyHello,
        members: Members,
        check_announcement: CheckAnnouncement,
        events: trio.MemorySendChannel[NetEvent],
        banned: Collection[PeerId] = (),
    ) -> None:
        for address in config.peers.values():
            endpoint_of(address)
        self.peer_id = peer_id_of(peer_key.public_key)
        self._config = config
        self._peer_key = peer_key
        self._topic_name = block_topic(hello.chain_id)
        self._members = members
        self._refusals = Refusals(config.refusals_kept_max)
        self._topic = BlockTopic(
            check=check_announcement,
            events=events,
            refusals=self._refusals,
            interval_ms=config.announce_interval_ms,
        )
        self._links = Links(
            config=config,
            own_id=self.peer_id,
            hello=hello,
            verify_hello=verify_hello,
            members=members,
            events=events,
            refusals=self._refusals,
            banned=banned,
        )

    @property
    def banned(self) -> frozenset[PeerId]:
        """Peers that the operator keeps out."""
        return self._links.banned

    @property
    def addressed(self) -> frozenset[PeerId]:
        """Peers whose address this node knows."""
        return frozenset(self._links.addresses)

    def readdress(self, addresses: Mapping[PeerId, str]) -> None:
        """Dial other peers, or at other addresses, from now on; links that are up stay. Raises
        ``Refused("NET_BAD_ADDRESS")``, and then nothing has changed.
        """
        for address in addresses.values():
            endpoint_of(address)
        self._links.readdress(addresses)

    async def run(self, *, task_status: ListeningStatus = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. Reports the multiaddress that it listens on.

        Raises only before that: ``Refused("PORT_IN_USE")``, ``Refused("NET_CANNOT_LISTEN")``,
        ``Refused("NET_BAD_ADDRESS")`` (the constructor too, for a peer's).
        """
        quiet_library_log()
        refused: Refused | None = None
        async with trio.open_nursery() as nursery:
            try:
                address = await nursery.start(self._keep_stack)
            except Refused as error:
                refused = error
                nursery.cancel_scope.cancel()
            else:
                nursery.start_soon(self._topic.publish_newest, self._publish)
                nursery.start_soon(self._links.run)
                task_status.started(address)
        if refused is not None:
            raise refused

    def send(self, peer: PeerId, message: LinkMessage) -> None:
        """Queue a message for one peer; nothing happens if it is not connected."""
        session = self._links.sessions.get(peer)
        if session is not None:
            session.put(frame(encode_link(message)), priority_of(message))

    def broadcast(self, message: LinkMessage, *, except_peer: PeerId | None = None) -> None:
        """Queue a message for every connected peer but one; it is encoded once."""
        framed, priority = frame(encode_link(message)), priority_of(message)
        for peer, session in tuple(self._links.sessions.items()):
            if peer != except_peer:
                session.put(framed, priority)

    async def fetch(self, peer: PeerId, request: FetchRequest, deadline_ms: int) -> FetchResponse:
        """Ask a peer and wait for its answer, which fits the request in kind and number; or
        ``FetchFailed``. ``deadline_ms`` includes waiting for one of ``fetches_in_flight_max`` places.
        """
        session = self._links.sessions.get(peer)
        if session is None:
            raise FetchFailed("FETCH_NO_PEER", {"peer": peer})
        response: FetchResponse = await session.fetches.ask(request, deadline_ms)
        return response

    def respond(self, peer: PeerId, request_id: int, response: FetchResponse) -> None:
        """Answer a ``FetchArrived``; nothing happens if its link is gone or the request was forgotten."""
        session = self._links.sessions.get(peer)
        if session is not None:
            session.fetches.answer(request_id, response)

    def respond_encoded(self, peer: PeerId, request_id: int, payload: bytes) -> None:
        """Like ``respond``, with bytes of ``codec.messages``: stored blocks need not be decoded first."""
        session = self._links.sessions.get(peer)
        if session is not None:
            session.fetches.answer_encoded(request_id, payload)

    def announce(self, announcement: Announcement) -> None:
        """Announce a committed block on the block topic, thinned (see ``BlockTopic``)."""
        self._topic.announce(announcement)

    def drop(self, peer: PeerId, reason: str) -> None:
        """End the link of a peer that misbehaved: it is refused for a while and dialled again later."""
        session = self._links.sessions.get(peer)
        if session is not None:
            session.end(PeerFault("PEER_DROPPED", {"reason": reason}))

    def leave_out(self, peer: PeerId, for_ms: int) -> None:
        """Leave out the transactions that a peer pushes, unread, for so long."""
        session = self._links.sessions.get(peer)
        if session is not None:
            session.leave_out(for_ms)

    def connect(self, peer: PeerId) -> None:
        """Dial a peer now instead of when its turn comes, a penalty or not; nothing happens where it has a
        link. Never waits: ``PeerUp`` tells of success, the refusals of ``totals`` of failure.

        Raises ``Refused``: ``PEER_STRANGER`` (no member), ``PEER_BANNED``, ``PEER_NO_ADDRESS``.
        """
        if peer not in self._members():
            raise Refused("PEER_STRANGER", {"peer": peer}, "only members may connect; see: p2pchain members")
        if peer in self._links.banned:
            raise Refused("PEER_BANNED", {"peer": peer}, f"let it in first: p2pchain peer unban {peer}")
        if peer in self._links.sessions:
            return
        if peer not in self._links.addresses:
            hint = (
                "let its organisation state one (p2pchain membership set-address), or add it to "
                "[[network.peers]] in config.toml and reload"
            )
            raise Refused("PEER_NO_ADDRESS", {"peer": peer}, hint)
        self._links.call(peer)

    def disconnect(self, peer: PeerId) -> None:
        """End the link of a peer without blame. Both ends dial again after their backoff, within seconds: ban
        a peer that is to stay out. Raises ``Refused("PEER_NOT_CONNECTED")``.
        """
        session = self._links.sessions.get(peer)
        if session is None:
            raise Refused("PEER_NOT_CONNECTED", {"peer": peer}, "see: p2pchain peers")
        session.end(LinkLost("PEER_DISCONNECTED", {"peer": peer}))

    def ban(self, peer: PeerId) -> None:
        """From now on neither dial nor admit a peer; its link ends at once (``PEER_BANNED``). It is
        refused at the handshake, before there is a muxer. The owner keeps the ban beyond this run.
        """
        self._links.ban(peer)

    def unban(self, peer: PeerId) -> None:
        """Admit a peer again, and dial it at once where its address is known."""
        self._links.unban(peer)

    def members_changed(self) -> None:
        """Drop at once whoever is no member any more: the ledger admits others now."""
        self._links.members_changed()

    def statistics(self) -> tuple[PeerStatistics, ...]:
        """Return one entry per connected peer, ordered by name."""
        members = self._members()
        every = (
            self._statistics_of(session, members.get(session.peer))
            for session in self._links.sessions.values()
        )
        return tuple(sorted(every, key=lambda entry: (entry.name, entry.peer_id)))

    def totals(self) -> NetworkTotals:
        """Return counts since the start, and the peers refused of late."""
        counts, sessions = self._refusals.counts, tuple(self._links.sessions.values())
        return NetworkTotals(
            refused_handshakes=sum(counts[code] for code in GATE_REFUSALS),
            failed_handshakes=counts["HANDSHAKE_FAILED"],
            refused_hellos=sum(count for code, count in counts.items() if code.startswith("HELLO_")),
            peer_faults=counts["peer_faults"],
            dials_failed=counts["DIAL_FAILED"],
            restarts=counts["restarts"],
            messages_dropped_out=self._links.dropped_out
            + sum(session.outbox.dropped for session in sessions),
            messages_dropped_in=self._links.dropped_in + sum(session.inbox.dropped for session in sessions),
            announcements_sent=self._topic.sent,
            announcements_received=self._topic.received,
            announcements_refused=self._topic.refused,
            library_errors=counts["STREAM_ERROR"] + counts["MUXER_ERROR"] + counts["TOPIC_ERROR"],
            refusals=self._refusals.latest(trio.current_time()),
            floods=self._links.floods.latest(trio.current_time(), within_s=FLOOD_NAMED_S),
            counts=dict(counts),
        )

    async def _keep_stack(self, *, task_status: ListeningStatus) -> None:
        """Run the libp2p stack; build it anew when something in it fails."""
        owner = StackOwner(
            admit=self._links.admit,
            accepted=self._links.accepted,
            opened=self._links.opened,
            announced=self._topic.receive,
            charged=self._links.charge_topic,
            stream_charged=self._links.charge_stream,
            failed=self._failed,
        )
        first = True
        while True:
            stack = Stack(config=self._config, peer_key=self._peer_key, topic=self._topic_name, owner=owner)
            try:
                self._links.stack = stack
                await stack.run(task_status=task_status if first else trio.TASK_STATUS_IGNORED)
            except Refused as refused:
                if first and not refused.code.startswith("PEER_"):
                    raise
                log.error("net.restart_failed", reason=str(refused))
            except Exception as error:
                self._refusals.counts["restarts"] += 1
                log.error("net.library_failed", error=repr(error))
            finally:
                self._links.stack = None
            first = False
            await trio.sleep(RESTART_WAIT_S)

    def _failed(self, whom: str, code: str, detail: str) -> None:
        """Log a failure in or around the library that somebody caused."""
        if self._refusals.add(whom, code, detail, trio.current_time()):
            log.warning("net.caught", whom=whom, code=code, detail=detail)

    async def _publish(self, data: bytes) -> None:
        """Publish a message to the block topic; a failure only loses this announcement."""
        try:
            if self._links.stack is not None:
                await self._links.stack.publish(data)
        except Exception as error:
            log.warning("topic.publish_failed", error=repr(error))

    def _statistics_of(self, session: PeerSession, member: Member | None) -> PeerStatistics:
        return PeerStatistics(
            name=member.name if member else "",
            org=member.org if member else OrgId(""),
            peer_id=session.peer,
            direction="outbound" if session.wire.outbound else "inbound",
            address=session.wire.address,
            software=session.software,
            modules=session.modules,
            rtt_ms=session.rtt_ms,
            clock_offset_ms=session.clock_offset_ms,
            connected_s=int(trio.current_time() - session.up_at),
            rx_bytes=session.rx_bytes,
            tx_bytes=session.tx_bytes,
            queued_urgent=session.outbox.depth(Priority.URGENT) + session.outbox.depth(Priority.PROPOSAL),
            queued_bulk=session.outbox.depth(Priority.BULK),
            queued_bytes=session.outbox.urgent_bytes + session.outbox.bulk_bytes,
            waiting_events=len(session.inbox),
            dropped_out=session.outbox.dropped + session.fetches.dropped,
            dropped_in=session.inbox.dropped,
        )
