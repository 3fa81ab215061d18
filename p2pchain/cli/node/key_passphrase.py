"""``key change-passphrase``: the keys of a home, sealed under another passphrase."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.accounts import PASSPHRASE_BYTES_MAX, passphrase_from, typed_passphrase
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.financiers_key import NEXT_KEY, REGISTRY_KEY
from p2pchain.model.errors import Refused
from p2pchain.signing.keyfile import KeyFile, read_key_file, write_key

NOT_SEALED: Final = (REGISTRY_KEY, NEXT_KEY)
"""Files of ``keys/`` that are no key of one's own, and never sealed."""


@click.command("change-passphrase")
@click.option(
    "--new-passphrase-file",
    "new_file",
    type=FILE,
    help="File of the new one; without it, it is asked for at a terminal.",
)
@click.option("--remove", is_flag=True, help="Seal no more: plain files of mode 0600.")
@json_option
@click.pass_obj
def change_passphrase(session: Session, new_file: Path | None, remove: bool, as_json: bool) -> None:
    """Seal all keys of this home, the node's and the accounts', under another passphrase.

    The present one is read from $P2PCHAIN_PASSPHRASE_FILE, or asked for. All keys are read before the first
    is written; interrupted, do it again: keys that have the new one already are left as they are. A running
    node has read its keys: it needs the new one at its next start.
    """
    paths = [*sorted(session.keys.glob("*.key")), *sorted(session.accounts.glob("*.key"))]
    paths = [path for path in paths if path.name not in NOT_SEALED]
    if not paths:
        raise Refused("KEY_MISSING", {"home": str(session.home)}, "name the home with --home DIR")
    present = passphrase_from(os.environ)
    if present is None and sys.stdin.isatty():
        words = "Present passphrase (empty: none)"
        present = str(click.prompt(words, hide_input=True, err=True, default="", show_default=False)).encode()
    wanted = None if remove else _wanted(new_file)
    keys = [(path, _read(path, present or None, wanted)) for path in paths]
    for path, opened in keys:
        write_key(path, opened.key, opened.kind, wanted, replace=True)
    if as_json:
        show_json({"keys": [str(path) for path in paths], "sealed": wanted is not None})
        return
    for path in paths:
        print(f"wrote {path}")
    plain = "they are plain files now, mode 0600: whoever reads them has the keys"
    print("sealed under the new passphrase; give it to the service, too" if wanted is not None else plain)


def _wanted(new_file: Path | None) -> bytes:
    """The new passphrase, from its file or as typed."""
    if new_file is not None:
        wanted = read_file(new_file, PASSPHRASE_BYTES_MAX).rstrip(b"\r\n")
    elif sys.stdin.isatty():
        wanted = typed_passphrase("New passphrase")
    else:
        raise click.UsageError("give --new-passphrase-file FILE, or type it at a terminal")
    if not wanted or len(wanted) > PASSPHRASE_BYTES_MAX:
        raise click.UsageError("an empty or endless passphrase seals nothing; for none say --remove")
    return wanted


def _read(path: Path, present: bytes | None, wanted: bytes | None) -> KeyFile:
    """Read a key under the present passphrase, or under the new one. The new one fits where an earlier run
    has got that far.
    """
    try:
        return read_key_file(path, present)
    except Refused as fault:
        if fault.code != "KEY_PASSPHRASE" or wanted is None:
            raise
        try:
            return read_key_file(path, wanted)
        except Refused:
            raise fault from None
