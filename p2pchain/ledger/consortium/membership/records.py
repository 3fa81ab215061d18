"""The records of the membership: organisations, their accounts and roles, their nodes, and who validates;
written from genesis into the state.

Records (keys after ``membership/``):
``organisation/<org>`` → ``[legal_name, roles]``; ``account/<public key>`` → ``[name, org, roles]``;
``node/<peer key>`` → ``[name, org, consensus key | null]``; ``validator/<consensus key>`` → ``[power, org,
peer key]``;
``address/<peer key>``: see ``addresses.py``;
``retired/<key>`` → ``[kind, height, peer key | null]``: a key that left, the block that it left in, and the
node that validated with it; ``identity/<org>`` → ``[[kind, number, time_ms, org | empty | null], ...]``: what
it claims to be, since when, and who confirmed that (empty: the quorum); ``claim/<number>/<org>`` → ``[]``;
``identifier/<number>`` → ``[org]``: for whom it is confirmed. Keys are raw bytes, roles sorted. Accounts of
an organisation that has left stay where they are, and sign nothing; ``names.py`` has names and freezes,
``tally.py`` what is counted.
"""

from __future__ import annotations

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.ledger.consortium.membership.names import is_frozen
from p2pchain.ledger.consortium.membership.tally import enter_account, enter_node, enter_organisation
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.record import Record
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Refused, listed
from p2pchain.model.genesis import Genesis, GenesisOrganisation, Member
from p2pchain.model.ids import OrgId, PublicKey
from p2pchain.model.transaction import Value
from p2pchain.model.validators import Validator, ValidatorSet

NAME = "membership"
ORGANISATION = b"organisation/"
ACCOUNT = b"account/"
NODE = b"node/"
ADDRESS = b"address/"
VALIDATOR = b"validator/"
RETIRED = b"retired/"
IDENTITY = b"identity/"
CLAIM = b"claim/"
IDENTIFIER = b"identifier/"
KIND_ACCOUNT = "account"
KIND_CONSENSUS = "consensus"
KIND_PEER = "peer"


def check_genesis(genesis: Genesis, roles: tuple[str, ...]) -> None:
    """Check keys, names, roles and validators of a genesis. Raises ``Refused("GENESIS_...")`` where a key or
    name occurs twice, nobody validates, or a role is unknown.
    """
    seen: set[bytes] = set()
    orgs: set[str] = set()
    for organisation in genesis.organisations:
        if organisation.org in orgs:
            raise Refused("GENESIS_ORG_REPEATED", {"org": organisation.org})
        orgs.add(organisation.org)
        for role in organisation.roles:
            if role not in roles:
                raise Refused(
                    "GENESIS_ROLE_UNKNOWN",
                    {"org": organisation.org, "role": role, "roles": listed(roles)},
                    "no module of this software brings it",
                )
        for key in keys_of(organisation):
            if key in seen:
                raise Refused("GENESIS_KEY_REPEATED", {"org": organisation.org, "public_key": key.hex()})
            seen.add(key)
    if not any(node.consensus_key for organisation in genesis.organisations for node in organisation.nodes):
        raise Refused("GENESIS_NO_VALIDATOR", {"organisations": len(genesis.organisations)})


def write_genesis(context: Context, genesis: Genesis) -> None:
    """Write what all members agreed on, which ``check_genesis`` accepted."""
    for organisation in genesis.organisations:
        context.put(
            ORGANISATION + organisation.org.encode(), (organisation.legal_name, roles_of(organisation.roles))
        )
        enter_organisation(context, organisation.org)
        write_accounts(context, organisation)
        write_nodes(context, organisation)


def write_accounts(context: Context, organisation: GenesisOrganisation) -> None:
    """Write the accounts of an organisation; their roles must be among the organisation's."""
    for account in organisation.accounts:
        for role in account.roles:
            if role not in organisation.roles:
                facts = {"org": organisation.org, "account": account.name, "role": role}
                raise Refused("GENESIS_ROLE_NOT_HELD", facts)
        context.put(ACCOUNT + account.public_key, (account.name, organisation.org, roles_of(account.roles)))
        enter_account(context, organisation.org, account.name, account.public_key, account.roles)


