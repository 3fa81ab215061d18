"""Events of the certificates: a line of a certificate's history each, with a note, and those of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.certificate.devices import CODE, OWNER
from p2pchain.business.certificate.fields import (
    CAPACITY,
    DEVICE,
    END,
    ID,
    ISSUE_ID,
    LEDGER,
    ORG_OR_NONE,
    PARTS,
    STANDARD,
    START,
    WATT_HOURS,
    WATT_HOURS_OR_NONE,
)
from p2pchain.business.certificate.records import STATE
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Hash, Height, Kind, Optional, Organisation, Text
from p2pchain.ledger.module import EventType

NO_NOTE: Final = Optional(inner=Text(bytes_max=0))
OTHER: Final = Organisation(help="the other organisation")
BODY: Final = Organisation(help="issuing body")

BEFORE_NOTE: Final[Mapping[str, str]] = {
    "offered": "to",
    "accepted": "from",
    "locked": "for",
    "split": "into",
    "cancelled": "for",
    "claimed": "with",
    "unclaimed": "from",
    "exported": "to",
    "imported": "from",
}
"""By step: the word before its note in a history."""


def _step(name: str, done: str, note: Kind = NO_NOTE) -> EventType:
    """Declare the event of one step. ``done``: what happened, with ``{org}`` and ``{note}``."""
    return EventType(
        name=name,
        fields=(
            Field(name="certificate", kind=ID),
            Field(name="state", kind=STATE),
            Field(name="org", kind=Organisation(help="who did it")),
            Field(name="holder", kind=Organisation(help="whose it is now")),
            Field(name="wh", kind=WATT_HOURS),
            Field(name="note", kind=note),
        ),
        sentence=f"{{certificate}}: {{wh}}, {done}, of {{holder}}, now {{state}}",
    )


EVENTS: Final = (
    _step("issued", "issued by {org}"),
    _step("part_made", "created as a part by {org}"),
    _step("split", "split by {org} into {note}", PARTS),
    _step("offered", "offered by {org} to {note}", OTHER),
    _step("accepted", "taken over by {org} from {note}", OTHER),
    _step("declined", "declined by {org}"),
    _step("retracted", "offer retracted by {org}"),
    _step("locked", "locked by {org} for {note}", OTHER),
    _step("unlocked", "unlocked by {org}"),
    _step("cancelled", "cancelled by {org}[ for {note}]", ORG_OR_NONE),
    _step("claimed", "claimed by {org} with {note}", ID),
    _step("unclaimed", "released by {org} from its claim with {note}", ID),
    _step("withdrawn", "withdrawn by {org}"),
    _step("expired", "recorded as expired by {org}"),
    _step("exported", "exported by {org} to ledger {note}", LEDGER),
    _step("imported", "imported by {org} from ledger {note}", LEDGER),
    EventType(
        name="metered",
        fields=(
            Field(name="issue", kind=ISSUE_ID),
            Field(name="device", kind=DEVICE),
            Field(name="body", kind=BODY),
            Field(name="start_ms", kind=START),
            Field(name="end_ms", kind=END),
            Field(name="metered_wh", kind=WATT_HOURS_OR_NONE),
            Field(name="issued_wh", kind=WATT_HOURS_OR_NONE),
        ),
        sentence="{issue}: {body} issued {issued_wh} for {metered_wh} of {device}, {start_ms} to {end_ms}",
    ),
    EventType(
        name="reopened",
        fields=(
            Field(name="issue", kind=ISSUE_ID),
            Field(name="body", kind=BODY),
            Field(name="device", kind=DEVICE),
            Field(name="start_ms", kind=START),
            Field(name="end_ms", kind=END),
        ),
        sentence="{issue}: {body} reopened the hours of {device}, {start_ms} to {end_ms}",
    ),
    EventType(
        name="device_registered",
        fields=(
            Field(name="device", kind=DEVICE),
            Field(name="code", kind=CODE),
            Field(name="owner", kind=OWNER),
            Field(name="body", kind=BODY),
            Field(name="standard", kind=STANDARD),
            Field(name="capacity_w", kind=CAPACITY),
        ),
        sentence="{device}: {code} of {owner}, {capacity_w}, registered by {body} under {standard}",
    ),
    EventType(
        name="device_amended",
        fields=(
            Field(name="device", kind=DEVICE),
            Field(name="owner", kind=OWNER),
            Field(name="capacity_w", kind=CAPACITY),
        ),
        sentence="{device}: now of {owner}, {capacity_w}",
    ),
    EventType(
        name="ledger_trusted",
        fields=(
            Field(name="ledger", kind=LEDGER),
            Field(name="height", kind=Height()),
            Field(name="block_id", kind=Hash()),
        ),
        sentence="certificates of {ledger} are accepted from its block {height}, {block_id}, on",
    ),
    EventType(
        name="ledger_distrusted",
        fields=(Field(name="ledger", kind=LEDGER),),
        sentence="no more certificates of {ledger} are accepted",
    ),
)

NOTES: Final = tuple(
    (event.name, BEFORE_NOTE.get(event.name, ""), field.kind)
    for event in EVENTS
    for field in event.fields
    if field.name == "note"
)
"""What the note of each step is, as a history holds it."""
