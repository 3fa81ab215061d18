"""Metering points, and the issuing bodies that issue for them.

A metering point is known by its code alone, so that two registries that name it mean the same hours. Whoever
registers it next has to state the same facts; each keeps its own standard and its own remainder.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Annotated, Final

from p2pchain.business.certificate.fields import (
    AREA,
    CAPACITY,
    CHINA,
    CODE_BYTES_MAX,
    DEVICE,
    EECS,
    ENERGYTAG,
    I_REC,
    KIND,
    STANDARD,
    TECHNOLOGY,
    DeviceId,
)
from p2pchain.business.certificate.parties import require_body, require_org, require_signer
from p2pchain.business.certificate.refusals import (
    BodyForeign,
    DeviceDiffers,
    DeviceRegistered,
    DeviceUnknown,
    MeterCode,
)
from p2pchain.codec.certificate_ids import device_id, folded_code, is_metering_code
from p2pchain.ledger.consortium.membership.refusals import QuorumMissing
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Integer, Moment, Optional, Organisation, Text
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import INTEGER_MAX, OrgId

DEVICE_KEY: Final = b"device/"
REGISTRATION: Final = b"registration/"
OFFSET_MINUTES_MAX: Final = 840
RULES: Final = ((EECS, 1_000_000, 18), (I_REC, 1_000_000, 0), (ENERGYTAG, 1, 18), (CHINA, 1_000_000, 24))
"""By standard: watt-hours of one certificate, and for how many months from the month of generation on it is
valid, 0 for ever. EECS rules and Directive (EU) 2018/2001 Art. 19(3): 18 months after production at the
latest, here counted from the first of its month; I-REC: no end; China, rules of the National Energy
Administration of 2024-08-26: two years from the month of generation.
"""
CODE: Final = Text(bytes_max=CODE_BYTES_MAX, help="code of the metering point, such as its GSRN or EIC")
OFFSET: Final = Integer(
    low=-OFFSET_MINUTES_MAX, high=OFFSET_MINUTES_MAX, unit="minutes", help="its standard time, ahead of UTC"
)
OWNER: Final = Organisation(help="who gets the certificates")
SIGNED_WH: Final = Integer(low=-INTEGER_MAX, unit="Wh")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDevice:
    """An issuing body registers a metering point, with its owner."""

    code: Annotated[str, CODE, Entry(is_argument=True)]
    kind: Annotated[str, KIND]
    owner: Annotated[str, OWNER]
    capacity_w: Annotated[int, CAPACITY, Entry(option="capacity")]
    area: Annotated[str, AREA]
    technology: Annotated[str, TECHNOLOGY]
    offset_minutes: Annotated[int, OFFSET, Entry(option="utc-offset", default=0)]
    standard: Annotated[str, STANDARD]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendDevice:
    """A metering point gets another owner or capacity. The other facts, each null to leave it as it is, are
    the members' to change.
    """

    device: DeviceId
    owner: Annotated[str, OWNER]
    capacity_w: Annotated[int, CAPACITY, Entry(option="capacity")]
    kind: Annotated[str | None, Optional(inner=KIND, help="what the meter counts")]
    area: Annotated[str | None, Optional(inner=AREA, help="bidding zone or province")]
    technology: Annotated[str | None, Optional(inner=TECHNOLOGY, help="code of its technology")]
    offset_minutes: Annotated[
        int | None, Optional(inner=OFFSET, help="its standard time, ahead of UTC"), Entry(option="utc-offset")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A metering point. ``code``: folded; ``offset_minutes``: of its standard time, in which months are
    counted.
    """

    key: Annotated[bytes, DEVICE]
    code: Annotated[str, CODE]
    kind: Annotated[str, KIND]
    owner: Annotated[OrgId, OWNER]
    capacity_w: Annotated[int, CAPACITY]
    area: Annotated[str, AREA]
    technology: Annotated[str, TECHNOLOGY]
    offset_minutes: Annotated[int, OFFSET]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRegistration:
    """Issues of one body for a metering point, without those it reopened. ``remainder_wh``: metered and not
    issued, carried over; below 0 where more was issued than metered, which the next issue makes good;
    ``until_ms``: the end of the latest period that it issued for.
    """

    standard: Annotated[str, STANDARD]
    metered_wh: Annotated[int, SIGNED_WH]
    issued_wh: Annotated[int, SIGNED_WH]
    remainder_wh: Annotated[int, SIGNED_WH]
    until_ms: Annotated[int, Moment(help="end of the latest period")]


DEVICE_FIELDS: Final = tuple(field.name for field in fields(Device))[1:]


