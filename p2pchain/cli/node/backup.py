"""``backup``: what no other member can give back, in one file, and a home out of it."""

from __future__ import annotations

from pathlib import Path

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import listed, show_json
from p2pchain.cli.session import Session
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.backup import BackedUp, create_backup, restore_backup


@click.group(cls=Group)
def backup() -> None:
    """Back up a home, and restore it.

    A backup holds keys, accounts, documents, settings and genesis; not the chain, which the other members
    have, and never what the validator has signed, which must not go back in time.
    """


@backup.command()
@click.argument("file", type=FILE)
@json_option
@click.pass_obj
def create(session: Session, file: Path, as_json: bool) -> None:
    """Write this home's backup to FILE, mode 0600. The node may run.

    Keys are in it as they lie in the home: where they are not encrypted, whoever reads FILE has them.
    """
    done = create_backup(Home(session.home.absolute()), file)
    if as_json:
        show_json({**_as_json(done), "file": str(file)})
        return
    click.echo(f"wrote {file}: {done.files} files of {listed(done.parts)}")
    click.echo("It holds secret keys: keep it as you keep them. Make it anew when a key changes.")


@backup.command()
@click.argument("file", type=FILE)
@json_option
@click.pass_obj
def restore(session: Session, file: Path, as_json: bool) -> None:
    """Make this home out of FILE, where there is none yet; the chain comes from the other members.

    A validator signs nothing in a restored home until it knows how far its key has signed.
    """
    home = Home(session.home.absolute())
    done = restore_backup(file, home)
    if as_json:
        show_json({**_as_json(done), "home": str(home.root)})
        return
    click.echo(f"restored {home.root}: {done.files} files of {listed(done.parts)}")
    if done.validator:
        click.echo("Its validator signs nothing yet: the backup does not know what its key has signed since.")
        click.echo("next: p2pchain key import-state FILE, of the host that signed last, which was retired;")
        click.echo("      where that is lost: start the node, and see: p2pchain key import-state --help")
    else:
        click.echo("next: p2pchain run; p2pchain join where the genesis does not name this node")


def _as_json(done: BackedUp) -> dict[str, object]:
    return {"files": done.files, "parts": list(done.parts), "validator": done.validator}
