"""The links of one node: accepts and dials, decides which of two connections stays, and serves each to its
end.

Both ends of a pair dial, because either may be the one that can be reached. Where two connections meet, the
one that the lower peer id dialled stays; but one that comes when the other is already ``REPLACE_AFTER_S``
old replaces it, because an honest peer dials only when it has lost the old one, which we then have not
noticed yet.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

import structlog
import trio

from p2pchain.codec.messages import encode_link
from p2pchain.model.errors import Fault, PeerFault
from p2pchain.model.genesis import Member
from p2pchain.model.ids import PeerId
from p2pchain.model.messages import Hello
from p2pchain.net.config import FETCH_PROTOCOL, LINK_PROTOCOL, NetConfig
from p2pchain.net.events import LinkLost, NetEvent, PeerDown, PeerUp
from p2pchain.net.frames import frame
from p2pchain.net.hello import VerifyHello, check_hello
from p2pchain.net.pipe import Pipe
from p2pchain.net.rates import FLOODS, PeerRates
from p2pchain.net.redial import Backoff, Penalties
from p2pchain.net.refusals import Refusals
from p2pchain.net.session import PeerSession
from p2pchain.net.stack import Stack, Wire

REPLACE_AFTER_S = 3.0
NOT_A_MEMBER_WAIT_S = 5.0

Members = Callable[[], Mapping[PeerId, Member]]
"""Who may connect now."""
Charged = TypeVar("Charged")

log = structlog.get_logger("p2pchain.net")


class Links:
    """Sessions of one node: ``sessions`` holds those that are up, ``stack`` is what dials, if it runs,
    ``addresses`` says at which addresses it dials whom: those of ``configured``, and of other members those
    that they state on the ledger,
    ``banned`` are the peers that the operator keeps out, ``floods`` those that were dropped for flooding.
    """

    def __init__(
        self,
        *,
        config: NetConfig,
        own_id: PeerId,
        hello: Hello,
        verify_hello: VerifyHello,
        members: Members,
        events: trio.MemorySendChannel[NetEvent],
        refusals: Refusals,
        banned: Collection[PeerId] = (),
    ) -> None:
        self.sessions: dict[PeerId, PeerSession] = {}
        self.stack: Stack | None = None
        self.configured = dict(config.peers)
        self.addresses: dict[PeerId, str] = {}
        self.banned = frozenset(banned)
        self.dropped_out = 0
        self.dropped_in = 0
        self._config = config
        self._own_id = own_id
        self._hello = hello
        self._hello_frame = frame(encode_link(hello))
        self._verify_hello = verify_hello
        self._members = members
        self._events = events
        self._refusals = refusals
        self._greeting: dict[Wire, PeerSession] = {}
        self._nursery: trio.Nursery | None = None
        self._request_ids: Iterator[int] = itertools.count()
        self._members_changed = trio.Event()
        self._penalties = Penalties()
        self.floods = Refusals(config.refusals_kept_max)
        self._rates: dict[PeerId, PeerRates] = {}
        self._called: dict[PeerId, trio.Event] = {}

    async def run(self) -> None:
        """Serve accepted connections and keep every configured peer dialled, until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self._take_addresses()
            await trio.sleep_forever()

    def readdress(self, addresses: Mapping[PeerId, str]) -> None:
        """Dial these peers at these addresses from now on, whatever they state on the ledger; a peer that has
        no address any more keeps the link that it has.
        """
        moved = [peer for peer, address in addresses.items() if self.addresses.get(peer) != address]
        self.configured = dict(addresses)
        self._take_addresses()
        for peer in (*moved, *(known for known in self._called if known not in self.addresses)):
            self.call(peer)

    def _take_addresses(self) -> None:
        """Dial whoever has an address now. Nobody is called at once whose address was there before: a member
        that states others at every height is dialled no more often than one that states none.
        """
        stated: dict[PeerId, str] = {}
        if self._config.dial_members:
            members = self._members()
            stated = {peer: member.address for peer, member in members.items() if member.address is not None}
        self.addresses = {**stated, **self.configured}
        self.addresses.pop(self._own_id, None)
        for peer in self.addresses:
            if peer not in self._called and self._nursery is not None:
                self._called[peer] = trio.Event()
                self._nursery.start_soon(self._keep_dialled, peer)

    def charge_topic(self, peer: PeerId, units: int, size: int) -> float:
        """Charge a peer for messages of the block topic; return the seconds to wait before they are taken.
        One that floods it loses its link, and is named: ``PeerFault("PEER_FLOODS")``.
        """
        return self._charged(peer, lambda rates, now_s: rates.charge_topic(units, size, now_s))

    def charge_stream(self, peer: PeerId) -> None:
        """Charge a peer for a stream that it opened, as ``charge_topic`` does."""
        self._charged(peer, PeerRates.charge_stream)

    def _charged(self, peer: PeerId, charge: Callable[[PeerRates, float], Charged]) -> Charged:
        try:
            return charge(self._rates_of(peer), trio.current_time())
        except PeerFault as fault:
            session = self.sessions.get(peer)
            if session is not None:
                session.end(fault)
            raise

    def members_changed(self) -> None:
        """Drop at once whoever is no member any more, or banned: others are admitted now."""
        members = self._members()
        for session in (*self.sessions.values(), *self._greeting.values()):
            if session.peer not in members:
                session.end(LinkLost("PEER_REVOKED", {"peer": session.peer}))
            elif session.peer in self.banned:
                session.end(LinkLost("PEER_BANNED", {"peer": session.peer}))
        self._take_addresses()
        self._members_changed.set()
        self._members_changed = trio.Event()

    def ban(self, peer: PeerId) -> None:
        """Neither dial nor admit a peer any more; its link ends at once."""
        self.banned |= {peer}
        self._refusals.forget(peer)
        self.members_changed()

    def unban(self, peer: PeerId) -> None:
        """Dial and admit a peer again, at once where its address is known."""
        self.banned -= {peer}
        self._refusals.forget(peer)
        self.members_changed()
        self.call(peer)

    def call(self, peer: PeerId) -> None:
        """End the wait before the next dial of a configured peer, a penalty's too."""
        self._penalties.forgive(peer)
        if peer in self._called:
            self._called[peer].set()

    def admit(self, peer: PeerId, address: str) -> str | None:
        """Return why a peer is refused, or None. Asked by the gate, once the peer has proved its id."""
        now = trio.current_time()
        if peer not in self._members():
            code = "PEER_STRANGER"
        elif peer in self.banned:
            code = "PEER_BANNED"
        elif self._penalties.remaining_s(peer, now) > 0:
            code = "PEER_PENALISED"
        else:
            return None
        if self._refusals.add(peer, code, address, now):
            log.warning("peer.refused", peer=peer, address=address, reason=code)
        return code

    def accepted(self, wire: Wire) -> None:
        """Expect a link on an inbound connection in time."""
        if self._nursery is None:
            wire.cut()
        else:
            self._nursery.start_soon(self._expect_link, wire)

    async def _expect_link(self, wire: Wire) -> None:
        """Cut an accepted connection on which no link was opened in time."""
        with trio.move_on_after(self._config.hello_timeout_ms / 1000):
            await wire.closed()
        session = self.sessions.get(wire.peer)
        if wire not in self._greeting and (session is None or session.wire != wire):
            wire.cut()

    def opened(self, wire: Wire, protocol: str, pipe: Pipe) -> None:
        """Serve a stream that the peer opened on a connection that it dialled."""
        known = self._greeting.get(wire) or self.sessions.get(wire.peer)
        same = known is not None and known.wire == wire
        if protocol == LINK_PROTOCOL and not same and not wire.outbound and self._nursery is not None:
            session = self._new_session(wire, pipe)
            self._greeting[wire] = session
            self._nursery.start_soon(self._serve, session)
        elif protocol == FETCH_PROTOCOL and same and known is not None and not wire.outbound:
            known.attach_fetch(pipe)
        else:
            log.warning("peer.stream_unexpected", peer=wire.peer, protocol=protocol)
            wire.cut()

    def _new_session(self, wire: Wire, link: Pipe) -> PeerSession:
        return PeerSession(
            wire=wire,
            link=link,
            config=self._config,
            events=self._events,
            request_ids=self._request_ids,
            rates=self._rates_of(wire.peer),
        )

    def _rates_of(self, peer: PeerId) -> PeerRates:
        """Return the rates of a peer: kept over its links, or it had a new burst with each of them."""
        if peer not in self._rates:
            members = self._members()
            for gone in [known for known in self._rates if known not in members]:
                del self._rates[gone]
            self._rates[peer] = PeerRates(self._config.rates, trio.current_time())
        return self._rates[peer]

    async def _keep_dialled(self, peer: PeerId) -> None:
        """Dial a peer whenever it has no link, with backoff and jitter, as long as it has an address."""
        backoff = Backoff(self._config, random.Random())
        if self._own_id > peer:
            await trio.sleep(self._config.yield_ms / 1000)
        while peer in self.addresses:
            lasted_s = await self._until_unlinked(peer)
            if lasted_s is None and await self._may_dial(peer) and peer in self.addresses:
                lasted_s = await self._dial(peer, self.addresses[peer])
            if lasted_s is not None and lasted_s * 1000 >= self._config.healthy_ms:
                backoff.reset()
            await self._until_due(peer, backoff.next_s())
        del self._called[peer]

    async def _until_due(self, peer: PeerId, wait_s: float) -> None:
        """Wait, but not when the peer was called meanwhile."""
        with trio.move_on_after(wait_s):
            await self._called[peer].wait()
        self._called[peer] = trio.Event()

    async def _until_unlinked(self, peer: PeerId) -> float | None:
        """Wait while the peer has a link; return how long that link lived, None if there was none."""
        session = self.sessions.get(peer)
        if session is None:
            return None
        await session.gone.wait()
        return trio.current_time() - session.up_at

    async def _may_dial(self, peer: PeerId) -> bool:
        """Return whether the peer is a member and not being refused; waits a while for that."""
        remaining_s = self._penalties.remaining_s(peer, trio.current_time())
        if remaining_s > 0:
            await self._until_due(peer, remaining_s)
        if not self._may_connect(peer):
            with trio.move_on_after(NOT_A_MEMBER_WAIT_S):
                await self._members_changed.wait()
        return self._may_connect(peer) and peer not in self.sessions

    def _may_connect(self, peer: PeerId) -> bool:
        return peer in self._members() and peer not in self.banned

    async def _dial(self, peer: PeerId, address: str) -> float | None:
        """Dial once and serve the link to its end; return how long it lived, None if it never came up."""
        stack = self.stack
        if stack is None:
            return None
        wire: Wire | None = None
        try:
            wire = await stack.dial(peer, address)
            with trio.fail_after(self._config.hello_timeout_ms / 1000):
                link = await stack.open(wire, LINK_PROTOCOL)
        except Exception as error:
            # The edge to the library: whatever it raises, the peer was not reached.
            detail = f"{address}: {type(error).__name__}: {error}"
            if self._refusals.add(peer, "DIAL_FAILED", detail, trio.current_time()):
                log.info("peer.dial_failed", peer=peer, detail=detail)
            if wire is not None:
                wire.cut()
            return None
        session = self._new_session(wire, link)
        self._greeting[wire] = session
        return await self._serve(session)

    async def _serve(self, session: PeerSession) -> float | None:
        """Serve one link from its hello to its end; return how long it was up, None if it never was."""
        try:
            hello = await self._greet(session)
            if hello is None or not await self._take_place(session):
                return None
            return await self._serve_up(session, hello)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return None  # The owner takes no more events.
        finally:
            self._greeting.pop(session.wire, None)
            if self.sessions.get(session.peer) is session:
                del self.sessions[session.peer]
            session.wire.cut()
            session.gone.set()

    async def _greet(self, session: PeerSession) -> Hello | None:
        try:
            hello = await session.greet(self._hello_frame)
            member = self._members().get(session.peer)
            name = None if member is None else member.name
            check_hello(hello, own=self._hello, peer=session.peer, name=name, verify=self._verify_hello)
            if session.peer in self.banned:  # Since it passed the gate, or since we dialled it.
                raise LinkLost("PEER_BANNED", {"peer": session.peer})
        except Fault as fault:
            self._note(session, fault)
        except Exception as error:
            self._note(session, LinkLost("PEER_CLOSED", {"error": f"{type(error).__name__}: {error}"}))
        else:
            return hello if session.fault is None else None
        return None

    async def _take_place(self, session: PeerSession) -> bool:
        """Return whether this link is the one to keep; ends an older one that it replaces."""
        while (other := self.sessions.get(session.peer)) is not None:
            young = trio.current_time() - other.up_at < REPLACE_AFTER_S
            if young and session.wire.outbound != other.wire.outbound and not self._preferred(session):
                return False
            other.end(LinkLost("PEER_REPLACED", {"peer": session.peer}))
            await other.gone.wait()
        self.sessions[session.peer] = session
        self._greeting.pop(session.wire, None)
        return session.fault is None

    def _preferred(self, session: PeerSession) -> bool:
        """Return of two connections that met the one that the lower peer id dialled."""
        return session.wire.outbound == (self._own_id < session.peer)

    async def _serve_up(self, session: PeerSession, hello: Hello) -> float:
        peer, wire = session.peer, session.wire
        if wire.outbound and self._nursery is not None:
            self._nursery.start_soon(self._open_fetch, session)
        log.info("peer.up", peer=peer, node=hello.node, address=wire.address, outbound=wire.outbound)
        self._refusals.forget(peer)
        await self._events.send(PeerUp(peer=peer, hello=hello, outbound=wire.outbound, address=wire.address))
        fault = await session.run()
        lasted_s = trio.current_time() - session.up_at
        if lasted_s * 1000 >= self._config.healthy_ms:
            self._penalties.forgive(peer)
        self._note(session, fault)
        self.dropped_out += session.outbox.dropped + session.fetches.dropped
        self.dropped_in += session.inbox.dropped
        await self._events.send(PeerDown(peer=peer, reason=fault.code))
        return lasted_s

    async def _open_fetch(self, session: PeerSession) -> None:
        try:
            if self.stack is not None:
                session.attach_fetch(await self.stack.open(session.wire, FETCH_PROTOCOL))
        except Exception as error:
            session.end(LinkLost("NET_NO_FETCH_STREAM", {"error": repr(error)}))

    def _note(self, session: PeerSession, fault: Fault) -> None:
        """Log why a link ended or was refused; a guilty peer is refused for a while."""
        now = trio.current_time()
        guilty = isinstance(fault, PeerFault)
        if guilty:
            self._refusals.counts["peer_faults"] += 1
            refused_s = self._penalties.add(session.peer, now)
            self._refusals.add(session.peer, fault.code, str(fault), now)
            if fault.code == FLOODS:
                self.floods.add(session.peer, fault.code, str(fault.facts["kind"]), now)
            log.warning("peer.fault", peer=session.peer, reason=str(fault), refused_s=refused_s)
        else:
            self._refusals.counts[fault.code] += 1
            log.info("peer.down", peer=session.peer, reason=str(fault))
