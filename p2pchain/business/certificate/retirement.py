"""End of certificates: cancelled for a beneficiary, claimed against consumption, expired. A watt-hour ends
once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.certificate.fields import CERTIFICATES, CONSUMPTION, ID, PRODUCTION, STATEMENT
from p2pchain.business.certificate.parties import (
    released,
    require_free,
    require_holder,
    require_kind,
    require_not_ended,
    require_org,
)
from p2pchain.business.certificate.records import (
    CANCELLED,
    CLAIMED,
    EXPIRED,
    Certificate,
    account,
    facts_of,
    require,
    store,
)
from p2pchain.business.certificate.refusals import AreaMismatch, NotExpired, PeriodMismatch, RangeInvalid
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Optional, Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCertificates:
    """The holder uses certificates up for a beneficiary. ``beneficiary``: a member of this ledger; anybody
    else is named in the statement alone, whose root is here.
    """

    certificates: Annotated[tuple[bytes, ...], CERTIFICATES, Entry(is_argument=True)]
    beneficiary: Annotated[
        str | None,
        Optional(inner=Organisation(), help="for whom, where that is a member of this ledger"),
    ]
    statement: Annotated[bytes, STATEMENT, Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCertificates:
    """Production is used up with the consumption of the same period."""

    production: Annotated[bytes, ID, Entry(is_argument=True)]
    consumption: Annotated[bytes, ID, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireCertificates:
    """The validity of certificates is over."""

    certificates: Annotated[tuple[bytes, ...], CERTIFICATES, Entry(is_argument=True)]


def cancel(context: Context, message: CancelCertificates) -> None:
    """Use certificates up, all or none. ``CRT_PARTY``; for a certificate ``CRT_UNKNOWN``, ``CRT_NOT_OWNER``,
    ``CRT_KIND``, what ``require_free`` refuses.
    """
    beneficiary = None
    if message.beneficiary is not None:
        beneficiary = require_org(context, message.beneficiary, "beneficiary")
    for key in message.certificates:
        context.meter.stepped()
        item = require(context, key)
        org = require_holder(context, item)
        require_kind(item)
        require_free(context, item)
        ended = replace(
            released(context, item), state=CANCELLED, beneficiary=beneficiary, statement=message.statement
        )
        account(context, item, "retired_wh", item.wh)
        store(context, item, ended, "cancelled", org, beneficiary)


def claim(context: Context, message: ClaimCertificates) -> None:
    """Use production and consumption up with one another: both holders sign, which may be one.
    ``CRT_UNKNOWN``, ``CRT_NOT_OWNER``, ``CRT_KIND``, what ``require_free`` refuses, ``CRT_PERIOD_MISMATCH``,
    ``CRT_AREA_MISMATCH``, ``CRT_RANGE`` where their watt-hours differ.
    """
    production = require(context, message.production)
    consumption = require(context, message.consumption)
    require_holder(context, production)
    beneficiary = require_holder(context, consumption)
    require_kind(production, PRODUCTION)
    require_kind(consumption, CONSUMPTION)
    require_free(context, production)
    require_free(context, consumption)
    _require_match(production, consumption)
    for item, mate in ((production, consumption), (consumption, production)):
        ended = replace(released(context, item), state=CLAIMED, beneficiary=beneficiary, mate=mate.key)
        account(context, item, "retired_wh", item.wh)
        store(context, item, ended, "claimed", item.holder, mate.key)


def expire(context: Context, message: ExpireCertificates) -> None:
    """Record that certificates have expired; any member may, for it is so. For a certificate
    ``CRT_UNKNOWN``, ``CRT_CANCELLED``, ``CRT_EXPIRED``, ``CRT_SPENT``, ``CRT_NOT_EXPIRED``.
    """
    for key in message.certificates:
        context.meter.stepped()
        item = require(context, key)
        require_not_ended(item)
        if item.expires_ms is None or context.time_ms < item.expires_ms:
            raise NotExpired(facts_of(item, expires_ms=item.expires_ms, time_ms=context.time_ms))
        account(context, item, "expired_wh", item.wh)
        ended = replace(released(context, item), state=EXPIRED)
        store(context, item, ended, "expired", context.accounts[0].org, None)


def _require_match(production: Certificate, consumption: Certificate) -> None:
    """The same period, area and watt-hours; what was carried over is of another period."""
    facts = facts_of(production, consumption=consumption.key.hex())
    for item in (production, consumption):
        if item.first_wh < item.carried_wh:
            raise PeriodMismatch(
                {**facts, "carried_wh": item.carried_wh}, "a part of it is of an earlier period"
            )
    if (production.start_ms, production.end_ms) != (consumption.start_ms, consumption.end_ms):
        times = {"start_ms": consumption.start_ms, "end_ms": consumption.end_ms}
        raise PeriodMismatch({**facts, **times})
    if production.area != consumption.area:
        areas = {"production_area": production.area, "consumption_area": consumption.area}
        raise AreaMismatch({**facts, **areas})
    if production.wh != consumption.wh:
        hint = "split the larger one first"
        raise RangeInvalid({**facts, "wh": production.wh, "asked_wh": consumption.wh}, hint)
