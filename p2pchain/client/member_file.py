"""``member-ORG.json``: what an organisation hands to the others so that they put it on a ledger.

The same file founds a chain (``genesis collect``) and joins a running one (``membership admit-member``).
Each key in it proves itself by the very statement that the ledger asks of a later member: accounts and peer
keys by a possession, consensus keys by a succession without an old key. All three name the chain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from p2pchain.codec import fields as field
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.genesis import is_name, is_org, is_role
from p2pchain.codec.legal_name import LEGAL_NAME_CHARS_MAX, is_legal_name
from p2pchain.codec.multiaddress import is_address
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.crypto import ed25519
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, OrgId, PublicKey, Signature
from p2pchain.model.possession import ACCOUNT, NODE, Possession
from p2pchain.model.validators import POWER_MAX
from p2pchain.model.voting import Succession

FORMAT: Final = "p2pchain/member"
VERSION: Final = 1
FILE_BYTES_MAX: Final = 262_144
PARTS_MAX: Final = 64
"""Most accounts, and most nodes, of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAccount:
    """An account with its key's own statement."""

    name: str
    public_key: PublicKey
    roles: tuple[str, ...]
    possession: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberValidator:
    """Consensus key of a node, with its own statement that it will vote for that node."""

    consensus_key: PublicKey
    power: int
    possession: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNode:
    """A node with its peer key's statement. ``address``: where others dial it, None where only it dials;
    ``validator``: None for an observer.
    """

    name: str
    peer_key: PublicKey
    possession: Signature
    address: str | None
    validator: MemberValidator | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """One organisation as it wants to be on the ledger of ``chain_id``."""

    chain_id: ChainId
    org: OrgId
    legal_name: str
    roles: tuple[str, ...]
    accounts: tuple[MemberAccount, ...]
    nodes: tuple[MemberNode, ...]

    @property
    def organisation(self) -> GenesisOrganisation:
        """The same as a genesis has it."""
        accounts = tuple(
            GenesisAccount(name=account.name, public_key=account.public_key, roles=account.roles)
            for account in self.accounts
        )
        return GenesisOrganisation(
            org=self.org,
            legal_name=self.legal_name,
            roles=self.roles,
            accounts=accounts,
            nodes=tuple(_genesis_node(node) for node in self.nodes),
        )


def proven_account(
    chain_id: ChainId, org: str, name: str, roles: Sequence[str], key: SigningKey
) -> MemberAccount:
    """An account that its key vouches for."""
    statement = Possession(kind=ACCOUNT, org=org, name=name, key=key.public_key)
    return MemberAccount(
        name=name,
        public_key=key.public_key,
        roles=tuple(roles),
        possession=key.sign(possession_sign_bytes(chain_id, statement)),
    )


def proven_node(
    chain_id: ChainId,
    org: str,
    name: str,
    *,
    peer_key: SigningKey,
    consensus_key: SigningKey | None,
    power: int,
    address: str | None,
) -> MemberNode:
    """A node that its keys vouch for."""
    statement = Possession(kind=NODE, org=org, name=name, key=peer_key.public_key)
    validator = None
    if consensus_key is not None:
        votes = Succession(peer_key=peer_key.public_key, old_key=None, new_key=consensus_key.public_key)
        validator = MemberValidator(
            consensus_key=consensus_key.public_key,
            power=power,
            possession=consensus_key.sign(succession_sign_bytes(chain_id, votes)),
        )
    return MemberNode(
        name=name,
        peer_key=peer_key.public_key,
        possession=peer_key.sign(possession_sign_bytes(chain_id, statement)),
        address=address,
        validator=validator,
    )


def format_member(member: MemberFile) -> str:
    """The text of the file."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "chain_id": member.chain_id,
        "org": member.org,
        "legal_name": member.legal_name,
        "roles": list(member.roles),
        "accounts": [
            {
                "name": account.name,
                "public_key": account.public_key.hex(),
                "roles": list(account.roles),
                "possession": account.possession.hex(),
            }
            for account in member.accounts
        ],
        "nodes": [_node_json(node) for node in member.nodes],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def parse_member(data: bytes, file: str) -> MemberFile:
    """Read such a file and verify every signature in it. ``Refused("MEMBER_FILE_INVALID")`` where it is none,
    or was altered. ``file``: its name, for the refusal.
    """
    try:
        document = read_json(data)
        member = _member(document)
        _check_possessions(member)
    except (ValueError, KeyError, TypeError, Invalid) as fault:
        reason = f"no {fault}" if isinstance(fault, KeyError) else str(fault)
        hint = "have its organisation write it again: p2pchain genesis new"
        raise Refused("MEMBER_FILE_INVALID", {"file": file, "reason": reason}, hint) from fault
    return member


def genesis_differences(member: MemberFile, genesis: Genesis) -> list[str]:
    """List how the genesis differs from an organisation's own member file; empty where it does not."""
    if genesis.chain_id != member.chain_id:
        return [f"chain {genesis.chain_id}, not {member.chain_id}"]
    stated = next(
        (organisation for organisation in genesis.organisations if organisation.org == member.org), None
    )
    if stated is None:
        return [f"no organisation {member.org}"]
    own = member.organisation
    names = ("legal_name", "roles", "accounts", "nodes")
    return [
        f"another {name} of {member.org}" for name in names if getattr(own, name) != getattr(stated, name)
    ]


