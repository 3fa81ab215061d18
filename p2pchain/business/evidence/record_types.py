"""Fields and records of the evidence, and what a proof says of each."""

from __future__ import annotations

from typing import Final

from p2pchain.business.evidence.attestation import DEPOSIT_KIND
from p2pchain.business.evidence.deposit import COUNT_KIND, DIGEST_KIND, STATEMENT_KIND
from p2pchain.business.evidence.holds import (
    HELD_DEPOSIT,
    HELD_ORG,
    HELD_PAYLOAD,
    HOLD,
    ORDER_BYTES_MAX,
)
from p2pchain.business.evidence.records import (
    COUNTERSIGN,
    CUSTODY,
    DEPOSIT,
    DIGEST,
    ORDER,
    PLACE_MAX,
    TIMESTAMP,
)
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Hash, Height, Id, Integer, Moment, Optional, Organisation, Text
from p2pchain.ledger.module import RecordType
from p2pchain.model.ids import HASH_BYTES

ID: Final = Field(name="deposit", kind=DEPOSIT_KIND, entry=Entry(is_argument=True))
ORG: Final = Field(name="org", kind=Organisation(help="organisation that deposited it"))
DIGEST_FIELD: Final = Field(name="digest", kind=DIGEST_KIND)
COUNT: Final = Field(name="count", kind=COUNT_KIND)
STATEMENT: Final = Field(name="statement", kind=STATEMENT_KIND)
HEIGHT: Final = Field(name="height", kind=Height(help="block that holds it"))
TIME: Final = Field(name="time_ms", kind=Moment(label="time", help="time of that block"))
CUSTODIAN: Final = Field(name="custodian", kind=Organisation(help="who keeps what was deposited"))
OFFERED_TO: Final = Field(
    name="offered_to", kind=Optional(inner=Organisation(help="to whom custody is offered"))
)
HANDOVERS: Final = Field(
    name="handovers", kind=Integer(high=PLACE_MAX, unit="times", help="how often custody changed")
)
SUPERSEDES: Final = Field(
    name="supersedes",
    kind=Optional(inner=Id(of="evidence.deposit", size=HASH_BYTES, help="older deposit that it replaces")),
)
SUPERSEDED_BY: Final = Field(
    name="superseded_by",
    kind=Optional(inner=Id(of="evidence.deposit", size=HASH_BYTES, help="newer one that replaced it")),
)
COUNTERSIGNED: Final = Field(
    name="countersigned", kind=Integer(unit="organisations", help="how many countersigned it")
)
TIMESTAMPED: Final = Field(name="timestamped", kind=Integer(unit="tokens", help="tokens recorded with it"))
STATED: Final = Field(name="statement", kind=Optional(inner=STATEMENT_KIND))
TOKEN: Final = Field(name="token", kind=Hash(help="SHA-256 of the token"))
TOKEN_TIME: Final = Field(name="token_ms", kind=Moment(label="time of the token"))
CERTIFICATE: Final = Field(
    name="certificate", kind=Hash(help="SHA-256 of the certificate of the authority that signed it")
)
PLACE: Final = Field(
    name="place", kind=Integer(high=PLACE_MAX, unit="before it", help="how many deposited it before")
)
NUMBER: Final = Field(
    name="number", kind=Integer(high=PLACE_MAX, unit="handovers", help="how often custody changed before")
)
HOLD_ID: Final = Field(
    name="hold",
    kind=Id(of="evidence.hold", size=HASH_BYTES, help="id of the hold"),
    entry=Entry(is_argument=True),
)
COURT: Final = Field(name="court", kind=Organisation(help="court that ordered it"))
PAYLOAD: Final = Field(name="payload", kind=Id(of="private.payload", size=HASH_BYTES, help="private payload"))
KEEPER: Final = Field(name="org", kind=Organisation(help="organisation whose private payloads are held"))
HELD_ON: Final = (
    Field(name="deposit", kind=Optional(inner=DEPOSIT_KIND)),
    Field(name="payload", kind=Optional(inner=PAYLOAD.kind)),
    Field(name="org", kind=Optional(inner=KEEPER.kind)),
    Field(name="order", kind=Text(bytes_max=ORDER_BYTES_MAX, help="reference of the court's order")),
)
HOLDS: Final = Field(name="count", kind=Integer(low=1, unit="holds", help="how many holds stand"))
SUBJECT: Final = "[deposit {deposit}][private payload {payload}][all private payloads that {org} keeps]"
"""What a hold is on, in words."""

