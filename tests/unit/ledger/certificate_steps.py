"""A small market of energy and short ways to say what its members do with certificates."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.business.certificate.calendar import DAY_MS
from p2pchain.business.certificate.issuing import HOUR_MS
from p2pchain.codec.certificate_ids import (
    ISSUE_NONCE_BYTES,
    certificate_part_id,
    device_id,
    folded_code,
    issued_certificate_id,
)
from p2pchain.crypto.hashing import sha256
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import ChainId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, organisation
from tests.unit.ledger.receivable_steps import Market

BODIES = ("body-a", "body-b")
FIRMS = ("office", "trader", "wind")
WIND_METER = "571313180000000012"
OFFICE_METER = "DK-OFFICE-7"
NOON_MS = TIME_MS - TIME_MS % DAY_MS - DAY_MS // 2
"""Noon of the day before the chain begins."""
CAPACITY_W = 4_000_000
STATEMENT = sha256(b"statement")
READINGS = sha256(b"readings")
MEGAWATT_HOUR = 1_000_000


def a_grid(chain_id: ChainId = CHAIN_ID) -> Genesis:
    """Two issuing bodies, a producer, a trader and a consumer."""
    return Genesis(
        chain_id=chain_id,
        time_ms=TIME_MS,
        parameters=Parameters(tx_lifetime=20),
        organisations=(
            *(organisation(org, ("admin", "issuing-body", "validator")) for org in BODIES),
            *(organisation(org, ("admin", "validator")) for org in FIRMS),
        ),
    )


def meter(code: str) -> bytes:
    """The id of the metering point of this code."""
    folded = folded_code(code)
    assert folded is not None, code
    return device_id(folded)


WIND = meter(WIND_METER)
OFFICE = meter(OFFICE_METER)


def nonce(text: str) -> bytes:
    """The nonce that stands for ``text``."""
    return sha256(b"certificate " + text.encode())[:ISSUE_NONCE_BYTES]


def name(text: str, by: str = "body-a", number: int = 0) -> bytes:
    """The id that stands for ``text``, where ``by`` issues it."""
    return issued_certificate_id(by, nonce(text), number)


def part(parent: bytes, number: int) -> bytes:
    """The id of a part of a split."""
    return certificate_part_id(parent, number)


def act(action: str, *args: Value) -> Operation:
    """One action."""
    return Operation(module="certificate", action=action, args=args)


def register(
    code: str = WIND_METER,
    *,
    kind: str = "production",
    owner: str = "wind",
    capacity_w: int = CAPACITY_W,
    area: str = "DK1",
    technology: str = "T020000 F01050100",
    offset_minutes: int = 60,
    standard: str = "energytag",
) -> Operation:
    """An issuing body registers a metering point."""
    return act("register_device", code, kind, owner, capacity_w, area, technology, offset_minutes, standard)


def amend(
    owner: str,
    capacity_w: int = CAPACITY_W,
    *,
    device: bytes = WIND,
    kind: str | None = None,
    area: str | None = None,
    technology: str | None = None,
    offset_minutes: int | None = None,
) -> Operation:
    """Change a metering point; what is None stays."""
    return act("amend_device", device, owner, capacity_w, kind, area, technology, offset_minutes)


def hour(number: int) -> tuple[int, int]:
    """An hour, counted from noon of the day before the chain."""
    return NOON_MS + number * HOUR_MS, NOON_MS + (number + 1) * HOUR_MS


def issue(text: str, *rows: tuple[int, int], device: bytes = WIND) -> Operation:
    """Issue for hours: ``rows`` are (number of the hour, watt-hours)."""
    periods = tuple((*hour(number), wh) for number, wh in rows)
    return issue_periods(text, *periods, device=device)


def issue_periods(text: str, *periods: tuple[int, int, int], device: bytes = WIND) -> Operation:
    """Issue for periods: (start, end, watt-hours)."""
    return act("issue", device, nonce(text), periods, READINGS)


def cancel(*certificates: bytes, beneficiary: str | None = None) -> Operation:
    """Use certificates up."""
    return act("cancel", certificates, beneficiary, STATEMENT)


class Grid(Market):
    """A ledger of this market, on which the meters of the producer and the consumer are registered."""

    def __init__(self, standard: str = "energytag", genesis: Genesis | None = None) -> None:
        super().__init__(genesis or a_grid())
        self.does(("body-a", "wind"), register(standard=standard))
        consumption = register(OFFICE_METER, kind="consumption", owner="office", technology="")
        self.does(("body-a", "office"), consumption)

    def issued(self, text: str = "c", number: int = 0, wh: int = 3_000_000) -> bytes:
        """A certificate of an hour's production, of the producer; its id."""
        self.does("body-a", issue(text, (number, wh)))
        return name(text)

    def consumed(self, text: str = "u", number: int = 0, wh: int = 3_000_000) -> bytes:
        """A certificate of an hour's consumption; its id."""
        self.does("body-a", issue(text, (number, wh), device=OFFICE))
        return name(text)

    def moves(self, certificate: bytes, holder: str, taker: str) -> None:
        """It is offered, and taken."""
        self.does((holder, taker), act("offer", certificate, taker), act("accept", certificate))

    def certificate(self, certificate: bytes) -> dict[str, object]:
        """The answer to ``show``."""
        return self.ledger.query("certificate", "show", {"certificate": certificate}, None)

    def device(self, device: bytes = WIND, body: int = 0) -> dict[str, object]:
        """What a body has issued for a metering point."""
        bodies: Sequence[dict[str, object]] = self.ledger.query(
            "certificate", "device", {"device": device}, None
        )["bodies"]
        return bodies[body]

    def issue_of(self, certificate: bytes) -> dict[str, object]:
        """The answer to ``show_issue``."""
        return self.ledger.query("certificate", "show_issue", {"issue": certificate}, None)
