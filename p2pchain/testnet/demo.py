"""``scripts/demo``: lists the stories of the trades, or tells one among four real nodes, command by command.

Every line is a command of ``p2pchain`` as its organisation would type it, with what it printed. The demo ends
with an error where one does not come out as the story says.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from p2pchain.model.errors import Fault
from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.story import Story
from p2pchain.testnet.stories.table import DEMOS, Demo


@click.command()
@click.argument("name", required=False, type=click.Choice([demo.name for demo in DEMOS]))
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="Keep the network here.")
def main(name: str | None, directory: Path | None) -> None:
    """Make a network of four nodes, tell the story NAME on it, and stop it; without a name, list them."""
    if name is None:
        width = max(len(demo.name) for demo in DEMOS)
        for demo in DEMOS:
            click.echo(f"scripts/demo {demo.name:<{width}}  {demo.does}")
        return
    (chosen,) = (demo for demo in DEMOS if demo.name == name)
    root = directory or Path(tempfile.mkdtemp(prefix="p2pchain-demo-")) / "net"
    try:
        _run(chosen, root)
    except Fault as fault:
        print(f"demo: {fault}", file=sys.stderr)
        sys.exit(1)
    finally:
        if directory is None:
            shutil.rmtree(root.parent, ignore_errors=True)


def _run(demo: Demo, root: Path) -> None:
    launcher = Launcher.make(root, seed=f"demo-{demo.name}", cast=demo.cast)
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        demo.tell(Story(launcher, click.echo))
    finally:
        launcher.stop()


if __name__ == "__main__":
    main(prog_name="scripts/demo")
