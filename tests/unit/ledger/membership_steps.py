"""Short ways to say what members do with accounts, nodes and names; the keys prove themselves."""

from __future__ import annotations

from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.possession import ACCOUNT, NODE, SEALING, Possession
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import CHAIN_ID, key, operation, signing_key


def member(action: str, *args: Value) -> Operation:
    """An operation of the membership."""
    return operation("membership", action, *args)


def possession(kind: str, org: str, name: str, bearer: str) -> bytes:
    """The key that stands for ``bearer`` signs that it serves as ``name`` of ``org``."""
    statement = Possession(kind=kind, org=org, name=name, key=key(bearer))
    return signing_key(bearer).sign(possession_sign_bytes(CHAIN_ID, statement))


def add_account(org: str, name: str, *roles: str, bearer: str = "") -> Operation:
    """An account whose key stands for its name, or for ``bearer``."""
    bearer = bearer or name
    proof = possession(ACCOUNT, org, name, bearer)
    return member("add_account", org, name, key(bearer), roles, proof)


def replace_account(org: str, name: str, bearer: str) -> Operation:
    """An account has the key that stands for ``bearer`` from now on."""
    return member("replace_account", org, name, key(bearer), possession(ACCOUNT, org, name, bearer))


def add_node(org: str, name: str, *, bearer: str = "") -> Operation:
    """A node whose key stands for ``<name> peer``, or for ``bearer``."""
    bearer = bearer or f"{name} peer"
    return member("add_node", org, name, key(bearer), possession(NODE, org, name, bearer))


def set_sealing_key(org: str, secret: SigningKey) -> Operation:
    """What is for an organisation is sealed to this key from now on."""
    statement = Possession(kind=SEALING, org=org, name=org, key=secret.public_key)
    proof = secret.sign(possession_sign_bytes(CHAIN_ID, statement))
    return operation("private", "set_key", secret.public_key, proof)
