"""Questions to the receivables: one of them with its history, and an organisation's own, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from p2pchain.business.receivable.parties import policy_of
from p2pchain.business.receivable.records import (
    DEBTOR,
    HOLDER,
    ITEM,
    Receivable,
    find,
    history_of,
    limits,
    receivable_of,
    require,
    today,
)
from p2pchain.business.receivable.selection import BY_ID, ordered, selects
from p2pchain.ledger.consortium.policy import in_words
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.ledger.record import Record
from p2pchain.model.transaction import Value

PAGE_DEFAULT = 50
SCANNED_MAX = 10_000
"""Most receivables that one call of ``list`` looks at; ``next`` goes on where it stopped."""
LINES_MAX = 1_024
"""Most lines of a history that are told, its parents' included."""


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One receivable, or ``Refused("RCV_UNKNOWN")``."""
    return receivable_json(view, require(view, _octets(args, "receivable")))


def answer_history(view: View, args: Mapping[str, Value]) -> Json:
    """``{"receivable": ..., "lines": [...]}``: everything that was done to it and to what it is a part of,
    the oldest first.
    """
    item = require(view, _octets(args, "receivable"))
    line: list[Receivable] = [item]
    while (parent := line[-1].parent) is not None:
        view.meter.stepped()
        line.append(require(view, parent))
    lines: list[Json] = []
    for part in reversed(line):
        for number, (page, record) in enumerate(history_of(view, part.key)):
            if len(lines) == LINES_MAX:
                break
            lines.append(_line(part, number, page, record))
    return {"receivable": receivable_json(view, item), "lines": lines}


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"receivables": [...], "next": id | null}``: a page of those that are asked for, in the order that is
    asked for; ``after``: the ``next`` of the page before. ``RCV_UNKNOWN`` for an ``after`` that there is not.
    """
    after, limit = args["after"], args["limit"]
    is_asked_for = selects(args)
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    if args["order"] not in (None, BY_ID) or args["descending"]:
        items = filter(is_asked_for, _walk(view, args["holder"], args["debtor"], None))
        kept = ordered(view, items, args)
        rows: list[Json] = [receivable_json(view, item) for item in kept[:most]]
        return {"receivables": rows, "next": kept[most - 1].key.hex() if len(kept) > most else None}
    page: list[Json] = []
    last: str | None = None
    for scanned, item in enumerate(_walk(view, args["holder"], args["debtor"], after)):
        if len(page) == most or scanned == SCANNED_MAX:
            return {"receivables": page, "next": last}
        last = item.key.hex()
        if is_asked_for(item):
            page.append(receivable_json(view, item))
    return {"receivables": page, "next": None}


def answer_limits(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"tenor_warn_days", "tenor_days_max"}`` as they are now."""
    warn_days, days_max = limits(view)
    return {"tenor_warn_days": warn_days, "tenor_days_max": days_max}


def receivable_json(view: View, item: Receivable) -> Json:
    """Describe a receivable as JSON; ``overdue`` follows from the time of the last block."""
    held, policy = item.recourse_against, policy_of(view, item)
    return {
        "receivable": item.key.hex(),
        "state": item.state,
        "debtor": item.debtor,
        "creditor": item.creditor,
        "holder": item.holder,
        "amount_minor": item.amount_minor,
        "currency": item.currency,
        "issue_day": item.issue_day,
        "due_day": item.due_day,
        "overdue": item.is_live and today(view) > item.due_day,
        "root": item.root.hex(),
        "parent": None if item.parent is None else item.parent.hex(),
        "document": None if item.document is None else item.document.hex(),
        "terms": None if item.terms is None else item.terms.hex(),
        "no_document": item.no_document,
        "guarantor": item.guarantor,
        "endorsements": [{"org": org, "recourse": liable} for org, liable in item.endorsements],
        "recourse_against": held,
        "offer_to": item.offer_to,
        "offer_price": item.offer_price,
        "pledgee": item.pledgee,
        "financier": item.financier,
        "claim_on": item.claim_on,
        "policy": None if policy is None else in_words(policy),
        "attested_by": item.attested_by,
        "reference": item.reference,
    }


def receivables_from(view: View, after: Value) -> Iterator[Receivable]:
    """All receivables by their ids, above ``after``."""
    return _walk(view, None, None, after)


def _walk(view: View, holder: Value, debtor: Value, after: Value) -> Iterator[Receivable]:
    """All, or those of one organisation, by the narrowest index, above ``after``."""
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    owner = holder if holder is not None else debtor
    if owner is None:
        for key, record in view.walk(ITEM, None if after is None else ITEM + after):
            yield receivable_of(key[len(ITEM) :], record)
        return
    assert isinstance(owner, str), "the field takes text"
    prefix = (HOLDER if holder is not None else DEBTOR) + owner.encode() + b"/"
    for key, _ in view.walk(prefix, None if after is None else prefix + after):
        item = find(view, key[len(prefix) :])
        assert item is not None, "the index names what is there"
        yield item


def _line(item: Receivable, number: int, page: int, record: Record) -> Json:
    height, time_ms, action, org, note = record
    return {
        "time_ms": time_ms,
        "height": height,
        "receivable": item.key.hex(),
        "number": number,
        "page": page,
        "org": org,
        "action": action,
        "note": note,
    }


def _octets(args: Mapping[str, Value], name: str) -> bytes:
    value = args[name]
    assert isinstance(value, bytes), "the field takes bytes"
    return value
