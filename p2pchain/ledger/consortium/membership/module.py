"""Declaration of the membership: who belongs to the consortium, who validates, and how both change."""

from __future__ import annotations

from typing import Final

from p2pchain.codec.genesis import ACCOUNTS_MAX, NODES_MAX, ORGANISATIONS_MAX
from p2pchain.ledger.consortium.membership.accounts import (
    AddAccount,
    RemoveAccount,
    Replace,
    Rotate,
    add_account,
    remove_account,
    replace_account,
    require_new_account,
    rotate_account,
)
from p2pchain.ledger.consortium.membership.addresses import SetAddress, set_address
from p2pchain.ledger.consortium.membership.claims import (
    ConfirmIdentifier,
    Identify,
    confirm_identifier,
    identify,
    require_identifiers,
)
from p2pchain.ledger.consortium.membership.events import EVENTS
from p2pchain.ledger.consortium.membership.fields import (
    ACCOUNT,
    CONSENSUS_KEY_FIELD,
    IDENTIFIER_KIND,
    LEGAL_NAME,
    LEI_FIELD,
    NODE,
    ORG,
    ORG_FIELD,
    POWER_FIELD,
    PUBLIC_KEY,
    ROLES_FIELD,
    ROLES_HELD,
    USCC_FIELD,
)
from p2pchain.ledger.consortium.membership.freezing import Freeze, freeze, unfreeze
from p2pchain.ledger.consortium.membership.nodes import (
    AddNode,
    RemoveNode,
    add_node,
    remove_node,
    require_new_node,
)
from p2pchain.ledger.consortium.membership.organisations import (
    Admit,
    RemoveOrganisation,
    admit,
    remove_organisation,
    require_admissible,
)
from p2pchain.ledger.consortium.membership.publics import PUBLICS
from p2pchain.ledger.consortium.membership.queries import (
    answer_account,
    answer_organisations,
    answer_validators,
)
from p2pchain.ledger.consortium.membership.record_types import KIND_OF_NUMBER, RECORDS
from p2pchain.ledger.consortium.membership.records import NAME, write_genesis
from p2pchain.ledger.consortium.membership.refusals import REFUSALS
from p2pchain.ledger.consortium.membership.validators import (
    AddValidator,
    RemoveValidator,
    RotateValidator,
    SetPower,
    add_validator,
    remove_validator,
    rotate_validator,
    set_power,
)
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Array, Choice, Flag, Height, Optional, Organisation, Row
from p2pchain.ledger.module import Action, Module, Query

QUORUM: Final = "admins of organisations with more than 2/3 of the power"
OWN: Final = f"as many admins of the organisation as it has agreed on, or {QUORUM}"
STATEMENT: Final = "the statement of the key, as p2pchain key prove makes it"

