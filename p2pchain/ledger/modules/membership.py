"""Members: organisations, their accounts and roles, their nodes, and who validates; read from genesis into
the state.

Records (keys after ``membership/``):
``organisation/<org>`` → ``[legal_name, roles]``; ``account/<public key>`` → ``[name, org, roles]``;
``node/<peer key>`` → ``[name, org, consensus key | null]``; ``validator/<consensus key>`` → ``[power, org]``.
Keys are raw bytes, roles sorted.
"""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.ledger.account import Account
from p2pchain.ledger.context import Context, Record, View
from p2pchain.ledger.module import Json, Module, Query
from p2pchain.ledger.schema import BytesField, OptionalField
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, GenesisOrganisation, Member
from p2pchain.model.ids import PUBLIC_KEY_BYTES, OrgId, PublicKey
from p2pchain.model.transaction import Value
from p2pchain.model.validators import Validator, ValidatorSet

NAME = "membership"
ORGANISATION = b"organisation/"
ACCOUNT = b"account/"
NODE = b"node/"
VALIDATOR = b"validator/"


def write_genesis(context: Context, genesis: Genesis) -> None:
    """Write what all members agreed on; ``Refused("GENESIS_...")`` where a key or name occurs twice or nobody
    validates.
    """
    seen: set[bytes] = set()
    for organisation in genesis.organisations:
        if context.get(ORGANISATION + organisation.org.encode()) is not None:
            raise Refused("GENESIS_ORG_REPEATED", {"org": organisation.org})
        context.put(
            ORGANISATION + organisation.org.encode(), (organisation.legal_name, roles_of(organisation.roles))
        )
        for key in keys_of(organisation):
            if key in seen:
                raise Refused("GENESIS_KEY_REPEATED", {"org": organisation.org, "public_key": key.hex()})
            seen.add(key)
        write_accounts(context, organisation)
        write_nodes(context, organisation)
    if not any(node.consensus_key for organisation in genesis.organisations for node in organisation.nodes):
        raise Refused("GENESIS_NO_VALIDATOR", {"organisations": len(genesis.organisations)})


def write_accounts(context: Context, organisation: GenesisOrganisation) -> None:
    """Write the accounts of an organisation; their roles must be among the organisation's."""
    for account in organisation.accounts:
        for role in account.roles:
            if role not in organisation.roles:
                facts = {"org": organisation.org, "account": account.name, "role": role}
                raise Refused("GENESIS_ROLE_NOT_HELD", facts)
        context.put(ACCOUNT + account.public_key, (account.name, organisation.org, roles_of(account.roles)))


def write_nodes(context: Context, organisation: GenesisOrganisation) -> None:
    """Write the nodes of an organisation, and those of them that validate."""
    for node in organisation.nodes:
        context.put(NODE + node.peer_key, (node.name, organisation.org, node.consensus_key))
        if node.consensus_key is not None:
            context.put(VALIDATOR + node.consensus_key, (node.power, organisation.org))


def keys_of(organisation: GenesisOrganisation) -> tuple[bytes, ...]:
    """All keys of an organisation: no key may serve twice, for then it could sign in two domains."""
    nodes = organisation.nodes
    consensus_keys = tuple(node.consensus_key for node in nodes if node.consensus_key is not None)
    accounts = tuple(account.public_key for account in organisation.accounts)
    return accounts + tuple(node.peer_key for node in nodes) + consensus_keys


def roles_of(roles: tuple[str, ...]) -> tuple[str, ...]:
    """Roles as they are kept: sorted, each once."""
    return tuple(sorted(set(roles)))


def account_of(view: View, public_key: bytes) -> Account | None:
    """The account of a key, None for a stranger; an account has no role that its organisation lacks."""
    record = view.get(ACCOUNT + public_key)
    if record is None:
        return None
    name, org, roles = record
    assert isinstance(name, str), f"account record {record!r}"
    assert isinstance(org, str), f"account record {record!r}"
    organisation = view.get(ORGANISATION + org.encode())
    assert organisation is not None, f"account {name} of an unknown organisation {org}"
    held = set(texts(organisation[1]))
    return Account(
        public_key=PublicKey(public_key),
        name=name,
        org=OrgId(org),
        roles=tuple(role for role in texts(roles) if role in held),
    )


