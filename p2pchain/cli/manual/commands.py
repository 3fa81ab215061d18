"""``manual`` and ``completion``: what an installation lays beside the program."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from p2pchain.cli.manual.entries import entries
from p2pchain.cli.manual.pages import roff_page
from p2pchain.telemetry.release import this_release

PROGRAM: Final = "p2pchain"
VARIABLE: Final = "_P2PCHAIN_COMPLETE"
"""Environment variable by which a shell asks click for completions."""
SHELLS: Final = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion of commands and options for SHELL.

    `scripts/install` and the package install it; without them: `source <(p2pchain completion bash)`.
    """
    made = get_completion_class(shell)
    assert made is not None, f"click completes {shell}"
    click.echo(made(ctx.find_root().command, {}, PROGRAM, VARIABLE).source())


@click.command()
@click.pass_context
def manual(ctx: click.Context) -> None:
    """Print the manual of all commands as a page for man(1): `p2pchain manual | man -l -`."""
    release = this_release()
    built = release.build or "00000000"
    day = f"{built[:4]}-{built[4:6]}-{built[6:8]}"
    click.echo(
        roff_page(entries(ctx.find_root().command, PROGRAM), version=release.version, day=day), nl=False
    )
