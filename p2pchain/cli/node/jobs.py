"""``jobs`` and ``reindex``: long work of a node, with its progress."""

from __future__ import annotations

import click
from rich.console import Console

from p2pchain.cli.options import json_option, watch_option
from p2pchain.cli.progress import progress_bar
from p2pchain.cli.screen import age, facts, plain, report, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.faults import DaemonNotRunning, NodeRefused
from p2pchain.client.jobs import begin_job, follow_job, list_jobs, show_job
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.node.home.index_rebuild import build_index, take_place
from p2pchain.node.home.layout import Home
from p2pchain.storage.lock import HomeLock


@click.command()
@click.argument("job", required=False)
@json_option
@watch_option
@click.pass_obj
def jobs(session: Session, job: str | None, as_json: bool, watch: bool) -> None:
    """List long work of the running node, with its progress, or show one JOB."""
    if job is None:
        report(session, list_jobs, _draw_jobs, as_json=as_json, watch=watch)
    else:
        report(session, lambda client: show_job(client, job), _draw_job, as_json=as_json, watch=watch)


@click.command()
@click.option("--wait/--no-wait", "wait_for_it", default=True, help="Return once it is done [default: wait].")
@json_option
@click.pass_obj
def reindex(session: Session, wait_for_it: bool, as_json: bool) -> None:
    """Make the derived index anew from the chain log, of a node that runs or that is stopped.

    While the node runs, the old index serves until the new one is whole. Nothing of the chain is touched.
    """
    home = Home(session.home.absolute())
    try:
        job = run_job(session, "reindex", wait_for_it=wait_for_it)
    except DaemonNotRunning:
        height = _reindex_stopped(home)
    else:
        if not wait_for_it:
            tell_job(job, as_json=as_json)
            return
        height = job["result"]["height"]
    if as_json:
        show_json({"height": height})
    else:
        click.echo(f"the index was made anew, up to height {height}")


def run_job(session: Session, kind: str, *, wait_for_it: bool) -> Fields:
    """Begin a job of the running node, and follow it to its end with a bar unless nobody waits. Raises
    ``NodeRefused`` with the code of a job that failed, and as ``NodeClient`` does.
    """

    async def worked(client: NodeClient) -> Fields:
        job = await begin_job(client, kind)
        if not wait_for_it:
            return job
        with progress_bar(str(job["what"])) as advance:
            job = await follow_job(client, job, lambda seen: advance(seen["done"], seen["total"]))
        if (error := job["error"]) is not None:
            raise NodeRefused(500, error["code"], error["details"], error["hint"])
        return job

    return session.ask(worked)


def tell_job(job: Fields, *, as_json: bool) -> None:
    """Print a job that nobody waits for."""
    if as_json:
        show_json(job)
    else:
        click.echo(f"begun: {job['id']}; see: p2pchain jobs {job['id']}")


def _reindex_stopped(home: Home) -> int:
    with HomeLock(home.lock), progress_bar("making the index anew") as advance:
        height = build_index(home, advance)
        take_place(home)
    return height


def _draw_jobs(answer: list[Fields], console: Console) -> None:
    rows = [(job["id"], job["what"], job["state"], _progress(job), age(job["began_ms"])) for job in answer]
    table(console, ("job", "what", "state", "progress", "begun"), rows, empty="no job since the node started")


def _draw_job(answer: Fields, console: Console) -> None:
    pairs: list[tuple[str, object]] = [(name, answer[name]) for name in ("id", "what", "state")]
    pairs += [("progress", _progress(answer)), ("begun", age(answer["began_ms"]))]
    pairs += [(name.replace("_", " "), value) for name, value in answer["result"].items()]
    if (error := answer["error"]) is not None:
        pairs += [
            ("failed", error["code"]),
            *((f"  {name}", plain(value)) for name, value in error["details"].items()),
        ]
        pairs.append(("next", error["hint"]))
    facts(console, pairs)


def _progress(job: Fields) -> str:
    return f"{job['done']:,} of {job['total']:,}" if job["total"] is not None else "-"
