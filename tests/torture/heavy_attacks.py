"""Small transactions that ask for much, handed to four real nodes: each once stopped all of them for good."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping, Sequence
from typing import Final

import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import build_transaction
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.testnet.network_files import account_key
from tests.torture.harms import Scenario
from tests.torture.rig import Rig, Violation
from tests.unit.ledger.receivable_steps import NONCES, act, name, part

PARTS: Final = 32
AMOUNT: Final = PARTS**3
DAYS_AHEAD: Final = 90
DAY_S: Final = 86_400
LIFETIME: Final = 500
WAIT_MS: Final = 60_000
LONG: Final = (1, ("supplier.issuer", *(f"{'x' * 56}{at:02d}.admin" for at in range(31))))
"""A policy as long as one may be, that the supplier satisfies."""
HISTORIES: Final = 16
"""Transactions of 28 policies each: histories of long notes, written again and again."""


def split_bomb(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """12 transactions of 4.6 KB, each 64 splits into 32 parts of what has a long policy: blocks go on."""
    root = _accepted(rig, chance)
    _does(rig, "supplier", [[act("set_policy", root, LONG)], _splits([root], AMOUNT)])
    first = [part(root, number) for number in range(PARTS)]
    second = [part(each, number) for each in first for number in range(PARTS)]
    steps = [_splits(first[start : start + 8], AMOUNT // PARTS) for start in range(0, PARTS, 8)]
    _does(rig, "supplier", steps)
    bombs = [_splits(second[start : start + 64], AMOUNT // PARTS**2) for start in range(0, 768, 64)]
    _submitted(rig, "supplier", bombs)
    rig.figure("two blocks after split bombs", rig.grows(*rig.names))


def long_histories(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """Histories of the longest policies, written by every node again and again: blocks go on, and the bank
    that has the receivable as security lets it go.
    """
    root = _accepted(rig, chance)
    _submitted(rig, "supplier", [[act("set_policy", root, LONG)] * 28] * HISTORIES)
    rig.figure("two blocks after long histories", rig.grows(*rig.names))
    _does(rig, "supplier", [[act("set_policy", root, None)]])


HEAVY_ATTACKS: Final[Mapping[str, Scenario]] = {
    "split-bomb": split_bomb,
    "long-histories": long_histories,
}


# leaves


def _accepted(rig: Rig, chance: random.Random) -> bytes:
    """A receivable of the supplier that the buyer has accepted."""
    receivable = name(f"torture {chance.random()} {os.urandom(8).hex()}")  # The buyer's.
    due_day = int(time.time()) // DAY_S + DAYS_AHEAD
    issue = act("issue", NONCES[receivable], "buyer", "supplier", AMOUNT, "CNY", due_day, None, None)
    _does(rig, "buyer", [[issue], [act("accept", receivable)]])
    return receivable


def _splits(receivables: Sequence[bytes], amount: int) -> list[Operation]:
    return [act("split", each, (amount // PARTS,) * PARTS) for each in receivables]


def _does(rig: Rig, org: str, steps: Sequence[Sequence[Operation]]) -> None:
    """One transaction after the other, each of which must be accepted."""
    for step in steps:
        codes = _submitted(rig, org, [step])
        if codes != [CODE_OK]:
            raise Violation(f"{org} was refused {step[0].action}: {codes}")


def _submitted(rig: Rig, org: str, steps: Sequence[Sequence[Operation]]) -> list[str | None]:
    """Hand transactions in at their organisation's node, and wait until all are final; their codes."""
    plan = rig.launcher.plan
    tip = rig.launcher.height(org)
    transactions = [
        build_transaction(
            chain_id=ChainId(plan.chain_id),
            valid_until=Height(tip + LIFETIME),
            signers=(account_key(plan.seed, org),),
            operations=tuple(step),
            nonce=os.urandom(NONCE_BYTES),
        ).raw
        for step in steps
    ]

    async def submit() -> list[str | None]:
        async with NodeClient(rig.launcher.places.control_socket(org)) as client:
            outcomes = await client.submit_many(transactions, wait=True, timeout_ms=WAIT_MS)
        return [code for code, _ in outcomes]

    return trio.run(submit)
