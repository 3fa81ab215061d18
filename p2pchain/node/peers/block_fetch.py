"""Blocks of peers, proven and executed one after the other, before the node itself runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from p2pchain.codec.block import encode_block_record
from p2pchain.codec.messages import encode_blocks_response
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord, FinalBlock
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import BlockId, Height, PeerId
from p2pchain.model.messages import FETCH_BLOCKS_MAX, BlocksRequest, BlocksResponse
from p2pchain.net.events import FetchArrived, FetchFailed, PeerDown, PeerUp
from p2pchain.net.network import Network
from p2pchain.node.peers.peer_network import Events
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, Tip, tip_of
from p2pchain.replica.catchup import verified_final

DEADLINE_MS: Final = 10_000
Append = Callable[[int, bytes, BlockId], None]
"""Takes height, record and id of a block that was proven and executed."""


class BlockFetch:
    """Extends a chain by blocks of peers. ``peers``: who is connected; ``tip``: where the chain stands."""

    def __init__(
        self, *, network: Network, verifier: Verifier, ledger: Ledger, tip: Tip, append: Append
    ) -> None:
        """``ledger`` is the state at ``tip``; both go on with each block."""
        self.tip = tip
        self.peers: set[PeerId] = set()
        self._network = network
        self._verifier = verifier
        self._ledger = ledger
        self._maker = BlockMaker(ledger, verifier)
        self._append = append

    async def listen(
        self, events: Events, serve: Callable[[BlocksRequest], bytes] = lambda _: encode_blocks_response([])
    ) -> None:
        """Follow who is connected, until cancelled; ``serve`` answers peers that ask for blocks."""
        async for event in events:
            match event:
                case PeerUp(peer=peer):
                    self.peers.add(peer)
                case PeerDown(peer=peer):
                    self.peers.discard(peer)
                case FetchArrived(peer=peer, request_id=request_id, request=BlocksRequest() as request):
                    self._network.respond_encoded(peer, request_id, serve(request))

    async def advance(self, most: int = FETCH_BLOCKS_MAX) -> bool:
        """Take up to ``most`` next blocks from the first peer that gives some; whether one did."""
        for peer in sorted(self.peers):
            blocks = await self._ask(peer, Height(self.tip.height + 1), min(most, FETCH_BLOCKS_MAX))
            try:
                for final in blocks:
                    self._take(final)
            except Invalid as fault:
                self._network.drop(peer, str(fault))
                structlog.get_logger().warning("blocks.source_left", peer=peer, code=fault.code)
            if blocks:
                return True
        return False

    def _take(self, final: FinalBlock) -> None:
        """Prove and execute the next block, and append it. Raises ``Invalid``."""
        ledger = self._ledger
        validators = ledger.validators
        block = verified_final(final, self._verifier, validators)
        execution = self._maker.judge(block, self.tip).execution
        record = BlockRecord(
            block=block,
            certificate=final.certificate,
            receipts=execution.receipts,
            changes=execution.changes,
        )
        self._append(block.height, encode_block_record(record), block.block_id)
        ledger.commit(execution)
        self.tip = tip_of(block, final.certificate, validators)

    async def _ask(self, peer: PeerId, first: Height, count: int) -> tuple[FinalBlock, ...]:
        try:
            answer = await self._network.fetch(peer, BlocksRequest(first=first, count=count), DEADLINE_MS)
        except FetchFailed:
            return ()
        return answer.blocks if isinstance(answer, BlocksResponse) else ()
