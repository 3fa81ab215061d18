"""Events of the membership."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.ledger.consortium.membership.fields import (
    ACCOUNT_FIELD,
    ADDRESS_KIND,
    CONSENSUS_KEY_FIELD,
    IDENTIFIER_FIELD,
    LEI_FIELD,
    NEW_FIELD,
    NODE_FIELD,
    OLD_FIELD,
    ORG_FIELD,
    PEER_KEY_FIELD,
    POWER_FIELD,
    PUBLIC_KEY,
    USCC_FIELD,
)
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Optional, Organisation
from p2pchain.ledger.module import EventType

WHOLE_OR_ACCOUNT: Final = replace(
    ACCOUNT_FIELD, kind=Optional(inner=ACCOUNT_FIELD.kind, help="the account, null for the organisation")
)
CONFIRMED_BY: Final = Field(
    name="confirmed_by",
    kind=Optional(inner=Organisation(), help="member that confirmed it, null for the quorum"),
)
FROZEN_BY: Final = Field(
    name="frozen_by",
    kind=Optional(inner=Organisation(), help="its own organisation, null for the quorum"),
)

EVENTS: Final = (
    EventType(name="admitted", fields=(ORG_FIELD,), sentence="{org} is a member"),
    EventType(name="removed", fields=(ORG_FIELD,), sentence="{org} is no member any more"),
    EventType(
        name="identified",
        fields=(ORG_FIELD, LEI_FIELD, USCC_FIELD),
        sentence="{org} claims to be LEI {lei}, USCC {uscc}",
    ),
    EventType(
        name="identifier_confirmed",
        fields=(ORG_FIELD, IDENTIFIER_FIELD, CONFIRMED_BY),
        sentence="{identifier} is confirmed as the number of {org}[ by {confirmed_by}]",
    ),
    EventType(
        name="frozen",
        fields=(ORG_FIELD, WHOLE_OR_ACCOUNT, FROZEN_BY),
        sentence="[{account} of ]{org} is frozen[ by {frozen_by} itself] and signs nothing",
    ),
    EventType(
        name="unfrozen",
        fields=(ORG_FIELD, WHOLE_OR_ACCOUNT),
        sentence="[{account} of ]{org} is frozen no more",
    ),
    EventType(
        name="address_set",
        fields=(ORG_FIELD, NODE_FIELD, Field(name="address", kind=ADDRESS_KIND)),
        sentence="node {node} of {org} [is dialled at {address}]",
    ),
    EventType(
        name="account_added",
        fields=(ORG_FIELD, ACCOUNT_FIELD, PUBLIC_KEY),
        sentence="{org} has the account {account} with key {public_key}",
    ),
    EventType(
        name="account_removed",
        fields=(ORG_FIELD, ACCOUNT_FIELD, PUBLIC_KEY),
        sentence="{org} has the account {account} with key {public_key} no more",
    ),
    EventType(
        name="account_rotated",
        fields=(ORG_FIELD, ACCOUNT_FIELD, OLD_FIELD, NEW_FIELD),
        sentence="account {account} of {org} exchanges its key {old_key} for {new_key}",
    ),
    EventType(
        name="account_replaced",
        fields=(ORG_FIELD, ACCOUNT_FIELD, OLD_FIELD, NEW_FIELD),
        sentence="account {account} of {org} gets the key {new_key} in place of {old_key}",
    ),
    EventType(
        name="node_added",
        fields=(ORG_FIELD, NODE_FIELD, PEER_KEY_FIELD),
        sentence="node {node} of {org} may connect, with peer key {peer_key}",
    ),
    EventType(
        name="node_removed",
        fields=(ORG_FIELD, NODE_FIELD, PEER_KEY_FIELD),
        sentence="node {node} of {org}, with peer key {peer_key}, may connect no more",
    ),
    EventType(
        name="validator_added",
        fields=(ORG_FIELD, NODE_FIELD, CONSENSUS_KEY_FIELD, POWER_FIELD),
        sentence="node {node} of {org} validates from two heights on, with power {power} and key "
        "{consensus_key}",
    ),
    EventType(
        name="validator_removed",
        fields=(ORG_FIELD, NODE_FIELD, CONSENSUS_KEY_FIELD),
        sentence="node {node} of {org}, with key {consensus_key}, validates no more from two heights on",
    ),
    EventType(
        name="validator_rotated",
        fields=(ORG_FIELD, NODE_FIELD, OLD_FIELD, NEW_FIELD),
        sentence="the validator of node {node} of {org} exchanges its key {old_key} for {new_key}",
    ),
    EventType(
        name="power_set",
        fields=(
            ORG_FIELD,
            NODE_FIELD,
            CONSENSUS_KEY_FIELD,
            replace(POWER_FIELD, name="before"),
            POWER_FIELD,
        ),
        sentence="node {node} of {org} has power {power} from two heights on, before {before}",
    ),
)
