"""Events and records of the listings, as receipts and proofs are read."""

from __future__ import annotations

from typing import Final

from p2pchain.business.listing.fields import (
    AGENT,
    CAUSE,
    CURRENCY,
    EXCLUSIVE,
    LISTING,
    PRICE,
    STATE,
    UNTIL,
)
from p2pchain.business.listing.records import ITEM, LICENCE, MANDATES, OF_AGENT, OF_UNIT, Listing, Mandate
from p2pchain.business.title.fields import DISTRICT, UNIT
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import Organisation
from p2pchain.ledger.module import EventType, RecordType

UNIT_FIELD: Final = Field(name="unit", kind=UNIT)
DISTRICT_FIELD: Final = Field(name="district", kind=DISTRICT)
LISTING_FIELD: Final = Field(name="listing", kind=LISTING)
AGENT_FIELD: Final = Field(name="agent", kind=AGENT)
UNTIL_FIELD: Final = Field(name="until_day", kind=UNTIL)
EXCLUSIVE_FIELD: Final = Field(name="exclusive", kind=EXCLUSIVE)
ORG_FIELD: Final = Field(name="org", kind=Organisation(help="who did it"))
OFFER: Final = tuple(field for field in fields_of(Listing) if field.name != "key")


def _step(name: str, done: str) -> EventType:
    """Declare the event of one step of a listing."""
    return EventType(
        name=name,
        fields=(
            LISTING_FIELD,
            UNIT_FIELD,
            AGENT_FIELD,
            Field(name="state", kind=STATE),
            Field(name="price_minor", kind=PRICE),
            Field(name="currency", kind=CURRENCY),
            UNTIL_FIELD,
            Field(name="cause", kind=CAUSE),
            ORG_FIELD,
        ),
        sentence=f"{{listing}}: {{unit}} {done} by {{org}}, {{price_minor}}, until {{until_day}}, "
        "now {state}[ since the title says {cause}]",
    )


EVENTS: Final = (
    EventType(
        name="licensed",
        fields=(DISTRICT_FIELD, AGENT_FIELD, UNTIL_FIELD, ORG_FIELD),
        sentence="{agent} licensed for district {district} until {until_day} by {org}",
    ),
    EventType(
        name="unlicensed",
        fields=(DISTRICT_FIELD, AGENT_FIELD, ORG_FIELD),
        sentence="licence of {agent} for district {district} revoked by {org}",
    ),
    EventType(
        name="authorised",
        fields=(UNIT_FIELD, AGENT_FIELD, EXCLUSIVE_FIELD, UNTIL_FIELD, ORG_FIELD),
        sentence="{unit}: owners authorise {agent}{exclusive? alone|} until {until_day}, recorded by {org}",
    ),
    EventType(
        name="mandate_revoked",
        fields=(UNIT_FIELD, AGENT_FIELD, ORG_FIELD),
        sentence="{unit}: owners revoked the authority of {agent}, recorded by {org}",
    ),
    _step("listed", "listed"),
    _step("repriced", "repriced"),
    _step("renewed", "renewed"),
    _step("suspended", "suspended by a change on record"),
    _step("sale_signed", "sold, the contract signed"),
    _step("conveyed", "transferred to its buyer"),
    _step("withdrawn", "withdrawn"),
    _step("closed", "closed"),
)

RECORDS: Final = (
    RecordType(
        name="licence",
        prefix=LICENCE,
        key=(DISTRICT_FIELD, AGENT_FIELD),
        fields=(UNTIL_FIELD, Field(name="registrar", kind=Organisation(help="who licensed it"))),
        sentence="{agent} is licensed for district {district} until {until_day}, by {registrar}",
    ),
    RecordType(
        name="mandate",
        prefix=MANDATES,
        key=(UNIT_FIELD,),
        fields=fields_of(Mandate),
        is_table=True,
        sentence="{unit}: owners authorise {agent}{exclusive? alone|} until {until_day}",
    ),
    RecordType(
        name="listing",
        is_shared=True,
        prefix=ITEM,
        key=(LISTING_FIELD,),
        fields=OFFER,
        sentence="{listing}: {unit} offered by {agent} for {price_minor} until {until_day}, now {state}"
        "[ since the title says {cause}][, sold for {sale_minor}]",
    ),
    RecordType(
        name="following",
        prefix=OF_UNIT,
        key=(UNIT_FIELD,),
        fields=(AGENT_FIELD, LISTING_FIELD),
        is_table=True,
        sentence="{unit}: listing {listing} of {agent} follows the title",
    ),
    RecordType(
        name="own", prefix=OF_AGENT, key=(AGENT_FIELD, LISTING_FIELD), sentence="{listing} is one of {agent}"
    ),
)
