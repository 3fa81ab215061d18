"""Organisations and accounts whose transactions a node's operator does not take."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.ids import OrgId, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSenders:
    """Senders whose transactions do not enter this node's pool, nor the blocks that it builds. It concerns
    this node alone: blocks of others are judged as ever.
    """

    organisations: frozenset[OrgId] = frozenset()
    accounts: frozenset[PublicKey] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.organisations or self.accounts)

    def covers(self, org: OrgId, account: PublicKey) -> bool:
        """Return whether a transaction is refused; ``account``: its first signer, ``org``: that one's
        organisation.
        """
        return org in self.organisations or account in self.accounts


NOBODY = RefusedSenders()
"""Everybody may send."""
