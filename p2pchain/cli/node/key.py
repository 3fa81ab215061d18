"""``key``: keys of accounts, made and shown, and the guard's state; a secret is never printed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from p2pchain.cli.accounts import new_passphrase
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.groups import Group
from p2pchain.cli.node.key_passphrase import change_passphrase
from p2pchain.cli.node.key_proof import prove
from p2pchain.cli.node.key_rotation import rotate
from p2pchain.cli.node.key_state import export_state, import_state
from p2pchain.cli.node.new_home import describe_key, make_directories, new_account, protection_words
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import new_console, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.financiers_key import NEXT_KEY, REGISTRY_KEY
from p2pchain.model.errors import Refused


@click.group(cls=Group)
def key() -> None:
    """Create and show keys; move a validator's guard state."""


@key.command()
@click.argument("name")
@click.option("--out", type=FILE, help="File to write instead.")
@click.option("--force-plain-keys", is_flag=True, help="Write it without a passphrase even if one is given.")
@json_option
@click.pass_obj
def new(session: Session, name: str, out: Path | None, force_plain_keys: bool, as_json: bool) -> None:
    """Create the key of an account: accounts/NAME.key. Send its public key to the members.

    It is encrypted where a passphrase is given ($P2PCHAIN_PASSPHRASE_FILE; at a terminal it is asked for),
    else plain with mode 0600.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise click.UsageError("a name has up to 64 of a-z 0-9 . _ - and begins with a letter or digit")
    path = session.accounts / f"{name}.key" if out is None else out
    if out is None:
        make_directories(session)
    passphrase = None if force_plain_keys else new_passphrase(os.environ)
    new_account(path, passphrase)
    key = describe_key(path)
    if as_json:
        show_json(key)
        return
    print(f"wrote {path}; {protection_words(passphrase)}")
    print(f"public key: {key['public_key']}")


@key.command()
@click.argument("which", metavar="[NAME|FILE]", required=False)
@json_option
@click.pass_obj
def show(session: Session, which: str | None, as_json: bool) -> None:
    """Show the public keys of this home, or of one account or key file."""
    keys = [describe_key(path) for path in _paths(session, which)]
    if as_json:
        show_json(keys)
        return
    columns = ("name", "kind", "public key", "protection", "peer id")
    rows = [[entry[column.replace(" ", "_")] for column in columns] for entry in keys]
    table(
        new_console(),
        columns,
        rows,
        empty="no keys in this home; see: p2pchain init, p2pchain key new",
    )


key.add_command(change_passphrase)
key.add_command(export_state)
key.add_command(import_state)
key.add_command(prove)
key.add_command(rotate)


def _paths(session: Session, which: str | None) -> list[Path]:
    own = [*sorted(session.keys.glob("*.key")), *sorted(session.accounts.glob("*.key"))]
    own = [path for path in own if path.name not in (REGISTRY_KEY, NEXT_KEY)]
    if which is None:
        return own
    named = [path for path in own if path.stem == which] or [Path(which)]
    if not named[0].exists():
        names = ", ".join(path.stem for path in own) or "none"
        raise Refused("KEY_MISSING", {"key": which, "keys": names}, "see: p2pchain key show")
    return named
