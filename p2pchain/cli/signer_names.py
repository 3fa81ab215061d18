"""Account and organisation of a signing key, from the node or else the genesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from p2pchain.cli.files import read_file
from p2pchain.cli.session import Session
from p2pchain.client.faults import AnswerInvalid, DaemonNotRunning, NodeRefused, NotPermitted, TimedOut
from p2pchain.client.node_client import NodeClient
from p2pchain.codec.genesis import GENESIS_BYTES_MAX, parse_genesis
from p2pchain.model.errors import Fault, Refused
from p2pchain.model.ids import ChainId, PublicKey
from p2pchain.presentation.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerName:
    """An account. ``at_genesis``: the node did not answer, and what the genesis says may have changed."""

    account: str
    org: str
    at_genesis: bool


def signer_names(
    session: Session, chain_id: ChainId, keys: Sequence[PublicKey]
) -> Mapping[PublicKey, SignerName]:
    """Name the accounts of keys, by the node or else the genesis. Empty where both are of another chain, or
    missing.
    """
    try:
        return session.ask(lambda client: _known_to_node(client, chain_id, keys))
    except (DaemonNotRunning, NotPermitted, TimedOut, AnswerInvalid):
        return _known_at_genesis(session, chain_id, keys)
    except Refused as fault:
        if fault.code != "HOME_MISSING":
            raise
        return {}


def signer_text(key: PublicKey, names: Mapping[PublicKey, SignerName]) -> str:
    """``treasury of bank-a (3f09...)``, or the key alone."""
    name = names.get(key)
    if name is None:
        return key.hex()
    known = " at genesis" if name.at_genesis else ""
    return f"{printable(name.account)} of {printable(name.org)}{known} ({key.hex()})"


async def _known_to_node(
    client: NodeClient, chain_id: ChainId, keys: Sequence[PublicKey]
) -> Mapping[PublicKey, SignerName]:
    if (await client.status())["chain_id"] != chain_id:
        return {}
    names = {}
    for key in keys:
        try:
            account = await client.query("membership", "account", {"public_key": key})
        except NodeRefused as refusal:
            if refusal.code != "ACCOUNT_UNKNOWN":
                raise
            continue
        names[key] = SignerName(account=str(account["name"]), org=str(account["org"]), at_genesis=False)
    return names


def _known_at_genesis(
    session: Session, chain_id: ChainId, keys: Sequence[PublicKey]
) -> Mapping[PublicKey, SignerName]:
    try:
        genesis = parse_genesis(read_file(session.home / "genesis.json", GENESIS_BYTES_MAX))
    except Fault:
        return {}
    if genesis.chain_id != chain_id:
        return {}
    return {
        account.public_key: SignerName(account=account.name, org=organisation.org, at_genesis=True)
        for organisation in genesis.organisations
        for account in organisation.accounts
        if account.public_key in keys
    }
