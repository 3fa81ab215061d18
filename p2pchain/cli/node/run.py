"""``run``: the daemon itself."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click
from click.exceptions import Exit

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.exits import denied, one_line
from p2pchain.cli.session import Session
from p2pchain.model.errors import Fault
from p2pchain.node.home.layout import Home
from p2pchain.node.run.daemon import run_daemon
from p2pchain.node.run.exit_codes import exit_code


@click.command()
@click.pass_obj
def run(session: Session) -> None:
    """Run the node in the foreground until SIGTERM or SIGINT.

    Passphrase of the keys: $P2PCHAIN_PASSPHRASE_FILE, or the systemd credential `passphrase`. Exit codes
    follow sysexits.h: see docs/operator.md.
    """
    try:
        run_daemon(Home(session.home.absolute()), passphrase_from(os.environ), os.environ)
    except Fault as fault:
        _end(fault)
    except PermissionError as error:
        _end(denied(error))


def _end(fault: Fault) -> NoReturn:
    """End with one line and the daemon's exit code, for the service manager."""
    print(one_line(fault), file=sys.stderr)
    raise Exit(exit_code(fault))
