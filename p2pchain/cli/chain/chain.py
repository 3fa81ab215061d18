"""``block``: what is final."""

from __future__ import annotations

import re
from typing import Final

import click
from rich.console import Console

from p2pchain.cli.chain.listing import list_blocks
from p2pchain.cli.groups import GroupWithDefault
from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import age, facts, listed, report, short, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields

_BLOCK: Final = re.compile(r"0*[1-9][0-9]{0,10}|[0-9a-fA-F]{12,64}")


class BlockType(click.ParamType[str]):
    """A height from 1, or 12 or more digits of a block's id."""

    name = "height or id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The digits, or a usage error."""
        text = str(value)
        if not _BLOCK.fullmatch(text):
            self.fail(f"{text} is no height from 1, and no 12 or more digits of a block's id", param, ctx)
        return text


@click.group(cls=GroupWithDefault)
def block() -> None:
    """Show a final block, by height or id, the newest by default; or list blocks."""


block.add_command(list_blocks)


@block.command()
@click.argument("which", type=BlockType(), required=False, metavar="[HEIGHT|ID]")
@json_option
@watch_option
@click.pass_obj
def show(session: Session, which: str | None, as_json: bool, watch: bool) -> None:
    """Show a final block by its height or id, the newest by default. `show` may be left out."""
    report(session, lambda client: client.block(which), draw_block, as_json=as_json, watch=watch)


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
