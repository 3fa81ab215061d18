"""Serving final blocks to peers that catch up, out of the chain log, beside the main loop."""

from __future__ import annotations

import trio

from p2pchain.codec.block import final_block_bytes
from p2pchain.codec.messages import encode_blocks_response
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import FETCH_ANSWER_BYTES_MAX, FETCH_BLOCKS_MAX, BlocksResponse
from p2pchain.net.network import Network
from p2pchain.storage.chain import ChainLog

SERVED_AT_ONCE_MAX = 4
"""Most answers that are read from the log at once; past it the asker gets nothing and asks another."""


class BlockServer:
    """Reads blocks in worker threads, a few answers at a time."""

    def __init__(self, chain_log: ChainLog, network: Network) -> None:
        """Nothing is under way."""
        self._chain_log = chain_log
        self._network = network
        self._under_way = 0

    def serve(
        self, nursery: trio.Nursery, *, peer: PeerId, request_id: int, first: Height, count: int
    ) -> None:
        """Answer with final blocks from ``first`` on, at most ``count``, within the bound of an answer."""
        if count == 0 or self._under_way >= SERVED_AT_ONCE_MAX:
            self._network.respond(peer, request_id, BlocksResponse(blocks=()))
            return
        self._under_way += 1
        nursery.start_soon(self._answer, peer, request_id, first, min(count, FETCH_BLOCKS_MAX))

    async def _answer(self, peer: PeerId, request_id: int, first: Height, count: int) -> None:
        try:
            payload = await trio.to_thread.run_sync(self._read, first, count)
        finally:
            self._under_way -= 1
        self._network.respond_encoded(peer, request_id, payload)

    def _read(self, first: Height, count: int) -> bytes:
        """The encoded answer; the blocks in it are cut out of their records, never decoded."""
        blocks: list[bytes] = []
        room = FETCH_ANSWER_BYTES_MAX
        for height in range(first, first + count):
            try:
                block = final_block_bytes(self._chain_log.read(height))
            except Refused:
                break  # Pruned: whoever asks gets what is left, and asks another for the rest.
            room -= len(block)
            if blocks and room < 0:
                break
            blocks.append(block)
        return encode_blocks_response(blocks)
