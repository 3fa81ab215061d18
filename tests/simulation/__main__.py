"""``scripts/simulate``: run many seeded worlds of faults and attacks, and say what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from p2pchain.codec.exact_json import write_json
from tests.simulation.profiles import PROFILES
from tests.simulation.running import Case, Summary, cases, run_all

TOP = Path(__file__).parent.parent.parent
ALL = "all"
SEED_MAX = 2**40


class _Stopped(Exception):
    """SIGTERM."""


def _seeds(_context: click.Context, _parameter: click.Parameter, text: str) -> range:
    first, dots, last = text.partition("..")
    if not first.isdigit() or (dots and not last.isdigit()) or int(last or first) > SEED_MAX:
        raise click.BadParameter("a seed as 7, or seeds as 0..99 (both ends included)")
    return range(int(first), int(last or first) + 1)


def _nodes(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    counts = text.split(",")
    if not all(count.isdigit() and 1 <= int(count) <= 31 for count in counts):
        raise click.BadParameter("numbers of validators from 1 to 31, as 4 or 4,7,10")
    return tuple(map(int, counts))


@click.command()
@click.option("--seeds", required=True, callback=_seeds, help="A..B, both included; or one seed.")
@click.option(
    "--nodes", default="4", show_default=True, callback=_nodes, help="Validators: 4, or 4,7,10 in turns."
)
@click.option(
    "--heights", default=50, show_default=True, type=click.IntRange(1, 100_000), help="Blocks of each world."
)
@click.option(
    "--profile",
    default=ALL,
    show_default=True,
    type=click.Choice([ALL, *PROFILES]),
    help="What goes wrong; all: in turns.",
)
@click.option(
    "--jobs", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1, 256), help="Processes."
)
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
@click.option("--trace", is_flag=True, help="Print every event of every world, as text; one process.")
def simulate(
    seeds: range, nodes: tuple[int, ...], heights: int, profile: str, jobs: int, as_json: bool, trace: bool
) -> None:
    """Run seeded worlds of the real node over a simulated clock, network and disk, and check every promise.

    One seed is one world: the same seed, profile and numbers give the same world to the last event. Exit 1
    where a promise was broken; what is printed then replays it.
    """
    names = list(PROFILES) if profile == ALL else [profile]
    worlds = list(cases(seeds, names, nodes, heights))
    if trace:
        raise SystemExit(_tell_all(worlds))
    summary, began, whole = Summary(), time.monotonic(), True
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell put us in the background
    try:
        _run(worlds, jobs, summary)
    except (KeyboardInterrupt, _Stopped):
        whole = False
    wall_s = time.monotonic() - began
    if as_json:
        print(write_json(_as_json(summary, wall_s, jobs, whole), indent=2, separators=(",", ": ")))
    else:
        _show(summary, wall_s, jobs, whole)
    for case, violation in summary.violations:
        _tell_violation(case, violation)
    raise SystemExit(1 if summary.violations or not whole else 0)


def _run(worlds: Sequence[Case], jobs: int, summary: Summary) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("worlds", total=len(worlds))
        for case, outcome, cpu_s in run_all(worlds, jobs):
            summary.add(case, outcome, cpu_s)
            told = f"{summary.heights:,} heights, {len(summary.violations)} violations"
            progress.update(task, advance=1, description=told)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _as_json(summary: Summary, wall_s: float, jobs: int, whole: bool) -> dict[str, object]:
    return {
        "commit": _commit(),
        "complete": whole,
        "seeds": summary.seeds,
        "heights": summary.heights,
        "violations": len(summary.violations),
        "events": summary.events,
        "rounds": summary.rounds,
        "simulated_s": summary.simulated_ms // 1000,
        "settled_ms_max": summary.settled_ms_max,
        "faults": dict(sorted(summary.faults.items())),
        "jobs": jobs,
        "wall_s": round(wall_s, 1),
        "cpu_s": round(summary.cpu_s, 1),
        "heights_per_s": round(summary.heights / max(wall_s, 0.001), 1),
        "heights_per_cpu_s": round(summary.heights / max(summary.cpu_s, 0.001), 1),
        "failed": [
            {"seed": case.seed, "profile": case.profile, "nodes": case.nodes, "violation": violation}
            for case, violation in summary.violations
        ],
    }


def _show(summary: Summary, wall_s: float, jobs: int, whole: bool) -> None:
    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column(justify="right")
    found = _as_json(summary, wall_s, jobs, whole)
    for name in ("commit", "seeds", "heights", "events", "rounds", "simulated_s", "settled_ms_max"):
        value = found[name]
        table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
    for fault, count in sorted(summary.faults.items()):
        table.add_row(fault, f"{count:,}")
    for name in ("wall_s", "cpu_s", "heights_per_s", "heights_per_cpu_s", "violations"):
        table.add_row(name.replace("_", " "), str(found[name]))
    Console().print(table)
    if not whole:
        print("stopped before all worlds were run")


def _tell_violation(case: Case, violation: str) -> None:
    print(f"\nVIOLATION  seed {case.seed}, profile {case.profile}, {case.nodes} nodes, commit {_commit()}")
    print(f"  {violation}\n  the last events:")
    for line in case.last_events():
        print(f"    {line}")
    print(f"  to replay it: {_command(case)} --trace")


def _tell_all(worlds: Sequence[Case]) -> int:
    broken = 0
    for case in worlds:
        print(f"# {_command(case)}, commit {_commit()}")
        last = ""
        for line in case.transcript():
            print(line)
            last = line
        broken |= int("Violation: " in last)
    return broken


def _command(case: Case) -> str:
    place = f"--seeds {case.seed} --nodes {case.nodes} --heights {case.heights}"
    return f"scripts/simulate {place} --profile {case.profile}"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "-C", str(TOP), "rev-parse", "--short=12", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    simulate()
