"""The membership as the kernel takes it: its actions with their fields, its queries, and its genesis."""

from __future__ import annotations

from p2pchain.codec.legal_name import LEGAL_NAME_CHARS_MAX
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
from p2pchain.ledger.consortium.membership.claims import (
    ConfirmIdentifier,
    Identify,
    confirm_identifier,
    identify,
    require_identifiers,
)
from p2pchain.ledger.consortium.membership.freezing import Freeze, freeze, unfreeze
from p2pchain.ledger.consortium.membership.identifiers import LEI_CHARS, USCC_CHARS
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
from p2pchain.ledger.consortium.membership.records import NAME, write_genesis
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
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.ledger.schema import (
    BytesField,
    Field,
    FlagField,
    IntegerField,
    ListField,
    OptionalField,
    TextField,
)
from p2pchain.model.genesis import ROLES
from p2pchain.model.ids import ORG_ID_CHARS_MAX, PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from p2pchain.model.validators import POWER_MAX

NAME_BYTES_MAX = 64
ROLE_BYTES_MAX = 32
UTF8_CHARACTER_BYTES_MAX = 4


def key_field(name: str) -> Field:
    """A public key."""
    return BytesField(name=name, size=PUBLIC_KEY_BYTES)


def proof_field(name: str) -> Field:
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

NODE = TextField(name="node", bytes_max=NAME_BYTES_MAX)
NO_SPARE = FlagField(name="no_spare")
FREEZING = (ORG, OptionalField(inner=TextField(name="account", bytes_max=NAME_BYTES_MAX)))
IDENTIFIER = TextField(name="identifier", bytes_max=max(LEI_CHARS, USCC_CHARS))

ORGANISATION_ACTIONS = (
    Action(
        name="admit", message=Admit, fields=(ORG, LEGAL_NAME, HELD), run=admit, lasting=require_admissible
    ),
    Action(name="remove_organisation", message=RemoveOrganisation, fields=(ORG,), run=remove_organisation),
    Action(
        name="identify",
        message=Identify,
        fields=(
            ORG,
            OptionalField(inner=TextField(name="lei", bytes_max=LEI_CHARS)),
            OptionalField(inner=TextField(name="uscc", bytes_max=USCC_CHARS)),
        ),
        run=identify,
        lasting=require_identifiers,
    ),
    Action(
        name="confirm_identifier",
        message=ConfirmIdentifier,
        fields=(ORG, IDENTIFIER),
        run=confirm_identifier,
    ),
    Action(name="freeze", message=Freeze, fields=FREEZING, run=freeze),
    Action(name="unfreeze", message=Freeze, fields=FREEZING, run=unfreeze),
)
ACCOUNT_ACTIONS = (
    Action(
        name="add_account",
        message=AddAccount,
        fields=(ORG, OWN_NAME, PUBLIC_KEY, HELD, proof_field("possession")),
        run=add_account,
        lasting=require_new_account,
    ),
    Action(name="remove_account", message=RemoveAccount, fields=(ORG, OWN_NAME), run=remove_account),
    Action(
        name="rotate_account",
        message=Rotate,
        fields=(key_field("old_key"), key_field("new_key")),
        run=rotate_account,
    ),
    Action(
        name="replace_account",
        message=Replace,
        fields=(ORG, OWN_NAME, key_field("new_key"), proof_field("possession")),
        run=replace_account,
    ),
)
NODE_ACTIONS = (
    Action(
        name="add_node",
        message=AddNode,
        fields=(ORG, OWN_NAME, PEER_KEY, proof_field("possession")),
        run=add_node,
        lasting=require_new_node,
    ),
    Action(name="remove_node", message=RemoveNode, fields=(OWN_NAME,), run=remove_node),
    Action(
        name="add_validator",
        message=AddValidator,
        fields=(PEER_KEY, CONSENSUS_KEY, POWER, proof_field("possession"), NO_SPARE),
        run=add_validator,
    ),
    Action(name="remove_validator", message=RemoveValidator, fields=(NODE, NO_SPARE), run=remove_validator),
    Action(name="set_power", message=SetPower, fields=(NODE, POWER, NO_SPARE), run=set_power),
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
)

MODULE = Module(
    name=NAME,
    source=__name__,
    actions=(*ORGANISATION_ACTIONS, *ACCOUNT_ACTIONS, *NODE_ACTIONS),
    queries=(
        Query(name="organisations", fields=(), answer=answer_organisations),
        Query(name="account", fields=(OptionalField(inner=PUBLIC_KEY),), answer=answer_account),
        Query(name="validators", fields=(), answer=answer_validators),
    ),
    genesis=write_genesis,
    publics=PUBLICS,
)
