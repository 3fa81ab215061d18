"""Questions to the consents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from p2pchain.business.consent.accesses import require_deliverable
from p2pchain.business.consent.records import (
    ACCESS_FIELDS,
    CONSENT_FIELDS,
    DUE,
    HEAD,
    OF,
    PENDING,
    STEP,
    TERMS_IN_FORCE,
    Consent,
    GrantedAccess,
    consent_of,
    find,
    require,
    require_access,
)
from p2pchain.business.consent.reviews import OPEN_MAX, glasses_of, newer
from p2pchain.business.consent.terms import NAMES, ConsentTerms, terms_of
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.model.errors import Refused
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
SCANNED_MAX: Final = 10_000
STEPS_MAX: Final = 1_024
"""Most steps of a history in one answer."""


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One consent with its terms in force and those that await the patient. ``CNS_NONE``."""
    item = require(view, _octets(args, "consent"))
    in_force, pending = view.get(TERMS_IN_FORCE + item.key), view.get(PENDING + item.key)
    return {
        **consent_json(item),
        "in_force": None if in_force is None else terms_json(terms_of(in_force)),
        "proposed": None if pending is None else terms_json(terms_of(pending)),
    }


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"consents": [...], "next": id | null}``: a page in the order of the ids."""
    after, state, limit = args["after"], args["state"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    page: list[Json] = []
    last: str | None = None
    for scanned, item in enumerate(_consents(view, args["controller"], after)):
        if len(page) == most or scanned == SCANNED_MAX:
            return {"consents": page, "next": last}
        last = item.key.hex()
        if state is None or item.state == state:
            page.append(consent_json(item))
    return {"consents": page, "next": None}


def answer_history(view: View, args: Mapping[str, Value]) -> Json:
    """``{"consent", "lines": [...]}``: everything that was done, the oldest first. ``CNS_NONE``."""
    item = require(view, _octets(args, "consent"))
    lines: list[Json] = []
    for _, step in view.walk(STEP + item.key + b"/"):
        if len(lines) == STEPS_MAX:
            break
        height, time_ms, action, org, access = step
        of = access.hex() if isinstance(access, bytes) else None
        lines.append({"height": height, "time_ms": time_ms, "action": action, "org": org, "access": of})
    return {"consent": item.key.hex(), "state": item.state, "lines": lines}


def answer_access(view: View, args: Mapping[str, Value]) -> Json:
    """One access with controller and patient of its consent. ``CNS_ACCESS_UNKNOWN``."""
    granted = require_access(view, _octets(args, "access"))
    item = require(view, granted.consent)
    return {
        **access_json(granted),
        "controller": item.controller,
        "patient": item.patient.hex(),
        "state": item.state,
    }


def answer_due(view: View, args: Mapping[str, Value]) -> Json:
    """``{"accesses": [...], "next": id | null}``: those that the controller may deliver now."""
    controller, after, limit = args["controller"], args["after"], args["limit"]
    assert isinstance(controller, str), "the field takes text"
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    prefix = DUE + controller.encode() + b"/"
    page: list[Json] = []
    last: str | None = None
    for scanned, (key, _) in enumerate(view.walk(prefix, None if after is None else prefix + after)):
        if len(page) == most or scanned == SCANNED_MAX:
            return {"accesses": page, "next": last}
        granted = require_access(view, key[len(prefix) :])
        last = granted.key.hex()
        if _is_deliverable(view, granted):
            page.append(access_json(granted))
    return {"accesses": page, "next": None}


def answer_reviews(view: View, args: Mapping[str, Value]) -> Json:
    """``{"org", "total", "unjustified", "open": [...]}``: break-glasses that await their review."""
    org = args["org"]
    assert isinstance(org, str), "the field takes text"
    glasses = glasses_of(view, OrgId(org))
    waiting: list[Json] = []
    access = glasses.oldest
    for _ in range(OPEN_MAX):
        if access is None:
            break
        granted = require_access(view, access)
        overdue = granted.deadline_ms is not None and view.time_ms > granted.deadline_ms
        waiting.append({**access_json(granted), "overdue": overdue})
        access = newer(view, access)
    return {"org": org, "total": glasses.total, "unjustified": glasses.unjustified, "open": waiting}


def consent_json(item: Consent) -> Json:
    """Show a consent."""
    shown = {name: _plain(getattr(item, name)) for name in CONSENT_FIELDS}
    return {"consent": item.key.hex(), **shown}


def access_json(granted: GrantedAccess) -> Json:
    """Show an access."""
    shown = {name: _plain(getattr(granted, name)) for name in ACCESS_FIELDS}
    return {"access": granted.key.hex(), **shown}


def terms_json(terms: ConsentTerms) -> Json:
    """Show terms."""
    return {name: _plain(getattr(terms, name)) for name in NAMES}


def _is_deliverable(view: View, granted: GrantedAccess) -> bool:
    try:
        require_deliverable(view, granted)
    except Refused:
        return False
    return True


def _consents(view: View, controller: Value, after: Value) -> Iterator[Consent]:
    """All, or those of one controller, above ``after``."""
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    if controller is None:
        for key, record in view.walk(HEAD, None if after is None else HEAD + after):
            yield consent_of(key[len(HEAD) :], record)
        return
    assert isinstance(controller, str), "the field takes text"
    prefix = OF + controller.encode() + b"/"
    for key, _ in view.walk(prefix, None if after is None else prefix + after):
        item = find(view, key[len(prefix) :])
        assert item is not None, "the index names what is there"
        yield item


def _plain(value: object) -> object:
    """Bytes as hexadecimal, arrays as lists, at two levels."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_row(part) for part in value]
    return value


def _row(value: object) -> object:
    if isinstance(value, tuple):
        return [list(part) if isinstance(part, tuple) else part for part in value]
    return value


def _octets(args: Mapping[str, Value], name: str) -> bytes:
    value = args[name]
    assert isinstance(value, bytes), "the field takes bytes"
    return value
