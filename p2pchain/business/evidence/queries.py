"""Questions to the evidence: one deposit, all of them, the order of those of one digest, and holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from p2pchain.business.evidence.holds import HELD_DEPOSIT, HOLD
from p2pchain.business.evidence.records import (
    COUNTERSIGN,
    CUSTODY,
    DEPOSIT,
    ORDER,
    TIMESTAMP,
    Deposit,
    find,
    require,
)
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.ledger.record import Record
from p2pchain.model.transaction import Value

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
SCANNED_MAX: Final = 10_000
"""Most deposits that one call of ``list`` looks at; ``next`` goes on where it stopped."""
STEPS_MAX: Final = 1_024
"""Most steps of a history, and most organisations in the order of a digest, that are listed."""


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One deposit, or ``EVD_UNKNOWN``."""
    return deposit_json(view, require(view, _octets(args["deposit"])))


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"deposits": [...], "next": id | null}``: a page in the order of the ids, of those that ``org`` made
    where that is given.
    """
    after, org, limit = args["after"], args["org"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    rows: list[Json] = []
    last: str | None = None
    walked = view.walk(DEPOSIT, None if after is None else DEPOSIT + _octets(after))
    for scanned, (key, record) in enumerate(walked):
        if len(rows) == most or scanned == SCANNED_MAX:
            return {"deposits": rows, "next": last}
        id_ = key[len(DEPOSIT) :]
        last = id_.hex()
        if org in (None, record[0]):
            item = find(view, id_)
            assert item is not None, "the walk is over what is there"
            rows.append(deposit_json(view, item))
    return {"deposits": rows, "next": None}


def answer_history(view: View, args: Mapping[str, Value]) -> Json:
    """``{"deposit", "steps": [...]}``: what was done to a deposit, the oldest first. ``EVD_UNKNOWN``."""
    id_ = _octets(args["deposit"])
    require(view, id_)
    steps = sorted(_steps(view, id_), key=lambda step: (step["height"], step["step"]))
    return {"deposit": id_.hex(), "steps": steps[:STEPS_MAX]}


def answer_find(view: View, args: Mapping[str, Value]) -> Json:
    """``{"digest", "depositors": [...]}``: who deposited a digest, in the order of the chain."""
    digest = _octets(args["digest"])
    prefix = ORDER + digest + b"/"
    rows: list[Json] = []
    for key, (org, deposit, height, time_ms) in view.walk(prefix):
        if len(rows) == STEPS_MAX:
            break
        place = int.from_bytes(key[len(prefix) :])
        rows.append(
            {"place": place, "org": org, "deposit": _hex(deposit), "height": height, "time_ms": time_ms}
        )
    return {"digest": digest.hex(), "depositors": rows}


def answer_holds(view: View, args: Mapping[str, Value]) -> Json:
    """``{"holds": [...], "next": id | null}``: a page of the holds that stand, in the order of their ids."""
    after, limit = args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    rows: list[Json] = []
    for key, record in view.walk(HOLD, None if after is None else HOLD + _octets(after)):
        if len(rows) == most:
            return {"holds": rows, "next": rows[-1]["hold"]}
        rows.append(_hold_json(key[len(HOLD) :], record))
    return {"holds": rows, "next": None}


def deposit_json(view: View, item: Deposit) -> Json:
    """Show a deposit as JSON."""
    return {
        "deposit": item.key.hex(),
        "org": item.org,
        "digest": item.digest.hex(),
        "count": item.count,
        "statement": item.statement,
        "height": item.height,
        "time_ms": item.time_ms,
        "custodian": item.custodian,
        "offered_to": item.offered_to,
        "supersedes": _hex(item.supersedes),
        "superseded_by": _hex(item.superseded_by),
        "countersigned": item.countersigned,
        "timestamped": item.timestamped,
        "held": view.get(HELD_DEPOSIT + item.key) is not None,
    }


def _hold_json(id_: bytes, record: Record) -> Json:
    court, deposit, payload, org, order, height = record
    return {
        "hold": id_.hex(),
        "court": court,
        "deposit": _hex(deposit),
        "payload": _hex(payload),
        "org": org,
        "order": order,
        "height": height,
    }


def _steps(view: View, id_: bytes) -> Iterator[Json]:
    """Steps of a deposit, by their sorts."""
    for prefix, make in ((CUSTODY, _custody), (COUNTERSIGN, _countersigned), (TIMESTAMP, _timestamped)):
        own = prefix + id_ + b"/"
        for number, (key, record) in enumerate(view.walk(own)):
            if number == STEPS_MAX:
                break
            yield make(key[len(own) :], record)


def _custody(number: bytes, record: Record) -> Json:
    org, height, _ = record
    return _step(height, "custody" if any(number) else "deposited", org)


def _countersigned(org: bytes, record: Record) -> Json:
    height, _, statement = record
    return _step(height, "countersigned", org.decode(), statement=statement)


def _timestamped(token: bytes, record: Record) -> Json:
    token_ms, _, height, _ = record
    return _step(height, "timestamped", None, token=token.hex(), token_ms=token_ms)


def _step(height: Value, name: str, org: Value, **more: Value) -> Json:
    empty = {"org": org, "statement": None, "token": None, "token_ms": None}
    return {"height": height, "step": name, **empty, **more}


def _octets(value: Value) -> bytes:
    assert isinstance(value, bytes), "the field takes bytes"
    return value


def _hex(value: Value) -> str | None:
    return value.hex() if isinstance(value, bytes) else None
