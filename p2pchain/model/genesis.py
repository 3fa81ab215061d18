"""Genesis: the agreement of all members before the first block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from p2pchain.model.ids import ChainId, OrgId, PeerId, PublicKey
from p2pchain.model.parameters import Parameters

ROLES_FIRST = ("admin", "validator")
ROLES_LAST = ("observer",)
"""Roles of every chain, before and after those that its modules bring."""
ROLES_MAX = 32
"""Most roles that an organisation, or an account within it, may hold."""
ROLE_CHARS_MAX = 32


def roles_with(brought: Iterable[str]) -> tuple[str, ...]:
    """All roles of a chain whose modules bring these."""
    return tuple(dict.fromkeys((*ROLES_FIRST, *brought, *ROLES_LAST)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisAccount:
    """A client key of an organisation; ``roles`` is a subset of the organisation's."""

    name: str
    public_key: PublicKey
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisNode:
    """A node that may connect. ``consensus_key`` and ``power`` are set for a validator, None and 0
    otherwise.
    """

    name: str
    peer_key: PublicKey
    consensus_key: PublicKey | None
    power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisOrganisation:
    """A member: ``org`` is its short name, ``legal_name`` what a court would read."""

    org: OrgId
    legal_name: str
    roles: tuple[str, ...]
    accounts: tuple[GenesisAccount, ...]
    nodes: tuple[GenesisNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The first state of a chain. ``time_ms``: UTC since 1970; organisations ascending by ``org``."""

    chain_id: ChainId
    time_ms: int
    parameters: Parameters
    organisations: tuple[GenesisOrganisation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A node that may connect, as the ledger knows it now."""

    name: str
    org: OrgId
    peer_key: PublicKey
    peer_id: PeerId
    consensus_key: PublicKey | None
    address: str | None = None
    """Where others dial it, None where its organisation has stated no address."""
