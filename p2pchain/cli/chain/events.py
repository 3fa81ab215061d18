"""``events``: what was done on the chain, as it is done."""

from __future__ import annotations

from contextlib import aclosing

import click

from p2pchain.cli.declarations import event_text
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.events import follow_events
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.proofs import moment
from p2pchain.presentation.printable import printable


@click.command()
@click.option("--follow", is_flag=True, help="Go on with each new block, over restarts of the node.")
@click.option("--module", metavar="NAME", help="Only those of this module.")
@click.option("--from", "first", type=click.IntRange(min=1), metavar="HEIGHT", help="From this block on.")
@json_option
@click.pass_obj
def events(session: Session, follow: bool, module: str | None, first: int | None, as_json: bool) -> None:
    """Show the events of accepted transactions, each once and in order.

    Without --from: those of the newest 100 blocks, or with --follow those to come.
    """

    async def show(client: NodeClient) -> None:
        events = follow_events(client, first=first, module=module, follow=follow)
        async with aclosing(events) as lines:
            async for line in lines:
                show_json(line) if as_json else print(printable(_line(line)), flush=True)

    session.ask(show)


def _line(event: Fields) -> str:
    head = f"{moment(event['time_ms'])}  height {event['height']}  {event['module']} {event['name']}"
    return f"{head}  {event_text(event['module'], event['name'], event['fields'])}"
