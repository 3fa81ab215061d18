"""``note``: a short text in a block, signed and dated."""

from __future__ import annotations

import click

from p2pchain.cli.commands.tx import tell_submitted
from p2pchain.cli.groups import Group
from p2pchain.cli.submission import SubmitOptions, submitting_as
from p2pchain.model.transaction import Operation


@click.group(cls=Group)
def note() -> None:
    """Leave a short text in a block."""


@note.command()
@click.argument("text")
@submitting_as(SubmitOptions)
def put(options: SubmitOptions, text: str) -> int:
    """Leave TEXT (at most 200 bytes) in a block, signed; every member can read it."""
    signer = options.open_key()
    operation = Operation(module="note", action="put", args=(text,))
    submitted = options.session.ask(lambda client: options.send(client, (operation,), signer))
    return tell_submitted(submitted, as_json=options.as_json)
