"""Records of the titles, as their proofs are read."""

from __future__ import annotations

from typing import Final

from p2pchain.business.title.events import LISTING
from p2pchain.business.title.fields import (
    DISTRICT,
    KINDS,
    NOTICE,
    NUMBER,
    OWNER,
    REVISION_MAX,
    SOURCE,
    UNIT,
    UNTIL_DAY,
)
from p2pchain.business.title.records import DISTRICT as DISTRICT_KEY
from p2pchain.business.title.records import HISTORY, SALE, Right, Title
from p2pchain.business.title.records import UNIT as UNIT_KEY
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import Flag, Height, Integer, Moment, Optional, Organisation, Text
from p2pchain.ledger.module import RecordType

ACTION_BYTES_MAX: Final = 16
"""Longest name of a step of a history."""
UNIT_FIELD: Final = Field(name="unit", kind=UNIT)
STEP: Final = (
    Field(name="height", kind=Height()),
    Field(name="time_ms", kind=Moment(label="time (UTC)")),
    Field(name="action", kind=Text(label="step", bytes_max=ACTION_BYTES_MAX)),
    Field(name="org", kind=Organisation(label="by", help="who did it")),
    Field(name="right", kind=Optional(inner=NUMBER)),
    Field(name="source", kind=SOURCE),
)
"""A line of a history."""


def _of_rights(kind: str) -> RecordType:
    """Declare the records of one kind of rights."""
    name = "advance notice" if kind == NOTICE else kind
    return RecordType(
        name=kind,
        prefix=kind.encode() + b"/",
        key=(UNIT_FIELD,),
        fields=fields_of(Right),
        is_table=True,
        absence=f"{{unit}}: no {name} is recorded",
        sentence=f"{{unit}}: {name} {{number}}[ of rank {{rank}}][ over {{amount_minor}}][ of {{org}}]"
        "[ for the person {holder}], from {from_day}[ until {until_day}]",
    )


RECORDS: Final = (
    RecordType(
        name="district",
        prefix=DISTRICT_KEY,
        key=(Field(name="district", kind=DISTRICT),),
        fields=(Field(name="registrar", kind=Organisation(help="who keeps the register")),),
        sentence="{registrar} keeps the register of district {district}",
    ),
    RecordType(
        name="title",
        prefix=UNIT_KEY,
        key=(UNIT_FIELD,),
        fields=fields_of(Title)[1:],
        sentence="{unit}: {state}, revision {revision}, owned {shares} of {denominator}",
        absence="{unit}: no title of it is registered",
    ),
    *(_of_rights(kind) for kind in KINDS),
    RecordType(
        name="sale",
        prefix=SALE,
        key=(UNIT_FIELD,),
        fields=(
            Field(name="listing", kind=LISTING),
            Field(name="agent", kind=Organisation(help="agent who signed the sale")),
            Field(name="buyer", kind=OWNER),
            Field(name="until_day", kind=UNTIL_DAY),
            Field(name="marked", kind=Flag(help="counted by the index of encumbrances")),
        ),
        sentence="{unit}: a sale signed by {agent} under listing {listing} reserves it for {buyer} "
        "until {until_day}",
        absence="{unit}: no signed sale reserves it",
    ),
    RecordType(
        name="history",
        prefix=HISTORY,
        key=(UNIT_FIELD, Field(name="revision", kind=Integer(high=REVISION_MAX))),
        fields=STEP,
        sentence="{time_ms}  height {height}  {org}: {action}[ {right}], revision {revision} of {unit}, "
        "by the instrument {source}",
    ),
)
