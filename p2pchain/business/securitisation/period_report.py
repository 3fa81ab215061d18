"""The report of a period that is not distributed yet.

Record (key after ``securitisation/``): ``report/<pool>`` → the fields of ``PoolReport``; gone once it is
distributed or rejected.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Final

from p2pchain.business.securitisation.fields import COUNT, CURRENCY, PERIOD, ROOT, money
from p2pchain.business.securitisation.pool import Pool, facts_of
from p2pchain.business.securitisation.refusals import ReportPending
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Day, Flag

REPORT: Final = b"report/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReport:
    """A report that is not distributed yet."""

    currency: Annotated[str, CURRENCY]
    period: Annotated[int, PERIOD]
    end_day: Annotated[int, Day(help="last day of the period")]
    interest_minor: Annotated[int, money("interest that came in")]
    principal_minor: Annotated[int, money("principal that came in")]
    recoveries_minor: Annotated[int, money("what came in on losses of before")]
    losses_minor: Annotated[int, money("principal written off")]
    arrears_minor: Annotated[int, money("balance of assets that are in arrears")]
    closing_minor: Annotated[int, money("balance of the pool at its end")]
    count: Annotated[int, COUNT]
    root: Annotated[bytes, ROOT]
    is_verified: Annotated[bool, Flag(help="the trustee has verified it")]

    @property
    def collected_minor(self) -> int:
        """All cash of the period."""
        return self.interest_minor + self.principal_minor + self.recoveries_minor


_REPORT_FIELDS: Final = tuple(item.name for item in fields(PoolReport))


def report_of(view: View, pool: Pool) -> PoolReport | None:
    """Read the report that is not distributed yet, None where there is none."""
    record = view.get(REPORT + pool.key)
    if record is None:
        return None
    return PoolReport(**dict(zip(_REPORT_FIELDS, record, strict=True)))  # type: ignore[arg-type]


def store_report(context: Context, pool: Pool, stated: PoolReport) -> None:
    """Write a report."""
    context.put(REPORT + pool.key, tuple(getattr(stated, name) for name in _REPORT_FIELDS))


def require_no_report(view: View, pool: Pool) -> None:
    """Raise ``SEC_REPORT_PENDING`` while a report is not distributed: it counts on the pool as it was."""
    stated = report_of(view, pool)
    if stated is not None:
        raise ReportPending(facts_of(pool, period=stated.period))
