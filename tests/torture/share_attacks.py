"""Whether one member's flood of what is valid keeps the others' transactions waiting: the same client, on the
same three nodes, with and without the flood.

The three share one core and the flood has another, where there are two, so that it is not the machine that is
short. What is measured is a figure; that everything is committed is what must hold.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from functools import partial
from typing import Final

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import build_transaction
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.testnet.network_files import account_key
from tests.torture.harms import Scenario
from tests.torture.hostile_attacks import hostile
from tests.torture.rig import Rig, Violation

NODES_CORE: Final = 0
SAMPLES: Final = 300
LIFETIME: Final = 500
WAIT_MS: Final = 30_000


def share(kind: str, rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One member floods: another's transactions are committed all the same, and how late is measured."""
    *three, one = rig.names
    rig.launcher.stop((one,))
    pinned = ("taskset", "-c", str(NODES_CORE)) if (os.cpu_count() or 1) > 1 else ()
    for name in three:
        rig.restart(name, prefix=pinned)
    rig.grows(*three)
    _measure(rig, three[0], "idle")
    with hostile(rig, one, kind):
        rig.hold(hold_s)
        _measure(rig, three[0], f"under {kind}")
    for name in three:
        rig.restart(name)


SHARE_ATTACKS: Final[Mapping[str, Scenario]] = {"share-batches": partial(share, "batches")}


# leaves


def _measure(rig: Rig, name: str, what: str) -> None:
    """Hand in one transaction after the other, each once the last is final."""
    seconds = sorted(trio.run(_commits, rig, name, rig.launcher.height(name)))
    rig.figure(f"median commit {what}", seconds[len(seconds) // 2])
    rig.figure(f"p99 commit {what}", seconds[-1 - len(seconds) // 100])


async def _commits(rig: Rig, name: str, tip: int) -> list[float]:
    plan = rig.launcher.plan
    seconds: list[float] = []
    async with NodeClient(rig.launcher.places.control_socket(name)) as client:
        for _ in range(SAMPLES):
            raw = build_transaction(
                chain_id=ChainId(plan.chain_id),
                valid_until=Height(tip + LIFETIME),
                signers=(account_key(plan.seed, name),),
                operations=(Operation(module="note", action="put", args=("x",)),),
                nonce=os.urandom(NONCE_BYTES),
            ).raw
            began = time.monotonic()
            ((code, _),) = await client.submit_many([raw], wait=True, timeout_ms=WAIT_MS)
            if code != CODE_OK:
                raise Violation(f"{name}'s transaction ended with {code}")
            seconds.append(time.monotonic() - began)
    return seconds
