"""Fields of the answers to questions about pools."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.encumbrance.module import KIND
from p2pchain.business.securitisation.fields import (
    COLLATERAL,
    CONTRACT,
    COUNT,
    CURRENCY,
    DAY_COUNT,
    DOCUMENT,
    FLAG,
    ID,
    PERIOD,
    PERIODS_MAX,
    RECEIVABLE,
    STATE,
    STRUCTURE,
    TRANCHE,
    field,
    money,
    nullable,
    rate,
)
from p2pchain.business.securitisation.period_report import PoolReport
from p2pchain.business.securitisation.pool import SUM, Pool
from p2pchain.business.securitisation.statement import CASH, ROW
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import Blob, Choice, Day, Flag, Integer, Organisation

_HELD: Final = {item.name: item for item in fields_of(Pool)}

OF_POOL: Final[Field] = field("pool", ID)
PROOF_KEY_BYTES_MAX: Final = 64
COLUMNS: Final = ("pool", "title", "state", "originator", "trustee", "count", "balance_minor", "currency")
"""What a table of pools has room for."""

POOL_SHOWN: Final = (
    OF_POOL,
    *(_HELD[name] for name in ("title", "state", "originator", "servicer", "trustee", "currency", "count")),
    *(_HELD[name] for name in ("original_minor", "balance_minor")),
    field("sealed_minor", nullable(money("balance when it was sealed"))),
    _HELD["root"],
    _HELD["lapse_day"],
    field("lapsed", Flag(help="it was not accepted in time")),
    *(_HELD[name] for name in ("asset_minor_max", "maturity_day_max", "arrears_days_max")),
    replace(field("today", Day()), is_shown=False),
)
POOLS_LISTED: Final = tuple(replace(item, is_shown=item.name in COLUMNS) for item in POOL_SHOWN)

DEAL_SHOWN: Final = (
    field("structure", nullable(STRUCTURE)),
    field("day_count", nullable(DAY_COUNT)),
    field("first_day", nullable(Day(help="from which day on interest accrues"))),
    field("period", nullable(Integer(high=PERIODS_MAX, help="last period that was distributed"))),
    field("end_day", nullable(Day(help="end of that period"))),
    *(
        field(name, nullable(SUM))
        for name in (
            "collected_minor",
            "fees_minor",
            "paid_minor",
            "reserve_minor",
            "losses_minor",
            "substituted_minor",
            "cash_minor",
        )
    ),
    field("trigger_hit", nullable(FLAG)),
    field("accelerated", nullable(FLAG)),
)
"""A deal and its account; null before its tranches are issued."""

TRANCHE_SHOWN: Final = (
    field("tranche", TRANCHE),
    field("amount_minor", money("what it was issued for")),
    field("rate", rate("interest of a year")),
    field("owed_minor", money("principal that is owed")),
    field("unpaid_minor", SUM),
    field("paid_minor", SUM),
)
PROOF_KEY: Final = field(
    "proof_key", Blob(bytes_max=PROOF_KEY_BYTES_MAX, help="key of this record, for proof get --hex")
)
STATEMENT_SHOWN: Final = (OF_POOL, field("period", PERIOD), PROOF_KEY, *CASH)
STATEMENT_ROWS: Final = tuple(field(name, kind) for name, kind in ROW.columns)
STATEMENT_LISTED: Final = tuple(
    replace(item, is_shown=item.name not in ("root", "count", "reserve_before_minor"))
    for item in (field("period", PERIOD), *CASH)
)
HOLDER_SHOWN: Final = (
    field("org", Organisation(help="who holds it")),
    field("units_minor", money("how much of what it was issued for")),
    field("paid_minor", SUM),
)
REPORT_SHOWN: Final = (OF_POOL, *fields_of(PoolReport))
CHECK_SHOWN: Final = (
    field("taken_count", replace(COUNT, label="encumbered", help="how many are encumbered")),
    field("assets_count", replace(COUNT, label="of", help="how many were asked for")),
)
CHECK_ROWS: Final = (
    field("number", Integer(low=1, help="place of the asset in the file, from 1")),
    field("class", Choice(words=(CONTRACT, COLLATERAL, DOCUMENT, RECEIVABLE))),
    field("encumbrance", KIND),
)
IN_CURRENCY: Final = field("currency", CURRENCY)
OF_STATE: Final = field("state", nullable(STATE))
