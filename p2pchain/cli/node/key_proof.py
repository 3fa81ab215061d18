"""``key prove``: a key says itself that it will serve, so that the members may put it on the ledger."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from p2pchain.cli.accounts import key_path, open_key, passphrase_from
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import write_file
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import ChainId
from p2pchain.model.possession import ACCOUNT, NODE, Possession
from p2pchain.model.voting import Succession
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import new_key, read_key, write_key


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--account", metavar="NAME", help="Of the account accounts/NAME.key, or of --key.")
@click.option("--node", metavar="NAME", help="Of this node's peer key, under this name.")
@click.option("--org", help="The organisation that the account or node shall belong to.")
@click.option("--key", "key_file", type=FILE, help="The account's key file.")
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
