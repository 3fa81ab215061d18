"""The terms of a consent: to whom, for what, which data, how long, and the exceptions.

The outer bounds (grantees, time, purposes, categories) hold for everything. Within them ``decision`` is what
holds where no provision says otherwise. A provision *matches* an access whose grantee, purpose and time are
among its own and one of whose categories is, none standing for any; one of the second level only where the
one that it stands in matches, too.

- **Deny beats permit**: one matching denial, on whatever level, refuses the access.
- **A permission is as narrow as what stands in it**: where permissions stand in a permission, whichever level
  that is, one of them has to match, and an access of several categories needs that for each of them.

So a permission that stands in a denial never counts. Both readings of what FHIR leaves open end with less
being given, never with more.

Record: ``[document, decision, [grantee, ...], [purpose, ...], [category, ...], from_ms, until_ms | null,
[[level, decision, [grantee, ...], [purpose, ...], [category, ...], from_ms | null, until_ms | null], ...]]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.consent.fields import (
    CATEGORIES,
    DECISION,
    DENY,
    DOCUMENT,
    FROM,
    GRANTEES,
    LEVELS_MAX,
    PERMIT,
    PROVISIONS,
    PURPOSES,
    UNTIL,
)
from p2pchain.business.consent.refusals import (
    AccessDenied,
    CategoryOther,
    ConsentExpired,
    ConsentNotYet,
    ConsentPartyInvalid,
    NotGrantee,
    PeriodReversed,
    ProvisionTooDeep,
    PurposeOther,
)
from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import View
from p2pchain.ledger.meter import ENTRY
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact

Provision = tuple[int, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], int | None, int | None]
"""(level, decision, grantees, purposes, categories, from_ms, until_ms)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTerms:
    """Terms that a patient agrees to. ``document``: SHA-256 of the form in which it is written for people."""

    document: Annotated[bytes, DOCUMENT]
    decision: Annotated[str, DECISION]
    grantees: Annotated[tuple[str, ...], GRANTEES]
    purposes: Annotated[tuple[str, ...], PURPOSES]
    categories: Annotated[tuple[str, ...], CATEGORIES]
    from_ms: Annotated[int, FROM]
    until_ms: Annotated[int | None, UNTIL]
    provisions: Annotated[tuple[Provision, ...], PROVISIONS]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAccess:
    """One access: by whom, what for, which data, when."""

    org: str
    purpose: str
    categories: tuple[str, ...]
    time_ms: int


NAMES: Final = tuple(field.name for field in fields(ConsentTerms))
_VALUES: Final = attrgetter(*NAMES)


def record_of_terms(terms: ConsentTerms) -> Record:
    """Make the record of terms."""
    record: Record = _VALUES(terms)
    return record


def terms_of(record: Record) -> ConsentTerms:
    """Read terms from their record, which this module wrote."""
    assert len(record) == len(NAMES), f"record of terms {record!r}"
    return ConsentTerms(**dict(zip(NAMES, record, strict=True)))  # type: ignore[arg-type]


def terms_digest(terms: ConsentTerms) -> bytes:
    """Return SHA-256 of the record of terms: what a patient's signature names."""
    return sha256(encode(record_of_terms(terms)))


def require_terms(view: View, terms: ConsentTerms, controller: str) -> None:
    """Accept terms that can be evaluated. ``CNS_TOO_DEEP``, ``CNS_PERIOD``, ``CNS_PARTY``."""
    require_depth(view, terms.provisions)
    _require_period(terms.from_ms, terms.until_ms)
    for _, _, _, _, _, from_ms, until_ms in terms.provisions:
        _require_period(from_ms or 0, until_ms)
    for org in terms.grantees:
        if org == controller or not view.call("membership", "is_member", org):
            raise ConsentPartyInvalid({"part": "grantee", "org": org}, "name a member other than yourself")


