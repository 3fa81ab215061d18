"""Proofs for those who trust no node: records of the state with their way to a header that a quorum
signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import trio

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_validators
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.lineage import Lineage
from p2pchain.model.chain import BlockRecord, FinalHeader
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT
from p2pchain.proofs.proof_file import PROOF_KEYS_MAX, ProofBase, ProofEntry, ProofFile, encode_proof_file
from p2pchain.proofs.trust import TrustedBlock
from p2pchain.storage.chain import ChainLog

SETTLE_S: Final = 5.0
"""How long to wait for a block that is executed to be durable, too."""


class Prover:
    """Hears of final blocks; proves from the committed state."""

    def __init__(
        self,
        *,
        genesis: Genesis,
        ledger: Ledger,
        lineage: Lineage,
        chain_log: ChainLog,
        last: FinalHeader | None,
    ) -> None:
        """``lineage``: fed by another listener, before this one; ``last``: the newest block's, None at
        genesis.
        """
        self._first = genesis_validators(genesis)
        self._chain_log = chain_log
        self._ledger = ledger
        self._lineage = lineage
        self._final = last
        self._arrived = trio.Event()

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable."""
        self._final = record.final_header
        self._arrived.set()
        self._arrived = trio.Event()

    async def prove(self, keys: Sequence[bytes], trusted: TrustedBlock | None) -> bytes:
        """The file that proves these keys' values, or that they have none, as of the newest block, to whoever
        trusts a block, or for None the genesis.

        Raises ``Refused``: ``PROOF_KEYS``, ``PROOF_NOTHING_FINAL``, ``PROOF_TRUSTED``, ``HEIGHT_PRUNED``,
        ``HEIGHT_UNKNOWN``.
        """
        if not 0 < len(keys) <= PROOF_KEYS_MAX or len(set(keys)) != len(keys):
            facts = {"keys": len(keys), "most": PROOF_KEYS_MAX}
            raise Refused("PROOF_KEYS", facts, "name each key once; make several files of many")
        base = None if trusted is None else await self._base(trusted)
        final = await self._settled()
        if base is not None and base.header.height >= final.header.height:
            newest: dict[str, Fact] = {"trusted": str(trusted), "newest": final.header.height}
            raise Refused("PROOF_NOTHING_FINAL", newest, "ask again after a block")
        entries = tuple(
            ProofEntry(key=key, value=self._ledger.get(key), proof=self._ledger.prove(key)) for key in keys
        )
        below = GENESIS_HEIGHT if base is None else base.header.height
        links = tuple(link for link in self._lineage.links if link.final.header.height > below)
        file = ProofFile(chain_id=final.header.chain_id, base=base, final=final, links=links, entries=entries)
        return encode_proof_file(file)

    async def _base(self, trusted: TrustedBlock) -> ProofBase:
        """The block that is trusted, with the validators of the height after it."""
        raw = await trio.to_thread.run_sync(self._chain_log.read, trusted.height)
        header = decode_block_record(raw).block.header
        lower = [link for link in self._lineage.links if link.final.header.height <= trusted.height]
        base = ProofBase(header=header, following=lower[-1].following if lower else self._first)
        if base.block != trusted:
            facts: dict[str, Fact] = {"trusted": str(trusted), "here": str(base.block)}
            hint = "compare it; if it was proven to you on this chain, somebody lies: ask the other members"
            raise Refused("PROOF_TRUSTED", facts, hint)
        return base

    async def _settled(self) -> FinalHeader:
        """The header of the block after which the ledger stands."""
        with trio.move_on_after(SETTLE_S):
            while self._final is None or self._final.header.height != self._ledger.height:
                await self._arrived.wait()
        if self._final is None or self._final.header.height != self._ledger.height:
            raise Refused("PROOF_NOTHING_FINAL", {"height": self._ledger.height}, "ask again after a block")
        return self._final
