"""``repair``: mend a damaged chain log with blocks of the other members."""

from __future__ import annotations

import os

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.options import json_option
from p2pchain.cli.progress import progress_bar
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.repair import Repair
from p2pchain.node.offline.repair import repair as repair_home
from p2pchain.telemetry.logs import set_up_logs


@click.command()
@click.option("--refetch", is_flag=True, help="Keep nothing: the node fetches all blocks again when it runs.")
@json_option
@click.pass_obj
def repair(session: Session, refetch: bool, as_json: bool) -> None:
    """Examine the chain log of a stopped node, and mend it where it does not hold.

    Blocks that are whole stay. Those that are lost are fetched from the other members, proven by their
    certificates, and executed. Nothing is deleted: the damaged log is set aside.
    """
    set_up_logs(level="warning", format_="text")
    home = Home(session.home.absolute())
    with progress_bar("writing the chain log anew") as advance:
        done = repair_home(home, passphrase_from(os.environ), refetch=refetch, progress=advance)
    if as_json:
        show_json(_as_json(done))
    elif done.damage is None:
        changed = "nothing was changed" if done.cut is None else "what a crash left unfinished was cut off"
        click.echo(f"the chain log holds up to height {done.height}; {changed}")
    else:
        click.echo(f"damaged: {done.damage}")
        kept = "there was nothing to keep" if done.aside is None else f"set aside as {done.aside}"
        if done.height is None:
            click.echo(f"{kept}; start the node, and it fetches the chain from its peers")
            return
        runs = ", ".join(_run(run) for run in done.fetched) or "none"
        click.echo(f"kept {done.kept:,} whole blocks; fetched from the other members and proven: {runs}")
        click.echo(f"the chain log holds up to height {done.height}; the damaged one was {kept}")
        click.echo("next: start the node; look at the disk before you trust it again")


def _run(run: range) -> str:
    return f"{run.start}" if len(run) == 1 else f"{run.start} to {run.stop - 1}"


def _as_json(done: Repair) -> dict[str, object]:
    damage = None if done.damage is None else {"code": done.damage.code, "facts": dict(done.damage.facts)}
    return {
        "height": done.height,
        "tail_cut": done.cut is not None,
        "damage": damage,
        "aside": None if done.aside is None else str(done.aside),
        "kept": done.kept,
        "fetched": [[run.start, run.stop - 1] for run in done.fetched],
    }
