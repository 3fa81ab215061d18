"""A load of goods on their way: brought in, shipped, received, shipped on, received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.client.trace import trace_operation
from p2pchain.codec.trace_ids import traced_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.transaction import Operation
from p2pchain.testnet.mixes.mix import WAVE, Mix

PREFIX: Final = "4012345"
STEPS: Final = 5
LOTS: Final = 16
"""Lots of one wave."""


def make(keys: Mapping[str, SigningKey], run: bytes) -> Mix:
    """Make ways of goods in the network of ``scripts/demo trace``. The first wave gives the farm its prefix,
    with notes around; then each wave takes so many things a step further. ``run`` tells their names from
    those of other loads.
    """

    def step(number: int) -> tuple[tuple[SigningKey, ...], tuple[Operation, ...]]:
        if number == 0:
            return (keys["agency"],), (trace_operation("set_prefix", PREFIX, "farm"),)
        if number < WAVE:
            note = Operation(module="note", action="put", args=(f"note {number}",))
            return (keys["shop"],), (note,)
        wave, place = divmod(number - WAVE, WAVE * STEPS)
        which, item = divmod(place, WAVE)
        lot = sha256(run + b"lot" + bytes((wave % 256, item % LOTS)))
        name = sha256(run + wave.to_bytes(4, "big") + item.to_bytes(4, "big"))
        signer, operation = _step(which, name, lot)
        return (keys[signer],), (operation,)

    return step


def _step(which: int, name: bytes, lot: bytes) -> tuple[str, Operation]:
    """One step of the way of a thing, and who takes it."""
    things = (traced_id(PREFIX, name),)
    match which:
        case 0:
            return "farm", trace_operation("bring_in", PREFIX, (name,), lot, 1_000, "C62", None, None)
        case 1:
            return "farm", trace_operation("ship", things, "mill", None, None)
        case 2:
            return "mill", trace_operation("receive", things, None, None)
        case 3:
            return "mill", trace_operation("ship", things, "shop", None, None)
        case _:
            return "shop", trace_operation("receive", things, None, None)
