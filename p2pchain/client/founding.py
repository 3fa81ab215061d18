"""A genesis out of the files of its members, and where their nodes listen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from p2pchain.client.member_file import MemberFile, is_address
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.genesis import format_genesis, parse_genesis
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.parameters import Parameters

PEERS_FORMAT: Final = "p2pchain/peers"
PEERS_VERSION: Final = 1
PEERS_BYTES_MAX: Final = 1_048_576


def collected(members: Sequence[MemberFile], *, time_ms: int, parameters: Parameters) -> Genesis:
    """The genesis of these members. Raises ``Refused("MEMBER_OTHER_CHAIN")`` where they mean several chains,
    and ``Invalid`` where they contradict each other, such as by one key or name twice.
    """
    chains = sorted({member.chain_id for member in members})
    if len(chains) != 1:
        orgs = ", ".join(f"{member.org}: {member.chain_id}" for member in members)
        hint = "agree on one name, and let the others write their file anew: p2pchain genesis new --chain-id"
        raise Refused("MEMBER_OTHER_CHAIN", {"chains": orgs}, hint)
    genesis = Genesis(
        chain_id=chains[0],
        time_ms=time_ms,
        parameters=parameters,
        organisations=tuple(member.organisation for member in sorted(members, key=lambda member: member.org)),
    )
    return parse_genesis(format_genesis(genesis).encode())


def addresses_of(members: Sequence[MemberFile]) -> dict[str, str]:
    """Where each node listens, by its name, as far as their files say."""
    return {
        node.name: node.address
        for member in sorted(members, key=lambda member: member.org)
        for node in member.nodes
        if node.address is not None
    }


def format_peers(addresses: Mapping[str, str]) -> str:
    """The text of ``peers.json``. Nobody signs it: a link proves itself by the key that the ledger names."""
    document = {"format": PEERS_FORMAT, "version": PEERS_VERSION, "addresses": dict(addresses)}
    return json.dumps(document, indent=1) + "\n"


def parse_peers(data: bytes, file: str) -> dict[str, str]:
    """Read ``peers.json``: addresses by node. ``Refused("PEERS_FILE_INVALID")``."""
    try:
        document: Any = read_json(data)
        if (document["format"], document["version"]) != (PEERS_FORMAT, PEERS_VERSION):
            raise ValueError("another format or version")
        addresses: dict[str, str] = dict(document["addresses"])
        strange = [name for name, address in addresses.items() if not is_address(str(address))]
        if strange:
            raise ValueError(f"the address of {strange[0]} is no /dns4/HOST/tcp/PORT")
    except (ValueError, KeyError, TypeError, Invalid) as fault:
        hint = "give the peers.json that `p2pchain genesis collect` wrote"
        raise Refused("PEERS_FILE_INVALID", {"file": file, "reason": str(fault)}, hint) from fault
    return addresses
