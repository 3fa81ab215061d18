"""Runs inside the systemd that ``boot-systemd`` booted: types the blocks of ``docs/install.md``, in order, as
root of a server that has what ``test_packages.py`` bound to ``/srv``, and as a clerk of it. Prints the
headings that were typed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.runbook import COMMAND_S, agrees, runbooks

SERVER = Path("/srv")
PAGE = SERVER / "p2pchain" / "docs" / "install.md"
HOME = "/var/lib/p2pchain/solo"
SOCKET = "/run/p2pchain/solo/control.sock"
CLERK = "ann"
AS_CLERK = ("runuser", "-u", CLERK, "--")
JOURNAL_LINES = "60"


def type_page() -> None:
    """Type every block; raises ``AssertionError`` at the first command that fails, or answers otherwise."""
    root = {**os.environ, "P2PCHAIN_HOME": HOME, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
    clerk = {"PATH": os.environ["PATH"], "HOME": f"/home/{CLERK}", "P2PCHAIN_SOCKET": SOCKET}
    for heading, commands in runbooks(PAGE.read_text("utf-8")).items():
        for typed in commands:
            done = subprocess.run(
                [*((*AS_CLERK,) if typed.host == CLERK else ()), "/bin/bash", "-c", typed.command],
                cwd=f"/home/{CLERK}" if typed.host == CLERK else SERVER,
                env=clerk if typed.host == CLERK else root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=COMMAND_S,
                check=False,
            )
            shown = f"line {typed.line}: $ {typed.command}\nexit {done.returncode}\n{done.stdout}"
            assert done.returncode == 0, shown
            assert agrees(typed.answer, done.stdout), f"{shown}the page shows:\n" + "\n".join(typed.answer)
        print(heading, flush=True)


def main() -> int:
    """Type the page; on a failure print what the journal has of the node."""
    try:
        type_page()
    except (AssertionError, subprocess.TimeoutExpired) as failure:
        command = ["journalctl", "--no-pager", "-o", "cat", "-n", JOURNAL_LINES, "-u", "p2pchain@solo"]
        journal = subprocess.run(command, capture_output=True, text=True, check=False)
        print(f"{failure}\nThe journal:\n{journal.stdout}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