def _genesis_node(node: MemberNode) -> GenesisNode:
    validator = node.validator
    return GenesisNode(
        name=node.name,
        peer_key=node.peer_key,
        consensus_key=None if validator is None else validator.consensus_key,
        power=0 if validator is None else validator.power,
    )


def _node_json(node: MemberNode) -> dict[str, object]:
    validator = node.validator
    return {
        "name": node.name,
        "peer_key": node.peer_key.hex(),
        "possession": node.possession.hex(),
        "address": node.address,
        "validator": None
        if validator is None
        else {
            "consensus_key": validator.consensus_key.hex(),
            "power": validator.power,
            "possession": validator.possession.hex(),
        },
    }


def _member(document: Any) -> MemberFile:
    _only(document, "format", "version", "chain_id", "org", "legal_name", "roles", "accounts", "nodes")
    if (document["format"], document["version"]) != (FORMAT, VERSION):
        raise ValueError("another format or version")
    org, roles = _text(document["org"]), _roles(document["roles"])
    legal_name = _text(document["legal_name"])
    if not is_org(org):
        raise ValueError("org is not 1 to 32 of a-z 0-9 -")
    if not (1 <= len(legal_name) <= LEGAL_NAME_CHARS_MAX and is_legal_name(legal_name)):
        raise ValueError("legal_name is empty, too long or not printable")
    accounts = tuple(_account(account) for account in _items(document["accounts"]))
    nodes = tuple(_node(node) for node in _items(document["nodes"]))
    lacking = {role for account in accounts for role in account.roles} - set(roles)
    if lacking:
        raise ValueError(f"an account has roles that {org} lacks: {', '.join(sorted(lacking))}")
    return MemberFile(
        chain_id=field.chain_id(document["chain_id"], "chain_id"),
        org=OrgId(org),
        legal_name=legal_name,
        roles=roles,
        accounts=accounts,
        nodes=nodes,
    )


def _account(item: Any) -> MemberAccount:
    _only(item, "name", "public_key", "roles", "possession")
    return MemberAccount(
        name=_name(item["name"]),
        public_key=PublicKey(bytes.fromhex(item["public_key"])),
        roles=_roles(item["roles"]),
        possession=Signature(bytes.fromhex(item["possession"])),
    )


def _node(item: Any) -> MemberNode:
    _only(item, "name", "peer_key", "possession", "address", "validator")
    address = item["address"]
    if address is not None and not is_address(_text(address)):
        raise ValueError(f"address {address!r} is no /dns4/HOST/tcp/PORT")
    return MemberNode(
        name=_name(item["name"]),
        peer_key=PublicKey(bytes.fromhex(item["peer_key"])),
        possession=Signature(bytes.fromhex(item["possession"])),
        address=address,
        validator=None if item["validator"] is None else _validator(item["validator"]),
    )


def _validator(item: Any) -> MemberValidator:
    _only(item, "consensus_key", "power", "possession")
    power = item["power"]
    if not isinstance(power, int) or isinstance(power, bool) or not 1 <= power <= POWER_MAX:
        raise ValueError(f"power is not 1 to {POWER_MAX}")
    return MemberValidator(
        consensus_key=PublicKey(bytes.fromhex(item["consensus_key"])),
        power=power,
        possession=Signature(bytes.fromhex(item["possession"])),
    )


def _check_possessions(member: MemberFile) -> None:
    """Every key signed what the file says of it. Raises ``Invalid``."""
    chain_id, org = member.chain_id, member.org
    for account in member.accounts:
        claim = Possession(kind=ACCOUNT, org=org, name=account.name, key=account.public_key)
        ed25519.verify(account.public_key, account.possession, possession_sign_bytes(chain_id, claim))
    for node in member.nodes:
        claim = Possession(kind=NODE, org=org, name=node.name, key=node.peer_key)
        ed25519.verify(node.peer_key, node.possession, possession_sign_bytes(chain_id, claim))
        if node.validator is not None:
            key = node.validator.consensus_key
            votes = Succession(peer_key=node.peer_key, old_key=None, new_key=key)
            ed25519.verify(key, node.validator.possession, succession_sign_bytes(chain_id, votes))


def _only(item: Any, *names: str) -> None:
    if not isinstance(item, Mapping):
        raise TypeError("an object is missing")
    unknown = sorted(set(item) - set(names))
    if unknown:
        raise ValueError(f"unknown field {unknown[0][:64]!r}")


def _items(item: Any) -> list[Any]:
    if not isinstance(item, list) or len(item) > PARTS_MAX:
        raise ValueError(f"accounts and nodes are lists of at most {PARTS_MAX}")
    return item


def _text(item: Any) -> str:
    if not isinstance(item, str):
        raise TypeError("a text is missing")
    return item


def _name(item: Any) -> str:
    if not is_name(_text(item)):
        raise ValueError(f"name {item!r} is not 1 to 64 of a-z 0-9 . _ -")
    return str(item)


def _roles(item: Any) -> tuple[str, ...]:
    roles = tuple(_text(role) for role in _items(item))
    if not all(map(is_role, roles)) or len(set(roles)) != len(roles):
        raise ValueError("roles are 1 to 32 of a-z 0-9 _ -, a letter first, each once")
    return roles
