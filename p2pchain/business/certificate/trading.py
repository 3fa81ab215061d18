"""Trade of certificates: split into ranges, offered and taken, locked for somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.certificate.calendar import DAY_MS
from p2pchain.business.certificate.fields import PARTS, CertificateId
from p2pchain.business.certificate.parties import (
    is_locked,
    released,
    require_counting,
    require_free,
    require_holder,
    require_kind,
    require_not_ended,
    require_org,
    require_signer,
    require_unlocked,
    thing,
)
from p2pchain.business.certificate.records import SPLIT, Certificate, facts_of, find, require, store
from p2pchain.business.certificate.refusals import (
    CertificateExists,
    CertificateNotLocked,
    CertificateNotOffered,
    CertificateOffered,
    CertificatePartyInvalid,
    LockDay,
    RangeInvalid,
)
from p2pchain.business.encumbrance.module import LOCKED
from p2pchain.codec.certificate_ids import certificate_part_id
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Day, Organisation
from p2pchain.model.ids import OrgId

LOCK_DAYS_MAX: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCertificate:
    """The holder makes parts of it, one behind the other."""

    certificate: CertificateId
    parts_wh: Annotated[tuple[int, ...], PARTS, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCertificate:
    """The holder offers it to another."""

    certificate: CertificateId
    to: Annotated[str, Organisation(help="who is to have it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCertificate:
    """An offer is accepted, declined or retracted; a lock is taken off."""

    certificate: CertificateId


@dataclass(frozen=True, slots=True, kw_only=True)
class LockCertificate:
    """The holder binds itself up to a day."""

    certificate: CertificateId
    locked_for: Annotated[
        str, Organisation(help="for whom it is kept, who may unlock it"), Entry(option="for")
    ]
    until: Annotated[int, Day(help="last day of the lock")]


def split(context: Context, message: SplitCertificate) -> None:
    """Make parts, whose ranges follow one another and make up its own. ``CRT_UNKNOWN``, ``CRT_NOT_OWNER``,
    what ``require_free`` refuses, ``CRT_RANGE``, ``CRT_EXISTS``.
    """
    item = require(context, message.certificate)
    org = require_holder(context, item)
    require_free(context, item)
    asked_wh = sum(message.parts_wh)
    if asked_wh != item.wh or any(wh % item.unit_wh for wh in message.parts_wh):
        raise RangeInvalid(facts_of(item, wh=item.wh, asked_wh=asked_wh, unit_wh=item.unit_wh))
    whole = released(context, item)
    first_wh = item.first_wh
    for number, wh in enumerate(message.parts_wh):
        context.meter.stepped()
        key = certificate_part_id(item.key, number)
        if find(context, key) is not None:
            raise CertificateExists({"certificate": key.hex()})
        part = replace(whole, key=key, parent=item.key, first_wh=first_wh, wh=wh, events=0, page=0)
        store(context, None, part, "part_made", org, None)
        first_wh += wh
    store(context, item, replace(whole, state=SPLIT), "split", org, message.parts_wh)


def offer(context: Context, message: OfferCertificate) -> None:
    """Offer production to another; while it is locked, only to the one for whom it is. ``CRT_UNKNOWN``,
    ``CRT_NOT_OWNER``, ``CRT_KIND``, what ``require_free`` refuses, ``CRT_PARTY``.
    """
    item = require(context, message.certificate)
    org = require_holder(context, item)
    require_kind(item)
    require_counting(context, item)
    if message.to != item.locked_for:
        require_unlocked(context, item)
    if item.offer_to is not None:
        raise CertificateOffered(facts_of(item, offer_to=item.offer_to))
    to = require_org(context, message.to, "taker")
    if to == item.holder:
        raise CertificatePartyInvalid({"part": "taker", "org": to}, "its holder has it already")
    store(context, item, replace(item, offer_to=to), "offered", org, to)


def accept(context: Context, message: OnCertificate) -> None:
    """Take what is offered. ``CRT_UNKNOWN``, ``CRT_CANCELLED``, ``CRT_EXPIRED``, ``CRT_SPENT``,
    ``CRT_NOT_OFFERED``, ``CRT_NOT_OWNER``.
    """
    item = require(context, message.certificate)
    require_counting(context, item)
    taker = _require_taker(context, item)
    store(context, item, replace(released(context, item), holder=taker), "accepted", taker, item.holder)


def decline(context: Context, message: OnCertificate) -> None:
    """Say no to an offer. As ``accept``, but what has expired may be declined."""
    item = require(context, message.certificate)
    require_not_ended(item)
    taker = _require_taker(context, item)
    store(context, item, replace(item, offer_to=None), "declined", taker, None)


def retract(context: Context, message: OnCertificate) -> None:
    """Take an offer back. ``CRT_UNKNOWN``, ``CRT_NOT_OWNER``, ``CRT_NOT_OFFERED``."""
    item = require(context, message.certificate)
    org = require_holder(context, item)
    if item.offer_to is None:
        raise CertificateNotOffered(facts_of(item))
    store(context, item, replace(item, offer_to=None), "retracted", org, None)


def lock(context: Context, message: LockCertificate) -> None:
    """Bind oneself up to a day: it moves only to the one for whom it is locked, who alone unlocks it before.
    Other modules see it as encumbered. ``CRT_UNKNOWN``, ``CRT_NOT_OWNER``, what ``require_free`` refuses,
    ``CRT_PARTY``, ``CRT_LOCK_DAY``, ``ENC_ACTIVE``.
    """
    item = require(context, message.certificate)
    org = require_holder(context, item)
    require_free(context, item)
    locked_for = require_org(context, message.locked_for, "locked_for")
    today = context.time_ms // DAY_MS
    if not today <= message.until <= today + LOCK_DAYS_MAX:
        raise LockDay({"until": message.until, "earliest": today, "latest": today + LOCK_DAYS_MAX})
    item_now = released(context, item)
    context.call("encumbrance", "take", thing(item), context.module, item.key, LOCKED, locked_for)
    locked = replace(item_now, locked_for=locked_for, locked_until=message.until)
    store(context, item, locked, "locked", org, locked_for)


def unlock(context: Context, message: OnCertificate) -> None:
    """Take a lock off: the one for whom it is, or after its last day the holder. ``CRT_UNKNOWN``,
    ``CRT_NOT_LOCKED``, ``CRT_NOT_OWNER``.
    """
    item = require(context, message.certificate)
    if item.locked_for is None:
        raise CertificateNotLocked(facts_of(item))
    if is_locked(context, item):
        org = require_signer(context, item.locked_for, facts_of(item), "locked_for").org
    else:
        org = require_holder(context, item)
    offer_to = item.offer_to
    store(context, item, replace(released(context, item), offer_to=offer_to), "unlocked", org, None)


def _require_taker(context: Context, item: Certificate) -> OrgId:
    """To whom it is offered, where that one signs; ``CRT_NOT_OFFERED``, ``CRT_NOT_OWNER``."""
    if item.offer_to is None:
        raise CertificateNotOffered(facts_of(item))
    return require_signer(context, item.offer_to, facts_of(item), "offer_to").org
