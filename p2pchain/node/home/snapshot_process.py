"""Snapshot writing in a process of its own, so that blocks are not delayed.

Why a new process that reads files, and neither a thread nor a fork. A thread shares the interpreter's lock:
at a million keys it made the voting wait for seconds. A fork copies the page tables of gigabytes while
everything stands still, then a page with each reference count that either side touches, and what other
threads held locked stays locked for ever in the child. The chain log and the last snapshot hold everything
(``snapshot_writer.py``), are durable, and may be read beside the node that appends to them. The process has
a low priority, ends with its parent, and shares nothing with it but the disk; if it dies, the node logs
that, and the next snapshot is another try.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import trio

from p2pchain.codec.exact_json import read_json
from p2pchain.codec.genesis import genesis_id
from p2pchain.model.errors import Fault, Refused
from p2pchain.node.home.layout import Home
from p2pchain.node.home.priority import give_way
from p2pchain.node.home.snapshot_writer import SnapshotWriter, Written
from p2pchain.node.run.exit_codes import exit_code
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.snapshots import SnapshotStore
from p2pchain.storage.watched_disk import WatchedDisk

MODULE: Final = "p2pchain.node.home.snapshot_process"
WRITE_S_MAX: Final = 3_600
"""How long a snapshot may take; then its process is ended."""
WORDS_MAX: Final = 1_000
"""How much of what a failed process said is logged."""


class SnapshotFailed(Refused):
    """The process that was to write a snapshot ended without it."""

    def __init__(self, height: int, exit_code: int | None, reason: str) -> None:
        """``exit_code``: of the process, below 0 for a signal; None where it never began, or was ended."""
        facts = {"height": height, "exit_code": exit_code, "reason": reason}
        super().__init__(
            "SNAPSHOT_FAILED", facts, "the node runs on; the next snapshot is tried when it is due"
        )


class SnapshotProcess:
    """Writes snapshots of a home by a process for each."""

    def __init__(self, home: Home, python: str = sys.executable) -> None:
        """``python``: the interpreter that runs it."""
        self._home = home
        self._python = python

    async def write(self, height: int) -> Written:
        """Write the snapshot of a height that is durable. Raises ``SnapshotFailed``."""
        command = [self._python, "-P", "-m", MODULE, str(self._home.root), str(height), str(os.getpid())]
        try:
            with trio.fail_after(WRITE_S_MAX):
                done = await trio.run_process(
                    command, capture_stdout=True, capture_stderr=True, check=False, stdin=b""
                )
        except (OSError, trio.TooSlowError) as failure:
            raise SnapshotFailed(height, None, repr(failure)) from failure
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace").strip()[-WORDS_MAX:]
            raise SnapshotFailed(height, done.returncode, words)
        written: Any = read_json(done.stdout)
        return Written(height=written["height"], size=written["size"], keys=written["keys"])


def write_snapshot(home: Home, height: int, going_on: Callable[[], None]) -> Written:
    """Write a snapshot from a home's chain log. Its daemon may be writing that log. Raises as
    ``SnapshotWriter.write``.
    """
    genesis = home.read_genesis()
    own_id = genesis_id(genesis)
    writer = SnapshotWriter(
        genesis=genesis,
        chain_log=ChainLog.open(WatchedDisk(Disk()), home.chain, genesis=own_id),
        store=SnapshotStore(Disk(), home.snapshots, genesis=own_id),
        going_on=going_on,
    )
    return writer.write(height)


def end_with(parent: int) -> Callable[[], None]:
    """Return a check that ends this process once ``parent`` is gone."""

    def check() -> None:
        if os.getppid() != parent:
            raise SystemExit("the node has ended")

    return check


def main(root: str, height: str, parent: str) -> int:
    """Write one snapshot and say so in a line of JSON; the exit code is the daemon's for what went wrong."""
    try:
        written = write_snapshot(Home(Path(root)), int(height), end_with(int(parent)))
    except Fault as fault:
        sys.stderr.write(f"{fault}\n")
        return exit_code(fault)
    sys.stdout.write(json.dumps({"height": written.height, "size": written.size, "keys": written.keys}))
    return 0


if __name__ == "__main__":
    give_way()
    sys.exit(main(*sys.argv[1:]))
