"""A transaction that waits, with whose it is and since when."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.errors import Fault
from p2pchain.model.ids import OrgId, TxId
from p2pchain.model.transaction import VerifiedTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One entry of the pool. ``org``: of the first signer's account; ``since_ms``: when it came, by the clock
    of whoever added it; ``number``: counts what came.
    """

    transaction: VerifiedTransaction
    org: OrgId
    size: int
    since_ms: int
    number: int

    @property
    def tx_id(self) -> TxId:
        """Id of the transaction."""
        return self.transaction.tx_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A transaction that waits no longer, though nothing was decided about it."""

    tx_id: TxId
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Share of one organisation in the pool; ``since_ms``: of its oldest transaction."""

    org: OrgId
    transactions: int
    bytes_held: int
    since_ms: int
