"""The membership as the kernel takes it: its actions with their fields, its queries, and its genesis."""

from __future__ import annotations

from p2pchain.codec.legal_name import LEGAL_NAME_CHARS_MAX
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.ledger.modules.membership.accounts import (
    Exchange,
    Identify,
    OneAccount,
    RemoveOrganisation,
    freeze,
    identify,
    remove_organisation,
    replace_account,
    rotate_account,
    unfreeze,
)
from p2pchain.ledger.modules.membership.changes import (
    AddAccount,
    AddNode,
    AddValidator,
    Admit,
    RemoveAccount,
    RemoveNode,
    RemoveValidator,
    RotateValidator,
    SetPower,
    add_account,
    add_node,
    add_validator,
    admit,
    remove_account,
    remove_node,
    remove_validator,
    rotate_validator,
    set_power,
)
from p2pchain.ledger.modules.membership.identifiers import LEI_CHARS, USCC_CHARS
from p2pchain.ledger.modules.membership.publics import PUBLICS
from p2pchain.ledger.modules.membership.queries import (
    answer_account,
    answer_organisations,
    answer_validators,
)
from p2pchain.ledger.modules.membership.records import NAME, write_genesis
from p2pchain.ledger.schema import BytesField, IntegerField, ListField, OptionalField, TextField
from p2pchain.model.genesis import ROLES
from p2pchain.model.ids import ORG_ID_CHARS_MAX, PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from p2pchain.model.validators import POWER_MAX

NAME_BYTES_MAX = 64
ROLE_BYTES_MAX = 32
UTF8_CHARACTER_BYTES_MAX = 4


def key_field(name: str) -> BytesField:
    """A public key."""
    return BytesField(name=name, size=PUBLIC_KEY_BYTES)


def proof_field(name: str) -> BytesField:
    """A signature of a consensus key."""
    return BytesField(name=name, size=SIGNATURE_BYTES)


ORG = TextField(name="org", bytes_max=ORG_ID_CHARS_MAX)
OWN_NAME = TextField(name="name", bytes_max=NAME_BYTES_MAX)
LEGAL_NAME = TextField(name="legal_name", bytes_max=LEGAL_NAME_CHARS_MAX * UTF8_CHARACTER_BYTES_MAX)
HELD = ListField(inner=TextField(name="roles", bytes_max=ROLE_BYTES_MAX), most=len(ROLES))
POWER = IntegerField(name="power", low=1, high=POWER_MAX)
CONSENSUS_KEY = key_field("consensus_key")
PEER_KEY = key_field("peer_key")
PUBLIC_KEY = key_field("public_key")

EXCHANGE = (key_field("old_key"), key_field("new_key"))
OWN_ACTIONS = (
    Action(
        name="identify",
        message=Identify,
        fields=(
            ORG,
            OptionalField(inner=TextField(name="lei", bytes_max=LEI_CHARS)),
            OptionalField(inner=TextField(name="uscc", bytes_max=USCC_CHARS)),
        ),
        run=identify,
    ),
    Action(name="remove_organisation", message=RemoveOrganisation, fields=(ORG,), run=remove_organisation),
    Action(name="freeze", message=OneAccount, fields=(PUBLIC_KEY,), run=freeze),
    Action(name="unfreeze", message=OneAccount, fields=(PUBLIC_KEY,), run=unfreeze),
    Action(name="rotate_account", message=Exchange, fields=EXCHANGE, run=rotate_account),
    Action(name="replace_account", message=Exchange, fields=EXCHANGE, run=replace_account),
)
"""What an organisation does with its own accounts and its own name."""

MODULE = Module(
    name=NAME,
    actions=(
        *OWN_ACTIONS,
        Action(name="admit", message=Admit, fields=(ORG, LEGAL_NAME, HELD), run=admit),
        Action(
            name="add_account", message=AddAccount, fields=(ORG, OWN_NAME, PUBLIC_KEY, HELD), run=add_account
        ),
        Action(name="remove_account", message=RemoveAccount, fields=(PUBLIC_KEY,), run=remove_account),
        Action(name="add_node", message=AddNode, fields=(ORG, OWN_NAME, PEER_KEY), run=add_node),
        Action(name="remove_node", message=RemoveNode, fields=(PEER_KEY,), run=remove_node),
        Action(
            name="add_validator",
            message=AddValidator,
            fields=(PEER_KEY, CONSENSUS_KEY, POWER, proof_field("possession")),
            run=add_validator,
        ),
        Action(
            name="remove_validator", message=RemoveValidator, fields=(CONSENSUS_KEY,), run=remove_validator
        ),
        Action(name="set_power", message=SetPower, fields=(CONSENSUS_KEY, POWER), run=set_power),
        Action(
            name="rotate_validator",
            message=RotateValidator,
            fields=(
                key_field("old_key"),
                key_field("new_key"),
                proof_field("old_possession"),
                proof_field("new_possession"),
            ),
            run=rotate_validator,
        ),
    ),
    queries=(
        Query(name="organisations", fields=(), answer=answer_organisations),
        Query(name="account", fields=(OptionalField(inner=PUBLIC_KEY),), answer=answer_account),
        Query(name="validators", fields=(), answer=answer_validators),
    ),
    genesis=write_genesis,
    publics=PUBLICS,
)