def register_device(context: Context, message: RegisterDevice) -> None:
    """Register a metering point. ``AUTH_ROLE``, ``CRT_METER_CODE``, ``CRT_PARTY``, ``CRT_NOT_OWNER`` without
    its owner, ``CRT_DEVICE_DIFFERS`` and ``CRT_DEVICE_REGISTERED`` where it is known.
    """
    body = require_body(context)
    code = folded_code(message.code)
    if code is None or not is_metering_code(code):
        raise MeterCode({"code": message.code})
    owner = require_org(context, message.owner, "owner")
    require_signer(context, owner, {}, "owner")
    device = Device(
        key=device_id(code),
        code=code,
        kind=message.kind,
        owner=owner,
        capacity_w=message.capacity_w,
        area=message.area,
        technology=message.technology,
        offset_minutes=message.offset_minutes,
    )
    _require_same(find_device(context, device.key), device)
    if context.get(registration_key(device.key, body)) is not None:
        raise DeviceRegistered({"device": device.key.hex(), "body": body})
    context.put(DEVICE_KEY + device.key, device_record(device))
    fresh = DeviceRegistration(
        standard=message.standard, metered_wh=0, issued_wh=0, remainder_wh=0, until_ms=0
    )
    store_registration(context, device.key, body, fresh)
    facts = (device.key, code, owner, body, message.standard, message.capacity_w)
    context.emit("device_registered", facts)


def amend_device(context: Context, message: AmendDevice) -> None:
    """Change owner or capacity: an issuing body of it signs, the owner before and the next; or the members
    decide, with more than 2/3 of the power, an issuing body of it among them or not. They alone change the
    other facts: who has registered another's metering point with false ones keeps nobody from it.

    ``CRT_DEVICE_UNKNOWN``, ``CRT_PARTY``, ``AUTH_ROLE``, ``CRT_NOT_OWNER``, ``MEMBERSHIP_NO_QUORUM``.
    """
    device = require_device(context, message.device)
    owner = require_org(context, message.owner, "owner")
    amended = replace(
        device,
        owner=owner,
        capacity_w=message.capacity_w,
        kind=device.kind if message.kind is None else message.kind,
        area=device.area if message.area is None else message.area,
        technology=device.technology if message.technology is None else message.technology,
        offset_minutes=device.offset_minutes if message.offset_minutes is None else message.offset_minutes,
    )
    try:
        context.call("membership", "require_quorum")
    except QuorumMissing:
        if amended != replace(device, owner=owner, capacity_w=message.capacity_w):
            raise
        _require_body_and_owners(context, device, owner)
    context.put(DEVICE_KEY + device.key, device_record(amended))
    context.emit("device_amended", (device.key, owner, message.capacity_w))


def unit_and_months(standard: str) -> tuple[int, int]:
    """Watt-hours of one certificate of a standard, and its months of validity, 0 for ever."""
    for name, unit_wh, months in RULES:
        if name == standard:
            return unit_wh, months
    raise AssertionError(f"a standard, not {standard!r}")


def find_device(view: View, key: bytes) -> Device | None:
    """The metering point of this id, None where there is none."""
    record = view.get(DEVICE_KEY + key)
    if record is None:
        return None
    assert len(record) == len(DEVICE_FIELDS), f"device record {record!r}"
    return Device(key=key, **dict(zip(DEVICE_FIELDS, record, strict=True)))  # type: ignore[arg-type]


def require_device(view: View, key: bytes) -> Device:
    """The metering point of this id, or ``Refused("CRT_DEVICE_UNKNOWN")``."""
    device = find_device(view, key)
    if device is None:
        raise DeviceUnknown({"device": key.hex()})
    return device


def require_registration(view: View, device: bytes, body: str) -> DeviceRegistration:
    """Return a body's registration of a metering point, or raise ``Refused("CRT_NOT_BODY")``."""
    match view.get(registration_key(device, body)):
        case (str(standard), int(metered_wh), int(issued_wh), int(remainder_wh), int(until_ms)):
            return DeviceRegistration(
                standard=standard,
                metered_wh=metered_wh,
                issued_wh=issued_wh,
                remainder_wh=remainder_wh,
                until_ms=until_ms,
            )
        case _:
            raise BodyForeign({"device": device.hex(), "org": body})


def store_registration(context: Context, device: bytes, body: str, held: DeviceRegistration) -> None:
    """Write what a body has issued for a metering point: all that was metered is issued or remains."""
    assert held.metered_wh == held.issued_wh + held.remainder_wh, f"watt-hours lost: {held}"
    values = (held.standard, held.metered_wh, held.issued_wh, held.remainder_wh, held.until_ms)
    context.put(registration_key(device, body), values)


def registration_key(device: bytes, body: str) -> bytes:
    """Return the state key of a metering point's registration with a body."""
    return REGISTRATION + device + b"/" + body.encode()


def device_record(device: Device) -> Record:
    """The record of a metering point."""
    return (
        device.code,
        device.kind,
        device.owner,
        device.capacity_w,
        device.area,
        device.technology,
        device.offset_minutes,
    )


def _require_body_and_owners(context: Context, device: Device, owner: OrgId) -> None:
    """An issuing body of a metering point signs, with its owner and the next; for any other signers what
    they lack is the members' quorum.
    """
    if all(context.get(registration_key(device.key, signer.org)) is None for signer in context.accounts):
        context.call("membership", "require_quorum")
    body = require_body(context)
    require_registration(context, device.key, body)
    facts: dict[str, Fact] = {"device": device.key.hex()}
    require_signer(context, device.owner, facts, "owner")
    require_signer(context, owner, facts, "next_owner")


def _require_same(known: Device | None, device: Device) -> None:
    if known is None or known == device:
        return
    stated = zip(DEVICE_FIELDS, device_record(known), device_record(device), strict=True)
    differing = next(name for name, one, other in stated if one != other)
    raise DeviceDiffers({"device": device.key.hex(), "field": differing})
