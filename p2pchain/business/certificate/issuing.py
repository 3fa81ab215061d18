"""Issue of certificates for metered periods, and their withdrawal. Whole units are issued, the remainder is
carried over; an issuing body withdraws those that were issued in error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.certificate.calendar import month_begins_ms, month_of
from p2pchain.business.certificate.devices import (
    Device,
    DeviceRegistration,
    require_device,
    require_registration,
    store_registration,
    unit_and_months,
)
from p2pchain.business.certificate.fields import ISSUE_ID, PERIODS, CertificateId, DeviceId
from p2pchain.business.certificate.hours import free_hours, require_period, take_hours
from p2pchain.business.certificate.parties import (
    released,
    require_body,
    require_body_of,
    require_not_ended,
    require_signer,
)
from p2pchain.business.certificate.records import (
    CLAIMED,
    HELD,
    WITHDRAWN,
    Certificate,
    MeteredIssue,
    account,
    facts_of,
    find,
    find_issue,
    require,
    store,
    store_issue,
)
from p2pchain.business.certificate.refusals import (
    BodyForeign,
    CertificateExists,
    CertificateExpired,
    CertificateUnknown,
    IssueNotWithdrawn,
    OverCapacity,
    PeriodInvalid,
)
from p2pchain.codec.certificate_ids import ISSUE_NONCE_BYTES, issued_certificate_id
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Hash, Nonce
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCertificates:
    """Issue certificates for metered periods, with the root of the readings behind them."""

    device: DeviceId
    nonce: Annotated[bytes, Nonce(size=ISSUE_NONCE_BYTES, help="drawn by who issues; it makes the ids")]
    periods: Annotated[tuple[tuple[int, int, int], ...], PERIODS, Entry(is_made=True)]
    readings: Annotated[bytes, Hash(help="root of the readings, which you keep"), Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCertificate:
    """An issuing body takes a certificate back."""

    certificate: CertificateId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenIssue:
    """An issuing body opens the hours of a withdrawn issue."""

    issue: Annotated[bytes, ISSUE_ID, Entry(is_argument=True)]


def issue(context: Context, message: IssueCertificates) -> None:
    """Issue for metered periods. ``AUTH_ROLE``, ``CRT_DEVICE_UNKNOWN``, ``CRT_NOT_BODY``; for a period
    ``CRT_PERIOD_INVALID``, ``CRT_PERIOD_FUTURE``, ``CRT_OVER_CAPACITY``, ``CRT_EXPIRED``, ``CRT_EXISTS``,
    ``CRT_PERIOD_ISSUED``.
    """
    body = require_body(context)
    device = require_device(context, message.device)
    held = require_registration(context, device.key, body)
    before_ms = 0
    for number, (start_ms, end_ms, wh) in enumerate(message.periods):
        context.meter.stepped()
        if start_ms < before_ms:
            raise PeriodInvalid({"start_ms": start_ms, "end_ms": end_ms, "reason": "order"})
        before_ms = end_ms
        require_period(start_ms, end_ms, context.time_ms)
        _require_capacity(device, start_ms, end_ms, wh)
        key = issued_certificate_id(body, message.nonce, number)
        if find_issue(context, key) is not None or find(context, key) is not None:
            raise CertificateExists({"certificate": key.hex()})
        take_hours(context, device.key, start_ms, end_ms, None)
        made = MeteredIssue(
            key=key,
            body=body,
            device=device.key,
            start_ms=start_ms,
            end_ms=end_ms,
            metered_wh=wh,
            carried_wh=0,
            issued_wh=0,
            retired_wh=0,
            expired_wh=0,
            withdrawn_wh=0,
            away_wh=0,
            readings=message.readings,
            is_open=False,
        )
        held = _issue_units(context, device, held, made)
    store_registration(context, device.key, body, held)


def withdraw(context: Context, message: WithdrawCertificate) -> None:
    """Take back what was issued in error: the issuing body alone as long as the metering point's owner has
    it, else with its holder; what was claimed with both holders, and the other half of the claim counts
    again.

    ``CRT_UNKNOWN``, ``AUTH_ROLE``, ``CRT_NOT_OWNER``, ``CRT_CANCELLED`` once it was cancelled for somebody,
    ``CRT_EXPIRED``, ``CRT_SPENT``.
    """
    item = require(context, message.certificate)
    if item.ledger is not None:
        raise BodyForeign({"device": item.device.hex(), "org": item.body, "ledger": item.ledger})
    require_body_of(context, item.body)
    if item.state != CLAIMED:
        require_not_ended(item)
    if item.state == CLAIMED or item.holder != require_device(context, item.device).owner:
        require_signer(context, item.holder, facts_of(item), "holder")
    if item.mate is not None:
        mate = require(context, item.mate)
        require_signer(context, mate.holder, facts_of(mate), "holder")
        account(context, mate, "retired_wh", -mate.wh)
        account(context, item, "retired_wh", -item.wh)
        freed = replace(mate, state=HELD, beneficiary=None, mate=None)
        store(context, mate, freed, "unclaimed", OrgId(item.body), item.key)
    account(context, item, "withdrawn_wh", item.wh)
    gone = replace(released(context, item), state=WITHDRAWN, beneficiary=None, mate=None)
    store(context, item, gone, "withdrawn", OrgId(item.body), None)


def reopen(context: Context, message: ReopenIssue) -> None:
    """Open the hours of an issue that was withdrawn in whole: they may be issued again, and the remainder is
    what it would be without it. ``CRT_UNKNOWN``, ``AUTH_ROLE``, ``CRT_NOT_WITHDRAWN``.
    """
    made = find_issue(context, message.issue)
    if made is None:
        raise CertificateUnknown({"certificate": message.issue.hex()})
    require_body_of(context, made.body)
    if made.is_open or made.issued_wh != made.withdrawn_wh:
        facts: dict[str, Fact] = {"issue": made.key.hex(), "issued_wh": made.issued_wh}
        raise IssueNotWithdrawn({**facts, "withdrawn_wh": made.withdrawn_wh, "open": made.is_open})
    free_hours(context, made.device, made.start_ms, made.end_ms)
    held = require_registration(context, made.device, made.body)
    store_registration(context, made.device, made.body, _metered(held, -made.metered_wh, -made.issued_wh))
    store_issue(context, replace(made, is_open=True))
    context.emit("reopened", (made.key, made.body, made.device, made.start_ms, made.end_ms))


def _issue_units(
    context: Context, device: Device, held: DeviceRegistration, made: MeteredIssue
) -> DeviceRegistration:
    """Issue the whole units of what was metered and carried over; a period before the latest takes nothing
    from it, for no watt-hour is older than its certificate says by more than what was carried forward.
    """
    unit_wh, months = unit_and_months(held.standard)
    is_latest = made.start_ms >= held.until_ms
    carried = held.remainder_wh if is_latest or held.remainder_wh < 0 else 0
    issued_wh = max(made.metered_wh + carried, 0) // unit_wh * unit_wh
    carried_wh = min(max(carried, 0), issued_wh)
    store_issue(context, replace(made, issued_wh=issued_wh, carried_wh=carried_wh))
    facts = (made.key, device.key, made.body, made.start_ms, made.end_ms, made.metered_wh, issued_wh)
    context.emit("metered", facts)
    if issued_wh:
        item = _certificate(device, held, made, issued_wh, months)
        if item.expires_ms is not None and context.time_ms >= item.expires_ms:
            raise CertificateExpired(facts_of(item, expires_ms=item.expires_ms, time_ms=context.time_ms))
        item = replace(item, carried_wh=carried_wh, unit_wh=unit_wh)
        store(context, None, item, "issued", made.body, None)
    after = _metered(held, made.metered_wh, issued_wh)
    return replace(after, until_ms=max(held.until_ms, made.end_ms))


def _certificate(
    device: Device, held: DeviceRegistration, made: MeteredIssue, wh: int, months: int
) -> Certificate:
    month = month_of(made.start_ms, device.offset_minutes)
    return Certificate(
        key=made.key,
        state=HELD,
        kind=device.kind,
        holder=device.owner,
        wh=wh,
        first_wh=0,
        unit_wh=1,
        carried_wh=0,
        issue=made.key,
        device=device.key,
        start_ms=made.start_ms,
        end_ms=made.end_ms,
        area=device.area,
        technology=device.technology,
        standard=held.standard,
        body=made.body,
        ledger=None,
        expires_ms=month_begins_ms(month + months, device.offset_minutes) if months else None,
        parent=None,
        offer_to=None,
        locked_for=None,
        locked_until=None,
        beneficiary=None,
        statement=None,
        mate=None,
        events=0,
        page=0,
    )


def _metered(held: DeviceRegistration, metered_wh: int, issued_wh: int) -> DeviceRegistration:
    """The registration once so much more was metered and issued."""
    return replace(
        held,
        metered_wh=held.metered_wh + metered_wh,
        issued_wh=held.issued_wh + issued_wh,
        remainder_wh=held.remainder_wh + metered_wh - issued_wh,
    )


def _require_capacity(device: Device, start_ms: int, end_ms: int, wh: int) -> None:
    wh_max = device.capacity_w * (end_ms - start_ms) // HOUR_MS
    if wh > wh_max:
        facts: dict[str, Fact] = {"device": device.key.hex(), "start_ms": start_ms, "end_ms": end_ms}
        raise OverCapacity({**facts, "wh": wh, "wh_max": wh_max})
