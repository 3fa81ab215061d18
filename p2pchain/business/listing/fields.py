"""Kinds of the fields that messages, events, records and answers of the listings share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.business.title.fields import KINDS, MERGED, SPLIT
from p2pchain.business.title.register import CONVEYED, TRANSFERRED
from p2pchain.codec.title_ids import LISTING_ID_BYTES
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Amount, Choice, Currency, Day, Flag, Hash, Id, Optional, Organisation

ACTIVE: Final = "active"
SUSPENDED: Final = "suspended"
SIGNED: Final = "signed"
WITHDRAWN: Final = "withdrawn"
CLOSED: Final = "closed"
STATE: Final = Choice(
    words=(ACTIVE, SUSPENDED, SIGNED, CONVEYED, WITHDRAWN, CLOSED), help="what became of the listing"
)
DISCHARGED: Final = "discharged"
REVOKED: Final = "revoked"
SOLD: Final = "sold"
CAUSE: Final = Optional(
    inner=Choice(
        words=(*KINDS, DISCHARGED, TRANSFERRED, CONVEYED, SPLIT, MERGED, REVOKED, SOLD),
        help="what changed in the title, or beside it",
    )
)

LISTING: Final = Id(size=LISTING_ID_BYTES, of="listing.listing", help="the listing")
AGENT: Final = Organisation(help="organisation of the agent")
PRICE: Final = Amount(help="price that is asked")
OWN_PRICE: Final = Amount(currency="", help="price, in the currency of the listing")
CURRENCY: Final = Currency(help="code of ISO 4217, such as CNY")
UNTIL: Final = Day(help="last day")
EXCLUSIVE: Final = Flag(help="no other agent is authorised")
DOCUMENT: Final = Hash(label="document", help="SHA-256 of the listing's document (RESO)")
CONTRACT: Final = Hash(label="contract", help="SHA-256 of the signed contract")

ListingId = Annotated[bytes, LISTING, Entry(is_argument=True)]
Until = Annotated[int, UNTIL, Entry(option="until")]
