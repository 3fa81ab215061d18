"""Two banks and a buyer with fixed keys, for tests of the control socket and the command line."""

from __future__ import annotations

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, OrgId, PublicKey
from p2pchain.model.parameters import Parameters

ORGS = {"bank-a": ("financier",), "bank-b": ("financier",), "buyer": ("auditor",)}


def account_key(org: str) -> SigningKey:
    """The key of an organisation's one account."""
    return SigningKey(org.encode().ljust(32, b"."))


def genesis(tx_lifetime: int = 600) -> Genesis:
    """The chain ``test``; every organisation validates."""
    return Genesis(
        chain_id=ChainId("test"),
        time_ms=1_700_000_000_000,
        parameters=Parameters(tx_lifetime=tx_lifetime),
        organisations=tuple(_organisation(org, roles) for org, roles in ORGS.items()),
    )


def _organisation(org: str, roles: tuple[str, ...]) -> GenesisOrganisation:
    public_key = account_key(org).public_key
    return GenesisOrganisation(
        org=OrgId(org),
        legal_name=org,
        roles=(*roles, "validator"),
        accounts=(GenesisAccount(name=org, public_key=public_key, roles=roles),),
        nodes=(
            GenesisNode(
                name=org,
                peer_key=PublicKey(b"p" + public_key[1:]),
                consensus_key=PublicKey(b"c" + public_key[1:]),
                power=1,
            ),
        ),
    )
