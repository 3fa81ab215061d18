"""``registry key``, ``rotate-key``, ``close-key`` and ``terms``: what the financiers agree on."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from p2pchain.cli.cosigners import Signing, carry_out, cosigning_options
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import report, table
from p2pchain.cli.session import Session
from p2pchain.client.financiers_key import (
    NEXT_KEY,
    keys_in_force,
    read_registry_key,
    read_registry_keys,
    recorded_epochs,
)
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.registry import SHARE_WHOLE, key_id, key_operation
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.transaction import Operation


@click.command()
@json_option
@click.pass_obj
def key(session: Session, as_json: bool) -> None:
    """Show the financiers' key as the chain knows it, and hold this home's against it; fails where they
    differ."""

    async def compared(client: NodeClient) -> Fields:
        epochs = await recorded_epochs(client)
        keys = read_registry_keys(session.keys)
        if keys:
            chain_id = ChainId(str((await client.status())["chain_id"]))
            keys_in_force(epochs, keys, chain_id, session.keys)
        own = [key_id(each).hex() for each in keys]
        return {"epochs": [dict(each) for each in epochs], "own_key_ids": own}

    def draw(answer: Fields, console: Console) -> None:
        rows = [
            (each["epoch"], each["key_id"], each["key_id"] in answer["own_key_ids"], each["held"])
            for each in answer["epochs"]
        ]
        table(console, ("epoch", "key id", "this home has it", "documents held"), rows, empty="no key yet")

    report(session, compared, draw, as_json=as_json)


@click.command("rotate-key")
@click.option(
    "--new-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The next key, 64 hexadecimal digits [default: keys/{NEXT_KEY} in the home].",
)
@click.pass_obj
@cosigning_options
def rotate_key(session: Session, new_key: Path | None, *, signing: Signing) -> int:
    """Open the next key beside the one in force; organisations with more than 2/3 of the power sign.

    Give every financier the next key first: while both live every document is registered under both. Let
    whoever finances documents register them again; then end the older one with `registry close-key`.
    """
    path = new_key or session.keys / NEXT_KEY
    found = read_registry_key(path)
    if found is None:
        hint = "make one with: openssl rand -hex 32, and give it to every financier"
        raise Refused("REG_KEY_MISSING", {"path": str(path)}, hint)
    chain_id, epochs = session.ask(_chain_and_epochs)
    newest = int(str(epochs[-1]["epoch"])) if epochs else 0
    return carry_out(session, signing, key_operation("rotate_key", newest + 1, found, chain_id))


@click.command("close-key")
@click.argument("epoch", type=click.IntRange(1))
@click.option("--leave", is_flag=True, help="Though documents are known under it alone: they are lost.")
@click.pass_obj
@cosigning_options
def close_key(session: Session, epoch: int, leave: bool, *, signing: Signing) -> int:
    """End the older of two keys; organisations with more than 2/3 of the power sign."""
    operation = Operation(module="registry", action="close_key", args=(epoch, leave))
    return carry_out(session, signing, operation)


@click.command()
@json_option
@click.pass_obj
def terms(session: Session, as_json: bool) -> None:
    """Show the least share, and in how many days a contested claim has to be disclosed."""

    def draw(answer: Fields, console: Console) -> None:
        percent = int(answer["share_min"]) * 10_000 // SHARE_WHOLE
        console.print(f"least share {percent // 100}.{percent % 100:02} % of an invoice's total")
        console.print(f"a claim that is contested is disclosed within {answer['disclosure_days']} days")

    report(session, lambda client: client.query("registry", "terms", {}), draw, as_json=as_json)


@click.command("set-terms")
@click.option("--least-percent", type=click.IntRange(1, 100), required=True, help="Least share, in percent.")
@click.option("--disclosure-days", type=click.IntRange(1, 366), required=True, help="Days to disclose.")
@click.pass_obj
@cosigning_options
def set_terms(session: Session, least_percent: int, disclosure_days: int, *, signing: Signing) -> int:
    """Agree on other terms; organisations with more than 2/3 of the power sign."""
    args = (least_percent * (SHARE_WHOLE // 100), disclosure_days)
    return carry_out(session, signing, Operation(module="registry", action="set_terms", args=args))


async def _chain_and_epochs(client: NodeClient) -> tuple[ChainId, list[Fields]]:
    chain_id = ChainId(str((await client.status())["chain_id"]))
    return chain_id, [dict(each) for each in await recorded_epochs(client)]
