"""Genesis: JSON for people, and the id that every node of the chain must share.

The id is over the meaning, not the text: SHA-256 of ``["p2pchain/genesis", 1, chain_id, time_ms, [parameter,
...], [organisation, ...]]`` as deterministic CBOR, with every parameter in the order of the model, whether
the text names it or not. Organisation: ``[org, legal_name, roles, [[name, public_key, roles], ...], [[name,
peer_key, consensus_key | null, power], ...]]``.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.legal_name import LEGAL_NAME_CHARS_MAX, is_legal_name
from p2pchain.codec.parameters import PARAMETER_BOUNDS, parameter_values, read_parameters
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.genesis import (
    ROLE_CHARS_MAX,
    ROLES_MAX,
    Genesis,
    GenesisAccount,
    GenesisNode,
    GenesisOrganisation,
)
from p2pchain.model.ids import INTEGER_MAX, ORG_ID_CHARS_MAX, PUBLIC_KEY_BYTES, BlockId, OrgId, PublicKey
from p2pchain.model.parameters import Parameters
from p2pchain.model.validators import POWER_MAX, VALIDATORS_MAX, Validator, ValidatorSet

GENESIS_DOMAIN: Final = "p2pchain/genesis"
GENESIS_VERSION: Final = 1
GENESIS_BYTES_MAX: Final = 4_194_304
ORGANISATIONS_MAX: Final = 1_024
ACCOUNTS_MAX: Final = 1_024
"""Accounts of one organisation."""
NODES_MAX: Final = 64
"""Nodes of one organisation."""

_ORG = re.compile(rf"[a-z0-9-]{{1,{ORG_ID_CHARS_MAX}}}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ROLE = re.compile(rf"[a-z][a-z0-9_-]{{0,{ROLE_CHARS_MAX - 1}}}")
_HEX_KEY = re.compile(rf"[0-9a-f]{{{2 * PUBLIC_KEY_BYTES}}}")

Members = Mapping[str, object]


def parse_genesis(text: bytes) -> Genesis:
    """Parse the genesis in a JSON text, or raise ``Invalid`` naming the field; nothing unknown or double."""
    if len(text) > GENESIS_BYTES_MAX:
        raise Invalid("CODEC_TOO_LARGE", {"bytes": len(text), "bytes_max": GENESIS_BYTES_MAX})
    top = _members(
        read_json(text.removeprefix(codecs.BOM_UTF8)),
        "genesis",
        ("chain_id", "time_ms", "organisations"),
        ("parameters",),
    )
    listed = _items(top["organisations"], 1, ORGANISATIONS_MAX, "organisations")
    organisations = [_organisation(part, f"organisations[{index}]") for index, part in enumerate(listed)]
    for index in range(1, len(organisations)):
        if organisations[index - 1].org >= organisations[index].org:
            raise Invalid(
                "CODEC_ORDER",
                {"field": f"organisations[{index}].org", "found": organisations[index].org},
                "list organisations in ascending order of their org",
            )
    parameters = top.get("parameters", {})
    genesis = Genesis(
        chain_id=field.chain_id(top["chain_id"], "chain_id"),
        time_ms=field.integer(top["time_ms"], 0, INTEGER_MAX, "time_ms"),
        parameters=read_parameters(
            _members(parameters, "parameters", (), tuple(PARAMETER_BOUNDS)), "parameters"
        ),
        organisations=tuple(organisations),
    )
    _check_keys(genesis)
    return genesis


def format_genesis(genesis: Genesis) -> str:
    """Format a genesis as JSON text: indented, parameters only where they differ from the defaults."""
    defaults = Parameters()
    changed = {
        name: getattr(genesis.parameters, name)
        for name in PARAMETER_BOUNDS
        if getattr(genesis.parameters, name) != getattr(defaults, name)
    }
    document = {
        "chain_id": genesis.chain_id,
        "time_ms": genesis.time_ms,
        "parameters": changed,
        "organisations": [_organisation_json(organisation) for organisation in genesis.organisations],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def genesis_id(genesis: Genesis) -> BlockId:
    """Return the digest that stands as parent of the first block; nodes with another one are of
    another chain.
    """
    organisations = tuple(
        (
            organisation.org,
            organisation.legal_name,
            organisation.roles,
            tuple((account.name, account.public_key, account.roles) for account in organisation.accounts),
            tuple((node.name, node.peer_key, node.consensus_key, node.power) for node in organisation.nodes),
        )
        for organisation in genesis.organisations
    )
    head = (GENESIS_DOMAIN, GENESIS_VERSION, genesis.chain_id, genesis.time_ms)
    return BlockId(sha256(pack((*head, parameter_values(genesis.parameters), organisations))))


def genesis_validators(genesis: Genesis) -> ValidatorSet:
    """Return the validators of height 1, ordered by key."""
    validators = [
        Validator(public_key=node.consensus_key, power=node.power, org=organisation.org)
        for organisation in genesis.organisations
        for node in organisation.nodes
        if node.consensus_key is not None
    ]
    return ValidatorSet(tuple(sorted(validators, key=lambda validator: validator.public_key)))


def is_org(text: str) -> bool:
    """Return whether an organisation may have this short name."""
    return _ORG.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Return whether a node or an account may have this name."""
    return _NAME.fullmatch(text) is not None


