"""Loads of the pools: what their rules cost at their largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from p2pchain.business.securitisation.fields import NAMED_MAX, TRANCHES_MAX, AssetRow
from p2pchain.codec.pool_ids import POOL_NONCE_BYTES, pool_id
from p2pchain.model.genesis import GenesisOrganisation
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import fingerprint, organisation
from tests.unit.ledger.receivable_steps import TODAY, Market
from tests.unit.ledger.securitisation_steps import KEYS, act, add, create, issue, loan, report, seals, verify

DESK: Final = "pool-desk"
SERVICER: Final = "pool-servicer"
TRUSTEE: Final = "pool-trustee"
ROLES: Final = {DESK: "originator", SERVICER: "servicer", TRUSTEE: "trustee"}
DEAL: Final = pool_id(DESK, bytes(POOL_NONCE_BYTES))
"""A deal of as many tranches as there may be."""
OPEN: Final = pool_id(DESK, bytes(POOL_NONCE_BYTES - 1) + b"\x01")
POOLED: Final = tuple(loan(f"load {number}", 1_000) for number in range(TRANCHES_MAX))
NAMES: Final = tuple(f"T{number}" for number in range(TRANCHES_MAX))
END_DAY: Final = TODAY + 30


def pool_organisations() -> tuple[GenesisOrganisation, ...]:
    """A desk, its servicer and its trustee, none of which validates."""
    return tuple(replace(organisation(org, ("admin", role)), nodes=()) for org, role in ROLES.items())


def prepare_pools(market: Market) -> None:
    """A deal that runs, and a pool that is open."""
    for nonce in (bytes(POOL_NONCE_BYTES), bytes(POOL_NONCE_BYTES - 1) + b"\x01"):
        market.does(DESK, create(nonce, servicer=SERVICER, trustee=TRUSTEE))
    market.does(DESK, add(POOLED, DEAL), seals("seal", POOLED, DEAL))
    market.does(TRUSTEE, seals("accept", POOLED, DEAL))
    rates = (60_000,) * TRANCHES_MAX
    terms = issue((1_000,) * TRANCHES_MAX, pool=DEAL, names=NAMES, rates=rates, structure="pro_rata")
    market.does(DESK, terms)
    market.later(30)


def many_names(number: int) -> AssetRow:
    """A loan of its own with as many names as it may have."""
    contracts = tuple(fingerprint(f"load contract {number} {place}") for place in range(NAMED_MAX))
    return (1, contracts, tuple(reversed(contracts)), *loan("x", 1_000)[3:])


def add_or_drop(number: int) -> Operation:
    """In turn a loan that goes in, and out again."""
    asset = many_names(number // 2)
    return act("drop", OPEN, (asset,)) if number % 2 else add((asset,), OPEN)


def pay(number: int) -> Sequence[Operation]:
    """A period: reported, verified and distributed, or rejected."""
    last = act("reject", DEAL, 1) if number % 2 else act("distribute", DEAL)
    return (
        report(1, END_DAY, 8_001, pool=DEAL, principal=7_999, interest=999),
        verify(1, 8_001, 8_998, pool=DEAL),
        last,
    )


def pool_operation(kind: str, number: int) -> Operation:
    """One operation of a load, by its number."""
    match kind:
        case "pool add":
            return add((many_names(number),), OPEN)
        case "pool add and drop":
            return add_or_drop(number)
        case "pool create":
            return create(number.to_bytes(POOL_NONCE_BYTES), servicer=SERVICER, trustee=TRUSTEE)
        case "pool units":
            pair = (DESK, SERVICER) if number % 2 == 0 else (SERVICER, DESK)
            return act("transfer_units", DEAL, NAMES[-1], *pair, 1)
        case "pool substitute":
            return act("substitute", DEAL, None, KEYS, POOLED[:1], (many_names(number),))
        case _:
            return pay(number // 3)[number % 3]


KINDS: Final = {
    "pool add": (DESK,),
    "pool add and drop": (DESK,),
    "pool create": (DESK,),
    "pool units": (DESK, SERVICER),
    "pool substitute": (DESK, TRUSTEE),
    "pool pay": (SERVICER, TRUSTEE),
}
"""Each load, and who signs it."""
