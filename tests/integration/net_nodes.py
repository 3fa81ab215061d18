"""Networks for tests: several within one trio run, each with its own key, port and record of events.

A network within the test's own process is enough for most: its listeners end with it. A process of its own
(``net_process.py``) is only needed where one is stopped or killed.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import trio

from p2pchain.codec.block import header_id
from p2pchain.codec.messages import encode_link
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.block import Header
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Member
from p2pchain.model.ids import (
    HASH_BYTES,
    SIGNATURE_BYTES,
    BlockId,
    ChainId,
    Height,
    OrgId,
    PeerId,
    PublicKey,
    Round,
    Signature,
)
from p2pchain.model.messages import Announcement, FetchResponse, Hello, LinkMessage
from p2pchain.model.voting import CommitCertificate
from p2pchain.net.block_topic import CheckAnnouncement
from p2pchain.net.config import (
    LINK_PROTOCOL,
    PROTOCOL_VERSION,
    RATES_OF_A_LARGE_CHAIN,
    NetConfig,
    block_topic,
)
from p2pchain.net.events import Announced, FetchArrived, LinkReceived, NetEvent, PeerDown, PeerUp
from p2pchain.net.frames import frame
from p2pchain.net.network import Network
from p2pchain.net.pipe import Pipe
from p2pchain.net.rates import RatedKind, Rates
from p2pchain.net.stack import ListeningStatus, Stack, StackOwner, Wire
from tests.patience import patient

CHAIN = ChainId("test-chain")
GENESIS = b"\x11" * 32
EVENTS_MAX = 1_000
DEADLINE_S = 15.0


def key_of(name: str) -> SigningKey:
    """The peer key of a test node."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def id_of(name: str) -> PeerId:
    """The peer id of a test node."""
    return peer_id_of(key_of(name).public_key)


def members_of(names: Iterable[str]) -> dict[PeerId, Member]:
    """Members as a ledger would give them."""
    return {
        id_of(name): Member(
            name=name,
            org=OrgId(name),
            peer_key=key_of(name).public_key,
            peer_id=id_of(name),
            consensus_key=None,
        )
        for name in names
    }


def hello_of(name: str, genesis: bytes = GENESIS) -> Hello:
    """What a test node says of itself; it is no validator."""
    return Hello(
        version=PROTOCOL_VERSION,
        software="0.1.0",
        chain_id=CHAIN,
        genesis_id=genesis,
        node=name,
        consensus_key=None,
        signature=None,
        modules=(),
    )


def verify_nothing(hello: Hello, peer: PeerId) -> None:
    """Accepts every hello without a consensus key."""
    if hello.consensus_key is not None:
        raise Refused("TEST_KEY", {"peer": peer})


async def accept_announcement(announcement: Announcement) -> None:
    """Accepts every announcement."""