def validators_of(view: View) -> ValidatorSet:
    """All validators, by the order of their consensus keys."""
    members = []
    for key, (power, org) in view.walk(VALIDATOR):
        assert isinstance(power, int), f"validator record {power!r}, {org!r}"
        assert isinstance(org, str), f"validator record {power!r}, {org!r}"
        members.append(Validator(public_key=PublicKey(key[len(VALIDATOR) :]), power=power, org=OrgId(org)))
    return ValidatorSet(tuple(members))


def members_of(view: View) -> tuple[Member, ...]:
    """All nodes that may connect, by the order of their peer keys."""
    return tuple(member_of(PublicKey(key[len(NODE) :]), record) for key, record in view.walk(NODE))


def member_of(peer_key: PublicKey, record: Record) -> Member:
    """The node that a record describes."""
    name, org, consensus_key = record
    assert isinstance(name, str), f"node record {record!r}"
    assert isinstance(org, str), f"node record {record!r}"
    assert consensus_key is None or isinstance(consensus_key, bytes), f"node record {record!r}"
    return Member(
        name=name,
        org=OrgId(org),
        peer_key=peer_key,
        peer_id=peer_id_of(peer_key),
        consensus_key=None if consensus_key is None else PublicKey(consensus_key),
    )


def texts(value: Value) -> tuple[str, ...]:
    """An array of text, as records hold it."""
    assert isinstance(value, tuple), f"an array of text, not {value!r}"
    return tuple(each for each in value if isinstance(each, str))


def answer_organisations(view: View, args: Mapping[str, Value]) -> Json:
    """``{"organisations": [{"org", "legal_name", "roles", "accounts": [{"name", "public_key", "roles"}],
    "nodes": [names]}]}``.
    """
    accounts: dict[str, list[Json]] = {}
    for key, (name, org, roles) in view.walk(ACCOUNT):
        told = {"name": name, "public_key": key[len(ACCOUNT) :].hex(), "roles": list(texts(roles))}
        accounts.setdefault(str(org), []).append(told)
    nodes: dict[str, list[str]] = {}
    for _, (name, org, _) in view.walk(NODE):
        nodes.setdefault(str(org), []).append(str(name))
    organisations = []
    for key, (legal_name, roles) in view.walk(ORGANISATION):
        org = key[len(ORGANISATION) :].decode()
        organisations.append(
            {
                "org": org,
                "legal_name": legal_name,
                "roles": list(texts(roles)),
                "accounts": sorted(accounts.get(org, []), key=lambda account: str(account["name"])),
                "nodes": sorted(nodes.get(org, [])),
            }
        )
    return {"organisations": organisations}


def answer_account(view: View, args: Mapping[str, Value]) -> Json:
    """``{"name", "org", "roles", "public_key"}`` of ``public_key``, or of whoever asks;
    ``Refused("ACCOUNT_UNKNOWN")``.
    """
    public_key = args["public_key"]
    if isinstance(public_key, bytes):
        account = account_of(view, public_key)
    else:
        account = view.accounts[0] if view.accounts else None
    if account is None:
        told = public_key.hex() if isinstance(public_key, bytes) else None
        raise Refused("ACCOUNT_UNKNOWN", {"public_key": told})
    return {
        "name": account.name,
        "org": account.org,
        "roles": list(account.roles),
        "public_key": account.public_key.hex(),
    }


MODULE = Module(
    name=NAME,
    queries=(
        Query(name="organisations", fields=(), answer=answer_organisations),
        Query(
            name="account",
            fields=(OptionalField(inner=BytesField(name="public_key", size=PUBLIC_KEY_BYTES)),),
            answer=answer_account,
        ),
    ),
    genesis=write_genesis,
)