RECORDS: Final = (
    RecordType(
        name="deposit",
        prefix=DEPOSIT,
        key=(ID,),
        fields=(
            *(ORG, DIGEST_FIELD, COUNT, STATEMENT, HEIGHT, TIME, CUSTODIAN, OFFERED_TO, HANDOVERS),
            *(SUPERSEDES, SUPERSEDED_BY, COUNTERSIGNED, TIMESTAMPED),
        ),
        sentence="{org} deposited {digest}[, the root over {count},] in block {height} at {time_ms}: "
        "{statement}; in custody of {custodian}, countersigned by {countersigned}, {timestamped} beside it"
        "[; it replaced deposit {supersedes}][; SUPERSEDED by deposit {superseded_by}]",
        is_public=True,
    ),
    RecordType(
        name="digest",
        prefix=DIGEST,
        key=(DIGEST_FIELD,),
        fields=(
            Field(name="count", kind=Integer(low=1, unit="organisations", help="how many deposited it")),
            *(ORG, HEIGHT, TIME),
        ),
        sentence="{digest} was deposited by {count}, first by {org} in block {height} at {time_ms}; "
        "nobody had deposited it in any block before",
        is_public=True,
    ),
    RecordType(
        name="order",
        prefix=ORDER,
        key=(DIGEST_FIELD, PLACE),
        fields=(ORG, Field(name="deposit", kind=DEPOSIT_KIND), HEIGHT, TIME),
        sentence="{org} deposited {digest} in block {height} at {time_ms}, {place}: deposit {deposit}",
        is_public=True,
    ),
    RecordType(
        name="countersignature",
        prefix=COUNTERSIGN,
        key=(ID, Field(name="org", kind=Organisation(help="who countersigned"))),
        fields=(HEIGHT, TIME, STATED),
        sentence="{org} countersigned deposit {deposit} in block {height} at {time_ms}[: {statement}]",
        is_public=True,
    ),
    RecordType(
        name="timestamp",
        prefix=TIMESTAMP,
        key=(ID, TOKEN),
        fields=(TOKEN_TIME, CERTIFICATE, HEIGHT, TIME),
        sentence="its depositor said in block {height} at {time_ms} that a token with SHA-256 {token}, "
        "signed by the certificate with SHA-256 {certificate}, gives deposit {deposit} the time {token_ms}",
        is_public=True,
    ),
    RecordType(
        name="custody",
        prefix=CUSTODY,
        key=(ID, NUMBER),
        fields=(Field(name="org", kind=Organisation(help="who took custody")), HEIGHT, TIME),
        sentence="{org} took custody of deposit {deposit} in block {height} at {time_ms}, after {number}",
        is_public=True,
    ),
    RecordType(
        name="hold",
        prefix=HOLD,
        key=(HOLD_ID,),
        fields=(COURT, *HELD_ON, HEIGHT),
        sentence=f"{{court}} holds {SUBJECT} by order {{order}} since block {{height}}",
        is_public=True,
    ),
    *(
        RecordType(name=name, prefix=prefix, key=(key,), fields=(HOLDS,), sentence=sentence, is_public=True)
        for name, prefix, key, sentence in (
            ("held_deposit", HELD_DEPOSIT, ID, "{count} on deposit {deposit}"),
            ("held_payload", HELD_PAYLOAD, PAYLOAD, "{count} on private payload {payload}"),
            ("held_org", HELD_ORG, KEEPER, "{count} on all private payloads that {org} keeps"),
        )
    ),
)
