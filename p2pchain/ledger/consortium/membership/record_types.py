"""Types of the records of the membership."""

from __future__ import annotations

from typing import Final

from p2pchain.codec.genesis import ACCOUNTS_MAX, NODES_MAX, ORGANISATIONS_MAX
from p2pchain.ledger.consortium.membership.claims import LEI, USCC
from p2pchain.ledger.consortium.membership.events import FROZEN_BY
from p2pchain.ledger.consortium.membership.fields import (
    ACCOUNT_FIELD,
    ADDRESS_TEXT,
    CONSENSUS_KEY,
    CONSENSUS_KEY_FIELD,
    IDENTIFIER_FIELD,
    LEGAL_NAME,
    NODE_FIELD,
    ORG_FIELD,
    PEER_KEY,
    PEER_KEY_FIELD,
    POWER_FIELD,
    PUBLIC_KEY,
    ROLES_FIELD,
)
from p2pchain.ledger.consortium.membership.names import ACCOUNT_NAME, FORMER, FROZEN, NODE_NAME
from p2pchain.ledger.consortium.membership.records import (
    ACCOUNT,
    ADDRESS,
    CLAIM,
    IDENTIFIER,
    IDENTITY,
    KIND_ACCOUNT,
    KIND_CONSENSUS,
    KIND_PEER,
    NODE,
    ORGANISATION,
    RETIRED,
    VALIDATOR,
)
from p2pchain.ledger.consortium.membership.tally import ORGANISATIONS, TALLY
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Choice, Height, Integer, Key, Moment, Optional
from p2pchain.ledger.module import RecordType

KIND_OF_NUMBER: Final = Choice(words=(LEI, USCC), help="which number it is")
BEARER: Final = Optional(inner=Key(), help="key that bears the name, null once it has left")

