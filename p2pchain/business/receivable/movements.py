"""Movements of an organisation's receivables within some days, read from their histories.

A history names every step, so it tells how a receivable stood on any day: who held it, and in which state.
``standing`` follows it up to a moment; nothing but the history is read, for the record has today's holder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.business.receivable.answers import LINE
from p2pchain.business.receivable.fields import DOCUMENT, ID
from p2pchain.business.receivable.queries import receivables_from
from p2pchain.business.receivable.records import (
    ACCEPTED,
    CANCELLED,
    DAY_MS,
    DEFAULTED,
    PAID,
    PRESENTED,
    PROPOSED,
    REJECTED,
    SETTLED,
    SPLIT,
    STATE,
    Receivable,
    history_of,
)
from p2pchain.ledger.context import View
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import Array, Day, Flag, Integer, Optional, Organisation, Row
from p2pchain.ledger.module import Json, Query
from p2pchain.ledger.record import Record
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

PAGE_MAX: Final = 100
PAGE_DEFAULT: Final = 50
SCANNED_MAX: Final = 1_000
"""Most receivables that one call looks at."""
STEPS_MAX: Final = 1_024
"""Most steps of one receivable within the days that are shown."""

_STATE_AFTER: Final[Mapping[str, str]] = {
    "issued": PROPOSED,
    "part_made": ACCEPTED,
    "accepted": ACCEPTED,
    "rejected": REJECTED,
    "cancelled": CANCELLED,
    "presented": PRESENTED,
    "payment_attested": PAID,
    "settled": SETTLED,
    "set_off": SETTLED,
    "split": SPLIT,
    "defaulted": DEFAULTED,
    "recourse_paid": DEFAULTED,
}
_TAKEN_BY_SIGNER: Final = frozenset({"part_made", "transferred", "financed"})
_LIVE: Final = frozenset({ACCEPTED, PRESENTED, PAID, DEFAULTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastState:
    """State and holder of a receivable at a past moment; None where it was not there yet."""

    state: str | None = None
    holder: OrgId | None = None

    def concerns(self, party: str, debtor: str) -> bool:
        """Decide whether it was owed by or to ``party``."""
        return self.state in _LIVE and party in (debtor, self.holder)


def standing(item: Receivable, lines: Iterable[Record]) -> PastState:
    """Follow a history, the oldest line first."""
    state: str | None = None
    unpaid: str | None = None
    holder: OrgId | None = None
    for line in lines:
        _, _, action, org, note = line
        if action == "payment_attested":
            unpaid = state
        state = unpaid if action == "payment_denied" else _STATE_AFTER.get(str(action), state)
        if action == "issued":
            holder = item.creditor
        elif action in _TAKEN_BY_SIGNER:
            holder = OrgId(str(org))
        elif action == "recourse_paid":
            holder = OrgId(str(note))
    return PastState(state=state, holder=holder)


def answer_movements(view: View, args: Mapping[str, Value]) -> Json:
    """``{"receivables": [...], "next": id | null}`` of those that ``party`` owed, held or acted on."""
    party, first, last, after, limit = (
        args[name] for name in ("party", "first_day", "last_day", "after", "limit")
    )
    assert isinstance(party, str), "the field takes text"
    assert isinstance(first, int), "the field takes a day"
    assert isinstance(last, int), "the field takes a day"
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    rows: list[Json] = []
    reached: str | None = None
    for scanned, item in enumerate(receivables_from(view, after)):
        if len(rows) == most or scanned == SCANNED_MAX:
            return {"receivables": rows, "next": reached}
        reached = item.key.hex()
        lines = [line for _, line in history_of(view, item.key)]
        row = _row(item, lines, party, first * DAY_MS, (last + 1) * DAY_MS)
        if row is not None:
            rows.append(row)
    return {"receivables": rows, "next": None}


def _row(item: Receivable, lines: Sequence[Record], party: str, from_ms: int, to_ms: int) -> Json | None:
    """A receivable as the days found and left it; None where they are nothing to the party."""
    before = standing(item, (line for line in lines if _time(line) < from_ms))
    after = standing(item, (line for line in lines if _time(line) < to_ms))
    steps = [line for line in lines if from_ms <= _time(line) < to_ms]
    ours = party in (item.debtor, item.creditor, before.holder, after.holder) or any(
        line[3] == party for line in steps
    )
    if not (before.concerns(party, item.debtor) or after.concerns(party, item.debtor) or (ours and steps)):
        return None
    return {
        "receivable": item.key.hex(),
        "debtor": item.debtor,
        "creditor": item.creditor,
        "amount_minor": item.amount_minor,
        "currency": item.currency,
        "due_day": item.due_day,
        "document": None if item.document is None else item.document.hex(),
        "state_before": before.state,
        "holder_before": before.holder,
        "live_before": before.state in _LIVE,
        "state_after": after.state,
        "holder_after": after.holder,
        "live_after": after.state in _LIVE,
        "steps": [
            {"time_ms": time_ms, "height": height, "org": org, "action": action, "note": note}
            for height, time_ms, action, org, note in steps[:STEPS_MAX]
        ],
        "more_steps": max(0, len(steps) - STEPS_MAX),
    }


def _time(line: Record) -> int:
    time_ms = line[1]
    assert isinstance(time_ms, int), f"history line {line!r}"
    return time_ms


_ITEM: Final = {field.name: field for field in fields_of(Receivable)}
_STEP: Final = tuple(
    (field.name, field.kind) for field in LINE if field.name in ("time_ms", "height", "org", "action", "note")
)

QUERY: Final = Query(
    name="movements",
    fields=(
        Field(name="party", kind=Organisation(help="whose receivables")),
        Field(name="first_day", kind=Day(help="first day, in UTC")),
        Field(name="last_day", kind=Day(help="last day")),
        Field(name="after", kind=Optional(inner=ID)),
        Field(name="limit", kind=Optional(inner=Integer(low=1, high=PAGE_MAX, help="at most so many"))),
    ),
    answer=answer_movements,
    does="Show how an organisation's receivables stood before and after some days, and each step between",
    rows=(
        "receivables",
        (
            Field(name="receivable", kind=ID),
            *(_ITEM[name] for name in ("debtor", "creditor", "amount_minor", "currency", "due_day")),
            Field(name="document", kind=DOCUMENT, is_shown=False),
            Field(name="state_before", kind=Optional(inner=STATE)),
            Field(name="holder_before", kind=Optional(inner=Organisation())),
            Field(name="live_before", kind=Flag(help="it was owed then"), is_shown=False),
            Field(name="state_after", kind=Optional(inner=STATE)),
            Field(name="holder_after", kind=Optional(inner=Organisation())),
            Field(name="live_after", kind=Flag(help="it was owed then"), is_shown=False),
            Field(
                name="steps",
                kind=Array(inner=Row(columns=_STEP), most=STEPS_MAX, is_distinct=False),
                is_shown=False,
            ),
            Field(name="more_steps", kind=Integer(help="steps beyond those"), is_shown=False),
        ),
    ),
)
