"""Admission rules for transactions, in a block and in a node's mempool.

In the block at height ``H`` a transaction must belong to the chain, keep the bounds of the parameters,
satisfy ``H <= valid_until <= H - 1 + tx_lifetime`` (or be valid until a time that the block's does not pass:
``timed.py``), and its (first signer, nonce) must not be in the replay window, in a record of the state, nor
earlier in the same block. One that breaks this makes the whole block invalid. What a node takes in
after height ``h`` must fit the block at ``h + 1``; with that it fits every later block up to its
``valid_until``, unless its pair is used or governance lowers a bound meanwhile, which is why a proposer
selects again.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.timed_records import TimedRecords
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Transaction, TransactionBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The rules of the block at ``height``: ``parameters``, ``window`` and ``timed`` as they stand before it;
    ``time_ms``: its time, or the earliest that it can have.
    """

    chain_id: ChainId
    height: int
    time_ms: int
    parameters: Parameters
    window: ReplayWindow
    timed: TimedRecords

    def fault(self, transaction: Transaction) -> Refused | None:
        """Return the fault that keeps a transaction out of this block (``TX_...`` codes), else None."""
        body = transaction.body
        if body.chain_id != self.chain_id:
            return Refused("TX_WRONG_CHAIN", {"chain_id": body.chain_id, "expected": self.chain_id})
        if (oversize := self.oversize(transaction)) is not None:
            return oversize
        if body.valid_until_ms is not None:
            return self._untimely(body, body.valid_until_ms) or self._repeated(body)
        if body.valid_until < self.height:
            return Refused("TX_EXPIRED", {"valid_until": body.valid_until, "next_height": self.height})
        if body.valid_until > self.height - 1 + self.parameters.tx_lifetime:
            facts = {"valid_until": body.valid_until, "valid_until_max": self.valid_until_max}
            return Refused("TX_TOO_FAR_AHEAD", facts)
        return self._repeated(body)

    def is_timely(self, transaction: Transaction) -> bool:
        """Test the transaction's time limit against the block time, once that is known."""
        moment = transaction.body.valid_until_ms
        return moment is None or self.time_ms <= moment

    def take(self, transaction: Transaction) -> None:
        """Count a transaction that the block holds: what it takes away from those that follow."""
        if transaction.body.valid_until_ms is not None:
            self.timed.take(transaction.body)

    def _untimely(self, body: TransactionBody, moment: int) -> Refused | None:
        if moment < self.time_ms:
            return Refused("TX_EXPIRED", {"valid_until_ms": moment, "time_ms": self.time_ms})
        farthest = self.time_ms + self.parameters.tx_valid_ms_max
        if moment > farthest:
            return Refused("TX_TOO_FAR_AHEAD", {"valid_until_ms": moment, "valid_until_ms_max": farthest})
        return self.timed.fault(body, self.parameters.org_timed_max)

    def _repeated(self, body: TransactionBody) -> Refused | None:
        """By a pair of either kind, whatever this one is."""
        key = body.replay_key
        if self.window.holds(key, self.height) or self.timed.used(key):
            return Refused("TX_REPEATED", {"signer": body.signers[0].hex(), "nonce": body.nonce.hex()})
        return None

    @property
    def valid_until_max(self) -> int:
        """Farthest ``valid_until`` in this block: ``tx_lifetime`` heights above its parent."""
        return self.height - 1 + self.parameters.tx_lifetime

    def oversize(self, transaction: Transaction) -> Refused | None:
        """Return the parameter bound that a transaction exceeds, or None."""
        parameters, body = self.parameters, transaction.body
        size, signers, operations = len(transaction.raw), len(body.signers), len(body.operations)
        if size > parameters.tx_bytes_max:
            return Refused("TX_TOO_LARGE", {"size": size, "most": parameters.tx_bytes_max})
        if signers > parameters.tx_signers_max:
            return Refused("TX_TOO_MANY_SIGNERS", {"size": signers, "most": parameters.tx_signers_max})
        if operations > parameters.tx_operations_max:
            return Refused(
                "TX_TOO_MANY_OPERATIONS", {"size": operations, "most": parameters.tx_operations_max}
            )
        return None if signers and operations else Refused("TX_EMPTY", {"signers": signers})
