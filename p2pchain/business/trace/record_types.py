"""Records of the traced goods, as their proofs are read."""

from __future__ import annotations

from typing import Final

from p2pchain.business.trace.bringing_in import PREFIXES
from p2pchain.business.trace.captures import CAPTURE_PREFIX, COUNT, ERROR_PREFIX
from p2pchain.business.trace.fields import ERRORS, EVENT, LOT, PREFIX, REASON, ROOT, THING, field
from p2pchain.business.trace.lots import (
    HELD,
    HELD_PREFIX,
    LOT_PREFIX,
    MADE_PREFIX,
    RECALL_PREFIX,
    Lot,
)
from p2pchain.business.trace.things import CHILDREN_MAX, INSIDE_PREFIX, THING_PREFIX, Thing
from p2pchain.ledger.fields import fields_of
from p2pchain.ledger.kinds import Choice, Flag, Hash, Height, Integer, Moment, Organisation
from p2pchain.ledger.module import RecordType

ORG: Final = field("org", Organisation())
LOT_FIELD: Final = field("lot", LOT)

RECORDS: Final = (
    RecordType(
        name="thing",
        is_shared=True,
        prefix=THING_PREFIX,
        key=(field("thing", THING),),
        fields=fields_of(Thing)[1:],
        sentence=(
            "{thing}: in the custody of {custodian}[, on its way to {to}]"
            "[, packed in {parent} and in the custody of whoever has that][, of lot {lot}]"
            "[, certified by {claim}][, {ended}]"
        ),
    ),
    RecordType(
        name="inside",
        prefix=INSIDE_PREFIX,
        key=(field("thing", THING),),
        fields=(LOT_FIELD, field("things", Integer(high=CHILDREN_MAX, unit="things"))),
        sentence="{thing} holds {things} of lot {lot}",
        is_table=True,
    ),
    RecordType(
        name="lot",
        is_shared=True,
        prefix=LOT_PREFIX,
        key=(LOT_FIELD,),
        fields=fields_of(Lot)[1:],
        sentence="lot {lot} of {maker} is made of the lots {ancestors}",
    ),
    RecordType(
        name="held",
        prefix=HELD_PREFIX,
        key=(LOT_FIELD, ORG),
        fields=(field("things", HELD),),
        sentence="{org} has {things} of lot {lot} in custody",
    ),
    RecordType(
        name="made",
        prefix=MADE_PREFIX,
        key=(field("source", LOT), LOT_FIELD),
        sentence="lot {lot} was made of lot {source}",
    ),
    RecordType(
        name="recall",
        prefix=RECALL_PREFIX,
        key=(LOT_FIELD,),
        fields=(
            ORG,
            field("reason", REASON),
            field("returns", Flag(help="custodians may ship it to whoever recalls it")),
            field("height", Height()),
        ),
        sentence="lot {lot} is recalled by {org} since height {height}: {reason}",
        is_table=True,
    ),
    RecordType(
        name="prefix",
        prefix=PREFIXES,
        key=(field("prefix", PREFIX),),
        fields=(ORG,),
        sentence="{org} speaks for the company prefix {prefix}",
    ),
    RecordType(
        name="capture",
        prefix=CAPTURE_PREFIX,
        key=(ORG, field("root", ROOT)),
        fields=(
            field("count", COUNT),
            field("first_ms", Moment()),
            field("last_ms", Moment()),
            field("height", Height()),
        ),
        sentence="{org} captured {count} from {first_ms} to {last_ms} under {root} at height {height}",
    ),
    RecordType(
        name="error",
        prefix=ERROR_PREFIX,
        key=(ORG, field("event", Hash(help="hash of the event"))),
        fields=(field("reason", Choice(words=ERRORS)), field("corrective", EVENT), field("height", Height())),
        sentence="{org} declared an error in the event {event} at height {height}: {reason}",
    ),
)
