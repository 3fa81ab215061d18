"""Events of the pools."""

from __future__ import annotations

from typing import Final

from p2pchain.business.securitisation.fields import (
    COUNT,
    CURRENCY,
    ID,
    ORG,
    PERIOD,
    ROOT,
    STRUCTURE,
    TITLE,
    TRANCHE,
    TRANCHES_MAX,
    field,
    money,
)
from p2pchain.business.securitisation.parties import PART
from p2pchain.business.securitisation.pool import SUM
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Day, Integer, Organisation
from p2pchain.ledger.module import EventType

POOL: Final = field("pool", ID)
BY: Final = field("org", ORG)
COUNTED: Final = field("count", COUNT)
BALANCE: Final = field("balance_minor", money("balance of the pool"))
IN: Final = field("currency", CURRENCY)
OF_PERIOD: Final = field("period", PERIOD)
SOME: Final = field("assets", Integer(unit="assets", help="how many"))


def _event(name: str, fields: tuple[Field, ...], sentence: str) -> EventType:
    """Declare an event of a pool."""
    return EventType(name=name, fields=(POOL, *fields), sentence=f"pool {{pool}}: {sentence}")


def _moved(name: str, done: str) -> EventType:
    """Declare the event of assets that went in or out."""
    return _event(
        name, (SOME, COUNTED, BALANCE, IN), f"{{assets}} {done}; it holds {{count}}, {{balance_minor}}"
    )


EVENTS: Final = (
    _event(
        "created",
        (
            BY,
            field("servicer", Organisation(help="who collects and reports")),
            field("trustee", Organisation(help="who accepts, verifies and distributes")),
            field("title", TITLE),
        ),
        "{title}, created by {org}, servicer {servicer}, trustee {trustee}",
    ),
    _event(
        "party_replaced",
        (field("part", PART), field("before", Organisation()), field("to", Organisation())),
        "{to} is {part} in the place of {before}, which has left",
    ),
    _moved("added", "added"),
    _moved("dropped", "dropped"),
    _moved("renamed", "named under the keys in force"),
    _event(
        "sealed",
        (
            COUNTED,
            field("original_minor", money("balance of the assets when they were made")),
            BALANCE,
            IN,
            field("root", ROOT),
        ),
        "sealed: {count}, {original_minor} originally, {balance_minor} now, root {root}",
    ),
    _event("reopened", (BY,), "reopened by {org}"),
    _event("accepted", (BY, COUNTED, BALANCE, IN), "accepted by {org}: {count}, {balance_minor}"),
    _event(
        "issued",
        (
            BY,
            field("tranches", Integer(high=TRANCHES_MAX, unit="tranches")),
            field("amount_minor", money("what they were issued for")),
            field("structure", STRUCTURE),
            IN,
        ),
        "{tranches} of {amount_minor} issued by {org}, {structure}",
    ),
    _event(
        "units_transferred",
        (
            field("tranche", TRANCHE),
            field("holder", Organisation(help="who gave them")),
            field("to", Organisation(help="who got them")),
            field("amount_minor", money("how much of what it was issued for")),
            IN,
        ),
        "{amount_minor} of {tranche} from {holder} to {to}",
    ),
    _event(
        "reported",
        (
            OF_PERIOD,
            field("end_day", Day(help="last day of the period")),
            field("collected_minor", SUM),
            field("losses_minor", money("principal written off")),
            BALANCE,
            IN,
        ),
        "period {period} up to {end_day} reported: {collected_minor} collected, {losses_minor} lost, "
        "{balance_minor} left",
    ),
    _event("verified", (OF_PERIOD, BY), "period {period} verified by {org}"),
    _event("rejected", (OF_PERIOD, BY), "report of period {period} rejected by {org}"),
    _event("trigger_hit", (OF_PERIOD,), "a trigger is hit in period {period}"),
    _event(
        "distributed",
        (
            OF_PERIOD,
            field("collected_minor", SUM),
            field("fees_minor", SUM),
            field("paid_minor", SUM),
            field("reserve_minor", SUM),
            IN,
        ),
        "period {period} distributed: of {collected_minor} fees {fees_minor}, paid {paid_minor}, "
        "in reserve {reserve_minor}",
    ),
    _event(
        "substituted",
        (
            field("removed", Integer(unit="assets")),
            field("removed_minor", money("what was owed on those that went out")),
            field("added", Integer(unit="assets")),
            field("added_minor", money("what is owed on those that came in")),
            IN,
        ),
        "{removed} of {removed_minor} replaced by {added} of {added_minor}",
    ),
    _event(
        "repurchased",
        (SOME, BALANCE, field("price_minor", money("what was paid")), IN),
        "{assets} of {balance_minor} bought back for {price_minor}",
    ),
    _event("released", (SOME, COUNTED), "{assets} repaid and free; it holds {count}"),
    _event("accelerated", (BY,), "accelerated by {org}"),
    _event(
        "cleaned_up",
        (BALANCE, field("price_minor", money("what was paid")), IN),
        "what was left, {balance_minor}, bought for {price_minor}",
    ),
    _event(
        "closed",
        (BY, field("owed_minor", SUM), IN),
        "closed by {org}; {owed_minor} of principal was not paid",
    ),
)
