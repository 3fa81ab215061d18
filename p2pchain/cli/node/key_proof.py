"""``key prove``: a key says itself that it will serve, so that the members may put it on the ledger."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import click

from p2pchain.cli.accounts import key_path, open_key, passphrase_from
from p2pchain.cli.files import write_file
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, ChainId
from p2pchain.model.possession import ACCOUNT, NODE, Possession
from p2pchain.model.voting import Succession
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import new_key, read_key, write_key

STATEMENT_BYTES_MAX = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """Proof of possession of an account's or node's key, from ``key prove``."""

    org: str
    name: str
    public_key: bytes
    possession: bytes


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--account", metavar="NAME", help="Of the account accounts/NAME.key, or of --key.")
@click.option("--node", metavar="NAME", help="Of this node's peer key, under this name.")
@click.option("--org", help="The organisation that the account or node shall belong to.")
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path, dir_okay=False), help="The account's key file."
)
@json_option
@click.pass_obj
def prove(
    session: Session,
    file: Path | None,
    account: str | None,
    node: str | None,
    org: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Write to FILE that a key will serve, signed by the key itself, for the members to add it.

    Without --account or --node: that this node's consensus key will validate [validator.json]. Where the home
    has no consensus key, one is made; restart the node then: it votes once the members have added it.
    """
    if (account is not None or node is not None) != (org is not None) or (account and node):
        raise click.UsageError("give --account NAME --org ORG, or --node NAME --org ORG, or none of them")
    if account is not None and org is not None:
        key = open_key(key_path(session, key_file, None if key_file else account))
        statement, then = _possession(session, ACCOUNT, org, account, key), "add-account {} --role ..."
    elif node is not None and org is not None:
        key = read_key(Home(session.home.absolute()).peer_key, passphrase_from(os.environ), kind="peer")
        statement, then = _possession(session, NODE, org, node, key), "add-node {}"
    else:
        statement, then = _succession(session), "add-validator {}"
    out = file or Path(f"{account or node or 'validator'}.json")
    write_file(out, (json.dumps(statement, indent=1) + "\n").encode())
    if as_json:
        show_json({**statement, "file": str(out)})
    else:
        click.echo(f"wrote {out}; the members add it with: p2pchain membership {then.format(out.name)}")


def read_possession(file: Path, kind: str) -> KeyProof:
    """Read a proof of possession: ``Refused("FILE_UNREADABLE")`` where it is of another kind."""
    statement = read_statement(file)
    match statement:
        case {"kind": str(statement_kind), "org": str(org), "name": str(name)} if statement_kind == kind:
            key = _bytes(statement, "public_key", PUBLIC_KEY_BYTES, file)
            possession = _bytes(statement, "possession", SIGNATURE_BYTES, file)
            return KeyProof(org=org, name=name, public_key=key, possession=possession)
        case _:
            raise unreadable(file, f"not of kind {kind}")


def read_succession(file: Path) -> tuple[bytes, bytes, bytes]:
    """Read peer key, consensus key, and the latter's statement for the node."""
    statement = read_statement(file)
    sizes = {"peer_key": PUBLIC_KEY_BYTES, "consensus_key": PUBLIC_KEY_BYTES, "possession": SIGNATURE_BYTES}
    peer_key, consensus_key, possession = (
        _bytes(statement, name, size, file) for name, size in sizes.items()
    )
    return peer_key, consensus_key, possession


def read_statement(file: Path) -> dict[str, object]:
    """The object in a file of ``key prove``."""
    try:
        with file.open("rb") as opened:
            statement = read_json(opened.read(STATEMENT_BYTES_MAX))
    except (OSError, Invalid) as error:
        raise unreadable(file, str(error)) from error
    if not isinstance(statement, dict):
        raise unreadable(file, "no object")
    return statement


def unreadable(file: Path, reason: str) -> Refused:
    """A file that ``key prove`` did not write."""
    hint = "give the file that `p2pchain key prove` wrote"
    return Refused("FILE_UNREADABLE", {"file": str(file), "reason": reason}, hint)


def _bytes(statement: dict[str, object], name: str, size: int, file: Path) -> bytes:
    try:
        octets = bytes.fromhex(str(statement.get(name)))
    except ValueError:
        octets = b""
    if len(octets) != size:
        raise unreadable(file, f"{name} has not {size} bytes")
    return octets


def _possession(session: Session, kind: str, org: str, name: str, key: SigningKey) -> dict[str, str]:
    statement = Possession(kind=kind, org=org, name=name, key=key.public_key)
    signature = key.sign(possession_sign_bytes(_chain_id(session), statement))
    return {
        "kind": kind,
        "org": org,
        "name": name,
        "public_key": key.public_key.hex(),
        "possession": signature.hex(),
    }


def _succession(session: Session) -> dict[str, str]:
    home, passphrase = Home(session.home.absolute()), passphrase_from(os.environ)
    if not home.consensus_key.exists():
        write_key(home.consensus_key, new_key(), "consensus", passphrase)
        click.echo(f"wrote {home.consensus_key}", err=True)
    key = read_key(home.consensus_key, passphrase, kind="consensus")
    peer_key = read_key(home.peer_key, passphrase, kind="peer").public_key
    statement = Succession(peer_key=peer_key, old_key=None, new_key=key.public_key)
    signature = key.sign(succession_sign_bytes(home.read_genesis().chain_id, statement))
    return {
        "peer_key": peer_key.hex(),
        "consensus_key": key.public_key.hex(),
        "possession": signature.hex(),
    }


def _chain_id(session: Session) -> ChainId:
    """The chain of this home: its genesis says it, else its node does."""
    home = Home(session.home.absolute())
    if home.genesis.exists():
        return home.read_genesis().chain_id
    return ChainId(str(session.ask(NodeClient.status)["chain_id"]))
