"""How a node with an empty home enters a chain by snapshot, before anything else of it runs."""

from __future__ import annotations

from functools import partial

import structlog
import trio

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Fault
from p2pchain.model.ids import OrgId
from p2pchain.net.events import NetEvent
from p2pchain.node.assembly import EVENTS_MAX, network_of
from p2pchain.node.bans import read_bans
from p2pchain.node.config import NodeConfig
from p2pchain.node.exits import faults_in
from p2pchain.node.home import Home
from p2pchain.node.identity import Identity
from p2pchain.node.joining import Joiner
from p2pchain.node.notify import ServiceManager
from p2pchain.node.recovery import Recovered
from p2pchain.node.snapshots import Snapshot, records_of
from p2pchain.proofs.verifier import Verifier
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk

TELL_EVERY_S = 5.0
"""How often the service manager hears that joining goes on."""


def wants_snapshot(config: NodeConfig, recovered: Recovered) -> bool:
    """Whether this home is empty, and its operator wants it to begin with a snapshot."""
    return config.storage.join == "snapshot" and recovered.ledger.height == 0


def enter(
    home: Home,
    config: NodeConfig,
    recovered: Recovered,
    keys: tuple[SigningKey, SigningKey | None],
    manager: ServiceManager,
) -> None:
    """Take a snapshot from the peers and lay it down, so that recovering the home again begins there; nothing
    is changed where no peer has one. ``recovered`` is closed. ``keys``: the peer key and the consensus key.

    Raises ``Fault`` where the network or the disk refuses.
    """
    faults: list[Fault] = []
    found = trio.run(partial(_taken, home, config, recovered, keys, manager, faults))
    recovered.index.close()
    recovered.chain_log.close()
    if faults:
        raise faults[0]
    if found is None:
        return
    height = found.final.header.height
    size = recovered.snapshots.write(height, records_of(found))
    ChainLog.discard_empty(Disk(), home.chain)
    structlog.get_logger().info("join.done", height=height, bytes=size, keys=len(found.frozen.values))


async def _taken(
    home: Home,
    config: NodeConfig,
    recovered: Recovered,
    keys: tuple[SigningKey, SigningKey | None],
    manager: ServiceManager,
    faults: list[Fault],
) -> Snapshot | None:
    peer_key, consensus_key = keys
    identity = Identity(
        name=config.name,
        org=OrgId(""),
        chain_id=recovered.genesis.chain_id,
        genesis_id=recovered.genesis_id,
        peer_id=peer_id_of(peer_key.public_key),
        peer_key=peer_key,
        consensus_key=consensus_key,
    )
    send, receive = trio.open_memory_channel[NetEvent](EVENTS_MAX)
    verifier = Verifier(identity.chain_id)
    network = network_of(config, identity, recovered.ledger, verifier, send, read_bans(home.bans))
    found: Snapshot | None = None
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(network.run)
            nursery.start_soon(_tell, manager)
            log = structlog.get_logger()
            log.info("join.begins", peers=len(config.peers))
            joiner = Joiner(
                genesis=recovered.genesis, verifier=verifier, network=network, events=receive, log=log
            )
            found = await joiner.run()
            nursery.cancel_scope.cancel()
    except* Fault as group:
        faults.extend(faults_in(group))
    return found


async def _tell(manager: ServiceManager) -> None:
    while True:
        manager.starting("joining by snapshot", longer_s=TELL_EVERY_S * 6)
        await trio.sleep(TELL_EVERY_S)
