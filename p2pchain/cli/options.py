"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.screen import FULL_IDS

TIMEOUT_DEFAULT_S: Final = 30.0
TIMEOUT_MAX_S: Final = 300.0

Command = Callable[..., Any]

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
watch_option = click.option("-w", "--watch", is_flag=True, help="Show it again every second.")
_key_option = click.option("--key", "key_file", type=FILE, help="Key file of the account.")
_as_option = click.option("--as", "name", metavar="NAME", help="Account: accounts/NAME.key in the home.")


def _show_full_ids(_ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    FULL_IDS.set(wanted)


_full_option = click.option(
    "--full",
    is_flag=True,
    expose_value=False,
    callback=_show_full_ids,
    help="Print ids and keys whole.",
)


def json_option(command: Command) -> Command:
    """``--json``, told to the command as ``as_json``, and ``--full``."""
    return _json_option(_full_option(command))


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
