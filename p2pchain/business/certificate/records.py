"""Certificates, and the records that the module keeps.

Records (keys after ``certificate/``; ids are 32 bytes):
``item/<id>`` → the fields of ``Certificate`` in their order, but for the id (``key``);
``holder/<org>/<id>`` → ``[]``, as long as the organisation holds it and it counts;
``history/<id>/<page, 4 bytes>`` → ``[[height, time_ms, action, org, note | null], ...]``;
``issue/<id>`` → the fields of ``MeteredIssue``: a metered period, and what became of its watt-hours;
``device/<id>``, ``registration/<device>/<issuing body>`` (``devices.py``);
``hours/<device>/<day, 3 bytes>`` → ``[[ledger | null, slots], ...]`` (``hours.py``);
``exported/<id>``, ``imported/<id>``, ``ledger/<chain id>`` (``passage.py``).

Energy is in watt-hours, always an integer; moments are milliseconds since 1970-01-01T00:00Z. What was issued
for one period is a range of watt-hours from 0; a part has a range within it, and no two certificates that
count have a watt-hour in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.certificate.fields import (
    AREA,
    DAY_OR_NONE,
    DEVICE,
    END,
    EXPIRES,
    ID,
    ISSUE_ID,
    KIND,
    LEDGER_OR_OWN,
    OPTIONAL_ID,
    ORG_OR_NONE,
    STANDARD,
    START,
    STATEMENT,
    TECHNOLOGY,
    WATT_HOURS,
    WATT_HOURS_OR_NONE,
)
from p2pchain.business.certificate.refusals import CertificateUnknown
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Choice, Flag, Hash, Integer, Optional, Organisation
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

HELD: Final = "held"
SPLIT: Final = "split"
CANCELLED: Final = "cancelled"
CLAIMED: Final = "claimed"
WITHDRAWN: Final = "withdrawn"
EXPORTED: Final = "exported"
EXPIRED: Final = "expired"
STATES: Final = (HELD, SPLIT, CANCELLED, CLAIMED, WITHDRAWN, EXPORTED, EXPIRED)
STATE: Final = Choice(words=STATES)

ITEM: Final = b"item/"
HOLDER: Final = b"holder/"
HISTORY: Final = b"history/"
ISSUE: Final = b"issue/"
HISTORY_PAGE: Final = 64
"""Most steps that share a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate.

    ``issue``: id of what was issued for its period, of which it is the range of ``wh`` watt-hours from
    ``first_wh``; ``unit_wh``: it has whole units only; ``carried_wh``: the first so many watt-hours of the
    issue are from earlier periods; ``body``: who issued it; ``ledger``: chain id of the ledger where, None
    for this one; ``expires_ms``: None where it never does; ``locked_until``: the last day of the lock;
    ``mate``: with which it was claimed; ``events``: number of steps in its history, ``page``: its last page.
    """

    key: Annotated[bytes, ID]
    state: Annotated[str, STATE]
    kind: Annotated[str, KIND]
    holder: Annotated[OrgId, Organisation(help="whose it is")]
    wh: Annotated[int, WATT_HOURS]
    first_wh: Annotated[int, WATT_HOURS_OR_NONE]
    unit_wh: Annotated[int, WATT_HOURS]
    carried_wh: Annotated[int, WATT_HOURS_OR_NONE]
    issue: Annotated[bytes, ISSUE_ID]
    device: Annotated[bytes, DEVICE]
    start_ms: Annotated[int, START]
    end_ms: Annotated[int, END]
    area: Annotated[str, AREA]
    technology: Annotated[str, TECHNOLOGY]
    standard: Annotated[str, STANDARD]
    body: Annotated[str, Organisation(help="who issued it")]
    ledger: Annotated[str | None, LEDGER_OR_OWN]
    expires_ms: Annotated[int | None, EXPIRES]
    parent: Annotated[bytes | None, OPTIONAL_ID]
    offer_to: Annotated[OrgId | None, ORG_OR_NONE]
    locked_for: Annotated[OrgId | None, ORG_OR_NONE]
    locked_until: Annotated[int | None, DAY_OR_NONE]
    beneficiary: Annotated[OrgId | None, ORG_OR_NONE]
    statement: Annotated[bytes | None, Optional(inner=STATEMENT)]
    mate: Annotated[bytes | None, OPTIONAL_ID]
    events: Annotated[int, Integer(unit="steps", help="number of steps in its history")]
    page: Annotated[int, Integer(help="last page of its history")]

    @property
    def end_wh(self) -> int:
        """The first watt-hour of its issue behind its range."""
        return self.first_wh + self.wh


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredIssue:
    """A metered period, and what became of the watt-hours that were issued for it here: the rest is held.
    ``carried_wh``: so many of them are of earlier periods; ``readings``: root of the readings, which the
    client keeps; ``is_open``: all were withdrawn, and the period may be issued again.
    """

    key: Annotated[bytes, ISSUE_ID]
    body: Annotated[OrgId, Organisation(help="who issued")]
    device: Annotated[bytes, DEVICE]
    start_ms: Annotated[int, START]
    end_ms: Annotated[int, END]
    metered_wh: Annotated[int, WATT_HOURS_OR_NONE]
    carried_wh: Annotated[int, WATT_HOURS_OR_NONE]
    issued_wh: Annotated[int, WATT_HOURS_OR_NONE]
    retired_wh: Annotated[int, WATT_HOURS_OR_NONE]
    expired_wh: Annotated[int, WATT_HOURS_OR_NONE]
    withdrawn_wh: Annotated[int, WATT_HOURS_OR_NONE]
    away_wh: Annotated[int, WATT_HOURS_OR_NONE]
    readings: Annotated[bytes, Hash(label="root of the readings", help="root of the readings")]
    is_open: Annotated[bool, Flag(help="it was withdrawn, and its hours may be issued again")]


FIELDS: Final = tuple(field.name for field in fields(Certificate))[1:]
ISSUE_FIELDS: Final = tuple(field.name for field in fields(MeteredIssue))[1:]
assert FIELDS[-2:] == ("events", "page"), "store writes these behind the others"
_VALUES: Final[Callable[[Certificate], Record]] = attrgetter(*FIELDS)
_ISSUE_VALUES: Final[Callable[[MeteredIssue], Record]] = attrgetter(*ISSUE_FIELDS)


def find(view: View, id_: bytes) -> Certificate | None:
    """The certificate of this id, None where there is none."""
    record = view.get(ITEM + id_)
    return None if record is None else certificate_of(id_, record)


def require(view: View, id_: bytes) -> Certificate:
    """The certificate of this id, or ``Refused("CRT_UNKNOWN")``."""
    item = find(view, id_)
    if item is None:
        raise CertificateUnknown({"certificate": id_.hex()})
    return item


def store(
    context: Context, before: Certificate | None, after: Certificate, action: str, org: OrgId, note: Value
) -> None:
    """Write a certificate with its index and a line of its history, and emit it as an event. ``note``: a
    name, a number or an id; never words of ours.
    """
    held_before = before is not None and before.state == HELD
    if before is not None and held_before and (after.state != HELD or before.holder != after.holder):
        context.delete(_index(before))
    if after.state == HELD and (before is None or not held_before or before.holder != after.holder):
        context.put(_index(after), ())
    lines, page = _last_page(context, after)
    context.put(ITEM + after.key, (*_VALUES(after)[:-2], after.events + 1, page))
    line: Record = (context.height, context.time_ms, action, org, note)
    context.put(history_key(after.key, page), (*lines, line))
    context.emit(action, (after.key, after.state, org, after.holder, after.wh, note))


def find_issue(view: View, id_: bytes) -> MeteredIssue | None:
    """Find the issue of this id, or None."""
    record = view.get(ISSUE + id_)
    return None if record is None else issue_of(id_, record)


def store_issue(context: Context, issue: MeteredIssue) -> None:
    """Write a metered period."""
    context.put(ISSUE + issue.key, _ISSUE_VALUES(issue))


def account(context: Context, item: Certificate, column: str, wh: int) -> None:
    """Add watt-hours to a column of the issue that a certificate is of, where it was issued here."""
    if item.ledger is not None:
        return
    issue = find_issue(context, item.issue)
    assert issue is not None, "what was issued here has its issue"
    store_issue(context, replace(issue, **{column: getattr(issue, column) + wh}))


def history_of(view: View, id_: bytes) -> Iterator[tuple[int, Record]]:
    """The lines of its history, in their order, each with its page."""
    prefix = HISTORY + id_ + b"/"
    for key, lines in view.walk(prefix):
        page = int.from_bytes(key[len(prefix) :], "big")
        for line in lines:
            assert isinstance(line, tuple), f"history record {lines!r}"
            yield page, line


def history_key(id_: bytes, page: int) -> bytes:
    """Return the state key of a history's page."""
    return HISTORY + id_ + b"/" + page.to_bytes(4, "big")


