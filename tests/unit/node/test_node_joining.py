"""Joining by snapshot from peers that lie, withhold, lag or damage: the state is the true one, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
import trio
import trio.testing
from structlog import get_logger

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.codec.messages import decode_fetch_response
from p2pchain.codec.snapshot import decode_chunk, encode_chunk
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.restoration import restore
from p2pchain.ledger.system import PARAMETERS_KEY
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import (
    BlocksRequest,
    BlocksResponse,
    ChunkRequest,
    ChunkResponse,
    FetchRequest,
    FetchResponse,
    Hello,
    LinksResponse,
    SnapshotsResponse,
)
from p2pchain.model.parameters import Parameters
from p2pchain.net.events import FetchFailed, NetEvent, PeerUp
from p2pchain.net.network import Network
from p2pchain.node.home.snapshot_store import Snapshot, newest_snapshot, records_of
from p2pchain.node.peers.snapshot_join import NOTHING_AFTER_S, Joiner
from p2pchain.node.peers.snapshot_server import SnapshotServer
from p2pchain.proofs.verifier import Verifier
from p2pchain.storage.simulated import SimulatedDisk
from p2pchain.storage.snapshots import SnapshotStore
from tests.simulation.keys import check
from tests.unit.replica import replica_world
from tests.unit.replica.replica_votes import CHAIN
from tests.unit.replica.replica_world import Chain, a_genesis, a_transaction

GENESIS = a_genesis(Parameters(tx_lifetime=6))
OLD, NEW = 10, 20
PEERS = sorted(replica_world.PEERS)
"""In the order in which they are asked."""
Lie = Callable[[FetchRequest, FetchResponse], FetchResponse | None]


def honest(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """Say what is."""
    return response


@dataclass(slots=True)
class Peers:
    """Stands in for the network: every peer serves real snapshots, after its lie."""

    chain: Chain
    servers: dict[PeerId, SnapshotServer]
    lies: dict[PeerId, Lie] = field(default_factory=dict)
    dropped: list[PeerId] = field(default_factory=list)
    forgiving: bool = False
    """Whether a dropped peer is linked again at once."""
    takes_s: dict[PeerId, float] = field(default_factory=dict)
    """How long a chunk of a peer is under way."""
    chunks_of: list[PeerId] = field(default_factory=list)

    async def fetch(self, peer: PeerId, request: FetchRequest, _deadline_ms: int) -> FetchResponse:
        await trio.lowlevel.checkpoint()
        if peer in self.dropped and not self.forgiving:
            raise FetchFailed("FETCH_NO_PEER", {"peer": peer})
        if isinstance(request, BlocksRequest):
            last = request.first - 1 + request.count
            answer: FetchResponse = BlocksResponse(blocks=tuple(self.chain.finals[request.first - 1 : last]))
        else:
            answer = decode_fetch_response(self.servers[peer].read(request))
        if isinstance(answer, ChunkResponse):
            self.chunks_of.append(peer)
            await trio.sleep(self.takes_s.get(peer, 0))
        told = self.lies.get(peer, honest)(request, answer)
        if told is None:
            raise FetchFailed("FETCH_DEADLINE", {"peer": peer})
        return told

    def drop(self, peer: PeerId, _reason: str) -> None:
        self.dropped.append(peer)


def a_chain() -> tuple[Chain, dict[int, Snapshot]]:
    """Twenty blocks, and the state after ten and twenty."""
    chain, taken = Chain(GENESIS), {}
    lineage = Lineage((), (genesis_validators(GENESIS),))
    for height in range(1, NEW + 1):
        chain.commit(chain.make(transactions=[a_transaction(valid_until=height + 3, text=f"note {height}")]))
        record = decode_block_record(chain.records[-1])
        lineage.follow(record.block.header, record.changes, partial(getattr, record, "certificate"))
        if height in (OLD, NEW):
            frozen = chain.ledger.freeze()
            taken[height] = Snapshot(final=record.final_header, links=lineage.links, frozen=frozen)
    return chain, taken


CHAIN_SEEN, TAKEN = a_chain()


def a_server(*heights: int) -> SnapshotServer:
    """A peer that wrote these."""
    store = SnapshotStore(SimulatedDisk(), Path("/state"), genesis=genesis_id(GENESIS))
    for height in heights:
        store.write(height, records_of(TAKEN[height]))
    return SnapshotServer(store, get_logger())


def peers_with(*held: tuple[int, ...], **lies: Lie) -> Peers:
    """One peer for each; ``lies`` by ``first``, ``second``, ``third``."""
    servers = {peer: a_server(*heights) for peer, heights in zip(PEERS, held, strict=False)}
    names = dict(zip(("first", "second", "third"), PEERS, strict=False))
    return Peers(CHAIN_SEEN, servers, {names[name]: lie for name, lie in lies.items()})


async def joined(peers: Peers, *, bytes_max: int = 10_000_000) -> Snapshot | None:
    """What a node with these peers takes."""
    send, receive = trio.open_memory_channel[NetEvent](64)
    hello = cast(Hello, None)
    for peer in peers.servers:
        send.send_nowait(PeerUp(peer=peer, hello=hello, outbound=True, address=""))
    joiner = Joiner(
        modules=MODULES,
        genesis=GENESIS,
        verifier=Verifier(CHAIN, check),
        network=cast(Network, peers),
        events=receive,
        log=get_logger(),
        bytes_max=bytes_max,
    )
    return await joiner.run()


async def offer_later(peers: Peers, height: int) -> None:
    """The second peer has one after a while."""
    await trio.sleep(3)
    peers.servers[PEERS[1]] = a_server(height)


def assert_true(found: Snapshot | None, height: int) -> None:
    """State, window and proof are those of the chain."""
    assert found is not None
    true = TAKEN[height]
    assert (found.final, found.links) == (true.final, true.links)
    assert dict(found.frozen.values) == dict(true.frozen.values)
    assert tuple(found.frozen.window) == tuple(true.frozen.window)
    assert restore(GENESIS, (), base=found.base, modules=MODULES).state_root == true.final.header.state_root


async def test_the_newest_of_all_is_taken(autojump_clock: trio.testing.MockClock) -> None:
    assert_true(await joined(peers_with((OLD,), (OLD, NEW), (OLD,))), NEW)


async def test_what_was_taken_is_written_and_read_back(autojump_clock: trio.testing.MockClock) -> None:
    found = await joined(peers_with((NEW,)))
    assert found is not None
    store = SnapshotStore(SimulatedDisk(), Path("/state"), genesis=genesis_id(GENESIS))
    store.write(NEW, records_of(found))
    assert_true(newest_snapshot(store, 0, NEW, get_logger()), NEW)


def other_chunk(request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """One bit of every chunk is another."""
    if isinstance(response, ChunkResponse) and response.chunk is not None:
        return ChunkResponse(chunk=bytes([response.chunk[0] ^ 1]) + response.chunk[1:])
    return response


def no_chunk(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    return ChunkResponse(chunk=None) if isinstance(response, ChunkResponse) else response


def silent(request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    return None if isinstance(request, ChunkRequest) else response


@pytest.mark.parametrize("lie", [other_chunk, no_chunk, silent], ids=lambda lie: lie.__name__)
async def test_a_bad_source_of_chunks_is_left_for_another(
    lie: Lie, autojump_clock: trio.testing.MockClock
) -> None:
    peers = peers_with((NEW,), (), first=lie)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(offer_later, peers, NEW)
        assert_true(await joined(peers), NEW)
    assert PEERS[0] in peers.chunks_of
    assert peers.dropped == ([PEERS[0]] if lie is other_chunk else [])


def another_state(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """A true header over a state of one's own, whose digests fit."""

    def changed(chunk: bytes) -> bytes:
        pairs = decode_chunk(chunk)
        return encode_chunk(
            [(key, value + b"\x00" if key.startswith(b"note/") else value) for key, value in pairs]
        )

    true = b"".join(payload for kind, payload in records_of(TAKEN[NEW]) if kind == 34)
    match response:
        case SnapshotsResponse(heads=heads):
            digests = (sha256(changed(true)),)
            return SnapshotsResponse(heads=tuple(replace(head, digests=digests) for head in heads))
        case ChunkResponse(chunk=bytes(chunk)):
            return ChunkResponse(chunk=changed(chunk))
    return response


