"""Blocks as heavy as the budget allows, executed by a real daemon: whoever asks it something is answered.

How: one node, which is a quorum by itself, gets more operations than a block can hold, and is asked for its
status all the time. Answers are held against the time that a block takes, measured in the same run, since no
machine is as fast as another: an execution that holds up the loop makes the slowest answer about as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.transactions import build_transaction
from p2pchain.model.ids import NONCE_BYTES, Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation
from p2pchain.node.home.layout import Home
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.network_files import account_key
from tests.integration.conftest import MakeNetwork
from tests.patience import patient

HEAVY = 5_000
"""Operations of a block that takes a while."""
TRANSACTIONS = 1_500
OPERATIONS = 64
"""Of a transaction: 96,000 in all, of which a block holds about 14,000."""
BATCH = 250
PATIENT_MS = 10_000
"""Own blocks hold what is decided in that time: heavy ones on a slow machine, too."""
WAIT_MS = int(min(patient(120_000), 300_000))
"""The control API waits no longer than five minutes."""


def heavy_transactions(launcher: Launcher, tip: int) -> list[bytes]:
    """Small in bytes, and much work."""
    home = launcher.home("bank-a")
    genesis = Home(home).read_genesis()
    notes = (Operation(module="note", action="put", args=("x",)),) * OPERATIONS
    return [
        build_transaction(
            chain_id=genesis.chain_id,
            valid_until=Height(tip + genesis.parameters.tx_lifetime),
            signers=(account_key(launcher.plan.seed, "bank-a"),),
            operations=notes,
            nonce=number.to_bytes(NONCE_BYTES, "big"),
        ).raw
        for number in range(TRANSACTIONS)
    ]


@dataclass(slots=True)
class Seen:
    """What whoever asked all the time saw of one height, in milliseconds on trio's clock."""

    first_ms: float
    slowest_ms: float = 0.0


async def ask_all_the_time(socket: Path, heights: dict[int, Seen]) -> None:
    """Note when each height was first seen, and how long the slowest answer at it took."""
    async with NodeClient(socket) as client:
        while True:
            began = trio.current_time()
            height = (await client.status())["height"]
            now = trio.current_time()
            seen = heights.setdefault(height, Seen(first_ms=now * 1000))
            seen.slowest_ms = max(seen.slowest_ms, (now - began) * 1000)


async def hand_in(socket: Path, transactions: Sequence[bytes]) -> None:
    """All of them, as fast as they are taken, until the last is final."""
    async with NodeClient(socket) as client:
        for low in range(0, len(transactions), BATCH):
            last = low + BATCH >= len(transactions)
            await client.submit_many(transactions[low : low + BATCH], wait=last, timeout_ms=WAIT_MS)


async def load(socket: Path, transactions: Sequence[bytes]) -> dict[int, Seen]:
    """Hand them in, and ask meanwhile."""
    heights: dict[int, Seen] = {}
    with trio.fail_after(WAIT_MS / 1000):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_all_the_time, socket, heights)
            await hand_in(socket, transactions)
            nursery.cancel_scope.cancel()
    return heights


def test_the_control_socket_answers_while_heavy_blocks_are_executed(make_network: MakeNetwork) -> None:
    """Much sooner than the block is done that is being executed."""
    launcher = make_network(1, parameters=Parameters(timeout_propose_ms=PATIENT_MS))
    transactions = heavy_transactions(launcher, launcher.height("bank-a"))
    heights = trio.run(load, launcher.places.control_socket("bank-a"), transactions)
    shares: list[float] = []
    for height, seen in heights.items():
        following = heights.get(height + 1)
        if following is not None and operations_in(launcher, height + 1) >= HEAVY:
            shares.append(seen.slowest_ms / (following.first_ms - seen.first_ms))
    assert len(shares) >= 3, "heavy blocks, and no height that nobody saw"
    assert sorted(shares)[len(shares) // 2] < 1 / 3, shares


def operations_in(launcher: Launcher, height: int) -> int:
    """How many operations a block holds."""

    async def ask_for_block(client: NodeClient) -> Fields:
        return await client.block(Height(height))

    block = launcher.ask("bank-a", ask_for_block)
    assert block is not None, "the node answers"
    return len(block["transactions"]) * OPERATIONS
