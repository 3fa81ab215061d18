"""Runs inside the systemd that ``boot-systemd`` booted: types the blocks of ``docs/install.md``, in order, as
root of a server that has what ``test_packages.py`` bound to ``/srv``. Prints the headings that were typed.
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
JOURNAL_LINES = "60"


def type_page() -> None:
    """Type every block; raises ``AssertionError`` at the first command that fails, or answers otherwise."""
    environment = {**os.environ, "P2PCHAIN_HOME": HOME, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
    for heading, commands in runbooks(PAGE.read_text("utf-8")).items():
        for typed in commands:
            done = subprocess.run(
                ["/bin/bash", "-c", typed.command],
                cwd=SERVER,
                env=environment,
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
