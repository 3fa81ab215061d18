"""What a small node for tests lacks: proofs and private payloads."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.model.errors import Refused
from p2pchain.model.ids import TxId
from p2pchain.proofs.trust import Beginning


class NoProofs:
    """Proves nothing."""

    async def prove(self, keys: Sequence[bytes], beginning: Beginning) -> bytes:
        """There are no certificates."""
        raise Refused("PROOF_NOTHING_FINAL", {"keys": len(keys), "beginning": str(beginning)})

    async def prove_transaction(self, tx_id: TxId, beginning: Beginning) -> bytes:
        """Nothing is final."""
        raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex(), "beginning": str(beginning)})


class NoPayloads:
    """Keeps none."""

    async def keep(self, root: bytes, envelope: bytes) -> None:
        """Keeps nothing."""

    async def read(self, root: bytes) -> bytes:
        """There is none."""
        raise Refused("PRIV_NOT_HERE", {"root": root.hex()})

    async def purge(self, root: bytes) -> bool:
        """There is none."""
        return not root
