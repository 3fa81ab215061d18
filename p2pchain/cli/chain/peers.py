"""``peers``, ``peer`` and ``members``: the other nodes, and who is a member at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.text import Text

from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.screen import duration, facts, listed, report, short, show_json, size, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.model.errors import Refused


@click.command()
@json_option
@watch_option
@click.pass_obj
def peers(session: Session, as_json: bool, watch: bool) -> None:
    """List the nodes of the other members, connected or not."""
    report(session, NodeClient.peers, draw_peers, as_json=as_json, watch=watch)


def draw_peers(rows: Sequence[Fields], console: Console) -> None:
    """The answer of ``/v1/peers`` for people."""
    columns = ("name", "org", "link", "height", "rtt", "since", "in", "out", "address")
    table(console, columns, [_peer_row(row) for row in rows], empty="no other member has a node")


def _peer_row(row: Fields) -> tuple[object, ...]:
    return (
        row["name"],
        row["org"],
        _link(row),
        row["height"],
        duration(row["rtt_ms"]),
        _since(row["connected_s"]),
        size(row["rx_bytes"]),
        size(row["tx_bytes"]),
        _endpoint(row["address"]),
    )


def _link(row: Fields) -> str | Text:
    if row["banned"]:
        return Text("banned", style="red")
    return _DIRECTIONS.get(row["direction"], Text("down", style="red"))


_DIRECTIONS: Mapping[object, str] = {"inbound": "in", "outbound": "out"}


def _endpoint(address: object) -> str | None:
    """``192.0.2.1:4001`` for ``/ip4/192.0.2.1/tcp/4001``: what fits a line; --json has it whole."""
    if not isinstance(address, str):
        return None
    parts = address.split("/")
    return f"{parts[2]}:{parts[4]}" if len(parts) > 4 else address


def _since(seconds: object) -> str:
    return duration(seconds * 1000 if isinstance(seconds, int | float) else None)


@click.group(cls=Group)
def peer() -> None:
    """Show one peer, connect, disconnect, ban or unban it."""


which_argument = click.argument("which", metavar="NAME|PEER_ID")


@peer.command()
@which_argument
@json_option
@click.pass_obj
def show(session: Session, which: str, as_json: bool) -> None:
    """Show everything about one peer."""

    async def find(client: NodeClient) -> Fields:
        rows = await client.peers()
        for row in rows:
            if which in (row["name"], row["peer_id"]):
                return row
        names = ", ".join(str(row["name"]) for row in rows) or "none"
        raise Refused("PEER_UNKNOWN", {"peer": which, "peers": names}, "see: p2pchain peers")

    report(session, find, draw_peer, as_json=as_json)


def draw_peer(row: Fields, console: Console) -> None:
    """One entry of ``/v1/peers`` for people."""
    units = {"rtt_ms": duration, "connected_s": _since, "rx_bytes": size, "tx_bytes": size}
    words = {"rtt_ms": "rtt", "connected_s": "connected since", "rx_bytes": "received", "tx_bytes": "sent"}
    pairs = []
    for name, value in row.items():
        shown = units[name](value) if name in units else value
        pairs.append((words.get(name, name.replace("_", " ")), shown))
    facts(console, pairs)


@peer.command()
@which_argument
@json_option
@click.pass_obj
def connect(session: Session, which: str, as_json: bool) -> None:
    """Dial a peer now, and wait for the link."""
    answer = session.ask(lambda client: client.connect_peer(which))
    _answer(answer, "{} is connected", as_json)


@peer.command()
@which_argument
@json_option
@click.pass_obj
def disconnect(session: Session, which: str, as_json: bool) -> None:
    """End a peer's link; it is dialled again within seconds. To keep it out, ban it."""
    answer = session.ask(lambda client: client.disconnect_peer(which))
    _answer(
        answer,
        "{0} is disconnected until it is dialled again; to keep it out: p2pchain peer ban {0}",
        as_json,
    )


@peer.command()
@which_argument
@json_option
@click.pass_obj
def ban(session: Session, which: str, as_json: bool) -> None:
    """Neither dial nor accept a peer until it is unbanned, over restarts too."""
    answer = session.ask(lambda client: client.ban_peer(which))
    _answer(answer, "{0} is banned until: p2pchain peer unban {0}", as_json)


@peer.command()
@which_argument
@json_option
@click.pass_obj
def unban(session: Session, which: str, as_json: bool) -> None:
    """Dial and accept a peer again."""
    answer = session.ask(lambda client: client.unban_peer(which))
    _answer(answer, "{} is not banned, and may connect", as_json)


def _answer(answer: Fields, sentence: str, as_json: bool) -> None:
    """Print an answer as JSON or as a sentence about the peer. ``sentence`` takes its name, or its id where
    it is no member any more.
    """
    if as_json:
        show_json(answer)
    else:
        print(sentence.format(answer["name"] or answer["peer_id"]))


@click.command()
@json_option
@click.pass_obj
def members(session: Session, as_json: bool) -> None:
    """List the organisations with their roles, accounts and nodes."""
    report(session, NodeClient.members, draw_members, as_json=as_json)


def draw_members(rows: Sequence[Fields], console: Console) -> None:
    """The answer of ``/v1/members`` for people."""
    columns = ("org", "legal name", "roles", "accounts", "nodes")
    cells = [
        (
            row["org"],
            row["legal_name"],
            listed(row["roles"]),
            listed([f"{account['name']} {short(account['public_key'])}" for account in row["accounts"]]),
            listed(row["nodes"]),
        )
        for row in rows
    ]
    table(console, columns, cells, empty="no members")
