"""Declaration of private payloads: a root on the chain, contents sealed to their recipients."""

from __future__ import annotations

from p2pchain.business.private.queries import (
    PAGE_MAX,
    answer_auditors,
    answer_key,
    answer_list,
    answer_resealed,
    answer_show,
)
from p2pchain.business.private.refusals import REFUSALS
from p2pchain.business.private.rules import (
    AUDITORS,
    AUDITORS_MAX,
    ERASED,
    KEY,
    NAME,
    PAYLOAD,
    RECIPIENTS_MAX,
    RESEALED,
    SIZE_MAX,
    Erase,
    PutPayload,
    SetAuditors,
    SetEncryptionKey,
    auditors_of,
    erase,
    has_payload,
    put,
    require_owned,
    reseal,
    set_auditors,
    set_key,
)
from p2pchain.codec.private import SEALED_KEY_BYTES
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Array, Hash, Height, Id, Integer, Key, Octets, Optional, Organisation
from p2pchain.ledger.module import Action, EventType, Module, Query, RecordType
from p2pchain.model.ids import HASH_BYTES

ROOT = Field(
    name="root", kind=Id(size=HASH_BYTES, of="private.payload", label="root", help="root of the payload")
)
ORG = Field(name="org", kind=Organisation(help="organisation"), entry=Entry(is_argument=True))
OWNER = Field(name="owner", kind=Organisation(help="organisation that put it"))
DIGEST = Field(name="digest", kind=Hash(label="SHA-256", help="SHA-256 of the sealed envelope"))
SIZE = Field(name="size", kind=Integer(low=1, high=SIZE_MAX, unit="bytes", help="size of the envelope"))
RECIPIENTS = Field(
    name="recipients", kind=Array(inner=Organisation(), most=RECIPIENTS_MAX, help="who may read it")
)
HEIGHT = Field(name="height", kind=Height(help="block that it was put in"))
PUBLIC_KEY = Field(name="public_key", kind=Key(label="sealing key", help="key that is sealed to"))
AUDITORS_AGREED = Array(inner=Organisation(), most=AUDITORS_MAX, label="auditors", help="who reads all of it")
SEALED_KEY = Field(
    name="sealed_key", kind=Octets(size=SEALED_KEY_BYTES, help="the payload's key, sealed to a recipient")
)
ERASED_BY = Field(
    name="erased_by",
    kind=Array(inner=Organisation(), most=RECIPIENTS_MAX, label="erased by", help="who has erased its copy"),
)
SHOWN = (ROOT, OWNER, DIGEST, SIZE, RECIPIENTS, HEIGHT, ERASED_BY)

ACTIONS = (
    Action(
        name="set_key",
        message=SetEncryptionKey,
        run=set_key,
        command="enrol",
        does="Set the key to which payloads for your organisation are sealed from now on",
        who="an admin of the organisation",
        file="keys/sealing.key of the home",
    ),
    Action(
        name="set_auditors",
        message=SetAuditors,
        run=set_auditors,
        does="Agree on the auditors for whom every payload has to be sealed from now on",
        who="admins of organisations with more than 2/3 of the power",
    ),
    Action(
        name="put",
        message=PutPayload,
        run=put,
        does="Put the root of a payload on the chain, and whom it is sealed for",
        who="any account of a member",
        file="the fields to seal",
    ),
    Action(
        name="erase",
        message=Erase,
        run=erase,
        command="purge",
        file="the node's copy of the payload, which it unlinks",
        does="Record that your organisation has erased its copy of a payload",
        who="any account of a recipient",
    ),
)
EVENTS = (
    EventType(
        name="key_set",
        fields=(ORG, PUBLIC_KEY),
        sentence="payloads for {org} are sealed to {public_key} from now on",
    ),
    EventType(
        name="auditors_set",
        fields=(Field(name="orgs", kind=AUDITORS_AGREED),),
        sentence="auditors who read every payload: {orgs}",
    ),
    EventType(
        name="put",
        fields=(ROOT, OWNER, RECIPIENTS),
        sentence="{owner} put payload {root}, sealed for {recipients}",
    ),
    EventType(name="erased", fields=(ROOT, ORG), sentence="{org} erased its copy of payload {root}"),
    EventType(
        name="resealed",
        fields=(ROOT, OWNER, ORG),
        sentence="{owner} sealed the key of payload {root} to {org}",
    ),
)
RECORDS = (
    RecordType(
        name="auditors",
        prefix=AUDITORS,
        fields=(Field(name="auditor", kind=Organisation(help="who reads every payload")),),
        sentence="every payload has to be sealed for {auditor}",
        is_table=True,
        is_public=True,
    ),
    RecordType(
        name="sealing_key",
        prefix=KEY,
        key=(ORG,),
        fields=(PUBLIC_KEY,),
        sentence="payloads for {org} are sealed to {public_key}",
        is_public=True,
    ),
    RecordType(
        name="payload",
        prefix=PAYLOAD,
        key=(ROOT,),
        fields=(OWNER, DIGEST, SIZE, RECIPIENTS, HEIGHT),
        sentence="{owner} put payload {root} in block {height}: {size} with SHA-256 {digest}, "
        "sealed for {recipients}",
        is_public=True,
    ),
    RecordType(
        name="erasure",
        prefix=ERASED,
        key=(ROOT, ORG),
        fields=(Field(name="height", kind=Height(help="block in which it said so")),),
        sentence="{org} said in block {height} that it erased its copy of payload {root}",
        is_public=True,
    ),
    RecordType(
        name="resealed",
        prefix=RESEALED,
        key=(ROOT, ORG),
        fields=(SEALED_KEY, Field(name="height", kind=Height(help="block in which it was sealed"))),
        sentence="the key of payload {root} was sealed to {org} in block {height}",
        is_public=True,
    ),
)
QUERIES = (
    Query(
        name="resealed",
        fields=(ROOT, ORG),
        answer=answer_resealed,
        does="Show the key of a payload as it was sealed to a recipient that came later",
        returns=(ROOT, ORG, Field(name="sealed_key", kind=Optional(inner=SEALED_KEY.kind))),
    ),
    Query(
        name="show",
        fields=(ROOT,),
        answer=answer_show,
        does="Show a payload: who may read it, and who has erased it",
        returns=SHOWN,
    ),
    Query(
        name="auditors",
        fields=(),
        answer=answer_auditors,
        does="Show the auditors for whom every payload has to be sealed",
        returns=(Field(name="auditors", kind=AUDITORS_AGREED),),
    ),
    Query(
        name="key",
        fields=(ORG,),
        answer=answer_key,
        does="Show the sealing key of an organisation",
        returns=(ORG, Field(name="public_key", kind=Optional(inner=PUBLIC_KEY.kind))),
    ),
    Query(
        name="list",
        fields=(
            Field(name="org", kind=Optional(inner=Organisation(help="only payloads for this organisation"))),
            Field(
                name="after",
                kind=Optional(
                    inner=Id(size=HASH_BYTES, of="private.payload", help="begin after this payload")
                ),
            ),
            Field(
                name="limit",
                kind=Optional(inner=Integer(low=1, high=PAGE_MAX, unit="payloads", help="how many")),
            ),
        ),
        answer=answer_list,
        does="List payloads in the order of their roots",
        rows=("payloads", SHOWN),
    ),
)

MODULE = Module(
    name=NAME,
    roles=("auditor",),
    source=__name__,
    does="Put payloads on the chain that only their recipients can read",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    publics={
        "auditors_of": auditors_of,
        "has_payload": has_payload,
        "require_owned": require_owned,
        "reseal": reseal,
    },
)
