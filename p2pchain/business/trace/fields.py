"""Kinds of the fields that several messages, events and records of the traced goods share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import (
    Array,
    Choice,
    Flag,
    Hash,
    Id,
    Integer,
    Kind,
    Moment,
    Optional,
    Organisation,
    Row,
    Text,
)
from p2pchain.model.ids import HASH_BYTES

TRACER: Final = "tracer"
AUTHORITY: Final = "authority"
CERTIFIER: Final = "certifier"
ROLES: Final = (TRACER, AUTHORITY, CERTIFIER)

THINGS_MAX: Final = 500
"""Most things of one operation; a transaction has as many operations as its budget allows: three such."""
INPUTS_MAX: Final = 64
OUTPUTS_MAX: Final = 256
PREFIX_BYTES_MAX: Final = 64
REASON_BYTES_MAX: Final = 100
QUANTITY_MAX: Final = 10**15
COUNT_MAX: Final = 2**32
PATH_MAX: Final = 32
"""Longest way from an event to the root of its capture: of ``COUNT_MAX`` events."""

UNITS: Final = ("C62", "GRM", "KGM", "TNE", "MLT", "LTR", "MTQ", "MTR", "MTK", "KWH")
"""Units of UN/ECE Recommendation 20; C62 is one piece."""
ERRORS: Final = ("did_not_occur", "incorrect_data")
"""Reasons of an error declaration (CBV 2.0 §7.5)."""
ENDS: Final = ("destroyed", "transformed")

THING: Final = Id(of="trace.thing", size=HASH_BYTES, help="the thing, by its id")
LOT: Final = Id(of="trace.lot", size=HASH_BYTES, help="the lot, by its id")
LOT_OR_NONE: Final = Optional(inner=LOT)
THINGS: Final = Array(inner=THING, least=1, most=THINGS_MAX, help="the things, by their ids")
NAME_HASH: Final = Hash(help="SHA-256 of a canonical identifier")
PREFIX: Final = Text(bytes_max=PREFIX_BYTES_MAX, help="GS1 company prefix, or the host of its identifiers")
QUANTITY: Final = Integer(high=QUANTITY_MAX, unit="thousandths", help="of each, in thousandths")
UNIT: Final = Choice(words=UNITS, help="unit of UN/ECE Recommendation 20; C62 is one piece")
TIME: Final = Optional(inner=Moment(help="when it happened"), help="when it happened [default: now]")
EVENT: Final = Optional(inner=Hash(help="hash of the event"), help="hash of its EPCIS event")
REASON: Final = Text(bytes_max=REASON_BYTES_MAX, help="why")
ROOT: Final = Hash(help="root of the events")
PARTNER: Final = Organisation(help="the organisation that is to receive")
CLAIM: Final = Optional(inner=Organisation(help="who certified"), help="who certified it")

ThingId = Annotated[bytes, THING, Entry(is_made=True)]
ThingIds = Annotated[tuple[bytes, ...], THINGS, Entry(is_made=True)]
LotId = Annotated[bytes, LOT, Entry(is_made=True)]
EventTime = Annotated[int | None, TIME, Entry(is_made=True)]
EventHash = Annotated[bytes | None, EVENT]

NAMES: Final = Array(inner=NAME_HASH, least=1, most=THINGS_MAX, help="SHA-256 of each thing's identifier")
INPUTS: Final = Array(
    inner=Row(columns=(("thing", THING), ("quantity", Integer(low=1, high=QUANTITY_MAX)))),
    least=1,
    most=INPUTS_MAX,
    help="what goes in, and how much of it",
)
OUTPUTS: Final = Array(
    inner=Row(
        columns=(
            ("name", NAME_HASH),
            ("quantity", Integer(low=1, high=QUANTITY_MAX)),
            ("certified", Flag(help="it is sold as certified")),
        )
    ),
    least=1,
    most=OUTPUTS_MAX,
    help="what comes out, and how much of it",
)


def field(name: str, kind: Kind) -> Field:
    """A field of an event, a record or an answer."""
    return Field(name=name, kind=kind)
