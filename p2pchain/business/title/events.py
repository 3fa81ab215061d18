"""Events of the titles: what happened to a unit, and what was recorded on it."""

from __future__ import annotations

from typing import Final

from p2pchain.business.title.fields import (
    DENOMINATOR,
    DISTRICT,
    HOLDER_ORG,
    KIND,
    NUMBER,
    RANK,
    REVISION,
    UNIT,
    UNITS,
    UNTIL_DAY,
)
from p2pchain.business.title.records import SHARES
from p2pchain.codec.title_ids import LISTING_ID_BYTES
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Id, Optional, Organisation
from p2pchain.ledger.module import EventType

LISTING: Final = Id(size=LISTING_ID_BYTES, of="listing.listing", help="the listing")
_UNIT: Final = Field(name="unit", kind=UNIT)
_REVISION: Final = Field(name="revision", kind=REVISION)
_ORG: Final = Field(name="org", kind=Organisation(help="who did it"))
_AGENT: Final = Field(name="agent", kind=Organisation(help="agent who signed the sale"))


def _owned(name: str, done: str) -> EventType:
    """Declare an event after which the shares are as it says."""
    return EventType(
        name=name,
        fields=(
            _UNIT,
            _REVISION,
            Field(name="shares", kind=SHARES),
            Field(name="denominator", kind=DENOMINATOR),
            _ORG,
        ),
        sentence=f"{{unit}}: {done} by {{org}}, revision {{revision}}: {{shares}} of {{denominator}}",
    )


def _ended(name: str, done: str) -> EventType:
    """Declare an event that ends a unit."""
    return EventType(
        name=name,
        fields=(_UNIT, _REVISION, Field(name="successors", kind=UNITS), _ORG),
        sentence=f"{{unit}}: {done} {{successors}} by {{org}}, revision {{revision}}",
    )


def _about_right(name: str, done: str) -> EventType:
    """Declare an event about one right."""
    return EventType(
        name=name,
        fields=(
            _UNIT,
            _REVISION,
            Field(name="kind", kind=KIND),
            Field(name="right", kind=NUMBER),
            Field(name="holder", kind=HOLDER_ORG),
            Field(name="rank", kind=Optional(inner=RANK)),
            Field(name="until_day", kind=Optional(inner=UNTIL_DAY)),
            _ORG,
        ),
        sentence=f"{{unit}}: {{kind}} {{right}}[ of rank {{rank}}][ of {{holder}}][ until {{until_day}}] "
        f"{done} by {{org}}, revision {{revision}}",
    )


EVENTS: Final = (
    EventType(
        name="assigned",
        fields=(Field(name="district", kind=DISTRICT), Field(name="registrar", kind=Organisation())),
        sentence="{registrar} keeps the register of district {district} from now on",
    ),
    _owned("registered", "registered"),
    _owned("made", "created in place of others"),
    _owned("transferred", "transferred"),
    _ended("split", "split into"),
    _ended("merged", "merged into"),
    _about_right("recorded", "recorded"),
    _about_right("discharged", "discharged"),
    EventType(
        name="sold",
        fields=(_UNIT, Field(name="listing", kind=LISTING), _AGENT, Field(name="until_day", kind=UNTIL_DAY)),
        sentence="{unit}: sale signed by {agent}, reserved for its buyer until {until_day}",
    ),
    EventType(
        name="unsold",
        fields=(_UNIT, Field(name="listing", kind=LISTING), _AGENT),
        sentence="{unit}: sale by {agent} withdrawn",
    ),
)
