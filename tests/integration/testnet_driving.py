"""What tests do with a network of real daemons: run commands, leave notes, register invoices, compare
chains.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import send_operations
from p2pchain.model.transaction import Operation
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.network_files import account_key
from tests.patience import patient

SAMPLES = Path(__file__).parents[1] / "samples"
COMMAND_TIMEOUT_S = patient(60.0)
COMMIT_TIMEOUT_MS = int(patient(10_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """The JSON object that it printed."""
        found = json.loads(self.out)
        assert isinstance(found, dict), self
        return found


def command(launcher: Launcher, name: str, *arguments: str) -> Done:
    """Run a ``p2pchain`` command at a node, to its end."""
    done = subprocess.run(
        launcher.command(name, *arguments),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def submit(launcher: Launcher, name: str, org: str, operations: Sequence[Operation]) -> dict[str, Any]:
    """Sign operations as an organisation, hand them in at a node, and wait: the final transaction."""
    key = account_key(launcher.plan.seed, org)

    async def send() -> dict[str, Any]:
        async with NodeClient(launcher.places.control_socket(name)) as client:
            sent = await send_operations(client, operations, [key], timeout_ms=COMMIT_TIMEOUT_MS)
            return dict(sent.committed or {})

    return trio.run(send)


def leave_note(launcher: Launcher, name: str, text: str = "a note") -> int:
    """Commit a note through a node; the height that holds it."""
    done = submit(launcher, name, name, [Operation(module="note", action="put", args=(text,))])
    assert done["code"] == "OK", done
    return int(done["height"])


def state_roots(launcher: Launcher, height: int) -> set[str]:
    """The state roots that the running nodes have for a height: one, where they agree."""
    roots: set[str] = set()
    for name in launcher.running():
        block = launcher.ask(name, partial(NodeClient.block, height=height))  # type: ignore[arg-type]
        assert block is not None, f"{name} has no block {height}"
        roots.add(str(block["state_root"]))
    return roots


def count_notes(launcher: Launcher, name: str, org: str) -> int:
    """How many notes of an organisation the ledger of a node has counted."""
    args = {"public_key": account_key(launcher.plan.seed, org).public_key}
    answer = launcher.ask(name, partial(NodeClient.query, module="note", name="show", args=args))
    assert answer is not None, f"{name} does not answer"
    return int(answer["count"])
