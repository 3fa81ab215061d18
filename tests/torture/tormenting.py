"""``scripts/torture``: real daemons in network namespaces, hurt at random from a seed, and judged after every
fault.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from p2pchain.codec.exact_json import write_json
from p2pchain.model.errors import Fault
from tests.torture.checks import check_logs, settle
from tests.torture.fabric import CommandFailed
from tests.torture.harms import HARMS
from tests.torture.heavy_attacks import HEAVY_ATTACKS
from tests.torture.hostile_attacks import ATTACKS, WIRE_ATTACKS
from tests.torture.proposer_attacks import PROPOSER_ATTACKS
from tests.torture.rig import Rig, Violation, missing_tools, rig
from tests.torture.share_attacks import SHARE_ATTACKS

SCENARIOS = {
    **HARMS,
    **ATTACKS,
    **WIRE_ATTACKS,
    **PROPOSER_ATTACKS,
    **SHARE_ATTACKS,
    **HEAVY_ATTACKS,
}
HOLD_S = (3.0, 30.0)
"""How long a fault lasts: the shortest and the longest."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--minutes", default=15.0, show_default=True, type=click.FloatRange(0.1, 1440), help="How long."
)
@click.option("--seed", default=1, show_default=True, type=int, help="Decides faults, victims and lengths.")
@click.option("--only", multiple=True, type=click.Choice(list(SCENARIOS)), help="These faults alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object in the end.")
def main(minutes: float, seed: int, only: tuple[str, ...], as_json: bool) -> None:
    """Hurt four real nodes under load, each in a network namespace of its own, and see whether they hold.

    Needs root, for namespaces, packet filters and mounts. After every fault all nodes must be at one growing
    height, and `p2pchain verify --deep` over the four homes and everything that clients were told must agree.
    Exit 1 where something did not hold; homes and logs are kept then.
    """
    if os.geteuid() != 0:
        raise click.ClickException("needs root, for network namespaces, nftables and mounts")
    if missing := missing_tools():
        raise click.ClickException(f"not installed: {', '.join(missing)}")
    directory = Path(tempfile.mkdtemp(prefix="p2pchain-torture-"))
    ran: dict[str, int] = {}
    violation: str | None = None
    last: dict[str, Any] = {}
    began = time.monotonic()
    try:
        with rig(directory / "net") as made:
            try:
                chance = random.Random(seed)
                names = list(only or SCENARIOS)
                while time.monotonic() - began < 60 * minutes:
                    for name in chance.sample(names, len(names)):
                        if time.monotonic() - began < 60 * minutes:
                            last = torment(made, name, chance)
                            ran[name] = ran.get(name, 0) + 1
            except (Violation, Fault, CommandFailed, OSError) as fault:
                violation = str(fault)
            figures, told = made.figures, len(made.told)
    finally:
        if violation is None:
            shutil.rmtree(directory)
    summary = {
        "seed": seed,
        "seconds": round(time.monotonic() - began),
        "scenarios": ran,
        "told_final": told,
        "height": max((home["height"] for home in last.get("homes", ())), default=0),
        "figures_s": {name: _spread(values) for name, values in sorted(figures.items())},
        "violations": [] if violation is None else [violation],
    }
    click.echo(write_json(summary, indent=1, separators=(",", ": ")) if as_json else _describe(summary))
    if violation is not None:
        raise click.ClickException(f"{violation}\nhomes and logs are kept in {directory}")


def torment(made: Rig, name: str, chance: random.Random, hold_s: float | None = None) -> dict[str, Any]:
    """One fault under load, with everything that must hold afterwards; what ``p2pchain verify`` said."""
    began = time.monotonic()
    lasts = chance.uniform(*HOLD_S) if hold_s is None else hold_s
    click.echo(f"{time.strftime('%H:%M:%S', time.gmtime())} {name}, {lasts:.0f} s", err=True)
    with made.load() as load:
        SCENARIOS[name](made, chance, lasts)
        settle(made)
        told = len(load.told)
    found = check_logs(made)
    made.start(*made.names)
    made.launcher.wait_for_height(max(home["height"] for home in found["homes"]))
    click.echo(f"         held: {told} told, {time.monotonic() - began:.0f} s", err=True)
    return found


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {"count": len(ordered), "median": ordered[len(ordered) // 2], "max": ordered[-1]}


def _describe(summary: dict[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in summary.items())


if __name__ == "__main__":
    main(prog_name="scripts/torture")
