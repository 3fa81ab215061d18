"""The account of a member organisation that signs an operation."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.ids import OrgId, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A client key of an organisation. ``roles``: those that both the account and its organisation hold,
    sorted; ``frozen``: it signs nothing for now.
    """

    public_key: PublicKey
    name: str
    org: OrgId
    roles: tuple[str, ...]
    frozen: bool = False
