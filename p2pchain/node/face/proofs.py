"""Proofs for those who trust no node: records of the state, or a transaction and its receipt, with their way
to a header that a quorum signed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import trio

from p2pchain.codec.block import decode_block_record, decode_block_replay
from p2pchain.codec.genesis import genesis_validators
from p2pchain.codec.roots import validators_hash
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.block import Header
from p2pchain.model.chain import BlockRecord, FinalHeader
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT, Height, TxId
from p2pchain.proofs.inclusion import TransactionProof, transaction_proof
from p2pchain.proofs.proof_file import PROOF_KEYS_MAX, ProofBase, ProofEntry, ProofFile, encode_proof_file
from p2pchain.proofs.trust import Beginning, TrustedBlock, block_named
from p2pchain.storage.chain import ChainLog

READ_AT_ONCE_MAX: Final = 1
"""Blocks that are taken apart at once, beside the main loop; who asks for more waits."""
SETTLE_S: Final = 5.0
"""How long to wait for a block that is executed to be durable, too."""


Find = Callable[[TxId], Awaitable[tuple[Height, int] | None]]
"""Height and place of a final transaction, None where this node knows none of that id."""


class Prover:
    """Hears of final blocks; proves from the committed state, and from the chain log."""

    def __init__(
        self,
        *,
        genesis: Genesis,
        ledger: Ledger,
        lineage: Lineage,
        chain_log: ChainLog,
        find: Find,
        last: FinalHeader | None,
    ) -> None:
        """``lineage``: fed by another listener, before this one; ``last``: the newest block's, None at
        genesis.
        """
        self._chain_id = genesis.chain_id
        self._first = genesis_validators(genesis)
        self._chain_log = chain_log
        self._ledger = ledger
        self._lineage = lineage
        self._find = find
        self._final = last
        self._arrived = trio.Event()
        self._limiter = trio.CapacityLimiter(READ_AT_ONCE_MAX)

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable."""
        self._final = record.final_header
        self._arrived.set()
        self._arrived = trio.Event()

    async def prove(self, keys: Sequence[bytes], beginning: Beginning) -> bytes:
        """The file that proves these keys' values, or that they have none, as of the newest block.

        Raises ``Refused``: ``PROOF_KEYS``, ``PROOF_NOTHING_FINAL``, ``PROOF_TRUSTED``, ``HEIGHT_PRUNED``,
        ``HEIGHT_UNKNOWN``.
        """
        if not 0 < len(keys) <= PROOF_KEYS_MAX or len(set(keys)) != len(keys):
            facts = {"keys": len(keys), "most": PROOF_KEYS_MAX}
            raise Refused("PROOF_KEYS", facts, "name each key once; make several files of many")
        base = await self._base(beginning)
        final = await self._settled()
        if base is not None and base.header.height >= final.header.height:
            newest: dict[str, Fact] = {"trusted": str(base.block), "newest": final.header.height}
            raise Refused("PROOF_NOTHING_FINAL", newest, "ask again after a block")
        entries = tuple(
            ProofEntry(key=key, value=self._ledger.get(key), proof=self._ledger.prove(key)) for key in keys
        )
        return self._encode(base, final, entries, None)

    async def prove_transaction(self, tx_id: TxId, beginning: Beginning) -> bytes:
        """The file that proves a transaction and its receipt, in the block that holds them.

        Raises ``Refused``: ``TX_UNKNOWN``, ``PROOF_TRUSTED``, ``PROOF_TRUSTED_LATER``, ``HEIGHT_PRUNED``,
        ``HEIGHT_UNKNOWN``.
        """
        position = await self._find(tx_id)
        if position is None:
            hint = "it is in no block that this node holds: it may wait still, or its block is pruned here"
            raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex()}, f"{hint}; see: p2pchain tx show")
        height, place = position
        base = await self._base(beginning)
        if base is not None and base.header.height >= height:
            later: dict[str, Fact] = {"trusted": base.header.height, "height": height}
            raise Refused("PROOF_TRUSTED_LATER", later, "trust an earlier block, or the genesis")
        raw = await trio.to_thread.run_sync(self._chain_log.read, height, limiter=self._limiter)
        final, about = await trio.to_thread.run_sync(_transaction_in, raw, place, limiter=self._limiter)
        return self._encode(base, final, (), about)

    def _encode(
        self,
        base: ProofBase | None,
        final: FinalHeader,
        entries: tuple[ProofEntry, ...],
        about: TransactionProof | None,
    ) -> bytes:
        """With the links that lie between the beginning and the header."""
        below = GENESIS_HEIGHT if base is None else base.header.height
        links = tuple(
            link for link in self._lineage.links if below < link.final.header.height < final.header.height
        )
        return encode_proof_file(
            ProofFile(
                chain_id=self._chain_id,
                base=base,
                final=final,
                links=links,
                entries=entries,
                transaction=about,
            )
        )

    async def _base(self, beginning: Beginning) -> ProofBase | None:
        """The block at which a proof begins, with the validators of the height after it; None for genesis."""
        if beginning is None:
            return None
        block = block_named(beginning)
        header = await self._header(block, beginning)
        lower = [link for link in self._lineage.links if link.final.header.height <= block.height]
        base = ProofBase(header=header, following=lower[-1].following if lower else self._first)
        if base.block != block:
            raise _another_block(block, str(base.block))
        if not self._led_on_by(base):
            raise _another_block(block, "another chain, or other validators")
        return base

    def _led_on_by(self, base: ProofBase) -> bool:
        """Test whether the header is of this chain, as far as it can be seen where its block is pruned."""
        named = base.header.next_validators_hash == validators_hash(base.following)
        return named and base.header.chain_id == self._chain_id

    async def _header(self, block: TrustedBlock, beginning: TrustedBlock | Header) -> Header:
        """Return this node's header at that height; a pruned one as whoever asks has it."""
        if block.height < self._chain_log.first:
            links = (link.final.header for link in self._lineage.links)
            if (
                header := next((header for header in links if header.height == block.height), None)
            ) is not None:
                return header
            if isinstance(beginning, Header):
                return beginning
            pruned: dict[str, Fact] = {"height": block.height, "first": self._chain_log.first}
            hint = "this node has pruned it: name an earlier proof file of that block in place of its id"
            raise Refused("HEIGHT_PRUNED", pruned, f"{hint}, or ask a member that keeps all blocks")
        raw = await trio.to_thread.run_sync(self._chain_log.read, block.height, limiter=self._limiter)
        return decode_block_replay(raw).header

    async def _settled(self) -> FinalHeader:
        """The header of the block after which the ledger stands."""
        with trio.move_on_after(SETTLE_S):
            while self._final is None or self._final.header.height != self._ledger.height:
                await self._arrived.wait()
        if self._final is None or self._final.header.height != self._ledger.height:
            raise Refused("PROOF_NOTHING_FINAL", {"height": self._ledger.height}, "ask again after a block")
        return self._final


def _another_block(trusted: TrustedBlock, here: str) -> Refused:
    hint = "compare it; if it was proven to you on this chain, somebody lies: ask the other members"
    return Refused("PROOF_TRUSTED", {"trusted": str(trusted), "here": here}, hint)


def _transaction_in(raw: bytes, place: int) -> tuple[FinalHeader, TransactionProof]:
    """Out of the record of its block."""
    record = decode_block_record(raw)
    transactions = [transaction.transaction for transaction in record.block.transactions]
    return record.final_header, transaction_proof(transactions, record.receipts, place)
