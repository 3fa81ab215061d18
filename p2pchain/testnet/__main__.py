"""``scripts/testnet``: makes and drives a network of real nodes on this machine."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.table import Table

from p2pchain.codec.exact_json import write_json
from p2pchain.model.errors import Fact, Fault
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import READY_HEIGHT, STOP_TIMEOUT_S, Launcher, NodeReport
from p2pchain.testnet.module_activation import bring_in, require_same
from p2pchain.testnet.places import default_directory
from p2pchain.testnet.plan import NODES_MAX

FOLLOW_POLL_S: Final = 0.2
MEBIBYTE: Final = 1_048_576
ADVISED: Final = re.compile(r"scripts/testnet [a-z]+")
"""A command in an advice."""
DIRECTORY: Final = click.Path(path_type=Path, file_okay=False)
_Command = TypeVar("_Command", bound=Callable[..., None])

directory_option = click.option(
    "--dir",
    "directory",
    type=DIRECTORY,
    default=default_directory,
    help="Directory of the network; default: $P2PCHAIN_TESTNET, else .testnet at the top of the repository.",
)


def of_directory(advice: str, directory: Path | None) -> str:
    """Complete the commands of an advice by ``--dir``, where the network lies elsewhere than they look."""
    if directory is None or directory == default_directory():
        return advice
    return ADVISED.sub(rf"\g<0> --dir {shlex.quote(str(directory))}", advice)


def report_fault(command: _Command) -> _Command:
    """Report a fault in one line, and exit 1."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (Fault, OSError) as fault:
            raise click.ClickException(of_directory(str(fault), kwargs.get("directory"))) from fault

    return run  # type: ignore[return-value]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--dir", "directory", type=DIRECTORY, help="Directory of the network, for any command.")
@click.pass_context
def main(context: click.Context, directory: Path | None) -> None:
    """Make and drive a network of real p2pchain nodes on this machine.

    Every node is a process of its own with its own home below .testnet/nodes. All keys come from the seed
    and lie in plain files: this is for tests, never for a chain that matters.
    """
    if directory is not None:
        context.default_map = {name: {"directory": directory} for name in main.commands}


@main.command()
@click.option(
    "-n", "count", type=click.IntRange(1, NODES_MAX), default=None, help="Nodes, each a validator; default 4."
)
@click.option("--seed", default=None, help="What all keys are made of: 1 to 32 of a-z 0-9 -; default 1.")
@click.option(
    "--direct", is_flag=True, help="Connect nodes without the relay that `partition` needs; a little faster."
)
@click.option(
    "--module",
    "modules",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of a package that brings a module: all nodes load it, and it is in force when this ends.",
)
@directory_option
@report_fault
def up(count: int | None, seed: str | None, direct: bool, modules: tuple[Path, ...], directory: Path) -> None:
    """Make the network if there is none, start what does not run, wait for height 2 everywhere."""
    launcher = _made(directory, count, seed, direct, modules)
    began = time.monotonic()
    running = launcher.running()
    started = launcher.start()
    for name in running:
        if launcher.process(name).paused:
            launcher.resume(name)
    launcher.wait_for_height(READY_HEIGHT)
    height = max(launcher.height(name) for name in launcher.names)
    if started:
        seconds = time.monotonic() - began
        click.echo(f"{len(started)} nodes up in {seconds:.1f} s: {', '.join(started)}; height {height}")
    else:
        click.echo(f"already running: {', '.join(running)}; height {height}")
    for name in bring_in(launcher):
        line = f"module {name} is in force; its commands: scripts/testnet exec {launcher.names[0]} -- {name}"
        click.echo(of_directory(line, launcher.places.root))
    click.echo(f"directory {launcher.places.root}; keys are plain files made from the seed: for tests only")
    _advise(launcher)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list, one entry per node.")
@directory_option
@report_fault
def status(as_json: bool, directory: Path) -> None:
    """One line per node: state, height, health, peers, round, mempool, process, memory."""
    launcher = Launcher(directory)
    reports = [launcher.report(name) for name in launcher.names]
    if as_json:
        entries = [dataclasses.asdict(report) for report in reports]
        click.echo(write_json(entries, indent=1, separators=(",", ": ")))
        return
    table = Table(
        "node",
        "state",
        "height",
        "health",
        "peers",
        "round",
        "mempool",
        "pid",
        "memory",
        box=None,
        pad_edge=False,
    )
    for report in reports:
        table.add_row(*_row(report))
    Console(highlight=False, soft_wrap=True).print(table)
    for report in reports:
        for reason in report.status["reasons"] if report.status else ():
            click.echo(f"{report.name}: {reason}")


@main.command()
@click.argument("node")
@click.option("-f", "--follow", is_flag=True, help="Go on as the log grows.")
@click.option(
    "-n", "lines", type=click.IntRange(0), default=50, show_default=True, help="Last lines to print."
)
@directory_option
@report_fault
def logs(node: str, follow: bool, lines: int, directory: Path) -> None:
    """Print the end of a node's log."""
    launcher = Launcher(directory)
    launcher.process(node)
    for line in launcher.log_tail(node, lines):
        click.echo(line)
    if follow:
        _follow(launcher.places.log(node))


