"""Questions to the listings: what a buyer's phone asks of a code, and the agents' own lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.listing.declared import AGENT_FIELD, LISTING_FIELD, OFFER, UNIT_FIELD
from p2pchain.business.listing.fields import ACTIVE, CURRENCY, LISTING, PRICE, STATE, UNTIL
from p2pchain.business.listing.mandates import is_licensed
from p2pchain.business.listing.records import (
    ITEM,
    OF_AGENT,
    Listing,
    find,
    mandates_of,
    require,
)
from p2pchain.business.listing.refusals import ListingCodeInvalid
from p2pchain.business.title.fields import KINDS, MORTGAGE, NOTICE, OBJECTION, SEIZURE
from p2pchain.business.title.records import today
from p2pchain.codec.title_ids import LISTING_ID_BYTES
from p2pchain.ledger.context import View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Flag, Height, Integer, Moment, Optional, Organisation, Text
from p2pchain.ledger.module import Json, Query, QueryReaders
from p2pchain.model.transaction import Value

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
CODE_BYTES_MAX: Final = 160
"""Longest text of a QR: a small one, which a phone reads off a shop window."""
SCHEME: Final = "p2pchain:listing"
HEX: Final = "0123456789abcdef"
FINDING_BYTES_MAX: Final = 200

CODE: Final = Text(bytes_max=CODE_BYTES_MAX, help="text of the QR, or the 32 digits of the listing")
CHECKED: Final = (
    Field(name="finding", kind=Text(bytes_max=FINDING_BYTES_MAX, label="finding")),
    Field(name="verified", kind=Flag(help="on offer, by a licensed agent whom the owners authorised")),
    LISTING_FIELD,
    UNIT_FIELD,
    AGENT_FIELD,
    Field(name="state", kind=STATE),
    Field(name="price_minor", kind=PRICE),
    Field(name="currency", kind=CURRENCY),
    Field(name="until_day", kind=UNTIL),
    *(Field(name=f"{kind}s", kind=Integer(label=f"{kind}s")) for kind in KINDS),
    Field(name="sold", kind=Flag(help="a sale is signed")),
    Field(name="height", kind=Height(help="as of this block")),
    Field(name="time_ms", kind=Moment(label="time (UTC)")),
)
SHOWN: Final = (LISTING_FIELD, *OFFER)
LISTED: Final = (
    LISTING_FIELD,
    UNIT_FIELD,
    AGENT_FIELD,
    Field(name="state", kind=STATE),
    Field(name="price_minor", kind=PRICE),
    Field(name="currency", kind=CURRENCY),
    Field(name="until_day", kind=UNTIL),
)
ASKED: Final = Field(name="listing", kind=LISTING, entry=Entry(is_argument=True))


def answer_check(view: View, args: Mapping[str, Value]) -> Json:
    """Say what a buyer wants to know of a listing before anything else. Raises ``LST_CODE``,
    ``LST_UNKNOWN``.
    """
    item = require(view, listing_of(view, _text(args, "code")))
    answer = view.call("title", "summary_of", item.unit)
    assert isinstance(answer, tuple), f"summary {answer!r}"
    *numbers, sale = answer
    counts = {kind: count for kind, count in zip(KINDS, numbers, strict=True) if isinstance(count, int)}
    doubt = doubt_of(view, item, counts, is_sold=sale is not None)
    return {
        "finding": finding_of(doubt, counts),
        "verified": doubt is None,
        **row_json(item),
        **{f"{kind}s": counts[kind] for kind in KINDS},
        "sold": sale is not None,
        "height": view.height,
        "time_ms": view.time_ms,
    }


def doubt_of(view: View, item: Listing, counts: Mapping[str, int], *, is_sold: bool) -> str | None:
    """Say why a listing is not to be relied on; None where it is."""
    if counts[SEIZURE]:
        return "the home is seized"
    if counts[OBJECTION]:
        return "somebody objects to the title"
    if item.state != ACTIVE:
        return f"the listing is {item.state}" + (f", the title says {item.cause}" if item.cause else "")
    if is_sold:
        return "a sale of the home is signed"
    if today(view) > item.until_day:
        return "the listing has expired"
    if not view.call("membership", "is_member", item.agent):
        return "the agent is no member of the chain any more"
    if not is_licensed(view, item.unit, item.agent):
        return "the agent has no licence"
    mandates = mandates_of(view, item.unit, item.ownership)
    if not any(mandate.agent == item.agent for mandate in mandates):
        return "the owners do not authorise the agent any more"
    return None


def finding_of(doubt: str | None, counts: Mapping[str, int]) -> str:
    """Put the finding in one line for a person."""
    if doubt is not None:
        return f"not verified: {doubt}"
    noticed = "; an advance notice keeps the home for somebody" if counts[NOTICE] else ""
    if counts[MORTGAGE]:
        due = f"mortgages: {counts[MORTGAGE]}, which have to be discharged"
        return f"verified, no seizure as of now; {due}{noticed}"
    return f"verified, no mortgage or seizure as of now{noticed}"


def answer_qr(view: View, args: Mapping[str, Value]) -> Json:
    """``{"listing", "text"}``: what the QR of a listing holds. Raises ``LST_UNKNOWN``."""
    item = require(view, _octets(args, "listing"))
    return {"listing": item.key.hex(), "text": f"{scheme_of(view)}:{item.key.hex()}"}


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Show one listing. Raises ``LST_UNKNOWN``."""
    return listing_json(require(view, _octets(args, "listing")))


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"listings": [...], "next": id | null}``: a page in the order of the ids. ``agent``: only its own."""
    agent, after, limit = args["agent"], args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    prefix = OF_AGENT + agent.encode() + b"/" if isinstance(agent, str) else ITEM
    beyond = prefix + after if isinstance(after, bytes) else None
    listings: list[Json] = []
    for key, _ in view.walk(prefix, beyond):
        if len(listings) == most:
            return {"listings": listings, "next": listings[-1]["listing"]}
        item = find(view, key[len(prefix) :])
        assert item is not None, "the index names what is there"
        listings.append(row_json(item))
    return {"listings": listings, "next": None}


def listing_of(view: View, code: str) -> bytes:
    """The id in the text of a QR, or in bare digits. Raises ``LST_CODE``."""
    digits = code.removeprefix(f"{scheme_of(view)}:")
    if len(digits) != 2 * LISTING_ID_BYTES or any(digit not in HEX for digit in digits):
        raise ListingCodeInvalid({"expected": "digits"})
    return bytes.fromhex(digits)


def scheme_of(view: View) -> str:
    """Return the text with which QR codes of this chain begin."""
    return f"{SCHEME}:{view.setting.verifier.chain_id}"


def listing_json(item: Listing) -> Json:
    """Show all of a listing."""
    return {
        "listing": item.key.hex(),
        "unit": item.unit,
        "agent": item.agent,
        "state": item.state,
        "cause": item.cause,
        "price_minor": item.price_minor,
        "currency": item.currency,
        "until_day": item.until_day,
        "revision": item.revision,
        "ownership": item.ownership,
        "document": item.document.hex(),
        "buyer": None if item.buyer is None else item.buyer.hex(),
        "contract": None if item.contract is None else item.contract.hex(),
        "sale_minor": item.sale_minor,
    }


def row_json(item: Listing) -> Json:
    """Show a listing in a line."""
    return {
        "listing": item.key.hex(),
        "unit": item.unit,
        "agent": item.agent,
        "state": item.state,
        "price_minor": item.price_minor,
        "currency": item.currency,
        "until_day": item.until_day,
    }


def _text(args: Mapping[str, Value], name: str) -> str:
    value = args[name]
    assert isinstance(value, str), "the field takes text"
    return value


def _octets(args: Mapping[str, Value], name: str) -> bytes:
    value = args[name]
    assert isinstance(value, bytes), "the field takes bytes"
    return value


QUERIES: Final = (
    Query(
        name="check",
        readers=QueryReaders.EVERYBODY,
        fields=(Field(name="code", kind=CODE, entry=Entry(is_argument=True)),),
        answer=answer_check,
        does="Check the code that a buyer scanned: is this home on offer, and what stands on its title",
        returns=CHECKED,
    ),
    Query(
        name="qr",
        fields=(ASKED,),
        answer=answer_qr,
        does="Show the text that the QR of a listing holds",
        returns=(LISTING_FIELD, Field(name="text", kind=CODE)),
    ),
    Query(
        name="show",
        fields=(ASKED,),
        answer=answer_show,
        does="Show a listing",
        returns=SHOWN,
    ),
    Query(
        name="list",
        fields=(
            Field(name="agent", kind=Optional(inner=Organisation(help="only what this agent offers"))),
            Field(name="after", kind=Optional(inner=LISTING)),
            Field(
                name="limit",
                kind=Optional(inner=Integer(low=1, high=PAGE_MAX, unit="listings", help="how many")),
            ),
        ),
        answer=answer_list,
        does="List listings by their ids",
        rows=("listings", LISTED),
    ),
)
