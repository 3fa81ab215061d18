"""Questions to the titles: one unit with its rights, its history, and the units of a district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.title.events import LISTING
from p2pchain.business.title.fields import (
    CURRENCY,
    DENOMINATOR,
    DISTRICT,
    FROM_DAY,
    HOLDER_ORG,
    KIND,
    KINDS,
    MORTGAGE,
    NUMBER,
    OWNER,
    RANK,
    REVISION,
    RIGHTS_MAX,
    SECURED,
    SEIZURE,
    SOURCE,
    STATE,
    UNIT,
    UNITS,
    UNTIL_DAY,
)
from p2pchain.business.title.record_types import STEP
from p2pchain.business.title.records import DISTRICT as DISTRICT_KEY
from p2pchain.business.title.records import (
    HISTORY,
    SHARES,
    Right,
    Title,
    find,
    is_lapsed,
    pending_sale,
    require_title,
    rights_of,
    standing_rights,
    today,
)
from p2pchain.business.title.records import UNIT as UNIT_KEY
from p2pchain.business.title.unit_code import district_of
from p2pchain.codec.title_ids import unit_id
from p2pchain.ledger.context import View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Array, Flag, Hash, Integer, Optional, Organisation, Row
from p2pchain.ledger.module import Json, Query
from p2pchain.model.transaction import Value

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
LINES_MAX: Final = 1_024
"""Most lines of a history in one answer, the newest."""

RIGHT: Final = Row(
    label="rights",
    columns=(
        ("kind", KIND),
        ("number", NUMBER),
        ("rank", Optional(inner=RANK)),
        ("org", HOLDER_ORG),
        ("holder", Optional(inner=OWNER)),
        ("amount_minor", Optional(inner=SECURED)),
        ("currency", Optional(inner=CURRENCY)),
        ("from_day", FROM_DAY),
        ("until_day", Optional(inner=UNTIL_DAY)),
        ("stands", Flag(label="standing")),
    ),
)
SHOWN: Final = (
    Field(name="unit", kind=UNIT),
    Field(name="state", kind=STATE),
    Field(name="revision", kind=REVISION),
    Field(name="registrar", kind=Optional(inner=Organisation(help="who keeps its register"))),
    Field(name="shares", kind=SHARES),
    Field(name="denominator", kind=DENOMINATOR),
    Field(name="source", kind=SOURCE),
    Field(
        name="rights",
        kind=Array(inner=RIGHT, most=len(KINDS) * RIGHTS_MAX, is_distinct=False, label="rights"),
    ),
    Field(name="sale", kind=Optional(inner=LISTING)),
    Field(name="predecessors", kind=UNITS),
    Field(name="successors", kind=UNITS),
    Field(name="thing", kind=Hash(help="the unit in the index of encumbrances")),
)
LISTED: Final = (
    Field(name="unit", kind=UNIT),
    Field(name="state", kind=STATE),
    Field(name="revision", kind=REVISION),
    Field(name="owners", kind=Integer(unit="owners")),
    Field(name="mortgages", kind=Integer(unit="mortgages")),
    Field(name="seized", kind=Flag()),
    Field(name="sold", kind=Flag(help="a sale is signed")),
)
LINE: Final = (Field(name="revision", kind=REVISION), *STEP)
ASKED: Final = Field(name="unit", kind=UNIT, entry=Entry(is_argument=True))


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Show one title with all rights. Raises ``TTL_CODE``, ``TTL_UNKNOWN``."""
    title = require_title(view, _unit(args))
    record = view.get(DISTRICT_KEY + district_of(title.unit).encode())
    sale = pending_sale(view, title.unit)
    return {
        "unit": title.unit,
        "state": title.state,
        "revision": title.revision,
        "registrar": None if record is None else record[0],
        "shares": [{"owner": owner.hex(), "numerator": numerator} for owner, numerator in title.shares],
        "denominator": title.denominator,
        "source": title.source.hex(),
        "rights": [
            right_json(view, kind, right) for kind in KINDS for right in rights_of(view, kind, title.unit)
        ],
        "sale": None if sale is None else sale.listing.hex(),
        "predecessors": list(title.predecessors),
        "successors": list(title.successors),
        "thing": unit_id(title.unit).hex(),
    }


def answer_history(view: View, args: Mapping[str, Value]) -> Json:
    """``{"lines": [...]}``: what was done to a unit, the oldest first. Raises ``TTL_CODE``,
    ``TTL_UNKNOWN``.
    """
    title = require_title(view, _unit(args))
    prefix = HISTORY + title.unit.encode() + b"/"
    above = max(title.revision - LINES_MAX, 0)
    lines: list[Json] = []
    for key, record in view.walk(prefix, prefix + above.to_bytes(4, "big")):
        height, time_ms, action, org, right, source = record
        assert isinstance(source, bytes), f"history record {record!r}"
        lines.append(
            {
                "revision": int.from_bytes(key[len(prefix) :], "big"),
                "height": height,
                "time_ms": time_ms,
                "action": action,
                "org": org,
                "right": right,
                "source": source.hex(),
            }
        )
    return {"lines": lines}


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"titles": [...], "next": unit | null}``: a page in the order of the codes. ``district``: only its
    units.
    """
    district, after, limit = args["district"], args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    prefix = UNIT_KEY + (district.encode() if isinstance(district, str) else b"")
    beyond = UNIT_KEY + after.encode() if isinstance(after, str) else None
    titles: list[Json] = []
    for key, _ in view.walk(prefix, beyond):
        if len(titles) == most:
            return {"titles": titles, "next": titles[-1]["unit"]}
        title = find(view, key[len(UNIT_KEY) :].decode())
        assert title is not None, "the walk names what is there"
        titles.append(brief_json(view, title))
    return {"titles": titles, "next": None}


def brief_json(view: View, title: Title) -> Json:
    """Show a title in a line."""
    return {
        "unit": title.unit,
        "state": title.state,
        "revision": title.revision,
        "owners": len(title.shares),
        "mortgages": len(standing_rights(view, MORTGAGE, title.unit)),
        "seized": bool(standing_rights(view, SEIZURE, title.unit)),
        "sold": pending_sale(view, title.unit) is not None,
    }


def right_json(view: View, kind: str, right: Right) -> Json:
    """Show a right."""
    return {
        "kind": kind,
        "number": right.number,
        "rank": right.rank,
        "org": right.org,
        "holder": None if right.holder is None else right.holder.hex(),
        "amount_minor": right.amount_minor,
        "currency": right.currency,
        "from_day": right.from_day,
        "until_day": right.until_day,
        "stands": not is_lapsed(right, today(view)),
    }


def _unit(args: Mapping[str, Value]) -> str:
    unit = args["unit"]
    assert isinstance(unit, str), "the field takes text"
    return unit


QUERIES: Final = (
    Query(
        name="show",
        fields=(ASKED,),
        answer=answer_show,
        does="Show the title of a unit with its owners' shares and all rights",
        returns=SHOWN,
    ),
    Query(
        name="history",
        fields=(ASKED,),
        answer=answer_history,
        does="Show the history of a unit's title, the oldest step first",
        rows=("lines", LINE),
    ),
    Query(
        name="list",
        fields=(
            Field(name="district", kind=Optional(inner=DISTRICT)),
            Field(name="after", kind=Optional(inner=UNIT)),
            Field(
                name="limit",
                kind=Optional(inner=Integer(low=1, high=PAGE_MAX, unit="titles", help="how many")),
            ),
        ),
        answer=answer_list,
        does="List units by their codes",
        rows=("titles", LISTED),
    ),
)
