"""Transfer of certificates between ledgers of this software.

A rule verifies the proof file of an export itself, and every node comes to the same: the file begins at a
block of the other ledger that the members here have agreed to trust, and all else in it is hashes and
signatures, by the same code that checks this chain (``proofs``). Its signatures are counted and paid for
before the first is checked. Nobody's word is needed, and nobody's word can replace it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.certificate.fields import (
    AREA,
    DEVICE,
    END,
    EXPIRES,
    ISSUE_ID,
    LEDGER,
    PRODUCTION,
    STANDARD,
    START,
    TECHNOLOGY,
    WATT_HOURS,
    WATT_HOURS_OR_NONE,
    CertificateId,
)
from p2pchain.business.certificate.hours import require_period, take_hours
from p2pchain.business.certificate.parties import (
    released,
    require_free,
    require_holder,
    require_kind,
    require_signer,
)
from p2pchain.business.certificate.records import (
    EXPORTED,
    HELD,
    Certificate,
    account,
    facts_of,
    find_issue,
    require,
    store,
)
from p2pchain.business.certificate.refusals import (
    CertificateExpired,
    CertificatePartyInvalid,
    ImportedTwice,
    LedgerUntrusted,
    NotAway,
    ProofInvalid,
)
from p2pchain.codec.cbor import decode
from p2pchain.codec.certificate_ids import imported_certificate_id
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry, fields_of
from p2pchain.ledger.kinds import Blob, Hash, Integer, Organisation
from p2pchain.ledger.meter import SIGNATURE
from p2pchain.model.bounds import RECORD_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.ids import HASH_BYTES, BlockId, Height, OrgId
from p2pchain.proofs.proof_file import ProofFile, decode_proof_file, verify_proof_file
from p2pchain.proofs.trust import TrustedBlock

EXPORT: Final = b"exported/"
IMPORT: Final = b"imported/"
TRUSTED: Final = b"ledger/"
PROOF_BYTES_MAX: Final = 49_152
"""Longest proof file that a transaction carries: with a newer trusted block it is shorter."""
FOREIGN: Final = b"certificate/exported/"
"""Where the other ledger, of this software too, keeps what was exported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """All that another ledger has to know of an exported certificate. ``to_ledger``, ``to_org``: where, and
    for whom alone, it counts from now on; ``ledger``: where it was issued.
    """

    to_ledger: Annotated[str, LEDGER]
    to_org: Annotated[str, Organisation(help="its holder there")]
    ledger: Annotated[str, LEDGER]
    issue: Annotated[bytes, ISSUE_ID]
    wh: Annotated[int, WATT_HOURS]
    first_wh: Annotated[int, WATT_HOURS_OR_NONE]
    unit_wh: Annotated[int, WATT_HOURS]
    carried_wh: Annotated[int, WATT_HOURS_OR_NONE]
    device: Annotated[bytes, DEVICE]
    start_ms: Annotated[int, START]
    end_ms: Annotated[int, END]
    area: Annotated[str, AREA]
    technology: Annotated[str, TECHNOLOGY]
    standard: Annotated[str, STANDARD]
    body: Annotated[str, Organisation(help="who issued it")]
    expires_ms: Annotated[int | None, EXPIRES]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCertificate:
    """The holder sends it to another ledger."""

    certificate: CertificateId
    to_ledger: Annotated[str, LEDGER]
    to_org: Annotated[str, Organisation(help="organisation that gets it there")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCertificate:
    """A certificate comes in with the proof that it was exported for here."""

    proof: Annotated[bytes, Blob(bytes_max=PROOF_BYTES_MAX, help="the proof file"), Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLedger:
    """The members agree on a block of another ledger from which its proofs may begin."""

    ledger: Annotated[str, LEDGER, Entry(is_argument=True)]
    height: Annotated[int, Integer(low=1, help="height of the block")]
    block_id: Annotated[bytes, Hash(help="id of the block")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrustLedger:
    """The members agree to take nothing more from another ledger."""

    ledger: Annotated[str, LEDGER, Entry(is_argument=True)]


PASSPORT_FIELDS: Final = fields_of(Passport)
_VALUES: Final = attrgetter(*(field.name for field in fields(Passport)))


def export(context: Context, message: ExportCertificate) -> None:
    """Send production to an organisation of another ledger that is trusted here, so that a name misspelt
    loses nothing. ``CRT_UNKNOWN``, ``CRT_NOT_OWNER``, ``CRT_KIND``, what ``require_free`` refuses,
    ``CRT_LEDGER_UNTRUSTED``.
    """
    item = require(context, message.certificate)
    org = require_holder(context, item)
    require_kind(item)
    require_free(context, item)
    trusted_block(context, message.to_ledger)
    passport = Passport(
        to_ledger=message.to_ledger,
        to_org=message.to_org,
        ledger=context.setting.verifier.chain_id if item.ledger is None else item.ledger,
        issue=item.issue,
        wh=item.wh,
        first_wh=item.first_wh,
        unit_wh=item.unit_wh,
        carried_wh=item.carried_wh,
        device=item.device,
        start_ms=item.start_ms,
        end_ms=item.end_ms,
        area=item.area,
        technology=item.technology,
        standard=item.standard,
        body=item.body,
        expires_ms=item.expires_ms,
    )
    context.put(EXPORT + item.key, _VALUES(passport))
    account(context, item, "away_wh", item.wh)
    gone = replace(released(context, item), state=EXPORTED)
    store(context, item, gone, "exported", org, message.to_ledger)


def import_certificate(context: Context, message: ImportCertificate) -> None:
    """Take a certificate in whose export to here the file proves. ``CRT_FOREIGN_PROOF``,
    ``CRT_LEDGER_UNTRUSTED``, ``CRT_PARTY`` where it is for another ledger, ``CRT_NOT_OWNER``,
    ``CRT_IMPORTED_TWICE``, ``CRT_EXPIRED``, ``CRT_PERIOD_ISSUED`` where its hours were issued here or came
    from a third ledger, ``CRT_NOT_AWAY``.
    """
    from_ledger, foreign, passport = _proven(context, message.proof)
    own_ledger = context.setting.verifier.chain_id
    if passport.to_ledger != own_ledger:
        raise CertificatePartyInvalid({"part": "ledger", "org": passport.to_ledger}, "import it there")
    facts = {"certificate": foreign.hex(), "ledger": from_ledger}
    org = require_signer(context, passport.to_org, dict(facts), "importer").org
    key = imported_certificate_id(from_ledger, foreign)
    if context.get(IMPORT + key) is not None:
        raise ImportedTwice({**facts, "here": key.hex()})
    if passport.expires_ms is not None and context.time_ms >= passport.expires_ms:
        raise CertificateExpired({**facts, "expires_ms": passport.expires_ms, "time_ms": context.time_ms})
    require_period(passport.start_ms, passport.end_ms, context.time_ms)
    context.put(IMPORT + key, (from_ledger, foreign, sha256(message.proof), context.height))
    item = _imported(key, OrgId(org), passport, own_ledger)
    if item.ledger is None:
        _require_away(context, item)
        account(context, item, "away_wh", -item.wh)
    else:
        take_hours(context, item.device, item.start_ms, item.end_ms, item.ledger)
    store(context, None, item, "imported", org, from_ledger)


def trust_ledger(context: Context, message: TrustLedger) -> None:
    """Trust a block of another ledger; needs the organisations with more than 2/3 of the power
    (``MEMBERSHIP_NO_QUORUM``). ``CRT_PARTY`` for this ledger itself.
    """
    context.call("membership", "require_quorum")
    require_other_ledger(context, message)
    context.put(TRUSTED + message.ledger.encode(), (message.height, message.block_id))
    context.emit("ledger_trusted", (message.ledger, message.height, message.block_id))


def distrust_ledger(context: Context, message: DistrustLedger) -> None:
    """Take nothing more from another ledger. ``MEMBERSHIP_NO_QUORUM``, ``CRT_LEDGER_UNTRUSTED``."""
    context.call("membership", "require_quorum")
    trusted_block(context, message.ledger)
    context.delete(TRUSTED + message.ledger.encode())
    context.emit("ledger_distrusted", (message.ledger,))


def require_other_ledger(view: View, message: TrustLedger) -> None:
    """``CRT_PARTY`` for this ledger itself, and for none."""
    if message.ledger in ("", view.setting.verifier.chain_id):
        facts = {"part": "ledger", "org": message.ledger}
        raise CertificatePartyInvalid(facts, "name another ledger")


def trusted_block(view: View, ledger: str) -> TrustedBlock:
    """The block of another ledger that is trusted here, or ``Refused("CRT_LEDGER_UNTRUSTED")``."""
    match view.get(TRUSTED + ledger.encode()):
        case (int(height), bytes(block_id)):
            return TrustedBlock(height=Height(height), block_id=BlockId(block_id))
        case _:
            raise LedgerUntrusted({"ledger": ledger})


def _proven(context: Context, data: bytes) -> tuple[str, bytes, Passport]:
    """The ledger, the certificate's id there, and its passport, as a file proves them."""
    context.meter.spend(len(data))
    try:
        file = decode_proof_file(data)
    except Refused as fault:
        raise ProofInvalid({"reason": fault.code}) from fault
    if len(file.entries) != 1:
        raise ProofInvalid({"reason": "entries"})
    trusted = trusted_block(context, file.chain_id)
    context.meter.spend(SIGNATURE * _signatures(file))
    try:
        ((key, value),) = verify_proof_file(data, trusted).values.items()
        record = None if value is None else decode(value, bytes_max=RECORD_BYTES_MAX)
    except Refused as fault:
        detail = str(fault.facts.get("reason")).replace(" ", "_")
        raise ProofInvalid({"reason": fault.code, "detail": detail}) from fault
    foreign = key.removeprefix(FOREIGN)
    if len(foreign) != HASH_BYTES or FOREIGN + foreign != key or not isinstance(record, tuple):
        raise ProofInvalid({"reason": "record"})
    if len(record) != len(PASSPORT_FIELDS):
        raise ProofInvalid({"reason": "record"})
    for field, item in zip(PASSPORT_FIELDS, record, strict=True):
        if not field.accepts(item):
            raise ProofInvalid({"reason": "record", "detail": field.name})
    named = {field.name: item for field, item in zip(PASSPORT_FIELDS, record, strict=True)}
    return file.chain_id, foreign, Passport(**named)  # type: ignore[arg-type]


def _signatures(file: ProofFile) -> int:
    """Return the number of signatures that a file may have checked."""
    finals = (file.final, *(link.final for link in file.links))
    return sum(len(final.certificate.signatures) for final in finals)


def _imported(key: bytes, org: OrgId, passport: Passport, own_ledger: str) -> Certificate:
    return Certificate(
        key=key,
        state=HELD,
        kind=PRODUCTION,
        holder=org,
        wh=passport.wh,
        first_wh=passport.first_wh,
        unit_wh=passport.unit_wh,
        carried_wh=passport.carried_wh,
        issue=passport.issue,
        device=passport.device,
        start_ms=passport.start_ms,
        end_ms=passport.end_ms,
        area=passport.area,
        technology=passport.technology,
        standard=passport.standard,
        body=passport.body,
        ledger=None if passport.ledger == own_ledger else passport.ledger,
        expires_ms=passport.expires_ms,
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


def _require_away(view: View, item: Certificate) -> None:
    """No more comes home than left: ``CRT_NOT_AWAY``; as it left, else ``CRT_FOREIGN_PROOF``."""
    made = find_issue(view, item.issue)
    away_wh = 0 if made is None else made.away_wh
    if made is None or away_wh < item.wh:
        raise NotAway({"issue": item.issue.hex(), "away_wh": away_wh, "wh": item.wh})
    if (item.device, item.start_ms, item.end_ms) != (made.device, made.start_ms, made.end_ms):
        raise ProofInvalid({**facts_of(item), "reason": "facts"})
