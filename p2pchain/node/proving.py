"""Proofs for those who trust no node: records of the state with their way to a header that a quorum
signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import trio

from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.lineage import Lineage
from p2pchain.model.chain import BlockRecord, FinalHeader
from p2pchain.model.errors import Refused
from p2pchain.proofs.proof_file import PROOF_KEYS_MAX, ProofEntry, ProofFile, encode_proof_file

SETTLE_S: Final = 5.0
"""How long to wait for a block that is executed to be durable, too."""


class Prover:
    """Hears of final blocks; proves from the committed state."""

    def __init__(self, *, ledger: Ledger, lineage: Lineage, last: FinalHeader | None) -> None:
        """``lineage``: fed by another listener, before this one; ``last``: the newest block's, None at
        genesis.
        """
        self._ledger = ledger
        self._lineage = lineage
        self._final = last
        self._arrived = trio.Event()

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable."""
        self._final = record.final_header
        self._arrived.set()
        self._arrived = trio.Event()

    async def prove(self, keys: Sequence[bytes]) -> bytes:
        """The file that proves these keys' values, or that they have none, as of the newest block.

        Raises ``Refused``: ``PROOF_KEYS``, ``PROOF_NOTHING_FINAL``.
        """
        if not 0 < len(keys) <= PROOF_KEYS_MAX or len(set(keys)) != len(keys):
            facts = {"keys": len(keys), "most": PROOF_KEYS_MAX}
            raise Refused("PROOF_KEYS", facts, "name each key once; make several files of many")
        final = await self._settled()
        entries = tuple(
            ProofEntry(key=key, value=self._ledger.get(key), proof=self._ledger.prove(key)) for key in keys
        )
        file = ProofFile(
            chain_id=final.header.chain_id, final=final, links=self._lineage.links, entries=entries
        )
        return encode_proof_file(file)

    async def _settled(self) -> FinalHeader:
        """The header of the block after which the ledger stands."""
        with trio.move_on_after(SETTLE_S):
            while self._final is None or self._final.header.height != self._ledger.height:
                await self._arrived.wait()
        if self._final is None or self._final.header.height != self._ledger.height:
            raise Refused("PROOF_NOTHING_FINAL", {"height": self._ledger.height}, "ask again after a block")
        return self._final
