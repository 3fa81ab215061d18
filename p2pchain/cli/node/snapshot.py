"""``snapshot`` and ``prune``: what a home keeps of the past, and what goes."""

from __future__ import annotations

import click

from p2pchain.cli.exits import UNHEALTHY
from p2pchain.cli.groups import Group
from p2pchain.cli.node.jobs import run_job, tell_job
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import age, new_console, show_json, size, table
from p2pchain.cli.session import Session
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.upkeep import SnapshotReport, list_snapshots
from p2pchain.node.offline.upkeep import prune as prune_home


@click.group(cls=Group)
def snapshot() -> None:
    """Look at the snapshots of the state that this home keeps, or have one written."""


@snapshot.command("list")
@click.option("--check", is_flag=True, help="Read each one, and compare its state's root with its header's.")
@json_option
@click.pass_obj
def list_(session: Session, check: bool, as_json: bool) -> int:
    """List the snapshots, the newest last. The node may run. Exit 6 where a checked one does not hold."""
    snapshots = list_snapshots(Home(session.home.absolute()), check=check)
    if as_json:
        show_json({"snapshots": [_as_json(snapshot) for snapshot in snapshots]})
    else:
        empty = "no snapshot yet; storage.snapshot_every in config.toml says when one is written"
        columns = ("height", "size", "keys", "block's time", "state", "file")
        table(new_console(), columns, [_row(snapshot) for snapshot in snapshots], empty=empty)
    return UNHEALTHY if any(snapshot.fault for snapshot in snapshots) else 0


@snapshot.command()
@click.option("--wait/--no-wait", "wait_for_it", default=True, help="Return once it is done [default: wait].")
@json_option
@click.pass_obj
def write(session: Session, wait_for_it: bool, as_json: bool) -> None:
    """Have the running node write a snapshot of its newest block now."""
    job = run_job(session, "snapshot", wait_for_it=wait_for_it)
    if not wait_for_it:
        tell_job(job, as_json=as_json)
    elif as_json:
        show_json(job["result"])
    else:
        click.echo(f"there is a snapshot of height {job['result']['height']}")


@click.command()
@click.option("--keep-heights", type=click.IntRange(min=1), required=True, help="Newest blocks that stay.")
@json_option
@click.pass_obj
def prune(session: Session, keep_heights: int, as_json: bool) -> None:
    """Remove old blocks of a stopped node, as far as its snapshots allow.

    Whole segments go, so more may stay than asked for. storage.keep_heights in config.toml does the same
    while the node runs.
    """
    done = prune_home(Home(session.home.absolute()), keep_heights)
    if as_json:
        show_json({"first": done.first, "tip": done.tip, "segments": done.segments})
    elif done.segments:
        click.echo(f"removed {done.segments} segments; the chain log holds {done.first} to {done.tip}")
    else:
        click.echo(f"nothing to remove: the chain log holds {done.first} to {done.tip}")


def _row(snapshot: SnapshotReport) -> tuple[object, ...]:
    time = None if snapshot.time_ms is None else age(snapshot.time_ms)
    if snapshot.fault is not None:
        word = f"DAMAGED {snapshot.fault}"
    else:
        word = "not checked" if snapshot.state_root is None else "sound"
    return snapshot.height, size(snapshot.size), snapshot.keys, time, word, snapshot.file


def _as_json(snapshot: SnapshotReport) -> dict[str, object]:
    fault = snapshot.fault
    return {
        "height": snapshot.height,
        "file": snapshot.file,
        "bytes": snapshot.size,
        "keys": snapshot.keys,
        "time_ms": snapshot.time_ms,
        "state_root": None if snapshot.state_root is None else snapshot.state_root.hex(),
        "fault": None if fault is None else {"code": fault.code, "facts": dict(fault.facts)},
    }
