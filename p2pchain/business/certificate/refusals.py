"""Refusals of the certificates: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class AreaMismatch(Refusal):
    """The two certificates of a claim are of different areas."""

    code = "CRT_AREA_MISMATCH"
    fact_names = ("certificate", "production_area", "consumption_area")
    words = "the two are of different areas"
    next_step = "claim consumption with production of its own area"
    guilt = Guilt.STATE


class CertificateCancelled(Refusal):
    """It was cancelled or claimed: its watt-hours are used."""

    code = "CRT_CANCELLED"
    fact_names = ("certificate", "state")
    words = "it was cancelled already"
    next_step = "use another certificate; see for whom this one was cancelled: p2pchain certificate show"
    guilt = Guilt.STATE


class DeviceDiffers(Refusal):
    """Another registry has registered this metering point with other facts."""

    code = "CRT_DEVICE_DIFFERS"
    fact_names = ("device", "field")
    words = "the metering point is registered with other facts"
    next_step = "register it with the recorded facts, or have them amended: p2pchain certificate device"
    guilt = Guilt.STATE


class DeviceRegistered(Refusal):
    """The same issuing body has registered this metering point."""

    code = "CRT_DEVICE_REGISTERED"
    fact_names = ("device", "body")
    words = "you have registered this metering point already"
    next_step = "amend it: p2pchain certificate amend-device"
    guilt = Guilt.STATE


class DeviceUnknown(Refusal):
    """No metering point of this id is registered."""

    code = "CRT_DEVICE_UNKNOWN"
    fact_names = ("device",)
    words = "there is no such metering point"
    next_step = "register it first: p2pchain certificate register-device"
    guilt = Guilt.UNKNOWN


class CertificateExists(Refusal):
    """There is a certificate of this id."""

    code = "CRT_EXISTS"
    fact_names = ("certificate",)
    words = "a certificate with this id exists already"
    next_step = "issue it again with a new nonce"
    guilt = Guilt.STATE


class CertificateExpired(Refusal):
    """Its validity is over."""

    code = "CRT_EXPIRED"
    fact_names = ("certificate", "expires_ms", "time_ms")
    words = "it has expired"
    next_step = "nobody can use it any more"
    guilt = Guilt.STATE


class ProofInvalid(Refusal):
    """The proof file proves nothing that this ledger trusts."""

    code = "CRT_FOREIGN_PROOF"
    fact_names = ("reason",)
    words = "the proof file does not prove the export"
    next_step = "get a new one from the trusted block: p2pchain certificate ledgers"
    guilt = Guilt.INPUT


class ImportedTwice(Refusal):
    """This certificate of the other ledger is here already."""

    code = "CRT_IMPORTED_TWICE"
    fact_names = ("certificate", "ledger")
    words = "it was imported already"
    next_step = "see: p2pchain certificate show"
    guilt = Guilt.STATE


class KindUnsuited(Refusal):
    """Production is asked for where there is consumption, or the reverse."""

    code = "CRT_KIND"
    fact_names = ("certificate", "kind", "expected")
    words = "this action does not apply to such a certificate"
    next_step = "consumption is only claimed, with production; production is traded and cancelled"
    guilt = Guilt.STATE


class LedgerUntrusted(Refusal):
    """The members trust no block of that ledger."""

    code = "CRT_LEDGER_UNTRUSTED"
    fact_names = ("ledger",)
    words = "no block of that ledger is trusted here"
    next_step = "have the members decide: p2pchain certificate trust-ledger"
    guilt = Guilt.UNKNOWN


class CertificateLocked(Refusal):
    """It is locked for somebody."""

    code = "CRT_LOCKED"
    fact_names = ("certificate", "locked_for", "until")
    words = "it is locked"
    next_step = "have it unlocked, or wait for the day"
    guilt = Guilt.STATE


class LockDay(Refusal):
    """A lock would end in the past, or too far ahead."""

    code = "CRT_LOCK_DAY"
    fact_names = ("until", "earliest", "latest")
    words = "a lock cannot end on that day"
    next_step = "choose another day"
    guilt = Guilt.INPUT


class MeterCode(Refusal):
    """The code names no metering point."""

    code = "CRT_METER_CODE"
    fact_names = ("code",)
    words = "this is no code of a metering point"
    next_step = "give letters and digits; a GSRN of 18 digits has to have its check digit right"
    guilt = Guilt.INPUT


class NotAway(Refusal):
    """More comes home than has left this ledger."""

    code = "CRT_NOT_AWAY"
    fact_names = ("issue", "away_wh", "wh")
    words = "less than that of it was exported"
    next_step = "see what was exported: p2pchain certificate show-issue"
    guilt = Guilt.STATE


class BodyForeign(Refusal):
    """The organisation is no issuing body of this metering point."""

    code = "CRT_NOT_BODY"
    fact_names = ("device", "org")
    words = "you are no issuing body of it"
    next_step = "register the metering point, or sign with the issuing body's account"
    guilt = Guilt.RIGHTS


class NotExpired(Refusal):
    """Its validity is not over."""

    code = "CRT_NOT_EXPIRED"
    fact_names = ("certificate", "expires_ms", "time_ms")
    words = "it has not expired"
    next_step = "wait until it has"
    guilt = Guilt.STATE


class CertificateNotLocked(Refusal):
    """It is not locked."""

    code = "CRT_NOT_LOCKED"
    fact_names = ("certificate",)
    words = "it is not locked"
    next_step = "there is nothing to do"
    guilt = Guilt.STATE


class CertificateNotOffered(Refusal):
    """It is not on offer."""

    code = "CRT_NOT_OFFERED"
    fact_names = ("certificate",)
    words = "it is not on offer"
    next_step = "have its holder offer it"
    guilt = Guilt.STATE


class NotOwner(Refusal):
    """Somebody else than its holder has signed."""

    code = "CRT_NOT_OWNER"
    fact_names = ("certificate", "needed", "org", "account")
    words = "it is not yours"
    next_step = "have its holder sign"
    guilt = Guilt.RIGHTS


class IssueNotWithdrawn(Refusal):
    """A part of the issue still counts, so its hours stay taken."""

    code = "CRT_NOT_WITHDRAWN"
    fact_names = ("issue", "issued_wh", "withdrawn_wh")
    words = "its certificates are not all withdrawn"
    next_step = "withdraw all of them first"
    guilt = Guilt.STATE


class CertificateOffered(Refusal):
    """It is on offer to somebody."""

    code = "CRT_OFFERED"
    fact_names = ("certificate", "offer_to")
    words = "it is on offer"
    next_step = "retract the offer first, or wait for the answer"
    guilt = Guilt.STATE


class OverCapacity(Refusal):
    """More was metered than the device can yield in that time."""

    code = "CRT_OVER_CAPACITY"
    fact_names = ("device", "start_ms", "end_ms", "wh", "wh_max")
    words = "its capacity cannot yield that much in that time"
    next_step = "check the readings, or have the capacity amended"
    guilt = Guilt.INPUT


class CertificatePartyInvalid(Refusal):
    """An organisation cannot have that part."""

    code = "CRT_PARTY"
    fact_names = ("part", "org")
    words = "that organisation cannot take this role"
    next_step = "name another organisation of the chain"
    guilt = Guilt.INPUT


class PeriodFuture(Refusal):
    """The period is not over."""

    code = "CRT_PERIOD_FUTURE"
    fact_names = ("end_ms", "time_ms")
    words = "the period is not over"
    next_step = "issue once it is"
    guilt = Guilt.INPUT


class PeriodInvalid(Refusal):
    """A period is no period of the meter's grid."""

    code = "CRT_PERIOD_INVALID"
    fact_names = ("start_ms", "end_ms", "reason")
    words = "this is no metered period"
    next_step = "give ascending periods of whole 5 minutes, at most 32 days each"
    guilt = Guilt.INPUT