def require_depth(view: View, provisions: Sequence[Provision]) -> None:
    """``CNS_TOO_DEEP`` for a level beyond ``LEVELS_MAX``, or one that stands in nothing."""
    above = 0
    for number, provision in enumerate(provisions):
        view.meter.spend(ENTRY)
        level = provision[0]
        if level > min(LEVELS_MAX, above + 1):
            raise ProvisionTooDeep({"level": level, "most": LEVELS_MAX, "provision": number})
        above = level


def require_granted(view: View, consent: bytes, terms: ConsentTerms, asked: AskedAccess) -> None:
    """Accept what the terms give, or refuse in this order: ``CNS_NOT_GRANTEE``, ``CNS_NOT_YET``,
    ``CNS_EXPIRED``, ``CNS_PURPOSE``, ``CNS_CATEGORY``, ``CNS_DENIED``.
    """
    facts: dict[str, Fact] = {"consent": consent.hex()}
    if asked.org not in terms.grantees:
        raise NotGrantee({**facts, "org": asked.org})
    if asked.time_ms < terms.from_ms:
        raise ConsentNotYet({**facts, "from_ms": terms.from_ms, "now_ms": asked.time_ms})
    if terms.until_ms is not None and asked.time_ms >= terms.until_ms:
        raise ConsentExpired({**facts, "until_ms": terms.until_ms, "now_ms": asked.time_ms})
    if terms.purposes and asked.purpose not in terms.purposes:
        raise PurposeOther({**facts, "purpose": asked.purpose})
    if not asked.categories:
        raise CategoryOther({**facts, "category": None})
    for category in asked.categories:
        if terms.categories and category not in terms.categories:
            raise CategoryOther({**facts, "category": category})
    view.meter.spend(ENTRY * len(terms.provisions) * len(asked.categories))
    for number, provision in _matching(terms.provisions, asked, asked.categories):
        if provision[1] == DENY:
            raise AccessDenied({**facts, "provision": number})
    for category in asked.categories:
        if not _is_permitted(terms, asked, category):
            raise AccessDenied({**facts, "provision": None})


def _is_permitted(terms: ConsentTerms, asked: AskedAccess, category: str) -> bool:
    """Decide whether a category is permitted where no provision denies it."""
    is_narrowed = any(provision[:2] == (1, PERMIT) for provision in terms.provisions)
    matching = [number for number, _ in _matching(terms.provisions, asked, (category,))]
    outer = [number for number in matching if terms.provisions[number][:2] == (1, PERMIT)]
    if terms.decision == PERMIT and not is_narrowed:
        return True
    return any(_is_met(terms.provisions, number, matching) for number in outer)


def _is_met(provisions: Sequence[Provision], number: int, matching: Sequence[int]) -> bool:
    """Decide whether one of the permissions within a permission matches, where there are any."""
    within = []
    for inner in range(number + 1, len(provisions)):
        if provisions[inner][0] == 1:
            break
        if provisions[inner][1] == PERMIT:
            within.append(inner)
    return not within or any(inner in matching for inner in within)


def _matching(
    provisions: Sequence[Provision], asked: AskedAccess, categories: Sequence[str]
) -> list[tuple[int, Provision]]:
    """List the provisions that an access matches, with their places."""
    matching: list[tuple[int, Provision]] = []
    outer = False
    for number, provision in enumerate(provisions):
        matches = _matches(provision, asked, categories)
        if provision[0] == 1:
            outer = matches
        if matches and outer:
            matching.append((number, provision))
    return matching


def _matches(provision: Provision, asked: AskedAccess, categories: Sequence[str]) -> bool:
    """Decide whether an access is among what a provision names."""
    _, _, grantees, purposes, named, from_ms, until_ms = provision
    return (
        (not grantees or asked.org in grantees)
        and (not purposes or asked.purpose in purposes)
        and (not named or any(category in named for category in categories))
        and (from_ms is None or asked.time_ms >= from_ms)
        and (until_ms is None or asked.time_ms < until_ms)
    )


def _require_period(from_ms: int, until_ms: int | None) -> None:
    if until_ms is not None and until_ms <= from_ms:
        raise PeriodReversed({"from_ms": from_ms, "until_ms": until_ms})