def is_role(text: str) -> bool:
    """Test the form of a role's name; the modules of a chain declare the roles."""
    return _ROLE.fullmatch(text) is not None


def _organisation(item: object, at: str) -> GenesisOrganisation:
    members = _members(item, at, ("org", "legal_name", "roles", "accounts", "nodes"), ())
    accounts = _items(members["accounts"], 0, ACCOUNTS_MAX, f"{at}.accounts")
    nodes = _items(members["nodes"], 0, NODES_MAX, f"{at}.nodes")
    organisation = GenesisOrganisation(
        org=OrgId(_matching(members["org"], _ORG, "1 to 32 of a-z 0-9 -", f"{at}.org")),
        legal_name=_legal_name(members["legal_name"], f"{at}.legal_name"),
        roles=_roles(members["roles"], f"{at}.roles"),
        accounts=tuple(_account(part, f"{at}.accounts[{index}]") for index, part in enumerate(accounts)),
        nodes=tuple(_node(part, f"{at}.nodes[{index}]") for index, part in enumerate(nodes)),
    )
    _distinct([account.name for account in organisation.accounts], f"{at}.accounts[].name")
    _distinct([node.name for node in organisation.nodes], f"{at}.nodes[].name")
    for index, account in enumerate(organisation.accounts):
        for role in account.roles:
            if role not in organisation.roles:
                facts: dict[str, Fact] = {"field": f"{at}.accounts[{index}].roles", "role": role}
                raise Invalid("CODEC_ROLE", facts, "an account has only roles that its organisation has")
    return organisation


def _account(item: object, at: str) -> GenesisAccount:
    members = _members(item, at, ("name", "public_key", "roles"), ())
    return GenesisAccount(
        name=_matching(members["name"], _NAME, "1 to 64 of a-z 0-9 . _ -", f"{at}.name"),
        public_key=_key(members["public_key"], f"{at}.public_key"),
        roles=_roles(members["roles"], f"{at}.roles"),
    )


def _node(item: object, at: str) -> GenesisNode:
    members = _members(item, at, ("name", "peer_key", "consensus_key", "power"), ())
    key = members["consensus_key"]
    validates = key is not None
    return GenesisNode(
        name=_matching(members["name"], _NAME, "1 to 64 of a-z 0-9 . _ -", f"{at}.name"),
        peer_key=_key(members["peer_key"], f"{at}.peer_key"),
        consensus_key=_key(key, f"{at}.consensus_key") if validates else None,
        power=field.integer(
            members["power"], 1 if validates else 0, POWER_MAX if validates else 0, f"{at}.power"
        ),
    )


