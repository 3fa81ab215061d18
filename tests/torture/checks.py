"""What must hold after every fault, however it went: read from the nodes, their logs on disk, and their
words.
"""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any, Final

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.net.rates import FLOODS
from p2pchain.node.home.layout import Home
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.testnet.launcher import Status
from tests.patience import patient
from tests.torture.rig import SETTLE_S, Rig, Violation

VERIFY_TIMEOUT_S: Final = patient(300)
TRACEBACK: Final = "Traceback (most recent call last)"


def settle(rig: Rig) -> float:
    """Every node runs, all reach one height, and it grows; the seconds until the first new block anywhere."""
    rig.hosts.heal()
    began = time.monotonic()
    before = max(rig.heights().values())
    rig.start_missing()
    rig.launcher.wait_until("a new block", lambda: max(rig.heights().values()) > before, SETTLE_S)
    first = time.monotonic() - began
    rig.grows(*rig.names)
    rig.launcher.wait_until("all are healthy", lambda: _healthy(rig), SETTLE_S)
    rig.figure("all at one height and healthy", time.monotonic() - began)
    return first


def check_logs(rig: Rig) -> dict[str, Any]:
    """Stop all nodes cleanly and hold the four logs against each other and against what clients were told.
    Raises ``Violation``; what ``p2pchain verify`` said otherwise.
    """
    if killed := rig.launcher.stop():
        raise Violation(f"did not stop within 10 s of SIGTERM: {', '.join(killed)}")
    for name in rig.names:
        if TRACEBACK in rig.launcher.places.log(name).read_text(errors="replace"):
            raise Violation(f"a traceback in {rig.launcher.places.log(name)}")
    found = _verified(rig)
    _everything_told_is_there(rig)
    return found


def _healthy(rig: Rig) -> bool:
    """Whether all are healthy, but for naming a member that flooded them, which they do for ten minutes."""
    statuses = [rig.launcher.status(name) for name in rig.names]
    return all(status is not None and _is_well(status) for status in statuses)


def _is_well(status: Status) -> bool:
    named = [reason for reason in status["reasons"] if FLOODS in reason]
    return status["health"] == "healthy" or (
        status["health"] == "degraded" and len(named) == len(status["reasons"])
    )


def _verified(rig: Rig) -> dict[str, Any]:
    first, *others = rig.names
    withs = [word for name in others for word in ("--with", str(rig.launcher.home(name)))]
    done = subprocess.run(
        rig.launcher.command(first, "verify", "--deep", *withs, "--json"),
        capture_output=True,
        text=True,
        timeout=VERIFY_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise Violation(
            f"p2pchain verify: exit {done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
        )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _everything_told_is_there(rig: Rig) -> None:
    """At every node whose log reaches that height; and at least one log reaches it."""
    reached = 0
    for name in rig.names:
        home = Home(rig.launcher.home(name))
        log = ChainLog.open(Disk(), home.chain, genesis=genesis_id(home.read_genesis()))
        held: dict[int, set[bytes]] = {}
        for height, payload in log.blocks():
            block = decode_block_record(payload).block
            held[height] = {transaction.tx_id for transaction in block.transactions}
        reached = max(reached, log.tip)
        log.close()
        for tx_id, height in rig.told:
            if height in held and tx_id not in held[height]:
                raise Violation(f"{name} lacks {tx_id.hex()}, told to be final at height {height}")
    if beyond := [height for _, height in rig.told if height > reached]:
        raise Violation(f"told to be final at height {max(beyond)}, but every log ends at {reached}")
