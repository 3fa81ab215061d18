"""Records of the registry in the state, as their keys and values stand there."""

from __future__ import annotations

from typing import Final

from p2pchain.business.registry.claims import CLAIM, STRUCK
from p2pchain.business.registry.contest import CONFIRMED
from p2pchain.business.registry.contest_record import CONTEST, CONTESTING, DISCLOSURE
from p2pchain.business.registry.declaration import DeclarationsKind
from p2pchain.business.registry.document import DOCUMENT as DOCUMENT_PREFIX
from p2pchain.business.registry.document import REGISTRATION, REGISTRATIONS_MAX
from p2pchain.business.registry.fields import (
    CHECK,
    DEADLINE,
    DISCLOSURE_DAYS,
    DOCUMENT,
    DOCUMENT_ID,
    DOCUMENTS,
    EPOCH,
    HEIGHT,
    KEY_FIELD,
    ORG,
    REASON,
    REPAID_SHARE,
    ROOT,
    SHARE,
    SHARE_MIN,
    STATE,
    field,
    nullable,
)
from p2pchain.business.registry.financiers_key import EPOCHS, HELD, KEY
from p2pchain.business.registry.name_index import CORRECTION, NAME, NAMED_MAX
from p2pchain.business.registry.terms import TERMS
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Array, Flag, Hash, Integer, Row
from p2pchain.ledger.module import RecordType

INVOICE: Final = field("invoice", Hash(help="hash of a name with the content, or of a document's id"))
DIGEST: Final = field("digest", Hash(help="a name, hashed with the financiers' key"))
HOLDER: Final = field("holder", nullable(ORG.kind))
REGISTRANTS: Final = field("registrants", Array(inner=ORG.kind, most=REGISTRATIONS_MAX))
NAMED: Final[tuple[Field, ...]] = (
    field(
        "entries",
        Array(
            inner=Row(columns=(("document", DOCUMENT_ID), ("org", ORG.kind), ("count", Integer(low=1)))),
            most=NAMED_MAX,
        ),
    ),
    field("hidden", Integer(help="registrations that are counted and not named")),
)

RECORDS: Final = (
    RecordType(
        name="document",
        prefix=DOCUMENT_PREFIX,
        key=(DOCUMENT,),
        fields=(STATE, HOLDER, SHARE, REPAID_SHARE, REASON, REGISTRANTS),
        sentence="{document} is {state}[, reason {reason}][, {holder} finances {share}], {repaid_share} of "
        "it was repaid; registered by {registrants}",
    ),
    RecordType(
        name="registration",
        prefix=REGISTRATION,
        key=(DOCUMENT, ORG),
        fields=(field("declarations", DeclarationsKind()),),
        sentence="{org} has registered {document} and declared {declarations}",
    ),
    RecordType(
        name="name",
        prefix=NAME,
        key=(DIGEST,),
        fields=NAMED,
        sentence="the name {digest} is that of {entries}, and of {hidden} registrations more",
    ),
    RecordType(
        name="correction",
        prefix=CORRECTION,
        key=(DIGEST,),
        fields=NAMED,
        sentence="the invoice of the name {digest} is corrected by {entries}, and by {hidden} more",
    ),
    RecordType(
        name="claim",
        prefix=CLAIM,
        key=(INVOICE,),
        fields=(DOCUMENT, ORG),
        is_table=True,
        sentence="{org} claims {document}, which is the invoice {invoice}",
    ),
    RecordType(
        name="struck",
        prefix=STRUCK,
        key=(INVOICE, ORG),
        sentence="a claim of {org} on the invoice {invoice} was struck",
    ),
    RecordType(
        name="contest",
        prefix=CONTEST,
        key=(DOCUMENT,),
        fields=(
            field("claimant", ORG.kind),
            field("contester", ORG.kind),
            DEADLINE,
            field("upheld", Flag()),
        ),
        sentence="{contester} contests the claim of {claimant} on {document}, to be disclosed before "
        "{deadline_ms} UTC; upheld: {upheld}",
    ),
    RecordType(
        name="contesting",
        prefix=CONTESTING,
        key=(ORG,),
        fields=(field("count", Integer(low=1)),),
        sentence="{org} contests {count} claims, none of which was upheld yet",
    ),
    RecordType(
        name="disclosure",
        prefix=DISCLOSURE,
        key=(DOCUMENT, ORG),
        fields=(ROOT,),
        sentence="{org} discloses {document} in the private payload {root}",
    ),
    RecordType(
        name="confirmation",
        prefix=CONFIRMED,
        key=(DOCUMENT,),
        fields=(ORG,),
        is_table=True,
        sentence="{org} confirms that it owes the invoice {document}",
        is_public=True,
    ),
    RecordType(
        name="key",
        prefix=KEY,
        key=(EPOCH,),
        fields=(KEY_FIELD, CHECK, HEIGHT),
        sentence="the financiers' key of epoch {epoch} has the id {key_id} and the check value {check}, "
        "since height {height}",
        is_public=True,
    ),
    RecordType(
        name="epochs",
        prefix=EPOCHS,
        fields=(field("oldest", Integer(low=1)), field("newest", Integer(low=1))),
        sentence="the epochs {oldest} to {newest} of the financiers' key are live",
        is_public=True,
    ),
    RecordType(
        name="held",
        prefix=HELD,
        key=(EPOCH,),
        fields=(DOCUMENTS,),
        sentence="{documents} are claimed and known under no later epoch of the key than {epoch}",
        is_public=True,
    ),
    RecordType(
        name="terms",
        prefix=TERMS,
        fields=(SHARE_MIN, DISCLOSURE_DAYS),
        sentence="the least share is {share_min} of a total, a disclosure may take {disclosure_days}",
        is_public=True,
    ),
)