def facts_of(item: Certificate, **facts: Fact) -> dict[str, Fact]:
    """Return the facts that every refusal about a known certificate has."""
    return {"certificate": item.key.hex(), "state": item.state, **facts}


def certificate_of(id_: bytes, record: Record) -> Certificate:
    """The certificate of its record, which this module wrote."""
    assert len(record) == len(FIELDS), f"certificate record {record!r}"
    values: dict[str, Value] = dict(zip(FIELDS, record, strict=True))
    return Certificate(key=id_, **values)  # type: ignore[arg-type]


def issue_of(id_: bytes, record: Record) -> MeteredIssue:
    """The metered period of its record, which this module wrote."""
    assert len(record) == len(ISSUE_FIELDS), f"issue record {record!r}"
    values: dict[str, Value] = dict(zip(ISSUE_FIELDS, record, strict=True))
    return MeteredIssue(key=id_, **values)  # type: ignore[arg-type]


def _last_page(view: View, item: Certificate) -> tuple[Record, int]:
    """The lines of the page that takes the next step, and its number."""
    lines = view.get(history_key(item.key, item.page)) or ()
    return ((), item.page + 1) if len(lines) == HISTORY_PAGE else (lines, item.page)


def _index(item: Certificate) -> bytes:
    return HOLDER + item.holder.encode() + b"/" + item.key