def write_nodes(context: Context, organisation: GenesisOrganisation) -> None:
    """Write the nodes of an organisation, and those of them that validate."""
    for node in organisation.nodes:
        context.put(NODE + node.peer_key, (node.name, organisation.org, node.consensus_key))
        enter_node(context, organisation.org, node.name, node.peer_key)
        if node.consensus_key is not None:
            context.put(VALIDATOR + node.consensus_key, (node.power, organisation.org, node.peer_key))


def keys_of(organisation: GenesisOrganisation) -> tuple[bytes, ...]:
    """All keys of an organisation: no key may serve twice, for then it could sign in two domains."""
    nodes = organisation.nodes
    consensus_keys = tuple(node.consensus_key for node in nodes if node.consensus_key is not None)
    accounts = tuple(account.public_key for account in organisation.accounts)
    return accounts + tuple(node.peer_key for node in nodes) + consensus_keys


def roles_of(roles: tuple[str, ...]) -> tuple[str, ...]:
    """Roles as they are kept: sorted, each once."""
    return tuple(sorted(set(roles)))


def account_of(view: View, public_key: bytes) -> Signer | None:
    """Return the account of a key, None for a stranger. There is none where its organisation has left, and an
    account has no role that its organisation lacks.
    """
    record = view.get(ACCOUNT + public_key)
    if record is None:
        return None
    name, org, roles = record
    assert isinstance(name, str), f"account record {record!r}"
    assert isinstance(org, str), f"account record {record!r}"
    organisation = view.get(ORGANISATION + org.encode())
    if organisation is None:
        return None
    held = set(texts(organisation[1]))
    return Signer(
        public_key=PublicKey(public_key),
        name=name,
        org=OrgId(org),
        roles=tuple(role for role in texts(roles) if role in held),
        frozen=is_frozen(view, org, name),
    )


def validators_of(view: View) -> ValidatorSet:
    """All validators, by the order of their consensus keys."""
    members = []
    for key, record in view.walk(VALIDATOR):
        validator, _ = validator_of_record(PublicKey(key[len(VALIDATOR) :]), record)
        members.append(validator)
    return ValidatorSet(tuple(members))


def validator_of_record(public_key: PublicKey, record: Record) -> tuple[Validator, PublicKey]:
    """Read a validator and its node's peer key from a record."""
    match record:
        case (int(power), str(org), bytes(peer_key)):
            return Validator(public_key=public_key, power=power, org=OrgId(org)), PublicKey(peer_key)
        case _:
            raise AssertionError(f"validator record {record!r}")


def members_of(view: View) -> tuple[Member, ...]:
    """All nodes that may connect, by the order of their peer keys."""
    return tuple(
        member_of(PublicKey(key[len(NODE) :]), record, view.get(ADDRESS + key[len(NODE) :]))
        for key, record in view.walk(NODE)
    )


def member_of(peer_key: PublicKey, record: Record, addressed: Record | None = None) -> Member:
    """The node that a record describes, and where the record of its address has it dialled."""
    name, org, consensus_key = record
    assert isinstance(name, str), f"node record {record!r}"
    assert isinstance(org, str), f"node record {record!r}"
    assert consensus_key is None or isinstance(consensus_key, bytes), f"node record {record!r}"
    address = None if addressed is None else addressed[0]
    assert address is None or isinstance(address, str), f"address record {addressed!r}"
    return Member(
        name=name,
        org=OrgId(org),
        peer_key=peer_key,
        peer_id=peer_id_of(peer_key),
        consensus_key=None if consensus_key is None else PublicKey(consensus_key),
        address=address,
    )


def texts(value: Value) -> tuple[str, ...]:
    """An array of text, as records hold it."""
    assert isinstance(value, tuple), f"an array of text, not {value!r}"
    return tuple(text for text in value if isinstance(text, str))
