"""``version``: the release that runs."""

from __future__ import annotations

import platform

import click

from p2pchain.cli.options import json_option
from p2pchain.cli.screen import short, show_json
from p2pchain.telemetry.release import this_release

UNKNOWN = "unknown"


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Show the version, the commit and build that it was made from, and the Python that runs it."""
    release = this_release()
    python = platform.python_version()
    if as_json:
        facts = {"version": release.version, "commit": release.commit or None, "build": release.build or None}
        show_json({**facts, "changed": release.changed, "python": python})
        return
    commit = short(release.commit) if release.commit else UNKNOWN
    changed = " with changes" if release.changed else ""
    built = f"commit {commit}{changed}, build {release.build or UNKNOWN}"
    print(f"p2pchain {release.version} ({built}, Python {python})")
