"""Fields of the answers to questions about traced goods."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.trace.captures import COUNT
from p2pchain.business.trace.fields import ERRORS, EVENT, LOT, PREFIX, REASON, ROOT, THING, field
from p2pchain.business.trace.lots import ANCESTORS_MAX, HELD
from p2pchain.business.trace.things import LOTS_INSIDE_MAX, Thing
from p2pchain.ledger.fields import fields_of
from p2pchain.ledger.kinds import (
    Array,
    Choice,
    Flag,
    Hash,
    Height,
    Integer,
    Moment,
    Optional,
    Organisation,
    Text,
)

STATE_KEY_CHARS_MAX: Final = 256
_HELD: Final = {known.name: known for known in fields_of(Thing)}
KEY: Final = field("state_key", Text(bytes_max=STATE_KEY_CHARS_MAX, help="for `proof get --hex`"))
_RECALLED: Final = field("is_recalled", Flag(label="recalled", help="it may not ship"))

SHOWN: Final = (
    field("thing", THING),
    _HELD["custodian"],
    _HELD["to"],
    _HELD["parent"],
    field("outermost", Optional(inner=THING, help="the container around it that is packed in no other")),
    _HELD["ended"],
    _HELD["lot"],
    _RECALLED,
    *(_HELD[name] for name in ("quantity", "unit", "claim", "children")),
    field("lots_inside", Integer(high=LOTS_INSIDE_MAX, unit="lots", help="of what is packed in it")),
    _HELD["time_ms"],
    replace(KEY, is_shown=False),
)
"""A thing, as ``where`` and ``list`` answer it."""
COLUMNS: Final = ("thing", "custodian", "to", "ended", "lot", "is_recalled", "quantity", "unit")
LISTED: Final = tuple(replace(known, is_shown=known.name in COLUMNS) for known in SHOWN)
"""The same in a list."""

HOLDERS: Final = (
    field("complete", Flag(help="nothing was left out")),
    field("lot", LOT),
    field("custodian", Organisation(help="who has it in custody")),
    field("things", HELD),
)
LOT_SHOWN: Final = (
    field("lot", LOT),
    field("maker", Organisation(help="who made it or took it in")),
    field("ancestors", Array(inner=LOT, most=ANCESTORS_MAX, help="all lots that it is made of")),
    _RECALLED,
    replace(KEY, is_shown=False),
    replace(KEY, name="recall_key", is_shown=False),
)
RECALL_ROWS: Final = (
    field("recalled", LOT),
    field("by", Organisation(help="who recalls it")),
    field("reason", REASON),
    field("returns", Flag(help="custodians may ship it to whoever recalls it")),
    field("height", Height()),
)
PREFIX_ROWS: Final = (field("prefix", PREFIX), field("org", Organisation(help="who speaks for it")))
CAPTURED: Final = (
    field("root", ROOT),
    field("captured_by", Organisation(help="who captured it")),
    field("count", COUNT),
    field("first_ms", Moment()),
    field("last_ms", Moment()),
    field("height", Height()),
    KEY,
)
ERROR_SHOWN: Final = (
    field("event", Hash(help="hash of the event")),
    field("captured_by", Organisation(help="who captured it")),
    field("declared", Flag(help="an error was declared in it")),
    field("reason", Optional(inner=Choice(words=ERRORS))),
    field("corrective", EVENT),
    field("height", Optional(inner=Height())),
)
