"""Making of a home: directories, keys, and the genesis of a chain of one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from p2pchain.cli.accounts import KEY_FILE_BYTES_MAX
from p2pchain.cli.declarations import own_roles
from p2pchain.cli.session import Session
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, OrgId, PublicKey
from p2pchain.model.parameters import Parameters
from p2pchain.signing.atomic import write_secret
from p2pchain.signing.keyfile import KeyKind, new_key, read_key, write_key

DIRECTORY_MODE: Final = 0o700
REGISTRY_KEY_BYTES: Final = 32


def make_directories(session: Session) -> None:
    """Make the home with ``keys/`` and ``accounts/``. Raises ``Refused`` ``HOME_UNWRITABLE``."""
    try:
        for directory in (session.home, session.keys, session.accounts):
            directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    except OSError as error:
        facts = {"home": str(session.home), "reason": error.strerror}
        raise Refused(
            "HOME_UNWRITABLE", facts, "choose a directory that this user may write: --home DIR"
        ) from error


def own_key(path: Path, kind: KeyKind, passphrase: bytes | None) -> SigningKey:
    """The key that lies at ``path``, or a new one written there. Raises as ``read_key`` and ``write_key``."""
    if path.exists():
        return read_key(path, passphrase, kind=kind)
    key = new_key()
    write_key(path, key, kind, passphrase)
    return key


def new_account(path: Path, passphrase: bytes | None) -> SigningKey:
    """A new account's key, written to ``path``. Raises ``Refused`` ``KEY_EXISTS`` or ``KEY_UNWRITABLE``."""
    key = new_key()
    write_key(path, key, "account", passphrase)
    return key


def registry_key(path: Path) -> None:
    """Make the key of fingerprints where there is none yet: 32 random bytes in hexadecimal, mode 0600."""
    if not path.exists():
        write_secret(path, os.urandom(REGISTRY_KEY_BYTES).hex().encode() + b"\n", replace=False)


def protection_words(passphrase: bytes | None) -> str:
    """Say how keys are protected."""
    if passphrase is None:
        return "the key is NOT encrypted (mode 0600): give P2PCHAIN_PASSPHRASE_FILE to encrypt it"
    return "the key is encrypted with your passphrase"


def describe_key(path: Path) -> Mapping[str, Any]:
    """Describe a key file without its passphrase: name, kind, public key, protection; peer id for a peer."""
    try:
        with path.open("rb") as file:
            content: Any = read_json(file.read(KEY_FILE_BYTES_MAX))
        public_key = bytes.fromhex(content["public_key"])
        kind, protection = str(content["kind"]), str(content["protection"])
    except PermissionError:
        raise Refused("KEY_PERMISSIONS", {"path": str(path)}, "run as the user that owns the key") from None
    except (OSError, ValueError, KeyError, TypeError, Invalid) as error:
        hint = "restore the key file from its backup"
        raise Refused("KEY_DAMAGED", {"path": str(path), "reason": str(error)}, hint) from error
    return {
        "name": path.stem,
        "kind": kind,
        "public_key": public_key.hex(),
        "protection": protection,
        "peer_id": peer_id_of(PublicKey(public_key)) if kind == "peer" else None,
        "path": str(path),
    }


def chain_of_one(
    *,
    chain_id: str,
    org: str,
    node: str,
    peer_key: PublicKey,
    consensus_key: PublicKey,
    account_key: PublicKey,
    time_ms: int,
) -> Genesis:
    """Make a genesis of one organisation, one account and one validator. The organisation holds every
    role.
    """
    roles = tuple(sorted(own_roles()))
    organisation = GenesisOrganisation(
        org=OrgId(org),
        legal_name=org,
        roles=roles,
        accounts=(GenesisAccount(name=org, public_key=account_key, roles=roles),),
        nodes=(GenesisNode(name=node, peer_key=peer_key, consensus_key=consensus_key, power=1),),
    )
    return Genesis(
        chain_id=ChainId(chain_id), time_ms=time_ms, parameters=Parameters(), organisations=(organisation,)
    )
