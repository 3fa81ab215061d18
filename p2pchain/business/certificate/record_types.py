"""Records of the certificates, as their proofs are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.business.certificate.devices import (
    DEVICE_KEY,
    REGISTRATION,
    Device,
    DeviceRegistration,
)
from p2pchain.business.certificate.events import NOTES
from p2pchain.business.certificate.fields import DEVICE, ID, ISSUE_ID, LEDGER, LEDGER_OR_OWN
from p2pchain.business.certificate.hours import HOURS, SLOT_BYTES
from p2pchain.business.certificate.passage import EXPORT, IMPORT, PASSPORT_FIELDS, TRUSTED
from p2pchain.business.certificate.records import HISTORY, HOLDER, ISSUE, ITEM, Certificate, MeteredIssue
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import (
    Bounds,
    Day,
    Depending,
    Hash,
    Height,
    Kind,
    Moment,
    Octets,
    Organisation,
    Text,
)
from p2pchain.ledger.module import RecordType
from p2pchain.model.transaction import Value

STEP_BYTES_MAX: Final = 32
"""Longest name of a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateNote(Kind):
    """Note of an event; its kind follows from the step."""

    @property
    def bounds(self) -> Bounds:
        """Kind."""
        return {"kind": "note"}

    def accepts(self, value: Value) -> bool:
        """Accept null, text, an id, or watt-hours of parts."""
        return value is None or isinstance(value, str | bytes | tuple)


NOTE: Final = Depending(on="action", cases=NOTES, otherwise=CertificateNote())
CERTIFICATE: Final = Field(name="certificate", kind=ID)
DEVICE_FIELD: Final = Field(name="device", kind=DEVICE)
BODY: Final = Field(name="body", kind=Organisation(help="issuing body"))
SLOTS: Final = Octets(size=SLOT_BYTES, help="a bit for each five minutes of the day in UTC")

RECORDS: Final = (
    RecordType(
        name="certificate",
        is_shared=True,
        prefix=ITEM,
        key=(CERTIFICATE,),
        fields=fields_of(Certificate)[1:],
        sentence=(
            "{certificate}: {wh} of {kind}, {start_ms} to {end_ms}, issued by {body}[ on {ledger}] under "
            "{standard}, {state}, of {holder}[, offered to {offer_to}]"
            "[, locked for {locked_for} until {locked_until}]"
            "[, for {beneficiary}][, with the statement {statement}][, with {mate}]"
            "[, valid until {expires_ms}]"
        ),
    ),
    RecordType(
        name="held",
        prefix=HOLDER,
        key=(Field(name="org", kind=Organisation()), CERTIFICATE),
        sentence="{org} has {certificate}",
    ),
    RecordType(
        name="history",
        prefix=HISTORY,
        key=(CERTIFICATE, Field(name="page", kind=Octets(size=4, help="number of the page"))),
        fields=(
            Field(name="height", kind=Height()),
            Field(name="time_ms", kind=Moment()),
            Field(name="action", kind=Text(bytes_max=STEP_BYTES_MAX)),
            Field(name="org", kind=Organisation(help="who did it")),
            Field(name="note", kind=NOTE),
        ),
        sentence="{time_ms}  height {height}  {org}: {action}[ {note}]",
        is_table=True,
        counted_by="certificate.events",
    ),
    RecordType(
        name="issue",
        prefix=ISSUE,
        key=(Field(name="issue", kind=ISSUE_ID),),
        fields=fields_of(MeteredIssue)[1:],
        sentence=(
            "{issue}: {body} issued {issued_wh} for {metered_wh} of {device}, {start_ms} to {end_ms}: "
            "{retired_wh} retired, {expired_wh} expired, {withdrawn_wh} withdrawn, {away_wh} on other ledgers"
            "{is_open?, its hours open again|}"
        ),
    ),
    RecordType(
        name="device",
        prefix=DEVICE_KEY,
        key=(DEVICE_FIELD,),
        fields=fields_of(Device)[1:],
        sentence="{device}: metering point {code} of {owner}, {kind} of {capacity_w} in {area}, {technology}",
    ),
    RecordType(
        name="registration",
        prefix=REGISTRATION,
        key=(DEVICE_FIELD, BODY),
        fields=fields_of(DeviceRegistration),
        sentence=(
            "{body} has issued {issued_wh} of {metered_wh} of {device} under {standard}, "
            "{remainder_wh} carried over, up to {until_ms}"
        ),
    ),
    RecordType(
        name="hours",
        prefix=HOURS,
        key=(DEVICE_FIELD, Field(name="day", kind=Day())),
        fields=(Field(name="ledger", kind=LEDGER_OR_OWN), Field(name="slots", kind=SLOTS)),
        sentence="{device}, {day}: {slots} issued[ on {ledger}]",
        is_table=True,
    ),
    RecordType(
        name="exported",
        prefix=EXPORT,
        key=(CERTIFICATE,),
        fields=PASSPORT_FIELDS,
        sentence=(
            "{certificate}: {wh}, {start_ms} to {end_ms}, issued by {body} on {ledger}, exported to {to_org} "
            "on {to_ledger}"
        ),
    ),
    RecordType(
        name="imported",
        prefix=IMPORT,
        key=(CERTIFICATE,),
        fields=(
            Field(name="ledger", kind=LEDGER),
            Field(name="foreign", kind=Hash(help="its id there")),
            Field(name="proof_sha256", kind=Hash(help="of the proof file")),
            Field(name="height", kind=Height()),
        ),
        sentence="{certificate} came in at height {height} from {ledger}, where it was {foreign}",
    ),
    RecordType(
        name="ledger",
        prefix=TRUSTED,
        key=(Field(name="ledger", kind=LEDGER),),
        fields=(Field(name="height", kind=Height()), Field(name="block_id", kind=Hash())),
        sentence="certificates of {ledger} are accepted from its block {height}, {block_id}, on",
    ),
)
