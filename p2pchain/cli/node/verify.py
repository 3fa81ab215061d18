"""``verify``: prove a home's chain from its genesis on, beside the running node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from p2pchain.cli.exits import UNHEALTHY
from p2pchain.cli.node.jobs import run_job
from p2pchain.cli.options import json_option
from p2pchain.cli.progress import progress_bar
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.model.errors import Fault
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.verification import Verified, compare, verify_home


@click.command()
@click.option("--deep", is_flag=True, help="Execute every block again, too.")
@click.option(
    "--with",
    "others",
    metavar="HOME",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Another home, held against this one; may be given several times.",
)
@click.option("--by-node", is_flag=True, help="Have the running node do it, for who may not read its home.")
@json_option
@click.pass_obj
def verify(session: Session, deep: bool, others: tuple[Path, ...], by_node: bool, as_json: bool) -> int:
    """Prove the chain: checksums, digests, ids, signatures, certificates, and the state root of every height.

    Nothing is written, and the node may run. Exit 0 where all holds, 6 where something does not.
    """
    if by_node:
        if others:
            raise click.UsageError("a node proves its own home alone: leave out --with")
        return _by_node(session, deep, as_json)
    homes = [_verify(Home(root.absolute()), deep) for root in (session.home, *others)]
    contradictions = compare(homes)
    if as_json:
        show_json(
            {
                "homes": [_as_json(verified) for verified in homes],
                "contradictions": [_fault_json(f) for f in contradictions],
            }
        )
    else:
        for verified in homes:
            _tell(verified, deep)
        for fault in contradictions:
            click.echo(f"CONTRADICTION  {fault}")
    sound = not contradictions and not any(verified.faults for verified in homes)
    return 0 if sound else UNHEALTHY


def _verify(home: Home, deep: bool) -> Verified:
    with progress_bar(str(home.root)) as advance:
        return verify_home(home, deep=deep, progress=advance)


def _by_node(session: Session, deep: bool, as_json: bool) -> int:
    """Have the running node prove its own chain; what does not hold is told as an error."""
    job = run_job(session, "verify-deep" if deep else "verify", wait_for_it=True)
    if as_json:
        show_json(job["result"])
    else:
        result = job["result"]
        click.echo(f"sound up to height {result['height']}; {result['transactions']:,} transactions")
        click.echo(f"  state root {result['state_root']}")
    return 0


def _tell(verified: Verified, deep: bool) -> None:
    how = "executed again" if deep else "roots checked"
    size = f"{verified.transactions:,} transactions, {verified.segments} segments"
    word = "sound" if not verified.faults else "proven"
    begins = f"from the snapshot of height {verified.begins_after} " if verified.begins_after else ""
    click.echo(
        f"{verified.home}: {word} {begins}up to height {verified.height} ({how});"
        f" {size}, {verified.bytes_total:,} bytes"
    )
    click.echo(f"  state root {verified.state_root.hex()}")
    if verified.tail_cut:
        whose = (
            "the running node is writing"
            if verified.running
            else "a crash left unfinished; the next start cuts them"
        )
        click.echo(f"  {verified.tail_cut} bytes at the end that {whose}")
    for fault in verified.faults:
        word = "UNPROVEN" if fault.code == "MODULE_VERSION_MISSING" else "DAMAGED"
        click.echo(f"  {word}  {fault}")


def _as_json(verified: Verified) -> Mapping[str, object]:
    return {
        "home": str(verified.home),
        "running": verified.running,
        "begins_after": verified.begins_after,
        "height": verified.height,
        "block_id": verified.blocks[-1].hex() if verified.blocks else None,
        "state_root": verified.state_root.hex(),
        "transactions": verified.transactions,
        "segments": verified.segments,
        "bytes": verified.bytes_total,
        "tail_cut": verified.tail_cut,
        "faults": [_fault_json(fault) for fault in verified.faults],
    }


def _fault_json(fault: Fault) -> Mapping[str, object]:
    return {"code": fault.code, "facts": dict(fault.facts), "hint": fault.hint}