class PeriodIssued(Refusal):
    """A certificate was issued for a part of that time."""

    code = "CRT_PERIOD_ISSUED"
    fact_names = ("device", "day", "start_ms", "end_ms", "ledger")
    words = "certificates were issued for a part of that time"
    next_step = "issue only for the rest"
    guilt = Guilt.STATE


class PeriodMismatch(Refusal):
    """Production and consumption are not of the same time."""

    code = "CRT_PERIOD_MISMATCH"
    fact_names = ("certificate", "consumption")
    words = "the two are not of the same period"
    next_step = "claim consumption with production of the same period"
    guilt = Guilt.STATE


class RangeInvalid(Refusal):
    """The watt-hours do not fit the range of the certificate."""

    code = "CRT_RANGE"
    fact_names = ("certificate", "wh", "asked_wh", "unit_wh")
    words = "the watt-hours do not fit its range"
    next_step = "give whole units that make up the certificate"
    guilt = Guilt.INPUT


class CertificateSpent(Refusal):
    """It was split, withdrawn or exported: it counts for nothing here."""

    code = "CRT_SPENT"
    fact_names = ("certificate", "state")
    words = "it is no longer valid"
    next_step = "see what became of it: p2pchain certificate history"
    guilt = Guilt.STATE


class CertificateUnknown(Refusal):
    """There is no certificate of this id."""

    code = "CRT_UNKNOWN"
    fact_names = ("certificate",)
    words = "there is no such certificate"
    next_step = "see: p2pchain certificate list"
    guilt = Guilt.UNKNOWN


REFUSALS: Final = (
    AreaMismatch,
    CertificateCancelled,
    DeviceDiffers,
    DeviceRegistered,
    DeviceUnknown,
    CertificateExists,
    CertificateExpired,
    ProofInvalid,
    ImportedTwice,
    KindUnsuited,
    LedgerUntrusted,
    CertificateLocked,
    LockDay,
    MeterCode,
    NotAway,
    BodyForeign,
    NotExpired,
    CertificateNotLocked,
    CertificateNotOffered,
    NotOwner,
    IssueNotWithdrawn,
    CertificateOffered,
    OverCapacity,
    CertificatePartyInvalid,
    PeriodFuture,
    PeriodInvalid,
    PeriodIssued,
    PeriodMismatch,
    RangeInvalid,
    CertificateSpent,
    CertificateUnknown,
)
