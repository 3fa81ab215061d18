"""``trace history``: what was done to one thing, from the events of the chain."""

from __future__ import annotations

from contextlib import aclosing

import click

from p2pchain.cli.declarations import event_text
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.cli.trace.names import known_names
from p2pchain.client.events import follow_events
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.proofs import moment
from p2pchain.presentation.printable import printable


@click.command("history")
@click.argument("identifier", metavar="NAME")
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="HEIGHT",
    help="From this block on.",
)
@json_option
@click.pass_obj
def history(session: Session, identifier: str, first: int, as_json: bool) -> None:
    """Show what was done to a thing or lot, the oldest first.

    From the events of the blocks that the node keeps; what moved in a container stands with the container.
    """

    async def shown(client: NodeClient) -> None:
        wanted = (await known_names(client)).id(identifier).hex()
        events = follow_events(client, first=first, module="trace", follow=False)
        async with aclosing(events) as lines:
            async for line in lines:
                if is_about(line["fields"], wanted):
                    show_json(line) if as_json else print(printable(_line(line)), flush=True)

    session.ask(shown)


def is_about(fields: list[object], wanted: str) -> bool:
    """Test whether an event names an id, by itself or in a list."""
    return any(value == wanted or (isinstance(value, list) and wanted in value) for value in fields)


def _line(event: Fields) -> str:
    text = event_text(event["module"], event["name"], event["fields"])
    return f"{moment(event['time_ms'])}  height {event['height']}  {text}"