@main.command()
@click.option("--purge", is_flag=True, help="Remove the directory too, with all keys and chains.")
@directory_option
@report_fault
def down(purge: bool, directory: Path) -> None:
    """Stop all nodes."""
    launcher = Launcher(directory)
    running = launcher.running()
    killed = launcher.stop()
    click.echo(stop_words(running, killed))
    if purge:
        launcher.purge()
        click.echo(f"removed {launcher.places.root}")


@main.command()
@click.argument("node")
@directory_option
@report_fault
def kill(node: str, directory: Path) -> None:
    """End a node at once (kill -9)."""
    launcher = Launcher(directory)
    pid = launcher.process(node).pid
    launcher.kill(node)
    click.echo(f"{node} was not running" if pid is None else f"killed {node} (process {pid})")


@main.command()
@click.argument("node")
@directory_option
@report_fault
def restart(node: str, directory: Path) -> None:
    """Start a node, after stopping it if it runs, and wait until it is as high as the others are now."""
    launcher = Launcher(directory)
    height = max(launcher.height(name) for name in launcher.names)
    launcher.restart(node)
    launcher.wait_for_height(height, (node,))
    click.echo(f"{node} runs (process {launcher.process(node).pid}), height {launcher.height(node)}")


@main.command()
@click.argument("node")
@directory_option
@report_fault
def pause(node: str, directory: Path) -> None:
    """Freeze a node's process (SIGSTOP)."""
    Launcher(directory).pause(node)
    click.echo(f"paused {node}")


@main.command()
@click.argument("node")
@directory_option
@report_fault
def resume(node: str, directory: Path) -> None:
    """Let a paused node go on (SIGCONT)."""
    Launcher(directory).resume(node)
    click.echo(f"resumed {node}")


@main.command()
@click.argument("groups")
@directory_option
@report_fault
def partition(groups: str, directory: Path) -> None:
    """Cut the network: bank-a,bank-b|buyer,supplier lets only nodes of one group reach each other."""
    parts = [[name for name in group.split(",") if name] for group in groups.split("|")]
    cut = Launcher(directory).partition(parts)
    click.echo("cut: " + (", ".join(" - ".join(pair) for pair in cut) or "nothing"))


@main.command()
@directory_option
@report_fault
def heal(directory: Path) -> None:
    """Let all nodes reach each other again."""
    Launcher(directory).heal()
    click.echo("all nodes can reach each other")


@main.command(name="exec", context_settings={"ignore_unknown_options": True})
@click.argument("node")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@directory_option
@report_fault
def execute(node: str, arguments: tuple[str, ...], directory: Path) -> None:
    """Run a p2pchain command at a node: exec bank-a -- status --json."""
    command = Launcher(directory).command(node, *arguments)
    os.execv(command[0], command)


def _made(
    directory: Path, count: int | None, seed: str | None, direct: bool, modules: Sequence[Path]
) -> Launcher:
    """The network of a directory; made where there is none, refused where it is another than asked for."""
    try:
        launcher = Launcher(directory)
    except LaunchFailed as fault:
        if fault.code != "TESTNET_MISSING":
            raise
        return Launcher.make(
            directory, count=count or 4, seed=seed or "1", relayed=not direct, modules=modules
        )
    require_same(launcher, modules)
    asked: dict[str, Fact] = {"nodes": count, "seed": seed, "direct": direct or None}
    has: dict[str, Fact] = {
        "nodes": len(launcher.names),
        "seed": launcher.plan.seed,
        "direct": not launcher.plan.relayed,
    }
    for name, wanted in asked.items():
        if wanted is not None and wanted != has[name]:
            facts: dict[str, Fact] = {
                "directory": str(directory),
                "what": name,
                "asked": wanted,
                "found": has[name],
            }
            raise LaunchFailed(
                "TESTNET_DIFFERS", facts, "scripts/testnet down --purge, or choose another --dir"
            )
    return launcher


def _advise(launcher: Launcher) -> None:
    first, last = launcher.names[0], launcher.names[-1]
    click.echo("try:")
    for line in (
        "status",
        f"exec {first} -- status",
        f"exec {first} -- registry register tests/samples/invoice-ubl.xml --as {first}",
        f"kill {last}",
        "down",
    ):
        click.echo(of_directory(f"  scripts/testnet {line}", launcher.places.root))


def stop_words(running: Sequence[str], killed: Sequence[str]) -> str:
    """Say which of the nodes that ran stopped by themselves, and which had to be killed."""
    stopped = [name for name in running if name not in killed]
    parts = [f"stopped: {', '.join(stopped)}"] if stopped else []
    if killed:
        parts.append(f"killed after {STOP_TIMEOUT_S:.0f} s: {', '.join(killed)}")
    return "; ".join(parts) or "nothing was running"


def _row(report: NodeReport) -> list[str]:
    status_, usage = report.status, report.usage
    names = ("height", "health", "peers", "round", "mempool")
    told_ = [str(status_[name]) for name in names] if status_ else ["-"] * len(names)
    memory = f"{usage.rss_bytes // MEBIBYTE} MB" if usage else "-"
    state = report.state.upper() if report.state != "running" else report.state
    return [report.name, state, *told_, str(report.pid or "-"), memory]


def _follow(log: Path) -> None:
    """Print the lines that a log gains until interrupted."""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        while True:
            data = file.read()
            if data:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            else:
                time.sleep(FOLLOW_POLL_S)


if __name__ == "__main__":
    main(prog_name="scripts/testnet")
