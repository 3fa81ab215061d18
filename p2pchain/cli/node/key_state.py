"""``key export-state`` and ``key import-state``: what a validator has signed moves with its key."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.node.new_home import describe_key
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.model.errors import Refused
from p2pchain.model.ids import INTEGER_MAX, PublicKey
from p2pchain.node.home.layout import Home
from p2pchain.node.home.validator_move import Handover, import_floor
from p2pchain.node.home.validator_move import export_state as export_from
from p2pchain.node.home.validator_move import import_state as import_into
from p2pchain.signing.standing import position_words
from p2pchain.signing.transfer import STATE_BYTES_MAX

FILE_DEFAULT = "guard-state.json"
FLOOR_WARNING = (
    "Nobody can check this. At height {height} and below the validator will sign nothing, above it all.\n"
    "If its key signed above it, here or elsewhere, it may now sign twice: evidence against you.\n"
    "The key must run nowhere else. Where blocks go on, choose a height that the other members have passed\n"
    "(see their status); where the chain stands, exactly its height. A floor is never lowered."
)


@click.command("export-state")
@click.argument("file", type=FILE, default=FILE_DEFAULT)
@click.option("--retire", is_flag=True, help="And never sign with this key on this host again.")
@json_option
@click.pass_obj
def export_state(session: Session, file: Path, retire: bool, as_json: bool) -> None:
    """Write what the validator of a stopped node has signed to FILE [guard-state.json], for another host.

    To move a validator: stop it, export with --retire, lay out the new home with the same keys, import there,
    and start it there. Without --retire the export is a copy for safekeeping, and old as soon as the node
    signs again.
    """
    home = Home(session.home.absolute())
    done = export_from(home, _consensus_key(home), file, retire=retire)
    if as_json:
        show_json(_json(done) | {"file": str(file), "retired": retire})
        return
    click.echo(f"wrote {file}: this key has signed up to {position_words(done.signed_to)}")
    if retire:
        click.echo("retired: this host signs nothing any more with this key")
        click.echo(f"next, on the new host: p2pchain key import-state {file.name}, then start it there only")
    else:
        click.echo("the key may go on signing here: do not import this anywhere while it does")


@click.command("import-state")
@click.argument("file", type=FILE, required=False)
@click.option(
    "--floor",
    "height",
    type=click.IntRange(min=0, max=INTEGER_MAX),
    metavar="HEIGHT",
    help="Instead of FILE, where there is none: sign nothing at this height or below.",
)
@click.option("--yes", is_flag=True, help="Do not ask before --floor.")
@json_option
@click.pass_obj
def import_state(session: Session, file: Path | None, height: int | None, yes: bool, as_json: bool) -> None:
    """Take over what the validator's key has signed, from FILE that another host exported; the node must be
    stopped.

    What is known here already is never lowered. A validator whose guard state was missing, empty or old, or
    whose key was used elsewhere, signs again after this.

    Without any state to import, --floor HEIGHT lets it sign above HEIGHT: the last resort.
    """
    if (file is None) == (height is None):
        raise click.UsageError("give either FILE or --floor HEIGHT")
    home = Home(session.home.absolute())
    key = _consensus_key(home)
    if height is not None:
        if not yes:
            _confirm(height)
        done = import_floor(home, key, height)
    else:
        done = import_into(home, key, _read(file))
    if as_json:
        show_json(_json(done))
        return
    if done.aside is not None:
        click.echo(f"the damaged safety log was set aside as {done.aside}")
    click.echo(
        f"the guard knows what this key signed up to {position_words(done.signed_to)};"
        " it signs only above that"
    )
    click.echo("next: start the node here, and nowhere else")


def _confirm(height: int) -> None:
    click.echo(FLOOR_WARNING.format(height=height), err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask: give --yes with --floor if you mean it")
    click.confirm("Go on?", abort=True, err=True)


def _read(file: Path | None) -> bytes:
    assert file is not None, "checked by the caller"
    try:
        with file.open("rb") as opened:
            data = opened.read(STATE_BYTES_MAX + 1)
    except OSError as error:
        facts = {"file": str(file), "reason": error.strerror}
        raise Refused(
            "FILE_UNREADABLE", facts, "give the file that `p2pchain key export-state` wrote"
        ) from error
    if len(data) > STATE_BYTES_MAX:
        raise Refused(
            "GUARD_STATE_INVALID", {"file": str(file), "bytes_max": STATE_BYTES_MAX}, "it is too long"
        )
    return data


def _consensus_key(home: Home) -> PublicKey:
    if not home.consensus_key.exists():
        raise Refused(
            "KEY_MISSING",
            {"key": str(home.consensus_key)},
            "restore the validator's key from your backup, or name its home: --home DIR",
        )
    return PublicKey(bytes.fromhex(describe_key(home.consensus_key)["public_key"]))


def _json(done: Handover) -> dict[str, object]:
    position = done.signed_to
    return {
        "height": None if position is None else position[0],
        "round": None if position is None else position[1],
        "step": None if position is None else position[2].name.lower(),
        "records": done.records,
        "aside": None if done.aside is None else str(done.aside),
    }
