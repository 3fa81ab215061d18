"""Writes what the pool holds, and why it dropped what it dropped, to the metrics."""

from __future__ import annotations

from typing import Final

from p2pchain.replica.transactions import TransactionFlow
from p2pchain.telemetry.metrics import Metrics

ORGANISATIONS_MAX: Final = 16
"""Organisations with a label of their own, those that hold most; the sum of the others is ``(others)``."""
OTHERS: Final = "(others)"


class PoolMetrics:
    """Measures after each block."""

    def __init__(self, flow: TransactionFlow, metrics: Metrics) -> None:
        """Nothing is counted yet."""
        self._flow = flow
        self._meters = metrics.pool
        self._counted: dict[str, int] = {}

    def measure(self) -> None:
        """Write the present numbers; counters grow by what happened since."""
        pool, meters = self._flow.pool, self._meters
        meters.transactions.set(len(pool))
        meters.bytes_held.set(pool.bytes_held)
        holdings = pool.holdings()
        for gauge in (meters.organisation_bytes, meters.organisation_transactions):
            gauge.clear()
        for holding in holdings[:ORGANISATIONS_MAX]:
            meters.organisation_bytes.labels(holding.org).set(holding.bytes_held)
            meters.organisation_transactions.labels(holding.org).set(holding.transactions)
        if others := holdings[ORGANISATIONS_MAX:]:
            bytes_held = sum(holding.bytes_held for holding in others)
            meters.organisation_bytes.labels(OTHERS).set(bytes_held)
            transactions = sum(holding.transactions for holding in others)
            meters.organisation_transactions.labels(OTHERS).set(transactions)
        for cause, count in (*pool.drops.items(), *self._flow.unheard.items()):
            meters.dropped.labels(cause).inc(count - self._counted.get(cause, 0))
            self._counted[cause] = count
