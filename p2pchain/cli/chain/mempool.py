"""``mempool``: what waits at a node, and the brake that its operator has."""

from __future__ import annotations

import click
from rich.console import Console

from p2pchain.cli.argument_types import TxIdType
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import duration, facts, report, show_json, size, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.model.ids import TxId


@click.group(cls=Group, invoke_without_command=True)
@json_option
@watch_option
@click.pass_context
def mempool(ctx: click.Context, as_json: bool, watch: bool) -> None:
    """Show what waits at this node, by organisation; drop a transaction, or take none of a sender."""
    if ctx.invoked_subcommand is None:
        report(ctx.obj, NodeClient.mempool, draw_mempool, as_json=as_json, watch=watch)
    elif as_json or watch:
        raise click.UsageError(f"write the option behind '{ctx.invoked_subcommand}'", ctx)


def draw_mempool(answer: Fields, console: Console) -> None:
    """The answer of ``/v1/mempool`` for people."""
    pairs: list[tuple[str, object]] = [
        ("transactions", f"{answer['transactions']} of {answer['transactions_max']}"),
        ("size", f"{size(answer['bytes'])} of {size(answer['bytes_max'])}"),
        (
            "of one organisation",
            f"at most {answer['organisation_transactions_max']}, {size(answer['organisation_bytes_max'])}",
        ),
        ("wait at most", duration(answer["age_ms_max"])),
    ]
    if answer["own_block_part"] > 1:
        most = f"this node's take at most 1/{answer['own_block_part']} of a block for now"
        pairs.append(("proposals", f"{most}; more as blocks fill and stay quick"))
    pairs += [("refused", line) for line in _refusals(answer["refused"])]
    facts(console, pairs)
    if answer["organisations"]:
        rows = [
            (row["org"], row["transactions"], size(row["bytes"]), duration(row["oldest_ms"]))
            for row in answer["organisations"]
        ]
        table(console, ("organisation", "waiting", "size", "oldest"), rows, empty="")
        waiting = [
            (row["tx_id"], row["org"], size(row["bytes"]), duration(row["age_ms"]))
            for row in answer["oldest"]
        ]
        table(console, ("oldest transactions", "org", "size", "age"), waiting, empty="")


@mempool.command()
@click.argument("tx_id", type=TxIdType(), metavar="TX")
@json_option
@click.pass_obj
def drop(session: Session, tx_id: TxId, as_json: bool) -> None:
    """Drop the waiting transaction TX from this node's pool. Others may still hold it, and decide it."""
    answer = session.ask(lambda client: client.drop_waiting(tx_id))
    if as_json:
        show_json(answer)
    else:
        print(f"{answer['tx_id']} waits here no longer; other nodes may still hold it")


@mempool.command()
@click.argument("sender", metavar="ORG|ACCOUNT", required=False)
@click.option("--list", "listing", is_flag=True, help="List of whom nothing is taken.")
@click.option("--clear", is_flag=True, help="Take transactions of ORG|ACCOUNT, or one by its id, again.")
@json_option
@click.pass_obj
def refuse(session: Session, sender: str | None, listing: bool, clear: bool, as_json: bool) -> None:
    """Take no transactions of an organisation or account at this node, until --clear; over restarts too.

    ACCOUNT is a public key, or the name of an account that only one organisation has. What waits of it is
    dropped, and blocks that this node builds hold nothing of it. Blocks of others are judged as ever.
    """
    if listing == (sender is not None) or (clear and listing):
        raise click.UsageError("give ORG|ACCOUNT, or --list")
    if sender is None:
        refused = session.ask(lambda client: client.mempool())["refused"]
    elif clear:
        refused = session.ask(lambda client: client.allow_sender(sender))
    else:
        refused = session.ask(lambda client: client.refuse_sender(sender))
    if as_json:
        show_json(refused)
        return
    print("\n".join(_refusals(refused)) or "takes transactions of everybody")


def _refusals(refused: Fields) -> list[str]:
    """A line for each sender, accounts by public key, and each transaction."""
    senders = [*refused["organisations"], *(f"account {key}" for key in refused["accounts"])]
    again = [f"does not take up transaction {tx_id} again" for tx_id in refused["transactions"]]
    return [*(f"takes nothing of {sender}" for sender in senders), *again]
