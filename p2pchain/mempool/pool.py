"""The pool of transactions that wait to be decided: first in, first proposed, within named bounds.

The pool knows nothing of rules: whoever adds a transaction has verified and checked it. What it guards is
room: its own, that no single signer takes more than a share of it, and that one (first signer, nonce) takes
one place, for no block can hold two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, PublicKey, TxId
from p2pchain.model.transaction import VerifiedTransaction


class PoolFull(Refused):
    """No room: wait for a block and hand it in again."""

    def __init__(self, limit: str, held: int) -> None:
        """``limit``: name of the bound that was reached; ``held``: how much there is of it."""
        super().__init__(
            "MEMPOOL_FULL", {"limit": limit, "held": held}, "wait for a block, then submit again"
        )


class NonceTaken(Refused):
    """Another transaction of the same first signer waits with the same nonce; no block may hold both."""

    def __init__(self, signer: PublicKey, nonce: bytes, waiting: TxId) -> None:
        """``waiting``: the transaction that came first."""
        facts = {"signer": signer.hex(), "nonce": nonce.hex(), "waiting": waiting.hex()}
        super().__init__("TX_REPEATED", facts, "give every transaction a nonce of its own")


class AlreadyPooled(Refused):
    """The same transaction waits already."""

    def __init__(self, tx_id: TxId) -> None:
        """``tx_id``: of the transaction that waits."""
        super().__init__(
            "TX_PENDING", {"tx_id": tx_id.hex()}, "it waits to be decided; do not submit it again"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """Bounds of one node's pool."""

    transactions_max: int = 20_000
    bytes_max: int = 33_554_432
    signer_transactions_max: int = 10_000


class Mempool:
    """Verified transactions in order of arrival, by id."""

    def __init__(self, limits: PoolLimits) -> None:
        """An empty pool."""
        self.limits = limits
        self.bytes_held = 0
        self._waiting: dict[TxId, VerifiedTransaction] = {}
        self._by_signer: Counter[PublicKey] = Counter()
        self._by_nonce: dict[bytes, TxId] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, tx_id: TxId) -> bool:
        return tx_id in self._waiting

    def __iter__(self) -> Iterator[VerifiedTransaction]:
        return iter(self._waiting.values())

    def get(self, tx_id: TxId) -> VerifiedTransaction | None:
        """The transaction with this id, if it waits here."""
        return self._waiting.get(tx_id)

    def add(self, transaction: VerifiedTransaction) -> None:
        """Append; raises ``AlreadyPooled``, ``NonceTaken`` or ``PoolFull`` and then holds what it held
        before.
        """
        tx_id, size = transaction.tx_id, len(transaction.raw)
        body = transaction.transaction.body
        signer, place = body.signers[0], _place(transaction)
        if tx_id in self._waiting:
            raise AlreadyPooled(tx_id)
        if place in self._by_nonce:
            raise NonceTaken(signer, body.nonce, self._by_nonce[place])
        if len(self._waiting) >= self.limits.transactions_max:
            raise PoolFull("transactions_max", len(self._waiting))
        if self.bytes_held + size > self.limits.bytes_max:
            raise PoolFull("bytes_max", self.bytes_held)
        if self._by_signer[signer] >= self.limits.signer_transactions_max:
            raise PoolFull("signer_transactions_max", self._by_signer[signer])
        self._waiting[tx_id] = transaction
        self._by_nonce[place] = tx_id
        self._by_signer[signer] += 1
        self.bytes_held += size

    def decided(self, transactions: Iterable[VerifiedTransaction]) -> None:
        """Forget what a final block holds, and what waits with the nonce of one of its transactions."""
        for transaction in transactions:
            tx_id = self._by_nonce.get(_place(transaction))
            if tx_id is not None:
                self._drop(tx_id)

    def expire(self, height: Height) -> tuple[TxId, ...]:
        """Forget what may no longer enter a block at ``height`` or above; returns the ids."""
        late = tuple(
            tx_id for tx_id, waiting in self._waiting.items() if waiting.transaction.body.valid_until < height
        )
        for tx_id in late:
            self._drop(tx_id)
        return late

    def _drop(self, tx_id: TxId) -> None:
        gone = self._waiting.pop(tx_id)
        del self._by_nonce[_place(gone)]
        self.bytes_held -= len(gone.raw)
        signer = gone.transaction.body.signers[0]
        self._by_signer[signer] -= 1
        if not self._by_signer[signer]:
            del self._by_signer[signer]


def _place(transaction: VerifiedTransaction) -> bytes:
    return transaction.transaction.body.replay_key
