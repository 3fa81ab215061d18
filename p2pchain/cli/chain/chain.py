"""``block``: what is final."""

from __future__ import annotations

import click
from rich.console import Console

from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import age, facts, listed, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields
from p2pchain.model.ids import Height


@click.command()
@click.argument("height", type=click.IntRange(min=1), required=False)
@json_option
@watch_option
@click.pass_obj
def block(session: Session, height: int | None, as_json: bool, watch: bool) -> None:
    """Show a final block by HEIGHT, the newest by default."""
    wanted = None if height is None else Height(height)
    report(session, lambda client: client.block(wanted), draw_block, as_json=as_json, watch=watch)


def draw_block(answer: Fields, console: Console) -> None:
    """The answer of ``/v1/block`` for people."""
    signed = [signature["org"] for signature in answer["signed_by"]]
    facts(
        console,
        [
            ("height", answer["height"]),
            ("block", answer["block_id"]),
            ("parent", answer["parent_id"]),
            ("time", age(answer["time_ms"])),
            ("proposer", answer.get("proposer_org") or short(answer["proposer"])),
            ("round", answer["round"]),
            ("signed by", listed(signed)),
            ("state root", answer["state_root"]),
            ("evidence", answer["evidence"]),
            ("transactions", len(answer["transactions"])),
        ],
    )
    if answer["transactions"]:
        rows = [(row["tx_id"], row["code"]) for row in answer["transactions"]]
        table(console, ("transaction", "receipt"), rows, empty="")
