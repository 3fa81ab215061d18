"""Making a local network: keys from the seed, one genesis, and a home for every node.

Every key is the SHA-256 of the seed and the key's use: whoever knows the seed knows the keys. They are for
tests alone, so they lie in plain files of mode 0600.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, OrgId
from p2pchain.model.parameters import Parameters
from p2pchain.node.home.config import ModulesConfig, NodeConfig, PeerAddress, StorageConfig
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.signing.keyfile import write_key
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.module_packages import install
from p2pchain.testnet.places import Places
from p2pchain.testnet.plan import NetworkMember, Plan, PlannedNode, format_plan, make_plan, ports_wanted
from p2pchain.testnet.ports import claim_ports

SECRET_MODE = 0o600
DIRECTORY_MODE = 0o700
OWN_ALONE = ModulesConfig()
FROM_HOMES = "../../packages"
"""Where ``Places.packages`` lies, seen from a home."""
REGISTRY_KEY = Path("keys", "registry.key")
"""In the home of a financier: the key of invoice fingerprints, 64 hexadecimal digits, that all financiers
share.
"""


def secret(seed: str, use: str, name: str) -> bytes:
    """Derive 32 bytes that only the seed, the use and the name decide."""
    return hashlib.sha256(f"p2pchain/testnet/{seed}/{use}/{name}".encode()).digest()


def peer_key(seed: str, name: str) -> SigningKey:
    """Derive the key that names a node on the network."""
    return SigningKey(secret(seed, "peer", name))


def consensus_key(seed: str, name: str) -> SigningKey:
    """Derive the key that votes."""
    return SigningKey(secret(seed, "consensus", name))


def account_key(seed: str, org: str) -> SigningKey:
    """Derive the client key of an organisation."""
    return SigningKey(secret(seed, "account", org))


def genesis_of(plan: Plan, *, time_ms: int, parameters: Parameters) -> Genesis:
    """Make the genesis: every organisation has one account and one validator of power 1."""
    organisations = (
        GenesisOrganisation(
            org=OrgId(node.name),
            legal_name=node.legal_name,
            roles=tuple(sorted((*node.roles, "validator"))),
            accounts=(
                GenesisAccount(
                    name=node.name, public_key=account_key(plan.seed, node.name).public_key, roles=node.roles
                ),
            ),
            nodes=(
                GenesisNode(
                    name=node.name,
                    peer_key=peer_key(plan.seed, node.name).public_key,
                    consensus_key=consensus_key(plan.seed, node.name).public_key,
                    power=1,
                ),
            ),
        )
        for node in plan.nodes
    )
    return Genesis(
        chain_id=ChainId(plan.chain_id),
        time_ms=time_ms,
        parameters=parameters,
        organisations=tuple(sorted(organisations, key=lambda organisation: organisation.org)),
    )


def config_of(
    plan: Plan, node: PlannedNode, places: Places, modules: ModulesConfig = OWN_ALONE
) -> NodeConfig:
    """Make the settings of one node: where it listens, its peers, dialled directly or through the relay, and
    its packages.
    """
    relayed = {(pair.dialler, pair.listener): pair.port for pair in plan.pairs}
    peers = tuple(
        PeerAddress(
            peer_id=peer_id_of(peer_key(plan.seed, other.name).public_key),
            address=f"/ip4/{other.host}/tcp/{relayed.get((node.name, other.name), other.port)}",
        )
        for other in plan.nodes
        if other.name != node.name
    )
    own_socket = places.has_own_socket(node.name)
    return NodeConfig(
        name=node.name,
        listen=f"/ip4/{node.host}/tcp/{node.port}",
        peers=peers,
        control_socket=None if own_socket else str(places.control_socket(node.name)),
        control_group=None,
        http=None,
        log_level="info",
        log_format="text",
        pool=PoolLimits(),
        storage=StorageConfig(warn_free_percent=0, warn_free_bytes=0, stop_free_bytes=0),
        modules=modules,
    )


def create_network(
    places: Places,
    *,
    members: Sequence[NetworkMember],
    seed: str,
    relayed: bool,
    parameters: Parameters,
    modules: Sequence[Path] = (),
) -> Plan:
    """Make the network's directory, whole or not at all. ``modules``: folders of packages of others. Raises
    ``LaunchFailed("TESTNET_EXISTS")``, ``Refused("MODULE_...")``.
    """
    if _is_occupied(places):
        raise _occupied(places)
    ports = claim_ports(ports_wanted(len(members), relayed=relayed), places.settings)
    plan = make_plan(members=members, seed=seed, relayed=relayed, ports=ports)
    lay_out_network(places, plan, parameters, modules)
    return plan


def lay_out_network(places: Places, plan: Plan, parameters: Parameters, modules: Sequence[Path] = ()) -> None:
    """Make the directory of a planned network, whole or not at all. Raises
    ``LaunchFailed("TESTNET_EXISTS")``.
    """
    if _is_occupied(places):
        raise _occupied(places)
    places.root.parent.mkdir(parents=True, exist_ok=True)
    aside = Places(Path(tempfile.mkdtemp(prefix=f"{places.root.name}-", dir=places.root.parent)))
    try:
        genesis = genesis_of(plan, time_ms=time.time_ns() // 1_000_000, parameters=parameters)
        for directory in (aside.accounts, aside.logs, aside.run):
            directory.mkdir(mode=DIRECTORY_MODE)
        packages = install(aside.packages, FROM_HOMES, modules)
        for node in plan.nodes:
            write_key(aside.accounts / f"{node.name}.key", account_key(plan.seed, node.name), "account", None)
            _lay_out_home(
                Home(aside.home(node.name)), config_of(plan, node, places, packages), genesis, plan, node
            )
        aside.settings.write_text(format_plan(plan))
        _put_in_place(aside, places)
    except BaseException:
        shutil.rmtree(aside.root)
        raise


def _is_occupied(places: Places) -> bool:
    return places.root.exists() and any(places.root.iterdir())


def _put_in_place(aside: Places, places: Places) -> None:
    try:
        os.replace(aside.root, places.root)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise _occupied(places) from error


def _occupied(places: Places) -> LaunchFailed:
    facts = {"directory": str(places.root)}
    return LaunchFailed(
        "TESTNET_EXISTS", facts, "choose an empty directory, or: scripts/testnet down --purge"
    )


def _lay_out_home(home: Home, config: NodeConfig, genesis: Genesis, plan: Plan, node: PlannedNode) -> None:
    lay_out(home, config, genesis)
    write_key(home.peer_key, peer_key(plan.seed, node.name), "peer", None)
    write_key(home.consensus_key, consensus_key(plan.seed, node.name), "consensus", None)
    accounts = home.root / "accounts"
    accounts.rmdir()
    accounts.symlink_to(Path("..", "..", "accounts"))
    if "financier" in node.roles:
        registry_key = home.root / REGISTRY_KEY
        registry_key.touch(mode=SECRET_MODE)
        registry_key.write_text(secret(plan.seed, "registry", "financiers").hex() + "\n")
