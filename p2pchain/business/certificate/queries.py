"""Questions to the certificates: one with its history, an organisation's own, a metering point, a metered
period.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Final

from p2pchain.business.certificate.devices import (
    DEVICE_FIELDS,
    REGISTRATION,
    require_device,
    require_registration,
)
from p2pchain.business.certificate.hours import SLOTS, taken_slots
from p2pchain.business.certificate.passage import TRUSTED
from p2pchain.business.certificate.records import (
    FIELDS,
    HELD,
    HOLDER,
    ISSUE_FIELDS,
    ITEM,
    STATES,
    Certificate,
    certificate_of,
    find,
    find_issue,
    history_of,
    require,
)
from p2pchain.business.certificate.refusals import CertificateUnknown
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Refused, listed
from p2pchain.model.transaction import Value

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
SCANNED_MAX: Final = 10_000
"""Most certificates that one call of ``list`` looks at; ``next`` goes on where it stopped."""
LINES_MAX: Final = 1_024
"""Most lines of a history, its parents' included."""
ROWS_MAX: Final = 500
"""Most issuing bodies, or trusted ledgers, of one answer."""
_SHOWN: Final = tuple(name for name in FIELDS if name not in ("events", "page"))
assert fields(Certificate)[0].name == "key"


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One certificate, or ``Refused("CRT_UNKNOWN")``."""
    return certificate_json(view, require(view, _octets(args, "certificate")))


def answer_history(view: View, args: Mapping[str, Value]) -> Json:
    """``{"certificate": ..., "lines": [...]}``: everything that was done to it and to what it is a part of,
    the oldest first.
    """
    item = require(view, _octets(args, "certificate"))
    line: list[Certificate] = [item]
    while (parent := line[-1].parent) is not None:
        view.meter.stepped()
        line.append(require(view, parent))
    lines: list[Json] = []
    for part in reversed(line):
        for number, (page, record) in enumerate(history_of(view, part.key)):
            if len(lines) == LINES_MAX:
                break
            lines.append(_line(part, number, page, record))
    return {"certificate": certificate_json(view, item), "lines": lines}


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"certificates": [...], "next": id | null}``: a page in the order of the ids. ``holder``: only those
    that it holds and that count; ``state``: only those in this state.
    """
    holder, state, after, limit = args["holder"], args["state"], args["after"], args["limit"]
    if state is not None and state not in STATES:
        raise Refused("QUERY_INVALID_ARGS", {"argument": "state", "expected": listed(STATES)})
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    page: list[Json] = []
    last: str | None = None
    for scanned, item in enumerate(_walk(view, holder, after)):
        if len(page) == most or scanned == SCANNED_MAX:
            return {"certificates": page, "next": last}
        last = item.key.hex()
        if state is None or item.state == state:
            page.append(certificate_json(view, item))
    return {"certificates": page, "next": None}


def answer_device(view: View, args: Mapping[str, Value]) -> Json:
    """A metering point with those that issue for it, or ``Refused("CRT_DEVICE_UNKNOWN")``."""
    device = require_device(view, _octets(args, "device"))
    prefix = REGISTRATION + device.key + b"/"
    rows: list[Json] = []
    for key, _ in view.walk(prefix):
        if len(rows) == ROWS_MAX:
            break
        body = key[len(prefix) :].decode()
        held = require_registration(view, device.key, body)
        rows.append(
            {
                "body": body,
                "standard": held.standard,
                "metered_wh": held.metered_wh,
                "issued_wh": held.issued_wh,
                "remainder_wh": held.remainder_wh,
                "until_ms": held.until_ms,
            }
        )
    known = {name: getattr(device, name) for name in DEVICE_FIELDS}
    return {"device": device.key.hex(), **known, "bodies": rows}


def answer_hours(view: View, args: Mapping[str, Value]) -> Json:
    """``{"slots": text}``: of a metering point and a day in UTC, ``1`` for each five minutes that were
    issued.
    """
    day = args["day"]
    assert isinstance(day, int), "the field takes a day"
    device = _octets(args, "device")
    slots = taken_slots(view, device, day)
    words = "".join("1" if slots >> (SLOTS - 1 - slot) & 1 else "0" for slot in range(SLOTS))
    return {"device": device.hex(), "day": day, "slots": words}


def answer_issue(view: View, args: Mapping[str, Value]) -> Json:
    """A metered period and what became of its watt-hours, or ``Refused("CRT_UNKNOWN")``."""
    key = _octets(args, "issue")
    made = find_issue(view, key)
    if made is None:
        raise CertificateUnknown({"certificate": key.hex()})
    held_wh = made.issued_wh - made.retired_wh - made.expired_wh - made.withdrawn_wh - made.away_wh
    known = {name: _json(getattr(made, name)) for name in ISSUE_FIELDS}
    return {"issue": key.hex(), **known, "held_wh": held_wh}


def answer_ledgers(view: View, _args: Mapping[str, Value]) -> Json:
    """The other ledgers from which certificates are taken, each with its trusted block."""
    rows: list[Json] = []
    for key, (height, block_id) in view.walk(TRUSTED):
        if len(rows) == ROWS_MAX:
            break
        rows.append({"ledger": key[len(TRUSTED) :].decode(), "height": height, "block_id": _json(block_id)})
    return {"ledgers": rows}


def certificate_json(view: View, item: Certificate) -> Json:
    """A certificate as an answer; ``lapsed`` follows from the time of the last block."""
    known = {name: _json(getattr(item, name)) for name in _SHOWN}
    lapsed = item.state == HELD and item.expires_ms is not None and view.time_ms >= item.expires_ms
    return {"certificate": item.key.hex(), **known, "lapsed": lapsed}


def _walk(view: View, holder: Value, after: Value) -> Iterator[Certificate]:
    """All, or those that one organisation holds, above ``after``."""
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    if holder is None:
        for key, record in view.walk(ITEM, None if after is None else ITEM + after):
            yield certificate_of(key[len(ITEM) :], record)
        return
    assert isinstance(holder, str), "the field takes text"
    prefix = HOLDER + holder.encode() + b"/"
    for key, _ in view.walk(prefix, None if after is None else prefix + after):
        item = find(view, key[len(prefix) :])
        assert item is not None, "the index names what is there"
        yield item


def _line(item: Certificate, number: int, page: int, record: Record) -> Json:
    height, time_ms, action, org, note = record
    return {
        "time_ms": time_ms,
        "height": height,
        "certificate": item.key.hex(),
        "number": number,
        "page": page,
        "org": org,
        "action": action,
        "note": _json(note),
    }


def _json(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _octets(args: Mapping[str, Value], name: str) -> bytes:
    value = args[name]
    assert isinstance(value, bytes), "the field takes bytes"
    return value
