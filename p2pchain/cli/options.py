"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

TIMEOUT_DEFAULT_S: Final = 30.0
TIMEOUT_MAX_S: Final = 300.0

Command = Callable[..., Any]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
watch_option = click.option("-w", "--watch", is_flag=True, help="Show it again every second.")
_key_option = click.option(
    "--key", "key_file", type=click.Path(path_type=Path, dir_okay=False), help="Key file of the account."
)
_as_option = click.option("--as", "name", metavar="NAME", help="Account: accounts/NAME.key in the home.")


def timeout_option(default_s: float = TIMEOUT_DEFAULT_S) -> Callable[[Command], Command]:
    """``--timeout``: seconds, told to the command as ``timeout_s``."""
    return click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0, max=TIMEOUT_MAX_S),
        default=default_s,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait at most.",
    )


def account_options(command: Command) -> Command:
    """``--key`` and ``--as``: who asks."""
    return _key_option(_as_option(command))