@dataclass
class Node:
    """One running network and what it told."""

    name: str
    network: Network
    address: str
    scope: trio.CancelScope
    events: list[NetEvent] = field(default_factory=list)
    answer: Callable[[FetchArrived], FetchResponse | None] = lambda _: None
    changed: trio.Event = field(default_factory=trio.Event)
    busy: trio.Event = field(default_factory=trio.Event)
    awake: trio.Event = field(default_factory=trio.Event)

    def wake(self) -> None:
        """Let a node that was made ``busy`` take its events again."""
        self.awake.set()

    def take(self, event: NetEvent) -> None:
        """Record an event, answer a request."""
        self.events.append(event)
        if isinstance(event, FetchArrived):
            response = self.answer(event)
            if response is not None:
                self.network.respond(event.peer, event.request_id, response)
        self.changed.set()
        self.changed = trio.Event()

    async def until(self, holds: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
        """Wait, in patience, until something holds; looked at after every event and every 20 ms."""
        with trio.fail_after(patient(deadline_s)):
            while not holds():
                with trio.move_on_after(0.02):
                    await self.changed.wait()

    def linked(self) -> set[str]:
        """Names of the peers with a link."""
        return {entry.name for entry in self.network.statistics()}

    async def until_linked(self, *names: str, deadline_s: float = DEADLINE_S) -> None:
        """Wait until exactly these peers have a link."""
        await self.until(lambda: self.linked() == set(names), deadline_s)

    def received(self) -> list[LinkMessage]:
        """Messages received on links."""
        return [event.message for event in self.events if isinstance(event, LinkReceived)]

    def downs(self) -> list[str]:
        """Reasons for which links ended."""
        return [event.reason for event in self.events if isinstance(event, PeerDown)]

    def ups(self) -> list[PeerUp]:
        """Links that came up."""
        return [event for event in self.events if isinstance(event, PeerUp)]

    def announced(self) -> list[Announcement]:
        """Announcements received."""
        return [event.announcement for event in self.events if isinstance(event, Announced)]


async def start_node(
    nursery: trio.Nursery,
    name: str,
    members: Mapping[PeerId, Member],
    peers: Mapping[str, str] | None = None,
    *,
    genesis: bytes = GENESIS,
    listen: str = "/ip4/127.0.0.1/tcp/0",
    config: NetConfig | None = None,
    check: CheckAnnouncement = accept_announcement,
    banned: Iterable[str] = (),
) -> Node:
    """Start a network within this trio run; ``peers``: name to multiaddress."""
    told = {id_of(peer): address for peer, address in (peers or {}).items()}
    base = config or NetConfig(listen=listen, peers=told)
    send, receive = trio.open_memory_channel[NetEvent](EVENTS_MAX)
    network = Network(
        config=replace(base, listen=listen, peers=told),
        peer_key=key_of(name),
        hello=hello_of(name, genesis),
        verify_hello=verify_nothing,
        members=lambda: members,
        check_announcement=check,
        events=send,
        banned=[id_of(each) for each in banned],
    )
    node = Node(name=name, network=network, address="", scope=trio.CancelScope())

    async def live(*, task_status: ListeningStatus) -> None:
        with node.scope:
            await network.run(task_status=task_status)

    nursery.start_soon(record, node, receive)
    node.address = await nursery.start(live)
    return node


async def record(node: Node, receive: trio.MemoryReceiveChannel[NetEvent]) -> None:
    """Take the events of a node, for ever."""
    async for event in receive:
        if node.busy.is_set():
            await node.awake.wait()
        node.take(event)


@asynccontextmanager
async def pair(
    first: str = "alice", second: str = "bob", config: NetConfig | None = None
) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes with a link; the second dials the first."""
    members = members_of((first, second))
    async with trio.open_nursery() as nursery:
        one = await start_node(nursery, first, members, config=config)
        two = await start_node(nursery, second, members, {first: one.address}, config=config)
        await one.until_linked(second)
        await two.until_linked(first)
        yield one, two
        nursery.cancel_scope.cancel()


def announcement_of(height: int) -> Announcement:
    """A well-formed announcement of a block that nobody made."""
    nothing = bytes(HASH_BYTES)
    header = Header(
        chain_id=CHAIN,
        height=Height(height),
        time_ms=1,
        parent_id=BlockId(nothing),
        proposer=PublicKey(nothing),
        tx_root=nothing,
        state_root=nothing,
        results_root=nothing,
        validators_hash=nothing,
        next_validators_hash=nothing,
        certificate_hash=nothing,
        evidence_root=nothing,
        genesis_id=BlockId(nothing),
    )
    certificate = CommitCertificate(
        height=header.height,
        round=Round(0),
        block_id=header_id(header),
        signatures=((0, Signature(bytes(SIGNATURE_BYTES))),),
    )
    return Announcement(header=header, certificate=certificate)


async def accept_topic(peer: PeerId, data: bytes) -> bool:
    """Takes whatever comes on the topic."""
    return True


def charge_nothing(peer: PeerId, units: int, size: int) -> float:
    """Lets everybody say on the topic what it likes."""
    return 0.0


def free_streams() -> Rates:
    """The usual rates, but that streams may be opened by the thousand."""
    rates = RATES_OF_A_LARGE_CHAIN()
    return {**rates, RatedKind.STREAM: replace(rates[RatedKind.STREAM], burst=10_000)}


async def start_raw(nursery: trio.Nursery, name: str) -> Stack:
    """A libp2p stack with a node's key and none of its manners, for misbehaving."""
    owner = StackOwner(
        admit=lambda _peer, _address: None,
        accepted=lambda _wire: None,
        opened=lambda _wire, _protocol, _pipe: None,
        announced=accept_topic,
        charged=charge_nothing,
        stream_charged=lambda _peer: None,
        failed=lambda _whom, _code, _detail: None,
    )
    config = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
    stack = Stack(config=config, peer_key=key_of(name), topic=block_topic(CHAIN), owner=owner)
    await nursery.start(stack.run)
    return stack


async def raw_link(stack: Stack, name: str, node: Node, *, greet: bool = True) -> tuple[Wire, Pipe]:
    """A connection and a link stream to a node, after a proper hello if ``greet``."""
    wire = await stack.dial(node.network.peer_id, node.address)
    pipe = await stack.open(wire, LINK_PROTOCOL)
    if greet:
        await pipe.write(frame(encode_link(hello_of(name))))
        assert await pipe.read()
    return wire, pipe
