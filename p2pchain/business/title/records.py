"""A title: a unit with its owners' shares and its rights, and the records that the module keeps.

The words are those of ISO 19152 (LADM): a unit is an ``LA_BAUnit``, an owner an ``LA_Party``, what it has an
``LA_Right`` with its ``share``, a seizure, objection or notice an ``LA_Restriction``, a mortgage an
``LA_Mortgage`` with its ranking, and an instrument an ``LA_AdministrativeSource``.

Records (keys after ``title/``; ``<unit>`` is the code of a unit, 28 characters):
``district/<6 digits>`` → ``[org that keeps its register]``;
``unit/<unit>`` → the fields of ``Title`` in their order, but for the unit;
``<kind>/<unit>`` → ``[[number, holder | null, org | null, rank | null, amount | null, currency | null,
from_day, until_day | null, source, marked], ...]`` for each of the six kinds of rights: **the key is there
only while a right of the kind is**, so its absence proves that there is none (``seizure/<unit>``);
``sale/<unit>`` → ``[listing, agent, buyer, until_day, marked]``, there only while a signed sale is;
``history/<unit>/<revision, 4 bytes>`` → ``[height, time_ms, action, org, right | null, source]``.

A mortgage, a seizure and a signed sale mark the unit in the index of encumbrances, as ``title/<SHA-256 of the
code>`` for the basis of the unit itself, so that nothing else takes it; ``marked`` says so. A seizure stands,
marked or not: no deal keeps a court from seizing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.encumbrance.module import thing_of
from p2pchain.business.title.fields import (
    CURRENCY,
    DENOMINATOR,
    FROM_DAY,
    HOLDER_ORG,
    KINDS,
    NUMBER,
    NUMERATOR,
    OWNER,
    OWNERS_MAX,
    RANK,
    REGISTERED,
    REVISION,
    REVISION_MAX,
    SECURED,
    SOURCE,
    STATE,
    UNITS,
    UNTIL_DAY,
)
from p2pchain.business.title.fields import UNIT as UNIT_KIND
from p2pchain.business.title.refusals import TitleChanged, TitleEnded, TitleUnknown
from p2pchain.business.title.unit_code import check_unit
from p2pchain.codec.title_ids import unit_id
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Array, Flag, Integer, Optional, Row
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

NAME: Final = "title"
DAY_MS: Final = 86_400_000
DISTRICT: Final = b"district/"
UNIT: Final = b"unit/"
SALE: Final = b"sale/"
HISTORY: Final = b"history/"
SORT: Final = "title"
"""Sort of a unit in the index of encumbrances."""

Share = tuple[bytes, int]
"""(owner, numerator)."""
SHARES: Final = Array(
    inner=Row(columns=(("owner", OWNER), ("numerator", NUMERATOR))),
    least=1,
    most=OWNERS_MAX,
    is_distinct=False,
    help="owners, each with the numerator of its share",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """One unit. ``revision``: counts its changes; ``ownership``: those of its owners; ``rights``: how many
    were ever recorded; ``predecessors``: units that it was made of; ``successors``: those made of it.
    """

    unit: Annotated[str, UNIT_KIND]
    state: Annotated[str, STATE]
    revision: Annotated[int, REVISION]
    ownership: Annotated[int, REVISION]
    rights: Annotated[int, Integer(high=REVISION_MAX, help="rights that were ever recorded")]
    shares: Annotated[tuple[Share, ...], SHARES]
    denominator: Annotated[int, DENOMINATOR]
    source: Annotated[bytes, SOURCE]
    predecessors: Annotated[tuple[str, ...], UNITS]
    successors: Annotated[tuple[str, ...], UNITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One right on a unit. ``holder``: a person; ``org``: the member that holds it and signs its discharge;
    ``marked``: the index of encumbrances counts it.
    """

    number: Annotated[int, NUMBER]
    holder: Annotated[bytes | None, Optional(inner=OWNER)]
    org: Annotated[OrgId | None, HOLDER_ORG]
    rank: Annotated[int | None, Optional(inner=RANK)]
    amount_minor: Annotated[int | None, Optional(inner=SECURED)]
    currency: Annotated[str | None, Optional(inner=CURRENCY)]
    from_day: Annotated[int, FROM_DAY]
    until_day: Annotated[int | None, Optional(inner=UNTIL_DAY)]
    source: Annotated[bytes, SOURCE]
    marked: Annotated[bool, Flag(help="counted by the index of encumbrances")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A signed sale of a unit. ``buyer``: to whom alone it may be transferred up to ``until_day``."""

    listing: bytes
    agent: OrgId
    buyer: bytes
    until_day: int
    marked: bool


TITLE_FIELDS: Final = tuple(field.name for field in fields(Title))[1:]
RIGHT_FIELDS: Final = tuple(field.name for field in fields(Right))
_TITLE_VALUES: Final[Callable[[Title], Record]] = attrgetter(*TITLE_FIELDS)
_RIGHT_VALUES: Final[Callable[[Right], Record]] = attrgetter(*RIGHT_FIELDS)


def today(view: View) -> int:
    """The day of the block, in UTC."""
    return view.time_ms // DAY_MS


def find(view: View, unit: str) -> Title | None:
    """The title of a unit, None where there is none."""
    record = view.get(UNIT + unit.encode())
    if record is None:
        return None
    assert len(record) == len(TITLE_FIELDS), f"title record {record!r}"
    values: dict[str, Value] = dict(zip(TITLE_FIELDS, record, strict=True))
    return Title(unit=unit, **values)  # type: ignore[arg-type]


def require_title(view: View, unit: str) -> Title:
    """The title of a unit. Raises ``TTL_CODE``, ``TTL_UNKNOWN``."""
    check_unit(unit)
    title = find(view, unit)
    if title is None:
        raise TitleUnknown({"unit": unit})
    return title


def require_live(view: View, unit: str) -> Title:
    """The title of a unit that was neither split nor merged. Raises ``TTL_ENDED`` besides."""
    title = require_title(view, unit)
    if title.state != REGISTERED:
        raise TitleEnded({"unit": unit, "state": title.state})
    return title


def require_revision(title: Title, revision: int) -> None:
    """Refuse with ``TTL_STALE`` where the sender looked at another revision."""
    if title.revision != revision:
        facts: dict[str, Fact] = {"unit": title.unit, "revision": revision}
        raise TitleChanged({**facts, "expected": title.revision})


def put_title(context: Context, title: Title, action: str, org: OrgId, right: int | None) -> None:
    """Write a title with the line of its history for this revision. ``right``: whose number it is about."""
    context.put(UNIT + title.unit.encode(), _TITLE_VALUES(title))
    line: Record = (context.height, context.time_ms, action, org, right, title.source)
    context.put(history_key(title.unit, title.revision), line)


def rights_of(view: View, kind: str, unit: str) -> tuple[Right, ...]:
    """The rights of a kind that are recorded on a unit, lapsed ones included, in the order of recording."""
    rows = view.get(right_key(kind, unit)) or ()
    view.meter.stepped(len(rows))
    return tuple(_right_of(row) for row in rows)


def standing_rights(view: View, kind: str, unit: str) -> tuple[Right, ...]:
    """The rights of a kind that have not lapsed."""
    now = today(view)
    return tuple(right for right in rights_of(view, kind, unit) if not is_lapsed(right, now))


def is_lapsed(right: Right, now: int) -> bool:
    """Decide whether the last day of a right has passed."""
    return right.until_day is not None and now > right.until_day


def put_rights(context: Context, kind: str, unit: str, rights: tuple[Right, ...]) -> None:
    """Write the rights of a kind; the key is there only while there are some."""
    if rights:
        context.put(right_key(kind, unit), tuple(_RIGHT_VALUES(right) for right in rights))
    else:
        context.delete(right_key(kind, unit))


def sale_of(view: View, unit: str) -> Sale | None:
    """The signed sale of a unit, lapsed or not; None for none."""
    match view.get(SALE + unit.encode()):
        case None:
            return None
        case (bytes(listing), str(agent), bytes(buyer), int(until_day), bool(marked)):
            return Sale(listing=listing, agent=OrgId(agent), buyer=buyer, until_day=until_day, marked=marked)
        case record:
            raise AssertionError(f"sale record {record!r}")


def pending_sale(view: View, unit: str) -> Sale | None:
    """The signed sale of a unit whose last day has not passed; None for none."""
    sale = sale_of(view, unit)
    return None if sale is None or today(view) > sale.until_day else sale


def put_sale(context: Context, unit: str, sale: Sale) -> None:
    """Write the signed sale of a unit."""
    record: Record = (sale.listing, sale.agent, sale.buyer, sale.until_day, sale.marked)
    context.put(SALE + unit.encode(), record)


def end_sale(context: Context, unit: str, sale: Sale) -> None:
    """Delete the signed sale of a unit, and its mark."""
    context.delete(SALE + unit.encode())
    if sale.marked:
        unmark(context, unit)


def mark(context: Context, unit: str, kind: str, org: OrgId) -> None:
    """Count the unit as encumbered for itself. Raises ``ENC_ACTIVE`` where another deal holds it."""
    basis = unit_id(unit)
    context.call("encumbrance", "take", thing_of(SORT, basis), NAME, basis, kind, org)


def is_free(view: View, unit: str) -> bool:
    """Decide whether no deal but the unit's own encumbers it."""
    basis = unit_id(unit)
    match view.call("encumbrance", "holder_of", thing_of(SORT, basis)):
        case None:
            return True
        case (module, bytes(held), *_):
            return (module, held) == (NAME, basis)
    return False


def unmark(context: Context, unit: str) -> None:
    """Count one encumbrance of the unit less."""
    basis = unit_id(unit)
    context.call("encumbrance", "free", thing_of(SORT, basis), NAME, basis)


def right_key(kind: str, unit: str) -> bytes:
    """Key of the rights of a kind on a unit."""
    assert kind in KINDS, f"no kind of rights: {kind!r}"
    return kind.encode() + b"/" + unit.encode()


def history_key(unit: str, revision: int) -> bytes:
    """Key of the line of a history."""
    return HISTORY + unit.encode() + b"/" + revision.to_bytes(4, "big")


def _right_of(row: Value) -> Right:
    assert isinstance(row, tuple), f"right {row!r}"
    assert len(row) == len(RIGHT_FIELDS), f"right {row!r}"
    values: dict[str, Value] = dict(zip(RIGHT_FIELDS, row, strict=True))
    return Right(**values)  # type: ignore[arg-type]
