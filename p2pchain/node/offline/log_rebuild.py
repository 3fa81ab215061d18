"""A chain log written anew out of the whole records of a damaged one, and of blocks that peers give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from p2pchain.codec.block import decode_block_record, decode_block_replay, final_block_bytes
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.header import header_id
from p2pchain.codec.messages import encode_blocks_response
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Corrupt, Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId, Height, PeerId
from p2pchain.model.messages import FETCH_ANSWER_BYTES_MAX, BlocksRequest
from p2pchain.net.network import Network
from p2pchain.node.home.layout import Home
from p2pchain.node.home.own_records import own_record
from p2pchain.node.home.recovery import replayed
from p2pchain.node.home.snapshot_store import Snapshot
from p2pchain.node.packages.software import software_of
from p2pchain.node.peers.block_fetch import BlockFetch
from p2pchain.node.peers.peer_network import Events, Visitor, visit
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import Tip
from p2pchain.replica.start_state import origin_of
from p2pchain.signing.keyfile import read_key
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.salvage import Salvage, read_place

PEERS_WAIT_S: Final = 45.0
"""How long peers that give what is lost are waited for: members that repair together begin by hand."""
LOOK_EVERY_S: Final = 0.5
SYNC_EVERY: Final = 256
"""Blocks that are copied between two fsyncs."""

Progress = Callable[[int, int], None]


class Rebuilder:
    """Writes ``home.unfinished_chain``. ``kept`` counts the blocks that were whole, ``fetched`` the runs of
    heights that were not. Meanwhile it gives whole blocks to peers, so that members whose logs are damaged in
    different places can repair them together.
    """

    def __init__(
        self,
        *,
        home: Home,
        genesis: Genesis,
        salvage: Salvage,
        base: Snapshot | None,
        progress: Progress | None = None,
    ) -> None:
        """``base``: the snapshot from which the blocks lead on, None for genesis; ``progress``: told (height,
        tip) of each block.
        """
        self.kept = 0
        self.fetched: list[range] = []
        self._home = home
        self._genesis = genesis
        self._salvage = salvage
        self._base = base
        self._progress = progress
        self._id = genesis_id(genesis)
        self._config = home.read_config()
        self._modules = software_of(home)
        self._verifier = Verifier(genesis.chain_id)
        files = Disk()
        ChainLog.create(files, home.unfinished_chain, genesis=self._id, first_height=self._first_height())
        self._log = ChainLog.open(
            files, home.unfinished_chain, genesis=self._id, segment_bytes=self._config.storage.segment_bytes
        )
        self._peers: set[PeerId] = set()
        self._above: BlockId | None = None if self._log.first > 1 else self._id

    def run(self, passphrase: bytes | None) -> Height:
        """Write all of it, and prove the whole; its tip. Raises ``Refused("REPAIR_NO_SOURCE")``, ``Corrupt``
        where whole records do not fit together, ``DiskFailure``.
        """
        try:
            lost = [run for run in self._salvage.lost if run.start >= self._log.first]
            self._copy(lost[0].start if lost else self._salvage.tip + 1)
            if lost:
                visitor = self._visitor(passphrase)

                async def ask(network: Network, events: Events) -> None:
                    await self._fill(network, events, lost)

                visit(visitor, ask)
            self._log.sync()
            self._log.verify()
            return replayed(self._genesis, self._log, self._base, self._modules)[0].height
        finally:
            self._log.close()

    def _first_height(self) -> int:
        """Blocks below a snapshot cannot be executed again: where one of them is lost, those below it go."""
        if self._base is None:
            return self._salvage.first_height
        below = [run.stop for run in self._salvage.lost if run.start <= self._base.final.header.height]
        return min(max(below, default=self._salvage.first_height), self._base.final.header.height + 1)

    def _visitor(self, passphrase: bytes | None) -> Visitor:
        return Visitor(
            home=self._home,
            config=self._config,
            genesis=self._genesis,
            genesis_id=self._id,
            ledger=self._state()[0],
            peer_key=read_key(self._home.peer_key, passphrase, kind="peer"),
            consensus_key=None,
        )

    def _copy(self, end: int) -> None:
        """The whole records from the tip of the new log up to ``end``, which is not among them."""
        for height in range(self._log.tip + 1, end):
            payload = read_place(Disk(), self._salvage.places[height])
            header = own_record(decode_block_replay, payload, "chain").header
            if header.height != height or self._above not in (None, header.parent_id):
                facts: dict[str, Fact] = {"height": height, "parent_id": header.parent_id.hex()}
                raise Corrupt("CHAIN_PARENT_MISMATCH", facts, "keep nothing of it: p2pchain repair --refetch")
            self._append(height, payload, header_id(header))
            self.kept += 1
            if height % SYNC_EVERY == 0:
                self._log.sync()

    def _append(self, height: int, payload: bytes, block_id: BlockId) -> None:
        self._log.append(height, payload)
        self._above = block_id
        if self._progress is not None:
            self._progress(height, self._salvage.tip)

    def _state(self) -> tuple[Ledger, Tip]:
        """Ledger and tip after what the new log holds."""
        self._log.sync()
        ledger, _ = replayed(self._genesis, self._log, self._base, self._modules)
        last = None if self._base is None else self._base.final
        if self._log.tip >= self._log.first:
            last = own_record(decode_block_record, self._log.read(self._log.tip), "chain").final_header
        return ledger, origin_of(self._id, self._genesis.time_ms, ledger, last, ()).tip

    # from peers

    async def _fill(self, network: Network, events: Events, lost: list[range]) -> None:
        for run, following in zip(lost, [*lost[1:], None], strict=True):
            ledger, tip = self._state()
            fetch = BlockFetch(
                network=network, verifier=self._verifier, ledger=ledger, tip=tip, append=self._append
            )
            fetch.peers.update(self._peers)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fetch.listen, events, self._whole_blocks)
                await self._fetch_run(fetch, run)
                nursery.cancel_scope.cancel()
            self._peers = fetch.peers
            self.fetched.append(run)
            self._copy(self._salvage.tip + 1 if following is None else following.start)

    async def _fetch_run(self, fetch: BlockFetch, run: range) -> None:
        """The blocks of a run, one after the other, from any peer that has them."""
        until = trio.current_time() + PEERS_WAIT_S
        while fetch.tip.height + 1 < run.stop:
            if await fetch.advance(run.stop - fetch.tip.height - 1):
                until = trio.current_time() + PEERS_WAIT_S
                continue
            if trio.current_time() > until:
                facts: dict[str, Fact] = {
                    "first": run.start,
                    "last": run.stop - 1,
                    "peers": len(fetch.peers),
                }
                hint = "nothing was changed; try again when others run that have these blocks"
                raise Refused("REPAIR_NO_SOURCE", facts, hint)
            await trio.sleep(LOOK_EVERY_S)

    def _whole_blocks(self, request: BlocksRequest) -> bytes:
        """The answer to a peer: what the damaged log holds of the blocks asked for, up to a lost one."""
        blocks: list[bytes] = []
        room = FETCH_ANSWER_BYTES_MAX
        for height in range(request.first, request.first + request.count):
            place = self._salvage.places.get(height)
            block = b"" if place is None else final_block_bytes(read_place(Disk(), place))
            room -= len(block)
            if not block or (blocks and room < 0):
                break
            blocks.append(block)
        return encode_blocks_response(blocks)
