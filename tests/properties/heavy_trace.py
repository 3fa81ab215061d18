"""Supply chains in a state that makes the steps of traced goods dear, and transactions of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from p2pchain.model.genesis import GenesisOrganisation
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import TIME_MS, fingerprint, organisation
from tests.unit.ledger.receivable_steps import Market
from tests.unit.ledger.trace_steps import bring, packing, recall, ship, step, thing, transform

HAULIER: Final = "farm"
SHIPPED_TO: Final = "mill"
WIDE: Final = 64
"""Lots of which each lot of the dear pallet is made."""
LOTS: Final = 32
AT_ONCE: Final = 192
"""Things of the operations of one transaction together."""
PALLET: Final = thing("dear pallet")


def tracing_members() -> tuple[GenesisOrganisation, ...]:
    """Two that trace, and an authority; none of them has a node."""
    roles = {HAULIER: "tracer", SHIPPED_TO: "tracer", "agency": "authority"}
    return tuple(replace(organisation(org, ("admin", role)), nodes=()) for org, role in sorted(roles.items()))


def prepare_goods(market: Market) -> None:
    """A pallet with things of as many lots as there may be, each made of as many as there may be."""
    market.does("agency", step("set_prefix", "4012345", HAULIER))
    for number in range(WIDE):
        market.does(HAULIER, bring(f"source {number}", lot=f"source lot {number}", quantity=10**12))
    sources = [(thing(f"source {number}"), 1_000) for number in range(WIDE)]
    for number in range(LOTS):
        market.does(HAULIER, transform(sources, [(f"made {number}", 1, False)], lot=f"made lot {number}"))
    market.does(HAULIER, bring("dear pallet", lot=None), bring("box", lot=None))
    market.does(HAULIER, packing("pack", PALLET, *(thing(f"made {number}") for number in range(LOTS))))
    market.does(HAULIER, bring(*(f"small {number}" for number in range(AT_ONCE)), lot="small"))


def bring_many(number: int, operations: int) -> Sequence[Operation]:
    """Things that are brought in."""
    each = AT_ONCE // operations
    return [
        bring(*(f"n{number}/{at}/{place}" for place in range(each)), lot=f"l{number}")
        for at in range(operations)
    ]


def make_many(number: int, operations: int) -> Sequence[Operation]:
    """Things that are made of as many as may be."""
    sources = [(thing(f"source {at}"), 1) for at in range(WIDE // operations or 1)]
    return [
        transform(sources, [(f"m{number}/{at}", 1, False)], lot=f"m{number}/{at}") for at in range(operations)
    ]


def move_many(_number: int, operations: int) -> Sequence[Operation]:
    """Small things that are shipped, and the shipment withdrawn."""
    things = tuple(thing(f"small {at}") for at in range(AT_ONCE // operations))
    steps = (ship(things, SHIPPED_TO), step("withdraw", things, None, None))
    return [steps[at % 2] for at in range(operations)]


def move_pallet(_number: int, operations: int) -> Sequence[Operation]:
    """The dear pallet is shipped, and the shipment withdrawn."""
    steps = (ship((PALLET,), SHIPPED_TO), step("withdraw", (PALLET,), None, None))
    return [steps[at % 2] for at in range(operations)]


def pack_many(_number: int, operations: int) -> Sequence[Operation]:
    """Small things, and the dear pallet, go into a box and out of it."""
    things = (PALLET, *(thing(f"small {at}") for at in range(AT_ONCE // operations - 1)))
    steps = (packing("pack", thing("box"), *things), packing("unpack", thing("box"), *things))
    return [steps[at % 2] for at in range(operations)]


def recall_many(_number: int, operations: int) -> Sequence[Operation]:
    """A recall, and its end."""
    lot = thing("small")
    steps = (recall(lot), step("lift", lot))
    return [steps[at % 2] for at in range(operations)]


def capture_many(number: int, operations: int) -> Sequence[Operation]:
    """Roots of files."""
    args: tuple[Value, ...] = (5, TIME_MS, TIME_MS)
    return [step("capture", fingerprint(f"{number}/{at}"), *args) for at in range(operations)]
