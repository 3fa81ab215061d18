"""Entry of a node with an empty home into a chain, by snapshot. It happens before anything else of the node
runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
import trio

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.net.network import Network
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import Recovered
from p2pchain.node.home.snapshot_store import Snapshot, records_of
from p2pchain.node.packages.software import software_of
from p2pchain.node.peers.peer_network import Events, Visitor, visit
from p2pchain.node.peers.snapshot_join import NOTHING_AFTER_S, Joiner
from p2pchain.node.run.systemd_notify import ServiceManager
from p2pchain.proofs.verifier import Verifier
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk

TELL_EVERY_S = 5.0
"""How often the service manager hears that joining goes on."""


def wants_snapshot(config: NodeConfig, recovered: Recovered) -> bool:
    """Test whether this home is empty and its operator wants a snapshot."""
    return config.storage.join == "snapshot" and recovered.ledger.height == 0


def enter(
    home: Home,
    config: NodeConfig,
    recovered: Recovered,
    keys: tuple[SigningKey, SigningKey | None],
    meanwhile: Callable[[Network], Awaitable[None]],
    *,
    nothing_after_s: float = NOTHING_AFTER_S,
) -> None:
    """Take a snapshot from the peers and lay it down, so that recovering the home again begins there; nothing
    is changed where no peer has one. ``recovered`` is closed. ``keys``: the peer key and the consensus key;
    ``meanwhile`` runs beside it; ``nothing_after_s``: how long peers may have nothing to offer.

    Raises ``Fault`` where the network or the disk refuses.
    """
    log = structlog.get_logger()
    log.info("join.begins", peers=len(config.peers))
    visitor = Visitor(
        home=home,
        config=config,
        genesis=recovered.genesis,
        genesis_id=recovered.genesis_id,
        ledger=recovered.ledger,
        peer_key=keys[0],
        consensus_key=keys[1],
    )

    async def ask(network: Network, events: Events) -> Snapshot | None:
        verifier = Verifier(recovered.genesis.chain_id)
        joiner = Joiner(
            genesis=recovered.genesis,
            verifier=verifier,
            network=network,
            events=events,
            log=log,
            bytes_max=config.storage.join_bytes_max,
            modules=software_of(home),
            nothing_after_s=nothing_after_s,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(meanwhile, network)
            snapshot = await joiner.run()
            nursery.cancel_scope.cancel()
        return snapshot

    snapshot = visit(visitor, ask)
    recovered.index.close()
    recovered.chain_log.close()
    if snapshot is None:
        return
    height = snapshot.final.header.height
    size = recovered.snapshots.write(height, records_of(snapshot))
    ChainLog.discard_empty(Disk(), home.chain)
    log.info("join.done", height=height, bytes=size, keys=len(snapshot.frozen.values))


async def keep_waiting(manager: ServiceManager, network: Network) -> None:
    """Tell the service manager that joining goes on, until cancelled."""
    while True:
        manager.starting("joining by snapshot", longer_s=TELL_EVERY_S * 6)
        await trio.sleep(TELL_EVERY_S)
