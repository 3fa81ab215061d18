"""``status`` and ``wait``: how the node is, and waiting until it is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import trio
from rich.console import Console

from p2pchain.cli.exits import UNHEALTHY
from p2pchain.cli.options import json_option, timeout_option, watch_option
from p2pchain.cli.screen import duration, facts, health_text, report, short, show_json
from p2pchain.cli.session import Session
from p2pchain.client.faults import DaemonNotRunning, TimedOut
from p2pchain.client.node_client import POLL_MS, Fields, NodeClient
from p2pchain.model.errors import Fact


@click.command()
@json_option
@watch_option
@click.option("--check", is_flag=True, help="Exit with 6 unless the node is healthy.")
@click.pass_obj
def status(session: Session, as_json: bool, watch: bool, check: bool) -> int:
    """Show who the node is, where it stands, and its health with what to do about it."""
    answer = report(session, NodeClient.status, draw_status, as_json=as_json, watch=watch)
    return UNHEALTHY if check and answer["health"] != "healthy" else 0


def draw_status(answer: Fields, console: Console) -> None:
    """The answer of ``/v1/status`` for people."""
    role = "validator" if answer["validator"] else "observer"
    pairs: list[tuple[str, object]] = [
        ("node", f"{answer['node']} of {answer['org']}, {role}"),
        ("health", health_text(answer["health"])),
    ]
    pairs += [("because" if index == 0 else "", reason) for index, reason in enumerate(answer["reasons"])]
    pairs += [("warning" if index == 0 else "", text) for index, text in enumerate(answer["warnings"])]
    pairs += [
        ("height", f"{answer['height']}, {duration(answer.get('block_age_ms'))} ago"),
        ("block", short(answer["block_id"])),
        ("state root", short(answer["state_root"])),
        ("round", answer["round"]),
        ("peers", answer["peers"]),
        ("mempool", f"{answer['mempool']} waiting"),
        ("syncing", answer["syncing"]),
        ("tolerates", f"{answer['faults_tolerated']} more validators failing"),
        ("chain", answer["chain_id"]),
        ("peer id", answer["peer_id"]),
        ("up", f"{duration(answer.get('uptime_ms'))}, version {answer.get('version')}"),
    ]
    facts(console, pairs)


@click.command()
@click.option("--height", type=click.IntRange(min=0), metavar="H", help="Until this height is final.")
@click.option("--healthy", is_flag=True, help="Until the node is healthy [default].")
@timeout_option(60.0)
@json_option
@click.pass_obj
def wait(session: Session, height: int | None, healthy: bool, timeout_s: float, as_json: bool) -> None:
    """Wait for a height, or until the node is healthy; also for a daemon that is still starting.

    Exit code 5 when the time is over, 3 when no daemon ever answered.
    """

    def holds(answer: Fields) -> bool:
        high = height is None or answer["height"] >= height
        return high and (answer["health"] == "healthy" or not (healthy or height is None))

    answer = session.ask(lambda client: wait_until(client, holds, timeout_s))
    if as_json:
        show_json(answer)
    elif healthy or height is None:
        print(f"healthy at height {answer['height']}")
    else:
        print(f"reached height {answer['height']}")


async def wait_until(client: NodeClient, holds: Callable[[Fields], bool], timeout_s: float) -> Fields:
    """The first status for which ``holds``. Raises ``TimedOut``, or ``DaemonNotRunning`` where none ever
    came.
    """
    last: Fields | None = None
    missing: DaemonNotRunning | None = None
    with trio.move_on_after(timeout_s):
        while True:
            try:
                last = await client.status()
            except DaemonNotRunning as fault:
                missing = fault
            else:
                if holds(last):
                    return last
            await trio.sleep(POLL_MS / 1000)
    if last is None and missing is not None:
        raise missing
    raise TimedOut(_seen(last, timeout_s), "see: p2pchain status")


def _seen(last: Fields | None, timeout_s: float) -> dict[str, Fact]:
    waited: dict[str, Fact] = {"timeout_ms": int(timeout_s * 1000)}
    seen: dict[str, Any] = {} if last is None else {name: last[name] for name in ("height", "health")}
    return {**waited, **seen}
