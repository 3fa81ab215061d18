"""Organisations and accounts whose transactions a node's operator does not take, and transactions that ended
the node once.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.ids import OrgId, PublicKey, TxId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSenders:
    """Senders whose transactions do not enter this node's pool, nor the blocks that it builds. It concerns
    this node alone: blocks of others are judged as ever. ``transactions``: those whose execution took more
    than this machine has.
    """

    organisations: frozenset[OrgId] = frozenset()
    accounts: frozenset[PublicKey] = frozenset()
    transactions: frozenset[TxId] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.organisations or self.accounts or self.transactions)

    def __len__(self) -> int:
        return len(self.organisations) + len(self.accounts) + len(self.transactions)

    def covers(self, org: OrgId, account: PublicKey, tx_id: TxId) -> bool:
        """Return whether a transaction is refused; ``account``: its first signer, ``org``: that one's
        organisation.
        """
        return org in self.organisations or account in self.accounts or tx_id in self.transactions


NOBODY = RefusedSenders()
"""Everybody may send."""
