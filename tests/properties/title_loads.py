"""Loads of titles and listings: what their rules cost at their largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from p2pchain.business.listing.records import AGENTS_MAX
from p2pchain.business.title.fields import OWNERS_MAX, UNITS_MAX
from p2pchain.codec.title_ids import owner_commitment
from p2pchain.model.genesis import GenesisOrganisation
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import organisation
from tests.unit.ledger.receivable_steps import Market
from tests.unit.ledger.title_steps import (
    DISTRICT,
    SOURCE,
    TODAY,
    WANG,
    authorise,
    listed_as,
    lst,
    offer,
    register,
    renew,
    right,
    ttl,
    unit_code,
)

BUREAU: Final = "bureau"
AGENTS: Final = tuple(f"agent-{number}" for number in range(AGENTS_MAX))
HOMES: Final = tuple(unit_code(number) for number in range(1, 33))
"""Units with as many owners, and listings, as a unit may have."""
MERGED: Final = tuple(unit_code(number) for number in range(1_001, 1_001 + UNITS_MAX))
CO_OWNERS: Final = tuple((owner_commitment(bytes(16), f"{number}", ""), 1) for number in range(OWNERS_MAX))


def town_organisations() -> tuple[GenesisOrganisation, ...]:
    """A bureau and its agents, none of which validates."""
    roles = {BUREAU: ("admin", "registrar"), **dict.fromkeys(AGENTS, ("admin", "agent"))}
    return tuple(replace(organisation(org, held), nodes=()) for org, held in roles.items())


def prepare_town(market: Market, members: Sequence[str]) -> None:
    """Give the bureau its register, with homes that all agents offer."""
    market.does(members, ttl("assign", DISTRICT, BUREAU))
    for agent in AGENTS:
        market.does(BUREAU, lst("license", DISTRICT, agent, TODAY + 300))
    for unit in (*HOMES, *MERGED):
        market.does(BUREAU, register(unit, *CO_OWNERS))
        market.does(BUREAU, *(authorise(agent, unit=unit) for agent in AGENTS))
    for agent in AGENTS:
        for unit in (*HOMES, *MERGED):
            if (agent, unit) != (AGENTS[0], HOMES[0]):
                market.does(agent, offer(listed_as(f"{unit} {agent}", agent), unit=unit))


def split_of(number: int) -> Operation:
    """In turn a new unit with many owners, and its split into as many as may be."""
    first = 10_000_000 + (number // 2) * (UNITS_MAX + 1)
    unit, *parts = (long_code(first + place) for place in range(UNITS_MAX + 1))
    return ttl("split", unit, 1, tuple(parts), SOURCE) if number % 2 else register(unit, *CO_OWNERS)


def long_code(number: int) -> str:
    """The code of a flat, by a number of up to ten digits."""
    return f"{DISTRICT}001001GB{number // 100_000_000 + 1:05}F{number % 100_000_000:08}"


def offer_or_withdraw(number: int) -> Operation:
    """In turn a listing of a unit that the agent has none of, and its withdrawal."""
    listing = listed_as(f"load {number // 2}", AGENTS[0])
    return lst("withdraw", listing) if number % 2 else offer(listing, unit=HOMES[0])


def title_operation(kind: str, number: int) -> Operation:
    """One operation of a load, by its number."""
    home = HOMES[number % len(HOMES)]
    shown = listed_as(f"{HOMES[1]} {AGENTS[1]}", AGENTS[1])
    match kind:
        case "title record":
            return right("lease", holder=WANG, unit=home)
        case "title split":
            return split_of(number)
        case "title merge":
            return ttl("merge", long_code(number), MERGED, SOURCE)
        case "listing offer":
            return offer_or_withdraw(number)
        case "listing renew":
            return renew(shown, 1)
        case "listing authorise":
            return authorise(AGENTS[number % AGENTS_MAX], unit=home)
    assert kind == "title register", kind
    return register(long_code(number), *CO_OWNERS)


KINDS: Final = {
    "title register": BUREAU,
    "title record": BUREAU,
    "title split": BUREAU,
    "title merge": BUREAU,
    "listing offer": AGENTS[0],
    "listing renew": AGENTS[1],
    "listing authorise": BUREAU,
}
"""Loads, each with who signs it; the module is the first word."""
