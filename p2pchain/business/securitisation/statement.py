"""The statement of a period: what came in, what was paid to whom, and what is owed now.

Record (key after ``securitisation/``): ``statement/<pool>/<period, 2 bytes>`` → the values of ``FIELDS`` in
their order. It never changes, and its proof is what an investor shows.
"""

from __future__ import annotations

from typing import Final

from p2pchain.business.securitisation.fields import (
    COUNT,
    CURRENCY,
    FLAG,
    ROOT,
    TRANCHE,
    TRANCHES_MAX,
    field,
    money,
)
from p2pchain.business.securitisation.pool import SUM, Pool
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Array, Day, Row
from p2pchain.ledger.record import Record

STATEMENT: Final = b"statement/"
PERIOD_BYTES: Final = 2

ROW: Final = Row(
    columns=(
        ("tranche", TRANCHE),
        ("interest_minor", money("interest that was paid")),
        ("principal_minor", money("principal that was paid")),
        ("owed_minor", money("principal that is owed now")),
        ("unpaid_minor", SUM),
    )
)
CASH: Final[tuple[Field, ...]] = (
    field("currency", CURRENCY),
    field("end_day", Day(label="period ends", help="last day of the period")),
    field("collected_minor", SUM),
    field("reserve_before_minor", SUM),
    field("fees_minor", SUM),
    field("reserve_minor", SUM),
    field("residual_minor", SUM),
    field("losses_minor", money("principal written off")),
    field("balance_minor", money("balance of the pool at the end")),
    field("count", COUNT),
    field("root", ROOT),
    field("trigger_hit", FLAG),
)
"""A statement but for its tranches."""
TRANCHE_ROWS: Final = field(
    "tranches", Array(inner=ROW, most=TRANCHES_MAX, is_distinct=False, help="by tranche")
)
FIELDS: Final = (*CASH, TRANCHE_ROWS)


def store_statement(context: Context, pool: Pool, period: int, statement: Record) -> None:
    """Write the statement of a period."""
    assert len(statement) == len(FIELDS), f"statement {statement!r}"
    context.put(statement_key(pool.key, period), statement)


def statement_of(view: View, pool: Pool, period: int) -> Record | None:
    """Read the statement of a period, None where nothing was distributed for it."""
    return view.get(statement_key(pool.key, period))


def statement_key(pool: bytes, period: int) -> bytes:
    """Give the key of a statement."""
    return STATEMENT + pool + b"/" + period.to_bytes(PERIOD_BYTES, "big")
