"""Lots: what is made together and recalled together; where their things are, and what they are made of.

Records (keys after ``trace/``): ``lot/<id>`` → ``[maker, [ancestor, ...]]``; ``held/<lot>/<org>`` →
``[things]``: how many things of the lot an organisation has in custody, packed ones counted;
``made/<lot>/<lot>`` → ``[]``: the second was made of the first; ``recall/<lot>`` → ``[[org, reason, returns,
height], ...]``.

**How a recall reaches what was made.** A lot knows all its ancestors, at most ``ANCESTORS_MAX`` of them; a
transformation that would need more is refused. A container knows of which lots it holds something
(``LOTS_INSIDE_MAX``). So whoever ships asks a bounded number of records, and no rule walks: neither at the
recall, however much was made of the lot, nor when goods move. Nothing is forgotten on the way: the bound
refuses, it never drops an ancestor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, cast

from p2pchain.business.trace.fields import LOT
from p2pchain.business.trace.refusals import LineageTooLong, LotRecalled, LotUnknown
from p2pchain.business.trace.things import CHILDREN_MAX, Inside
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Array, Integer, Organisation
from p2pchain.ledger.meter import ENTRY
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

LOT_PREFIX: Final = b"lot/"
HELD_PREFIX: Final = b"held/"
MADE_PREFIX: Final = b"made/"
RECALL_PREFIX: Final = b"recall/"
ANCESTORS_MAX: Final = 64
"""Most lots of which a lot is made, at first, second or any hand."""
MARKS_MAX: Final = 16
"""Most organisations that recall one lot."""
HELD: Final = Integer(high=CHILDREN_MAX, unit="things", help="how many things of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One lot. ``maker``: who brought it in, and may recall it; ``ancestors``: all lots that it is made of,
    ascending.
    """

    key: Annotated[bytes, LOT]
    maker: Annotated[OrgId, Organisation(help="who made it or took it in")]
    ancestors: Annotated[
        tuple[bytes, ...],
        Array(inner=LOT, most=ANCESTORS_MAX, help="all lots that it is made of"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One recall of a lot. ``returns``: custodians may ship it to ``org``."""

    org: OrgId
    reason: str
    returns: bool
    height: int


class Shipment:
    """Recalls and counts that one operation looks at; each lot is asked for once."""

    def __init__(self, context: Context, to: OrgId | None) -> None:
        """``to``: who gets the goods, None where they go nowhere."""
        self._context = context
        self._to = to
        self._marks: dict[bytes, tuple[Mark, ...]] = {}
        self._seen: dict[bytes, None] = {}

    def require_not_recalled(self, thing: bytes, lots: Iterable[bytes]) -> None:
        """``TRC_RECALLED`` where one of the lots, or one that it is made of, is recalled; not where whoever
        recalled it takes it back.
        """
        for key in lots:
            if key in self._seen:
                continue
            lot = require_lot(self._context, key)
            for source in (key, *lot.ancestors):
                self._require(thing, key, source)
            self._seen[key] = None

    def _require(self, thing: bytes, lot: bytes, source: bytes) -> None:
        if source not in self._marks:
            self._marks[source] = marks_of(self._context, source)
        for mark in self._marks[source]:
            if not (mark.returns and mark.org == self._to):
                facts: dict[str, Fact] = {"thing": thing.hex(), "lot": lot.hex()}
                raise LotRecalled({**facts, "recalled": source.hex(), "by": mark.org})


def find_lot(view: View, key: bytes) -> Lot | None:
    """The lot of this id, None where there is none."""
    record = view.get(LOT_PREFIX + key)
    if record is None:
        return None
    maker, ancestors = record
    return Lot(key=key, maker=maker, ancestors=ancestors)  # type: ignore[arg-type]


def require_lot(view: View, key: bytes) -> Lot:
    """The lot of this id, or ``TRC_LOT_UNKNOWN``."""
    lot = find_lot(view, key)
    if lot is None:
        raise LotUnknown({"lot": key.hex()})
    return lot


def store_lot(context: Context, lot: Lot) -> None:
    """Write a lot."""
    context.put(LOT_PREFIX + lot.key, (lot.maker, lot.ancestors))


def marks_of(view: View, lot: bytes) -> tuple[Mark, ...]:
    """List the recalls of a lot."""
    record = view.get(RECALL_PREFIX + lot)
    if record is None:
        return ()
    rows = cast("tuple[tuple[OrgId, str, bool, int], ...]", record)
    return tuple(
        Mark(org=org, reason=reason, returns=returns, height=height) for org, reason, returns, height in rows
    )


def store_marks(context: Context, lot: bytes, marks: Iterable[Mark]) -> None:
    """Write who recalls a lot; nothing where nobody does."""
    rows = tuple((mark.org, mark.reason, mark.returns, mark.height) for mark in marks)
    if rows:
        context.put(RECALL_PREFIX + lot, rows)
    else:
        context.delete(RECALL_PREFIX + lot)


def hold(context: Context, inside: Inside, org: OrgId, sign: int = 1) -> None:
    """Count things of these lots into the custody of ``org``; out of it with ``sign`` -1."""
    for lot in sorted(inside):
        key = HELD_PREFIX + lot + b"/" + org.encode()
        record = context.get(key)
        before = 0 if record is None else record[0]
        assert isinstance(before, int), f"held record {record!r}"
        count = before + sign * inside[lot]
        assert count >= 0, f"{org} would hold {count} of {lot.hex()}"
        if count:
            context.put(key, (count,))
        else:
            context.delete(key)


def descend(context: Context, lot: Lot, sources: Iterable[Lot]) -> Lot:
    """The lot as one that is made of these, too; stored. ``TRC_LINEAGE`` beyond the bound."""
    ancestors = dict.fromkeys(lot.ancestors)
    for source in sources:
        if source.key == lot.key:
            continue
        ancestors.update(dict.fromkeys((source.key, *source.ancestors)))
        context.meter.spend(ENTRY * (1 + len(source.ancestors)))
        context.put(MADE_PREFIX + source.key + b"/" + lot.key, ())
    ancestors.pop(lot.key, None)
    if len(ancestors) > ANCESTORS_MAX:
        facts: dict[str, Fact] = {"lot": lot.key.hex(), "lots": len(ancestors)}
        raise LineageTooLong({**facts, "lots_max": ANCESTORS_MAX})
    grown = Lot(key=lot.key, maker=lot.maker, ancestors=tuple(sorted(ancestors)))
    store_lot(context, grown)
    return grown
