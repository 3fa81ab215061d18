"""Which transactions may be in a block, and which a node takes in to wait for one.

In the block at height ``H`` a transaction must belong to the chain, keep the bounds of the parameters,
satisfy ``H <= valid_until <= H - 1 + tx_lifetime``, and its (first signer, nonce) must not be in the replay
window nor earlier in the same block. One that breaks this makes the whole block invalid. What a node takes in
after height ``h`` must fit the block at ``h + 1``; with that it fits every later block up to its
``valid_until``, unless its pair is used or governance lowers a bound meanwhile, which is why a proposer
selects again.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.ledger.window import ReplayWindow
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The rules of the block at ``height``: ``parameters`` and ``window`` as they stand before it."""

    chain_id: ChainId
    height: int
    parameters: Parameters
    window: ReplayWindow

    def fault(self, transaction: Transaction) -> Refused | None:
        """Why a transaction may not be in this block, or None where it may; ``TX_...`` codes."""
        body = transaction.body
        if body.chain_id != self.chain_id:
            return Refused("TX_WRONG_CHAIN", {"chain_id": body.chain_id, "expected": self.chain_id})
        oversize = self.oversize(transaction)
        if oversize is not None:
            return oversize
        if body.valid_until < self.height:
            return Refused("TX_EXPIRED", {"valid_until": body.valid_until, "next_height": self.height})
        if body.valid_until > self.valid_until_max:
            facts = {"valid_until": body.valid_until, "valid_until_max": self.valid_until_max}
            return Refused("TX_TOO_FAR_AHEAD", facts)
        if self.window.holds(body.replay_key, self.height):
            return Refused("TX_REPEATED", {"signer": body.signers[0].hex(), "nonce": body.nonce.hex()})
        return None

    @property
    def valid_until_max(self) -> int:
        """Farthest ``valid_until`` in this block: ``tx_lifetime`` heights above its parent."""
        return self.height - 1 + self.parameters.tx_lifetime

    def oversize(self, transaction: Transaction) -> Refused | None:
        """Which bound of the parameters a transaction passes, or None."""
        parameters = self.parameters
        sizes = (
            ("TX_TOO_LARGE", len(transaction.raw), parameters.tx_bytes_max),
            ("TX_TOO_MANY_SIGNERS", len(transaction.body.signers), parameters.tx_signers_max),
            ("TX_TOO_MANY_OPERATIONS", len(transaction.body.operations), parameters.tx_operations_max),
        )
        for code, size, most in sizes:
            if size > most:
                return Refused(code, {"size": size, "most": most})
        if not transaction.body.signers or not transaction.body.operations:
            return Refused("TX_EMPTY", {"signers": len(transaction.body.signers)})
        return None
