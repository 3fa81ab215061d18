"""``version``: which release this is."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import click

from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Show the version of the program, and of the Python that runs it."""
    try:
        release = version_of("p2pchain")
    except PackageNotFoundError:
        release = "unknown (not installed as a package)"
    if as_json:
        show_json({"version": release, "python": platform.python_version()})
    else:
        print(f"p2pchain {release} (Python {platform.python_version()})")
