"""Loads of the certificates for the search of the heaviest block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from p2pchain.business.certificate.calendar import DAY_MS
from p2pchain.business.certificate.fields import BULK_MAX, PARTS_MAX, PERIODS_MAX
from p2pchain.business.certificate.hours import PERIOD_DAYS_MAX, SLOT_MS
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Operation
from tests.unit.ledger.certificate_steps import (
    MEGAWATT_HOUR,
    act,
    cancel,
    issue_periods,
    meter,
    name,
    part,
    register,
)
from tests.unit.ledger.receivable_steps import Market
from tests.unit.ledger.test_ledger_certificate_passage import Abroad

BODY, OWNER, OTHER = "reader-01", "reader-02", "reader-03"
METER = "HEAVY-1"
ROWS_BYTES = 48_000
"""What a transaction of 64 KiB has room for beside its other fields."""
ROW_BYTES = 28
ISSUED = 32
"""Certificates that are split into as many parts as there may be."""
Make = Callable[[int, int], Sequence[Operation]]


class HeavyCertificates:
    """Thousands of certificates of one owner, and the proof of an export from another ledger."""

    def __init__(self, market: Market) -> None:
        self.device = meter(METER)
        self.numbers = count(1)
        abroad = Abroad()
        self.proof = abroad.passport(abroad.exported("c", to_org=OWNER))
        noted = abroad.noted
        ledger = abroad.chain.genesis.chain_id
        quorum = ("bank-a", "bank-b", "buyer", "supplier", "tier-2")
        market.does(quorum, act("trust_ledger", ledger, int(noted.height), bytes(noted.block_id)))
        market.does((BODY, OWNER), register(METER, owner=OWNER, capacity_w=10**12, standard="i-rec"))
        rows = [slot(number, PARTS_MAX * MEGAWATT_HOUR) for number in range(ISSUED)]
        market.does(BODY, issue_periods("heavy", *rows, device=self.device))
        wholes = [name("heavy", BODY, number) for number in range(ISSUED)]
        for first in range(0, ISSUED, 8):
            splits = [act("split", key, (MEGAWATT_HOUR,) * PARTS_MAX) for key in wholes[first : first + 8]]
            market.does(OWNER, *splits)
        self.held = [part(key, number) for key in wholes for number in range(PARTS_MAX)]

    def loads(self) -> list[tuple[str, tuple[str, ...], Make]]:
        """By name: who signs, and the operations of a transaction."""
        fitting = ROWS_BYTES // len(self.proof)
        return [
            ("issue", (BODY,), self.issues(lambda at: slot(at, MEGAWATT_HOUR), PERIODS_MAX)),
            ("issue long periods", (BODY,), self.issues(month, PERIODS_MAX // 12)),
            ("cancel", (OWNER,), self.cancels),
            ("offer and retract", (OWNER,), self.offers),
            ("import", (OWNER,), lambda _, many: [act("import", self.proof)] * min(many, fitting)),
        ]

    def issues(self, row: Callable[[int], tuple[int, int, int]], rows: int) -> Make:
        """Issue for so many periods, each of which no other issue has."""

        def make(number: int, many: int) -> Sequence[Operation]:
            made = []
            fitting = min(rows, ROWS_BYTES // ROW_BYTES // many)
            for at in range(many):
                begin = (number * 64 + at + 1) * rows
                periods = [row(begin + place) for place in range(fitting)]
                made.append(issue_periods(f"{number}/{at}", *periods, device=self.device))
            return made

        return make

    def cancels(self, number: int, many: int) -> Sequence[Operation]:
        """Use up as many at once as may be, each of them once in a block as far as they reach."""
        made = []
        fitting = min(BULK_MAX, ROWS_BYTES // HASH_BYTES // many)
        for at in range(many):
            first = (number * many + at) * fitting % (len(self.held) - fitting)
            made.append(cancel(*self.held[first : first + fitting]))
        return made

    def offers(self, number: int, many: int) -> Sequence[Operation]:
        """Offer a certificate and take the offer back."""
        key = self.held[number % len(self.held)]
        return [act("offer", key, OTHER) if at % 2 == 0 else act("retract", key) for at in range(many)]


def slot(number: int, wh: int) -> tuple[int, int, int]:
    """The shortest period there is, none of which overlap."""
    return number * SLOT_MS, (number + 1) * SLOT_MS, wh


def month(number: int) -> tuple[int, int, int]:
    """The longest period there is."""
    start_ms = (number % 500) * PERIOD_DAYS_MAX * DAY_MS
    return start_ms, start_ms + PERIOD_DAYS_MAX * DAY_MS, MEGAWATT_HOUR
