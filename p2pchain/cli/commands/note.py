"""``note``: a short text in a block, signed and dated."""

from __future__ import annotations

from pathlib import Path

import click

from p2pchain.cli.accounts import key_path, open_key
from p2pchain.cli.commands.tx import draw_tx
from p2pchain.cli.exits import FAILED
from p2pchain.cli.groups import Group
from p2pchain.cli.options import submitting_options
from p2pchain.cli.screen import new_console, show_json
from p2pchain.cli.session import Session
from p2pchain.client.transactions import send_operations
from p2pchain.model.transaction import CODE_OK, Operation


@click.group(cls=Group)
def note() -> None:
    """Leave a short text in a block."""


@note.command()
@click.argument("text")
@submitting_options
@click.pass_obj
def put(
    session: Session,
    text: str,
    key_file: Path | None,
    name: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Leave TEXT (at most 200 bytes) in a block, signed; every member can read it."""
    signer = open_key(key_path(session, key_file, name))
    operation = Operation(module="note", action="put", args=(text,))
    submitted = session.ask(
        lambda client: send_operations(
            client, (operation,), (signer,), wait=wait, timeout_ms=int(timeout_s * 1000)
        )
    )
    answer = submitted.committed or {"tx_id": submitted.tx_id.hex(), "status": "pending", "height": None}
    if as_json:
        show_json(answer)
    else:
        draw_tx(answer, new_console())
    return 0 if answer.get("code", CODE_OK) == CODE_OK else FAILED
