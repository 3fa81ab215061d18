"""Kinds of fields shared by messages, events and records of the membership."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.codec.legal_name import LEGAL_NAME_CHARS_MAX
from p2pchain.codec.multiaddress import ADDRESS_BYTES_MAX
from p2pchain.ledger.consortium.membership.identifiers import LEI_CHARS, USCC_CHARS
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Account, Array, Flag, Integer, Key, Optional, Organisation, Signed, Text
from p2pchain.model.genesis import ROLE_CHARS_MAX, ROLES_MAX
from p2pchain.model.validators import POWER_MAX

UTF8_CHARACTER_BYTES_MAX: Final = 4

ORG: Final = Organisation(help="the organisation")
LEGAL_NAME: Final = Text(
    bytes_max=LEGAL_NAME_CHARS_MAX * UTF8_CHARACTER_BYTES_MAX, help="its name as its register has it"
)
ROLE: Final = Text(bytes_max=ROLE_CHARS_MAX, help="a role")
ROLES_HELD: Final = Array(inner=ROLE, most=ROLES_MAX, help="roles that it holds")
ACCOUNT: Final = Account(help="the account")
NODE: Final = Account(help="name of the node")
LEI_KIND: Final = Text(bytes_max=LEI_CHARS, label="LEI", help="its LEI (ISO 17442)")
USCC_KIND: Final = Text(bytes_max=USCC_CHARS, label="USCC", help="its USCC (GB 32100)")
IDENTIFIER_KIND: Final = Text(bytes_max=max(LEI_CHARS, USCC_CHARS), help="an LEI or USCC")
POWER: Final = Integer(low=1, high=POWER_MAX, help="weight of its votes")
ACCOUNT_KEY: Final = Key(help="key of the account")
OLD_KEY: Final = Key(help="key that goes")
NEW_KEY: Final = Key(help="key that comes")
PEER_KEY: Final = Key(help="peer key of the node")
CONSENSUS_KEY: Final = Key(help="key that the validator votes with")
ADDRESS_TEXT: Final = Text(
    bytes_max=ADDRESS_BYTES_MAX, help="where others dial it, such as /dns4/node.bank-a.example/tcp/26656"
)
ADDRESS_KIND: Final = Optional(
    inner=ADDRESS_TEXT, label="address", help=f"{ADDRESS_TEXT.help}; left out: only it dials"
)
POSSESSION: Final = Signed(help="signature of the key that it serves so, as p2pchain key prove makes it")

MADE: Final = Entry(is_made=True)
"""Of what stands in the statement of a key."""
OrgProven = Annotated[str, ORG, MADE]
"""The organisation that a key will serve."""
AccountProven = Annotated[str, ACCOUNT, MADE]
"""The account that a key will be."""
NodeProven = Annotated[str, NODE, MADE]
"""The node that a key will serve."""
OrgNamed = Annotated[str, ORG, Entry(is_argument=True)]
"""The organisation that a message is about."""
AccountName = Annotated[str, ACCOUNT, Entry(is_argument=True)]
"""The account that a message is about."""
NodeName = Annotated[str, NODE, Entry(is_argument=True)]
"""The node that a message is about."""
Proof = Annotated[bytes, POSSESSION, MADE]
"""A key's signature that it will serve so."""
Roles = Annotated[tuple[str, ...], ROLES_HELD, Entry(option="role")]
"""Roles that somebody gets."""
NoSpare = Annotated[bool, Flag(help="even if the chain then bears no failure of a validator")]

ORG_FIELD: Final = Field(name="org", kind=ORG)
ACCOUNT_FIELD: Final = Field(name="account", kind=ACCOUNT)
NODE_FIELD: Final = Field(name="node", kind=NODE)
ROLES_FIELD: Final = Field(name="roles", kind=ROLES_HELD)
POWER_FIELD: Final = Field(name="power", kind=POWER)
PUBLIC_KEY: Final = Field(name="public_key", kind=ACCOUNT_KEY)
PEER_KEY_FIELD: Final = Field(name="peer_key", kind=PEER_KEY)
CONSENSUS_KEY_FIELD: Final = Field(name="consensus_key", kind=CONSENSUS_KEY)
OLD_FIELD: Final = Field(name="old_key", kind=OLD_KEY)
NEW_FIELD: Final = Field(name="new_key", kind=NEW_KEY)
LEI_FIELD: Final = Field(name="lei", kind=Optional(inner=LEI_KIND))
USCC_FIELD: Final = Field(name="uscc", kind=Optional(inner=USCC_KIND))
IDENTIFIER_FIELD: Final = Field(name="identifier", kind=IDENTIFIER_KIND)
