"""Rates at which honest peers of a ledger's chain send, as its parameters and validators stand."""

from __future__ import annotations

from p2pchain.ledger.kernel import Ledger
from p2pchain.net.rates import Rates, honest_rates


class HonestRates:
    """Call it for the rates of the next block; they are reckoned anew only where something changed."""

    def __init__(self, ledger: Ledger) -> None:
        """``ledger``: committed state, which moves on."""
        self._ledger = ledger
        self._basis = (0, 0)
        self._rates: Rates = {}

    def __call__(self) -> Rates:
        """Return the rates that are in force."""
        ledger = self._ledger
        basis = (len(ledger.validators.members), ledger.parameters.block_interval_min_ms)
        if basis != self._basis:
            validators, interval_ms = self._basis = basis
            self._rates = honest_rates(validators=validators, block_interval_min_ms=interval_ms)
        return self._rates