def _check_keys(genesis: Genesis) -> None:
    """Check that no key serves twice, nobody shares the name of a node, and 1 to 100 validators decide."""
    organisations = genesis.organisations
    keys: list[PublicKey] = []
    for organisation in organisations:
        keys += [account.public_key for account in organisation.accounts]
        keys += [node.peer_key for node in organisation.nodes]
        keys += [node.consensus_key for node in organisation.nodes if node.consensus_key is not None]
    _distinct([key.hex() for key in keys], "organisations[] keys")
    _distinct([node.name for organisation in organisations for node in organisation.nodes], "nodes[].name")
    validators = sum(node.power > 0 for organisation in organisations for node in organisation.nodes)
    if not 1 <= validators <= VALIDATORS_MAX:
        facts: dict[str, Fact] = {
            "field": "nodes[].consensus_key",
            "found": validators,
            "low": 1,
            "high": VALIDATORS_MAX,
        }
        raise Invalid("CODEC_LENGTH", facts, "1 to 100 nodes need a consensus key and power")


def _members(item: object, at: str, needed: tuple[str, ...], allowed: tuple[str, ...]) -> Members:
    if not isinstance(item, dict):
        raise Invalid("CODEC_TYPE", {"field": at, "expected": "object", "found": _json_kind(item)})
    for name in needed:
        if name not in item:
            raise Invalid("CODEC_MISSING_FIELD", {"field": f"{at}.{name}"})
    for name in item:
        if name not in needed and name not in allowed:
            raise Invalid("CODEC_UNKNOWN_FIELD", {"field": f"{at}.{name[:64]}"})
    return item


def _items(item: object, low: int, high: int, at: str) -> list[object]:
    if not isinstance(item, list):
        raise Invalid("CODEC_TYPE", {"field": at, "expected": "array", "found": _json_kind(item)})
    if not low <= len(item) <= high:
        raise Invalid("CODEC_LENGTH", {"field": at, "found": len(item), "low": low, "high": high})
    return item


def _matching(item: object, pattern: re.Pattern[str], expected: str, at: str) -> str:
    if not isinstance(item, str):
        raise Invalid("CODEC_TYPE", {"field": at, "expected": "text", "found": _json_kind(item)})
    if pattern.fullmatch(item) is None:
        raise Invalid("CODEC_TEXT", {"field": at, "expected": expected, "found": ascii(item[:64])})
    return item


def _legal_name(item: object, at: str) -> str:
    if not isinstance(item, str):
        raise Invalid("CODEC_TYPE", {"field": at, "expected": "text", "found": _json_kind(item)})
    if not 1 <= len(item) <= LEGAL_NAME_CHARS_MAX:
        raise Invalid(
            "CODEC_LENGTH", {"field": at, "found": len(item), "low": 1, "high": LEGAL_NAME_CHARS_MAX}
        )
    if not is_legal_name(item):
        raise Invalid("CODEC_TEXT", {"field": at, "expected": "printable text", "found": ascii(item[:64])})
    return item


def _key(item: object, at: str) -> PublicKey:
    return PublicKey(bytes.fromhex(_matching(item, _HEX_KEY, "64 lower-case hexadecimal digits", at)))


def _roles(item: object, at: str) -> tuple[str, ...]:
    expected = f"1 to {ROLE_CHARS_MAX} of a-z 0-9 _ -, a letter first"
    items = _items(item, 0, ROLES_MAX, at)
    roles = [_matching(role, _ROLE, expected, f"{at}[{index}]") for index, role in enumerate(items)]
    _distinct(roles, at)
    return tuple(roles)


def _distinct(names: list[str], at: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Invalid("CODEC_REPEATED", {"field": at, "found": name})
        seen.add(name)


def _json_kind(item: object) -> str:
    match item:
        case dict():
            return "object"
        case list():
            return "array"
        case _:
            return field.kind_of(item)


def _organisation_json(organisation: GenesisOrganisation) -> dict[str, object]:
    return {
        "org": organisation.org,
        "legal_name": organisation.legal_name,
        "roles": list(organisation.roles),
        "accounts": [
            {"name": account.name, "public_key": account.public_key.hex(), "roles": list(account.roles)}
            for account in organisation.accounts
        ],
        "nodes": [
            {
                "name": node.name,
                "peer_key": node.peer_key.hex(),
                "consensus_key": None if node.consensus_key is None else node.consensus_key.hex(),
                "power": node.power,
            }
            for node in organisation.nodes
        ],
    }
