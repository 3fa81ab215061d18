"""Genesis made from member files, with the addresses of their nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from p2pchain.client.member_file import MemberFile
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.genesis import format_genesis, parse_genesis
from p2pchain.codec.multiaddress import is_address
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import PeerId
from p2pchain.model.parameters import Parameters

PEERS_FORMAT: Final = "p2pchain/peers"
PEERS_VERSION: Final = 1
PEERS_BYTES_MAX: Final = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A node that others may dial."""

    peer_id: PeerId
    address: str


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


def listeners_of(members: Sequence[MemberFile]) -> dict[str, Listener]:
    """Map node names to their addresses, as far as the files have them."""
    return {
        node.name: Listener(peer_id=peer_id_of(node.peer_key), address=node.address)
        for member in sorted(members, key=lambda member: member.org)
        for node in member.nodes
        if node.address is not None
    }


def format_peers(listeners: Mapping[str, Listener]) -> str:
    """The text of ``peers.json``. Nobody signs it: a link proves itself by the key that the ledger names."""
    peers = {
        name: {"peer_id": listener.peer_id, "address": listener.address}
        for name, listener in listeners.items()
    }
    return json.dumps({"format": PEERS_FORMAT, "version": PEERS_VERSION, "peers": peers}, indent=1) + "\n"


def parse_peers(data: bytes, file: str) -> dict[str, Listener]:
    """Read ``peers.json``: listeners by node. ``Refused("PEERS_FILE_INVALID")``."""
    try:
        document: Any = read_json(data)
        if (document["format"], document["version"]) != (PEERS_FORMAT, PEERS_VERSION):
            raise ValueError("another format or version")
        listeners = {
            str(name): Listener(peer_id=PeerId(str(listener["peer_id"])), address=str(listener["address"]))
            for name, listener in dict(document["peers"]).items()
        }
        strange = [name for name, listener in listeners.items() if not is_address(listener.address)]
        if strange:
            raise ValueError(f"the address of {strange[0]} is no /dns4/HOST/tcp/PORT")
    except (ValueError, KeyError, TypeError, Invalid) as fault:
        hint = "give the peers.json that `p2pchain genesis collect` wrote"
        raise Refused("PEERS_FILE_INVALID", {"file": file, "reason": str(fault)}, hint) from fault
    return listeners