def garbage(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """The same with bytes that are no chunk."""
    match response:
        case SnapshotsResponse(heads=heads):
            digests = (sha256(b"garbage"),)
            return SnapshotsResponse(heads=tuple(replace(head, digests=digests) for head in heads))
        case ChunkResponse():
            return ChunkResponse(chunk=b"garbage")
    return response


def nothing_in_it(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """The same with a state that no ledger wrote."""
    chunk = encode_chunk([(b"a", b"b")])
    match response:
        case SnapshotsResponse(heads=heads):
            return SnapshotsResponse(heads=tuple(replace(head, digests=(sha256(chunk),)) for head in heads))
        case ChunkResponse():
            return ChunkResponse(chunk=chunk)
    return response


def garbage_for_parameters(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """The same with a record of the ledger's own that cannot be read."""
    chunk = encode_chunk([(PARAMETERS_KEY, b"\x00")])
    match response:
        case SnapshotsResponse(heads=heads):
            return SnapshotsResponse(heads=tuple(replace(head, digests=(sha256(chunk),)) for head in heads))
        case ChunkResponse():
            return ChunkResponse(chunk=chunk)
    return response


LIES = (another_state, garbage, nothing_in_it, garbage_for_parameters)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
async def test_a_false_state_condemns_all_who_offered_it(
    lie: Lie, autojump_clock: trio.testing.MockClock
) -> None:
    """Two of three peers lie alike, and about the newest height."""
    peers = peers_with((NEW,), (NEW,), (OLD,), first=lie, second=lie)
    assert_true(await joined(peers), OLD)
    assert sorted(peers.dropped) == sorted(PEERS[:2])


async def test_a_false_offer_is_not_taken_again(autojump_clock: trio.testing.MockClock) -> None:
    """Its peer is linked again and offers it anew; the others' is taken."""
    asked: list[FetchRequest] = []

    def lie(request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
        asked.append(request)
        assert len(asked) < 100
        return another_state(request, response)

    peers = peers_with((NEW,), (), first=lie)
    peers.forgiving = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(offer_later, peers, OLD)
        assert_true(await joined(peers), OLD)
    assert sum(isinstance(request, ChunkRequest) for request in asked) == 1


def forged_head(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """A height that nobody decided, with a certificate of signatures from elsewhere."""
    if isinstance(response, SnapshotsResponse):
        (head,) = response.heads
        final = head.final
        header = replace(final.header, height=Height(final.header.height + 1_000))
        certificate = replace(final.certificate, height=header.height)
        return SnapshotsResponse(
            heads=(replace(head, final=replace(final, header=header, certificate=certificate)),)
        )
    return response


async def test_a_forged_certificate_costs_its_sender_the_link(autojump_clock: trio.testing.MockClock) -> None:
    peers = peers_with((NEW,), (OLD,), first=forged_head)
    assert_true(await joined(peers), OLD)
    assert PEERS[0] in peers.dropped


def endless_links(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    return None if isinstance(response, LinksResponse) else response


async def test_a_peer_that_proves_nothing_is_passed_over(autojump_clock: trio.testing.MockClock) -> None:
    assert_true(await joined(peers_with((NEW,), (NEW,), first=endless_links)), NEW)


def other_blocks(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """Blocks of the chain, but one of them twice."""
    if isinstance(response, BlocksResponse) and len(response.blocks) > 1:
        return BlocksResponse(blocks=(response.blocks[0], *response.blocks[:-1]))
    return response


FORK = Chain(GENESIS)
FORK.extend(NEW)


def a_foreign_block(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """The lowest is another's, in place of ours."""
    if isinstance(response, BlocksResponse) and len(response.blocks) > 1:
        first, *rest = response.blocks
        return BlocksResponse(blocks=(FORK.finals[first.block.header.height - 1], *rest))
    return response


def a_foreign_chain(request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """All are another's, one upon the other."""
    if isinstance(request, BlocksRequest):
        return BlocksResponse(
            blocks=tuple(FORK.finals[request.first - 1 : request.first - 1 + request.count])
        )
    return response


def no_transactions(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    """Blocks without what they used."""
    if isinstance(response, BlocksResponse):
        return BlocksResponse(
            blocks=tuple(
                replace(each, block=replace(each.block, transactions=())) for each in response.blocks
            )
        )
    return response


def no_blocks(_request: FetchRequest, response: FetchResponse) -> FetchResponse | None:
    return BlocksResponse(blocks=()) if isinstance(response, BlocksResponse) else response


@pytest.mark.parametrize(
    "lie",
    [other_blocks, a_foreign_block, a_foreign_chain, no_transactions, no_blocks],
    ids=lambda lie: lie.__name__,
)
async def test_the_window_is_made_of_proven_blocks_only(
    lie: Lie, autojump_clock: trio.testing.MockClock
) -> None:
    peers = peers_with((NEW,), (NEW,), first=lie, second=lie)
    peers.servers[PEERS[2]] = a_server()
    assert_true(await joined(peers), NEW)
    assert (PEERS[0] in peers.dropped) == (lie is not no_blocks)


async def test_where_nobody_offers_anything_the_node_begins_with_block_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    began = trio.current_time()
    assert await joined(peers_with((), ())) is None
    assert trio.current_time() - began >= NOTHING_AFTER_S