RECORDS: Final = (
    RecordType(
        name="organisation",
        prefix=ORGANISATION,
        key=(ORG_FIELD,),
        fields=(Field(name="legal_name", kind=LEGAL_NAME), ROLES_FIELD),
        sentence="{org} is a member, {legal_name}, with the roles {roles}",
        is_public=True,
    ),
    RecordType(
        name="account",
        prefix=ACCOUNT,
        key=(PUBLIC_KEY,),
        fields=(ACCOUNT_FIELD, ORG_FIELD, ROLES_FIELD),
        sentence="{public_key} is the account {account} of {org}, with the roles {roles}",
        is_public=True,
    ),
    RecordType(
        name="node",
        prefix=NODE,
        key=(PEER_KEY_FIELD,),
        fields=(
            NODE_FIELD,
            ORG_FIELD,
            Field(
                name="consensus_key",
                kind=Optional(inner=CONSENSUS_KEY, help="key that it validates with, null where it does not"),
            ),
        ),
        sentence="{peer_key} is the node {node} of {org}[; it validates with {consensus_key}]",
        is_public=True,
    ),
    RecordType(
        name="address",
        prefix=ADDRESS,
        key=(PEER_KEY_FIELD,),
        fields=(Field(name="address", kind=ADDRESS_TEXT),),
        sentence="the node with peer key {peer_key} is dialled at {address}",
        is_public=True,
    ),
    RecordType(
        name="validator",
        prefix=VALIDATOR,
        key=(CONSENSUS_KEY_FIELD,),
        fields=(POWER_FIELD, ORG_FIELD, PEER_KEY_FIELD),
        sentence="{consensus_key} validates with power {power} for {org}, on the node with peer key "
        "{peer_key}",
        is_public=True,
    ),
    RecordType(
        name="retired",
        prefix=RETIRED,
        key=(Field(name="key", kind=Key(help="key that has left")),),
        fields=(
            Field(
                name="kind",
                kind=Choice(words=(KIND_ACCOUNT, KIND_CONSENSUS, KIND_PEER), help="what it served as"),
            ),
            Field(name="height", kind=Height(help="block in which it left")),
            Field(
                name="peer_key",
                kind=Optional(inner=PEER_KEY, help="node that validated with it, null for others"),
            ),
        ),
        sentence="{key} left in block {height}; it was of this kind: {kind}[; node {peer_key} had it]",
        is_public=True,
    ),
    RecordType(
        name="identity",
        prefix=IDENTITY,
        key=(ORG_FIELD,),
        fields=(
            Field(name="kind", kind=KIND_OF_NUMBER),
            Field(name="number", kind=IDENTIFIER_FIELD.kind),
            Field(name="time_ms", kind=Moment(label="claimed", help="block in which it was claimed")),
            Field(
                name="confirmed_by",
                kind=Optional(inner=ORG_FIELD.kind, help="who confirmed it, empty for the quorum"),
            ),
        ),
        sentence="{org} claims the {kind} {number} since {time_ms}[; confirmed by {confirmed_by}]",
        is_table=True,
        is_public=True,
    ),
    RecordType(
        name="claim",
        prefix=CLAIM,
        key=(IDENTIFIER_FIELD, ORG_FIELD),
        sentence="{org} claims {identifier}",
        is_public=True,
    ),
    RecordType(
        name="identifier",
        prefix=IDENTIFIER,
        key=(IDENTIFIER_FIELD,),
        fields=(ORG_FIELD,),
        sentence="{identifier} is confirmed as the number of {org}",
        is_public=True,
    ),
    RecordType(
        name="account_name",
        prefix=ACCOUNT_NAME,
        key=(ORG_FIELD, ACCOUNT_FIELD),
        fields=(Field(name="public_key", kind=BEARER),),
        sentence="the name {account} of {org} serves for one account ever, now with key {public_key}",
        is_public=True,
    ),
    RecordType(
        name="node_name",
        prefix=NODE_NAME,
        key=(NODE_FIELD,),
        fields=(Field(name="peer_key", kind=BEARER),),
        sentence="the name {node} serves for one node ever, now with peer key {peer_key}",
        is_public=True,
    ),
    RecordType(
        name="former",
        prefix=FORMER,
        key=(ORG_FIELD,),
        fields=(Field(name="height", kind=Height(help="block in which it left")),),
        sentence="{org} left in block {height}",
        is_public=True,
    ),
    RecordType(
        name="frozen_account",
        prefix=FROZEN,
        key=(ORG_FIELD, ACCOUNT_FIELD),
        fields=(Field(name="height", kind=Height(help="block in which it was frozen")), FROZEN_BY),
        sentence="account {account} of {org} is frozen since block {height}[, by {frozen_by} itself]",
        is_public=True,
    ),
    RecordType(
        name="frozen_organisation",
        prefix=FROZEN,
        key=(ORG_FIELD,),
        fields=(Field(name="height", kind=Height(help="block in which it was frozen")), FROZEN_BY),
        sentence="{org} is frozen since block {height}",
        is_public=True,
    ),
    RecordType(
        name="organisations",
        prefix=ORGANISATIONS,
        fields=(
            Field(
                name="count",
                kind=Integer(high=ORGANISATIONS_MAX, unit="organisations", help="how many there are"),
            ),
        ),
        sentence="there are {count}",
        is_public=True,
    ),
    RecordType(
        name="tally",
        prefix=TALLY,
        key=(ORG_FIELD,),
        fields=(
            Field(name="accounts", kind=Integer(high=ACCOUNTS_MAX, unit="accounts", help="how many it has")),
            Field(
                name="admins",
                kind=Integer(high=ACCOUNTS_MAX, unit="admins", help="admins that are not frozen themselves"),
            ),
            Field(name="nodes", kind=Integer(high=NODES_MAX, unit="nodes", help="how many it has")),
        ),
        sentence="{org} has {accounts}, {admins} that are not frozen, and {nodes}",
        is_public=True,
    ),
)
