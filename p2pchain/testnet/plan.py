"""Plan of a local network: its nodes, their places and ports, as ``testnet.json`` keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.ports import LOOPBACK

VERSION = 1
HOST_PORT = 26_656
"""Where a node listens that has a host of its own."""
NODES_MAX = 32
SEED = re.compile(r"[a-z0-9-]{1,32}")
SOCKET_PATH_BYTES_MAX = 100
"""Longest path of a Unix socket that is used as it is; Linux allows 107."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMember:
    """An organisation of a network, with the roles of its account, which bears its name."""

    name: str
    legal_name: str
    roles: tuple[str, ...]


MARKET = (
    NetworkMember(name="bank-a", legal_name="Bank A AG", roles=("admin", "financier")),
    NetworkMember(name="bank-b", legal_name="Bank B AG", roles=("admin", "financier")),
    NetworkMember(name="buyer", legal_name="Buyer GmbH", roles=("admin", "issuer")),
    NetworkMember(name="supplier", legal_name="Supplier GmbH", roles=("admin", "issuer")),
)
"""The first members of a network of which nothing else is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNode:
    """One organisation and its one validator, of the same name. ``host`` and ``port``: where its peers reach
    it, mostly on loopback.
    """

    name: str
    port: int
    roles: tuple[str, ...]
    """Roles of the client key; the organisation is a validator besides."""
    legal_name: str
    host: str = LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayedPair:
    """``dialler`` reaches ``listener`` through the relay's ``port``."""

    dialler: str
    listener: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that was decided when the network was made. ``pairs`` is empty where nodes reach each other
    directly.
    """

    seed: str
    nodes: tuple[PlannedNode, ...]
    pairs: tuple[RelayedPair, ...]

    @property
    def chain_id(self) -> str:
        """Name of the chain."""
        return f"testnet-{self.seed}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all nodes."""
        return tuple(node.name for node in self.nodes)

    @property
    def relayed(self) -> bool:
        """Return whether nodes reach each other through the relay, so that it can cut them apart."""
        return bool(self.pairs)


def names_of(count: int) -> tuple[str, ...]:
    """Name the nodes: ``bank-a``, ``bank-b``, ``buyer``, ``supplier``, ``member-5``, ...; at most
    ``NODES_MAX``.
    """
    return tuple(member.name for member in members_of(count))


def members_of(count: int) -> tuple[NetworkMember, ...]:
    """Name the members of a network of which nothing else is asked; at most ``NODES_MAX``."""
    if not 1 <= count <= NODES_MAX:
        raise LaunchFailed("TESTNET_SIZE", {"nodes": count, "low": 1, "high": NODES_MAX}, "choose another -n")
    further = (f"member-{number}" for number in range(len(MARKET) + 1, count + 1))
    return (*MARKET[:count], *(_observer(name) for name in further))


def _observer(name: str) -> NetworkMember:
    return NetworkMember(name=name, legal_name=f"{name} e.V.", roles=("admin", "observer"))


def ports_wanted(count: int, *, relayed: bool) -> int:
    """Count the ports of a network: one for each node, and one for each ordered pair where a relay stands
    between them.
    """
    return count * count if relayed else count


def make_plan(*, members: Sequence[NetworkMember], seed: str, relayed: bool, ports: list[int]) -> Plan:
    """Assign the ports. Raises ``LaunchFailed`` for an impossible seed."""
    if SEED.fullmatch(seed) is None:
        raise LaunchFailed("TESTNET_SEED", {"seed": seed[:64]}, "a seed is 1 to 32 of a-z 0-9 -")
    names = tuple(member.name for member in members)
    nodes = tuple(
        PlannedNode(name=member.name, port=port, roles=member.roles, legal_name=member.legal_name)
        for member, port in zip(members, ports, strict=False)
    )
    ordered = [(dialler, listener) for dialler in names for listener in names if dialler != listener]
    pairs = tuple(
        RelayedPair(dialler=dialler, listener=listener, port=port)
        for (dialler, listener), port in zip(ordered, ports[len(names) :], strict=False)
    )
    return Plan(seed=seed, nodes=nodes, pairs=pairs if relayed else ())


def plan_on_hosts(hosts: Sequence[str], *, seed: str) -> Plan:
    """Plan a network whose nodes have IPv4 addresses of their own, such as those of network namespaces, and
    meet directly. Raises ``LaunchFailed`` for an impossible size or seed.
    """
    plan = make_plan(members=members_of(len(hosts)), seed=seed, relayed=False, ports=[HOST_PORT] * len(hosts))
    nodes = tuple(replace(node, host=host) for node, host in zip(plan.nodes, hosts, strict=True))
    return replace(plan, nodes=nodes)


def format_plan(plan: Plan) -> str:
    """Format the text of ``testnet.json``; ``ports`` names every port, for claims."""
    document = {
        "version": VERSION,
        "seed": plan.seed,
        "chain_id": plan.chain_id,
        "nodes": [
            {
                "name": node.name,
                "host": node.host,
                "port": node.port,
                "roles": node.roles,
                "legal_name": node.legal_name,
            }
            for node in plan.nodes
        ],
        "pairs": [[pair.dialler, pair.listener, pair.port] for pair in plan.pairs],
        "ports": [node.port for node in plan.nodes if node.host == LOOPBACK]
        + [pair.port for pair in plan.pairs],
    }
    return json.dumps(document, indent=1) + "\n"


def read_plan(settings: Path) -> Plan:
    """Read the plan in a ``testnet.json``; raises ``LaunchFailed`` where none can be read."""
    try:
        document: dict[str, Any] = json.loads(settings.read_text())
        return Plan(
            seed=document["seed"],
            nodes=tuple(
                PlannedNode(
                    name=node["name"],
                    host=node.get("host", LOOPBACK),
                    port=node["port"],
                    roles=tuple(node["roles"]),
                    legal_name=node["legal_name"],
                )
                for node in document["nodes"]
            ),
            pairs=tuple(
                RelayedPair(dialler=dialler, listener=listener, port=port)
                for dialler, listener, port in document["pairs"]
            ),
        )
    except FileNotFoundError:
        facts = {"directory": str(settings.parent)}
        raise LaunchFailed("TESTNET_MISSING", facts, "make one with: scripts/testnet up") from None
    except (ValueError, KeyError, TypeError) as error:
        facts = {"file": str(settings), "problem": f"{type(error).__name__}: {error}"}
        raise LaunchFailed("TESTNET_DAMAGED", facts, "remove its directory and make it anew") from error
