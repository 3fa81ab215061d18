"""Fields of the answers to questions about certificates."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.certificate.devices import Device, DeviceRegistration
from p2pchain.business.certificate.fields import DEVICE, ID, ISSUE_ID, LEDGER, WATT_HOURS_OR_NONE
from p2pchain.business.certificate.hours import SLOTS
from p2pchain.business.certificate.queries import PAGE_MAX
from p2pchain.business.certificate.record_types import NOTE, STEP_BYTES_MAX
from p2pchain.business.certificate.records import FIELDS, Certificate, MeteredIssue
from p2pchain.ledger.fields import Entry, Field, fields_of
from p2pchain.ledger.kinds import (
    Array,
    Day,
    Flag,
    Hash,
    Height,
    Id,
    Integer,
    Moment,
    Optional,
    Organisation,
    Row,
    Text,
)
from p2pchain.model.ids import HASH_BYTES

COLUMNS: Final = (
    "certificate",
    "state",
    "kind",
    "holder",
    "wh",
    "start_ms",
    "end_ms",
    "area",
    "standard",
    "offer_to",
    "locked_for",
    "lapsed",
)
"""What a table of certificates has room for."""
_HELD: Final = {field.name: field for field in fields_of(Certificate)}

SHOWN: Final = (
    Field(name="certificate", kind=ID),
    *(_HELD[name] for name in FIELDS if name not in ("events", "page")),
    Field(name="lapsed", kind=Flag(help="it has expired, and no expiry is recorded yet")),
)
"""A certificate, as ``show`` and ``list`` answer it."""

LISTED: Final = tuple(replace(field, is_shown=field.name in COLUMNS) for field in SHOWN)
"""The same in a list."""

LINE: Final = (
    Field(name="time_ms", kind=Moment(label="time (UTC)")),
    Field(name="height", kind=Height()),
    Field(name="certificate", kind=ID),
    Field(
        name="number",
        kind=Integer(help="place of the step in the history of its certificate"),
        is_shown=False,
    ),
    Field(name="page", kind=Integer(help="page of the history that holds it"), is_shown=False),
    Field(name="org", kind=Organisation(label="by", help="who did it")),
    Field(name="action", kind=Text(label="step", bytes_max=STEP_BYTES_MAX)),
    Field(name="note", kind=NOTE),
)
"""A step of a history."""

WITH_HISTORY: Final = (
    Field(name="certificate", kind=Row(columns=tuple((field.name, field.kind) for field in SHOWN))),
)
CERTIFICATE: Final = Field(name="certificate", kind=ID, entry=Entry(is_argument=True))
DEVICE_FIELD: Final = Field(name="device", kind=DEVICE, entry=Entry(is_argument=True))
DAY: Final = Field(name="day", kind=Day(help="a day in UTC"))
BODIES_MAX: Final = 500

BODY_ROW: Final = Row(
    columns=(
        ("body", Organisation(help="issuing body")),
        *((field.name, field.kind) for field in fields_of(DeviceRegistration)),
    )
)
DEVICE_SHOWN: Final = (
    Field(name="device", kind=DEVICE),
    *fields_of(Device)[1:],
    Field(name="bodies", kind=Array(inner=BODY_ROW, most=BODIES_MAX, is_distinct=False)),
)
HOURS_SHOWN: Final = (
    Field(name="device", kind=DEVICE),
    DAY,
    Field(name="slots", kind=Text(bytes_max=SLOTS, help="1 for each five minutes that were issued")),
)
ISSUE_ARGUMENT: Final = Field(name="issue", kind=ISSUE_ID, entry=Entry(is_argument=True))
ISSUE_SHOWN: Final = (
    Field(name="issue", kind=ISSUE_ID),
    *fields_of(MeteredIssue)[1:],
    Field(name="held_wh", kind=WATT_HOURS_OR_NONE),
)
LEDGER_ROW: Final = (
    Field(name="ledger", kind=LEDGER),
    Field(name="height", kind=Height()),
    Field(name="block_id", kind=Hash()),
)
LIST_FIELDS: Final = (
    Field(name="holder", kind=Optional(inner=Organisation(help="only valid certificates that it holds"))),
    Field(
        name="state",
        kind=Optional(inner=Text(bytes_max=STEP_BYTES_MAX, help="only these")),
        entry=Entry(option="status"),
    ),
    Field(
        name="after",
        kind=Optional(
            inner=Id(size=HASH_BYTES, of="certificate.certificate", help="`next` of the page before")
        ),
    ),
    Field(name="limit", kind=Optional(inner=Integer(low=1, high=PAGE_MAX, help="at most so many"))),
)