ORGANISATION_ACTIONS: Final = (
    Action(
        name="admit",
        message=Admit,
        run=admit,
        lasting=require_admissible,
        does="Admit an organisation, with the roles that it may hold",
        who=QUORUM,
    ),
    Action(
        name="remove_organisation",
        command="remove",
        message=RemoveOrganisation,
        run=remove_organisation,
        does="Let an organisation leave, with its accounts; its validators and nodes must have left before",
        who=QUORUM,
    ),
    Action(
        name="identify",
        message=Identify,
        run=identify,
        lasting=require_identifiers,
        does="Claim to be the legal entity of an LEI or USCC; claims that are not repeated end",
        who=OWN,
    ),
    Action(
        name="confirm_identifier",
        command="confirm",
        message=ConfirmIdentifier,
        run=confirm_identifier,
        does="Confirm the LEI or USCC that an organisation claims",
        who=f"admins of another member that claims no such number, or {QUORUM}",
    ),
    Action(
        name="freeze",
        message=Freeze,
        run=freeze,
        does="Freeze an account, or an organisation as a whole: it signs nothing until it is thawed",
        who=f"for an account {OWN}; for an organisation {QUORUM}",
    ),
    Action(
        name="unfreeze",
        message=Freeze,
        run=unfreeze,
        does="Let a frozen account, or a frozen organisation, sign again",
        who=f"{OWN}; what those froze who hold that power, they alone",
    ),
)
ACCOUNT_ACTIONS: Final = (
    Action(
        name="add_account",
        message=AddAccount,
        run=add_account,
        lasting=require_new_account,
        does="Give an organisation an account, with some of its roles",
        who=OWN,
        file=STATEMENT,
    ),
    Action(
        name="remove_account",
        message=RemoveAccount,
        run=remove_account,
        does="Remove an account; its name serves nobody again",
        who=OWN,
    ),
    Action(
        name="rotate_account",
        message=Rotate,
        run=rotate_account,
        does="Exchange the key of an account, which keeps its name and roles",
        who="the account itself, with the old key and the new one",
    ),
    Action(
        name="replace_account",
        message=Replace,
        run=replace_account,
        does="Put another key in the place of one that is lost; a freeze of the account stays",
        who=OWN,
        file=STATEMENT,
    ),
)
NODE_ACTIONS: Final = (
    Action(
        name="add_node",
        message=AddNode,
        run=add_node,
        lasting=require_new_node,
        does="Let a node of a member connect",
        who=QUORUM,
        file=STATEMENT,
    ),
    Action(
        name="remove_node",
        message=RemoveNode,
        run=remove_node,
        does="Let a node connect no more; its validator must have left before",
        who=QUORUM,
    ),
    Action(
        name="set_address",
        message=SetAddress,
        run=set_address,
        does="State where others dial a node; all members' nodes dial it there",
        who=OWN,
    ),
    Action(
        name="add_validator",
        message=AddValidator,
        run=add_validator,
        does="Let a node validate from two heights on, with a key and a power",
        who=QUORUM,
        file=STATEMENT,
    ),
    Action(
        name="remove_validator",
        message=RemoveValidator,
        run=remove_validator,
        does="Let a node validate no more from two heights on",
        who=QUORUM,
    ),
    Action(
        name="set_power",
        message=SetPower,
        run=set_power,
        does="Give the validator of a node another power from two heights on",
        who=QUORUM,
    ),
    Action(
        name="rotate_validator",
        message=RotateValidator,
        run=rotate_validator,
        does="Exchange the key of a validator from two heights on",
        who="as many admins of its organisation as it has agreed on, or one of them with organisations that "
        "hold more than 2/3 of the power",
        file=STATEMENT,
    ),
)
CONFIRMED_BY: Final = Optional(inner=Organisation(), help="the member that confirmed it, or quorum")
FROZEN_BY: Final = Optional(
    inner=Choice(words=("organisation", "quorum")), help="who froze it, null where it is not frozen itself"
)
NAME_FIELD: Final = Field(name="name", kind=ACCOUNT)
FROZEN: Final = Flag(help="whether it signs nothing for now")
CLAIM: Final = Row(
    columns=(
        ("kind", KIND_OF_NUMBER),
        ("number", IDENTIFIER_KIND),
        ("confirmed_by", CONFIRMED_BY),
        ("expired", Flag(help="whether it can be confirmed no more")),
        ("rivals", Array(inner=ORG, most=ORGANISATIONS_MAX, help="others that claim the number")),
    )
)
ACCOUNT_ROW: Final = Row(
    columns=(
        ("name", ACCOUNT),
        ("public_key", PUBLIC_KEY.kind),
        ("roles", ROLES_HELD),
        ("frozen", FROZEN),
        ("frozen_by", FROZEN_BY),
    )
)
QUERIES: Final = (
    Query(
        name="organisations",
        fields=(),
        answer=answer_organisations,
        does="List the members with their accounts, nodes and numbers",
        rows=(
            "organisations",
            (
                ORG_FIELD,
                Field(name="legal_name", kind=LEGAL_NAME),
                LEI_FIELD,
                USCC_FIELD,
                Field(name="claims", kind=Array(inner=CLAIM, most=2, help="all numbers that it claims")),
                Field(name="frozen_by", kind=FROZEN_BY),
                ROLES_FIELD,
                Field(name="accounts", kind=Array(inner=ACCOUNT_ROW, most=ACCOUNTS_MAX, help="its accounts")),
                Field(name="nodes", kind=Array(inner=NODE, most=NODES_MAX, help="names of its nodes")),
            ),
        ),
    ),
    Query(
        name="account",
        fields=(
            Field(
                name="public_key",
                kind=Optional(inner=PUBLIC_KEY.kind, help="key of the account; left out: whoever asks"),
                entry=Entry(is_argument=True),
            ),
        ),
        answer=answer_account,
        does="Show whose account a key is, and what it may do",
        returns=(NAME_FIELD, ORG_FIELD, ROLES_FIELD, PUBLIC_KEY, Field(name="frozen", kind=FROZEN)),
    ),
    Query(
        name="validators",
        fields=(),
        answer=answer_validators,
        does="List the validators as the last block left them, and those that still vote",
        returns=(Field(name="height", kind=Height(help="the last block")),),
        rows=(
            "validators",
            (
                CONSENSUS_KEY_FIELD,
                POWER_FIELD,
                ORG_FIELD,
                Field(name="node", kind=Optional(inner=NODE, help="its node, null once it has left")),
                Field(name="in_force", kind=Flag(help="whether its vote counts in the next block")),
                Field(name="leaving", kind=Flag(help="whether it votes for the last time")),
            ),
        ),
    ),
)

MODULE = Module(
    name=NAME,
    source=__name__,
    does="Say who belongs to the consortium and who validates",
    actions=(*ORGANISATION_ACTIONS, *ACCOUNT_ACTIONS, *NODE_ACTIONS),
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    genesis=write_genesis,
    publics=PUBLICS,
)
