"""Joining by snapshot: an empty node takes the state from its peers, trusting none of them.

What makes a state believable is its root in a header that the validators signed, and what makes those
validators believable is the chain of certificates from genesis. Digests of chunks are signed by nobody: they
only tell which peer sent something else than it offered. So a chunk that does not fit its digest condemns its
sender, and a state that does not have the root condemns the offer with everybody who made it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog
import trio

from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.codec.snapshot import decode_chunk
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.module import Module
from p2pchain.ledger.replay_window import WindowBlock
from p2pchain.ledger.restoration import Base, restore
from p2pchain.ledger.snapshot import Frozen
from p2pchain.model.errors import Corrupt, Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import FIRST_HEIGHT, BlockId, Height, PeerId
from p2pchain.model.messages import (
    FETCH_BLOCKS_MAX,
    BlocksRequest,
    BlocksResponse,
    ChunkRequest,
    ChunkResponse,
    FetchRequest,
    FetchResponse,
    LinksRequest,
    LinksResponse,
    PayloadRequest,
    PayloadResponse,
    SnapshotsRequest,
    SnapshotsResponse,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.model.snapshot import SnapshotHead, ValidatorLink
from p2pchain.net.events import FetchArrived, FetchFailed, NetEvent, PeerDown, PeerUp
from p2pchain.net.network import Network
from p2pchain.node.home.snapshot_store import Snapshot
from p2pchain.proofs.lineage import prove_final
from p2pchain.proofs.verifier import Verifier

LOOK_EVERY_S: Final = 1.0
"""How often peers are asked what they offer, until something can be taken."""
NOTHING_AFTER_S: Final = 15.0
"""How long every connected peer must have nothing to offer before the node begins with block 1."""
DEADLINE_MS: Final = 10_000
CHUNKS_AT_ONCE: Final = 8
"""Chunks that are asked for at once, over all peers."""
OFFER_S: Final = 60.0
CHUNK_S: Final = 1.0
"""An offer has the one and for each of its chunks the other; past that the next offer is tried."""
PAIR_BYTES: Final = 200
"""What a pair of the state counts for in memory besides its key and its value."""
LINKS_MAX: Final = 65_536
"""Most links that are taken from a peer: changes of the validators over the whole life of a chain."""
T = TypeVar("T", bound=FetchResponse)


TOO_LARGE: Final = "more memory than storage.join_bytes_max in config.toml allows"


class Condemned(Exception):
    """The offer cannot be true, or nobody who made it is left."""


@dataclass(slots=True)
class _Offer:
    """One snapshot as some peers offer it alike."""

    head: SnapshotHead
    peers: set[PeerId] = field(default_factory=set)

    @property
    def name(self) -> tuple[BlockId, tuple[bytes, ...]]:
        """Return the fields that tell it from others."""
        return (self.head.final.certificate.block_id, self.head.digests)


@dataclass(slots=True)
class _Gathered:
    """The state as far as it has come, of ``held`` chunks; ``flaw``: why no more of it is taken."""

    held: int = 0
    values: dict[bytes, bytes] = field(default_factory=dict)
    bytes_held: int = 0
    flaw: str | None = None


class Joiner:
    """Takes one snapshot from the peers of an empty node."""

    def __init__(
        self,
        *,
        genesis: Genesis,
        verifier: Verifier,
        network: Network,
        events: trio.MemoryReceiveChannel[NetEvent],
        log: structlog.typing.FilteringBoundLogger,
        bytes_max: int,
        modules: Sequence[Module],
        nothing_after_s: float = NOTHING_AFTER_S,
    ) -> None:
        """``network`` runs and tells ``events``; both are this object's alone. ``verifier``: of the chain;
        ``bytes_max``: most that a state may count for in memory; ``modules``: all that this node has;
        ``nothing_after_s``: how long connected peers may have nothing to offer.
        """
        self._genesis = genesis
        self._network = network
        self._events = events
        self._log = log
        self._bytes_max = bytes_max
        self._modules = tuple(modules)
        self._nothing_after_s = nothing_after_s
        self._verifier = verifier
        self._peers: set[PeerId] = set()
        self._condemned: set[tuple[BlockId, tuple[bytes, ...]]] = set()

    async def run(self) -> Snapshot | None:
        """The newest snapshot that holds; None where no peer has one to offer."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            snapshot = await self._find()
            nursery.cancel_scope.cancel()
        return snapshot

    async def _find(self) -> Snapshot | None:
        idle_since = trio.current_time()
        while True:
            offers = await self._offers()
            if offers or not self._peers:
                idle_since = trio.current_time()
            for place, offer in enumerate(offers, start=1):
                try:
                    return await self._take(offer, last=place == len(offers))
                except Condemned as reason:
                    self._log.warning("join.offer_left", height=offer.head.height, reason=str(reason))
            if trio.current_time() - idle_since > self._nothing_after_s:
                self._log.warning("join.nothing_offered", peers=len(self._peers))
                return None
            await trio.sleep(LOOK_EVERY_S)

    async def _listen(self) -> None:
        """Note the peers that come and go. Nobody gets anything from a node that has nothing."""
        async for event in self._events:
            match event:
                case PeerUp(peer=peer):
                    self._peers.add(peer)
                case PeerDown(peer=peer):
                    self._peers.discard(peer)
                case FetchArrived(peer=peer, request_id=request_id, request=request):
                    self._network.respond(peer, request_id, _nothing(request))

    # which

    async def _offers(self) -> list[_Offer]:
        """List the peers' present offers, the newest first, without condemned ones."""
        offers: dict[tuple[BlockId, tuple[bytes, ...]], _Offer] = {}

        async def ask(peer: PeerId) -> None:
            answer = await self._ask(peer, SnapshotsRequest(), SnapshotsResponse)
            for head in () if answer is None else answer.heads:
                offer = _Offer(head)
                if offer.name not in self._condemned:
                    offers.setdefault(offer.name, offer).peers.add(peer)

        async with trio.open_nursery() as nursery:
            for peer in sorted(self._peers):
                nursery.start_soon(ask, peer)
        return sorted(offers.values(), key=lambda offer: (-offer.head.height, -len(offer.peers)))

    async def _take(self, offer: _Offer, *, last: bool) -> Snapshot:
        """The whole of an offer, proven. The ``last`` one has all the time: slow is better than nothing.
        Raises ``Condemned``.
        """
        head = offer.head
        self._log.info("join.taking", height=head.height, chunks=len(head.digests), peers=len(offer.peers))
        limit_s = math.inf if last else OFFER_S + CHUNK_S * len(head.digests)
        with trio.move_on_after(limit_s) as limit:
            links = await self._proven_links(offer)
            values = await self._values(offer)
        if limit.cancelled_caught:
            raise Condemned(f"its peers have not given it within {limit_s:.0f} s")
        try:
            base = Base(header=head.final.header, frozen=Frozen(height=head.height, values=values, window=()))
            ledger = await trio.to_thread.run_sync(
                lambda: restore(self._genesis, (), base=base, modules=self._modules)
            )
        except (Corrupt, Refused, LookupError, ValueError, TypeError, AssertionError) as fault:
            # Values that no ledger wrote may break any of its assumptions: the root would have told, too.
            raise self._condemn(offer, str(fault)) from fault
        window = await self._window(head, ledger.parameters.tx_lifetime)
        frozen = Frozen(height=head.height, values=values, window=window)
        return Snapshot(final=head.final, links=links, frozen=frozen)

    def _condemn(self, offer: _Offer, reason: str) -> Condemned:
        self._condemned.add(offer.name)
        for peer in offer.peers:
            self._network.drop(peer, f"SNAPSHOT_FALSE: {reason}")
        return Condemned(reason)

    # what proves it

    async def _proven_links(self, offer: _Offer) -> tuple[ValidatorLink, ...]:
        """The links of the first peer that has such as prove the head."""
        first, own_id = genesis_validators(self._genesis), genesis_id(self._genesis)
        for peer in sorted(offer.peers):
            links = await self._links(peer, offer.head.height)
            if links is None:
                offer.peers.discard(peer)
                continue
            try:
                prove_final(offer.head.final, links, first, self._verifier, genesis_id=own_id)
            except Invalid as fault:
                offer.peers.discard(peer)
                self._network.drop(peer, str(fault))
                self._log.warning("join.source_left", peer=peer, code=fault.code, **fault.facts)
                continue
            return links
        raise self._condemn(offer, "nobody who offers it can prove it")

    async def _links(self, peer: PeerId, height: Height) -> tuple[ValidatorLink, ...] | None:
        links: list[ValidatorLink] = []
        while len(links) < LINKS_MAX:
            answer = await self._ask(peer, LinksRequest(height=height, first=len(links)), LinksResponse)
            if answer is None:
                return None
            if not answer.links:
                return tuple(links)
            links.extend(answer.links)
        return None

    # the state

    async def _values(self, offer: _Offer) -> dict[bytes, bytes]:
        """All chunks, each as its digest says, from whoever offers them: who is faster gives more of them."""
        missing = list(range(len(offer.head.digests) - 1, -1, -1))
        gathered = _Gathered()
        while missing:
            peers = sorted(offer.peers & self._peers)
            if not peers:
                raise Condemned("nobody who offers it is left")
            async with trio.open_nursery() as nursery:
                for place in range(max(len(peers), CHUNKS_AT_ONCE)):
                    nursery.start_soon(self._draw, offer, peers[place % len(peers)], missing, gathered)
            if gathered.flaw is not None:
                raise self._condemn(offer, gathered.flaw)
            if gathered.bytes_held > self._bytes_max:
                self._condemned.add(offer.name)  # It may be true, so nobody is blamed.
                raise Condemned(f"after {gathered.held} chunks it takes {TOO_LARGE}: {self._bytes_max}")
        return gathered.values

    async def _draw(self, offer: _Offer, peer: PeerId, missing: list[int], gathered: _Gathered) -> None:
        """Take one missing chunk after another from a peer, as long as it gives them."""
        while missing and peer in offer.peers and not self._is_over(gathered):
            index = missing.pop()
            chunk = await self._chunk(offer, peer, index)
            if chunk is None:
                missing.append(index)
                continue
            try:
                pairs = decode_chunk(chunk)
            except Invalid as fault:
                gathered.flaw = str(fault)
                return
            gathered.held += 1
            gathered.values.update(pairs)
            gathered.bytes_held += len(chunk) + PAIR_BYTES * len(pairs)

    def _is_over(self, gathered: _Gathered) -> bool:
        return gathered.flaw is not None or gathered.bytes_held > self._bytes_max

    async def _chunk(self, offer: _Offer, peer: PeerId, index: int) -> bytes | None:
        """A chunk as it was offered; None where the peer has none such, and then it is not asked again."""
        answer = await self._ask(peer, ChunkRequest(height=offer.head.height, index=index), ChunkResponse)
        if answer is None or answer.chunk is None:
            offer.peers.discard(peer)  # It has it no more, or is too slow: others have it.
        elif sha256(answer.chunk) != offer.head.digests[index]:
            offer.peers.discard(peer)
            self._network.drop(peer, f"SNAPSHOT_CHUNK: chunk {index} is not the one that was offered")
            self._log.warning("join.source_left", peer=peer, code="SNAPSHOT_CHUNK", index=index)
        else:
            return answer.chunk
        return None

    # the replay window

    async def _window(self, head: SnapshotHead, lifetime: int) -> tuple[WindowBlock, ...]:
        """Fetch the replay keys of the last blocks up to the head. They come from the first peer that has
        them all.
        """
        for peer in sorted(self._peers):
            try:
                window = await self._window_from(peer, head, lifetime)
            except Invalid as fault:
                self._network.drop(peer, str(fault))
                self._log.warning("join.source_left", peer=peer, code=fault.code, **fault.facts)
                continue
            if window is not None:
                return window
        raise Condemned("nobody holds the blocks that its replay window is made of")

    async def _window_from(
        self, peer: PeerId, head: SnapshotHead, lifetime: int
    ) -> tuple[WindowBlock, ...] | None:
        """The same from one peer; None where it lacks one. Raises ``Invalid`` where its blocks do not lead to
        the head: each is named by the one above, the last by its certificate.
        """
        window: list[WindowBlock] = []
        below: BlockId | None = None
        following = max(FIRST_HEIGHT, head.height - lifetime + 2)
        while following <= head.height:
            count = min(FETCH_BLOCKS_MAX, head.height - following + 1)
            answer = await self._ask(
                peer, BlocksRequest(first=Height(following), count=count), BlocksResponse
            )
            if answer is None or not answer.blocks:
                return None
            for final in answer.blocks:
                block = final.block
                self._verifier.raw_block_bound(block)
                if block.header.height != following or below not in (None, block.header.parent_id):
                    raise Invalid("SYNC_UNLINKED", {"height": block.header.height, "expected": following})
                if keys := tuple(transaction.body.replay_key for transaction in block.transactions):
                    window.append((block.header.height - 1 + lifetime, keys))
                below, following = block.block_id, following + 1
        if below != head.final.certificate.block_id:
            raise Invalid("SYNC_UNLINKED", {"height": head.height, "expected": head.height})
        return tuple(window)

    async def _ask(self, peer: PeerId, request: FetchRequest, kind: type[T]) -> T | None:
        """The answer; None where none came."""
        try:
            answer = await self._network.fetch(peer, request, DEADLINE_MS)
        except FetchFailed as failure:
            self._log.info("join.no_answer", peer=peer, reason=str(failure))
            return None
        return answer if isinstance(answer, kind) else None


def _nothing(request: FetchRequest) -> FetchResponse:
    match request:
        case BlocksRequest():
            return BlocksResponse(blocks=())
        case TransactionsRequest():
            return TransactionsResponse(transactions=())
        case SnapshotsRequest():
            return SnapshotsResponse(heads=())
        case LinksRequest():
            return LinksResponse(links=())
        case ChunkRequest():
            return ChunkResponse(chunk=None)
        case PayloadRequest():
            return PayloadResponse(part=None)
