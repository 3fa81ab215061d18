"""The assembly: the only place that names every part of the daemon."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
import trio

from p2pchain.codec.header import header_id
from p2pchain.codec.voting import hello_sign_bytes
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Invalid
from p2pchain.model.genesis import Member
from p2pchain.model.ids import GENESIS_HEIGHT, BlockId, PeerId, PublicKey
from p2pchain.model.messages import Announcement, Hello, ModuleCode
from p2pchain.net.config import PROTOCOL_VERSION, NetConfig
from p2pchain.net.events import NetEvent
from p2pchain.net.network import Network
from p2pchain.node.face.index_upkeep import Indexer
from p2pchain.node.face.jobs import Jobs, Progress
from p2pchain.node.face.metric_readings import MetricReadings
from p2pchain.node.face.peer_orders import Peering
from p2pchain.node.face.pool_control import PoolControl
from p2pchain.node.face.services import Services, services_of
from p2pchain.node.face.transaction_waits import Waiters
from p2pchain.node.face.view import NodeView
from p2pchain.node.health.vital_signs import ReasonSource, VitalSigns, WarningSource
from p2pchain.node.home.bans import read_bans
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.identity import Identity
from p2pchain.node.home.index_rebuild import take_place
from p2pchain.node.home.key_guard import Guarded
from p2pchain.node.home.key_rotation import SuccessionWatch
from p2pchain.node.home.layout import Home
from p2pchain.node.home.prune_limit import Pruner
from p2pchain.node.home.recovery import Recovered
from p2pchain.node.home.sender_refusals import read_refused_senders
from p2pchain.node.home.snapshot_process import SnapshotProcess
from p2pchain.node.home.snapshot_schedule import Snapshotter, delay_of
from p2pchain.node.home.work_process import Result, run_work
from p2pchain.node.peers.block_server import BlockServer
from p2pchain.node.peers.honest_rates import HonestRates
from p2pchain.node.peers.snapshot_server import SnapshotServer
from p2pchain.node.run.inbox import Inbox
from p2pchain.node.run.interpreter import CommitListener, Interpreter
from p2pchain.node.run.log_setup import Logging
from p2pchain.node.run.module_versions import VersionWatch
from p2pchain.node.run.reload import Reload
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.replica import Replica
from p2pchain.replica.start_state import origin_of
from p2pchain.storage.index import ChainIndex
from p2pchain.telemetry.log_stream import LogStream
from p2pchain.telemetry.metrics import Metrics
from p2pchain.telemetry.release import VERSION

EVENTS_MAX = 1_024
"""Events of the network that wait for the main loop; past it the links are read more slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The assembled node."""

    identity: Identity
    recovered: Recovered
    network: Network
    inbox: Inbox
    indexer: Indexer
    interpreter: Interpreter
    view: NodeView
    metrics: Metrics
    snapshotter: Snapshotter
    services: Services
    reload: Reload
    snapshot_server: SnapshotServer
    events: trio.MemoryReceiveChannel[NetEvent]


Opened = tuple[Recovered, Identity, Guarded | None]
"""Home that was read: what was recovered, whose node it is, and its guard where it may vote."""


def assemble(home: Home, config: NodeConfig, opened: Opened, logging: Logging) -> Parts:
    """Build every part. Raises ``Refused`` where a file of the home or an address in the settings is bad."""
    (recovered, identity, guarded), logs = opened, logging.stream
    metrics = Metrics(log_lines_lost=lambda: logs.lost)
    inbox, waiters = Inbox(metrics), Waiters()
    indexer, ledger, verifier = _indexer(recovered), recovered.ledger, Verifier(identity.chain_id)
    send, receive = trio.open_memory_channel[NetEvent](EVENTS_MAX)
    network = network_of(config, identity, ledger, verifier, send, read_bans(home.bans), recovered.codes)
    replica, log = _replica(home, config, recovered, verifier, guarded), structlog.get_logger()
    pruner = _pruner(config, recovered, indexer)
    snapshotter = _snapshotter(home, config, recovered, identity, pruner, metrics)
    services = services_of(home, config, recovered, identity, network, indexer, metrics)
    pool = PoolControl(replica=replica, inbox=inbox, file=home.refused_senders)
    succession = SuccessionWatch(ledger, home, _own_key(identity))
    listeners = (indexer, snapshotter, *services.listeners, succession, VersionWatch(ledger, log))
    interpreter = _interpreter(
        recovered, replica, network, guarded, pruner, inbox, waiters, metrics, listeners
    )
    reload = Reload(
        home=home,
        gateway=services.gateway,
        config=config,
        network=network,
        inbox=inbox,
        machine=services.machine,
        set_up_logs=logging.set_up,
    )
    signs = _signs(
        identity, replica, network, guarded, services, logs, (indexer, pool), (snapshotter, inbox, reload)
    )
    view = NodeView(
        identity=identity,
        replica=replica,
        network=network,
        chain_log=recovered.chain_log,
        indexer=indexer,
        inbox=inbox,
        waiters=waiters,
        metrics=_readings(metrics, replica, network, signs, services, inbox, recovered),
        peering=Peering(replica=replica, network=network, bans=home.bans),
        services=services,
        vitals=signs,
        pool=pool,
        jobs=_jobs(home, recovered, indexer, snapshotter, signs),
    )
    return Parts(
        identity=identity,
        recovered=recovered,
        network=network,
        inbox=inbox,
        indexer=indexer,
        interpreter=interpreter,
        view=view,
        metrics=metrics,
        snapshotter=snapshotter,
        services=services,
        reload=reload,
        snapshot_server=SnapshotServer(recovered.snapshots, log, snapshotter.write_first),
        events=receive,
    )


def _indexer(recovered: Recovered) -> Indexer:
    return Indexer(recovered.index, recovered.index_rows, recovered.chain_log)


def _jobs(
    home: Home, recovered: Recovered, indexer: Indexer, snapshotter: Snapshotter, signs: VitalSigns
) -> Jobs:
    async def reindex(progress: Progress) -> Result:
        result = await run_work(home, "reindex", progress)
        await indexer.exchange(partial(_new_index, home, recovered.genesis_id))
        return result

    async def snapshot(progress: Progress) -> Result:
        return {"height": await snapshotter.write_now()}

    return Jobs(
        works={
            "reindex": ("making the index anew", reindex),
            "snapshot": ("writing a snapshot of the state", snapshot),
            "verify": ("proving the chain", partial(run_work, home, "verify")),
            "verify-deep": (
                "proving the chain, each block executed again",
                partial(run_work, home, "verify-deep"),
            ),
        },
        behind=signs.behind,
    )


def _new_index(home: Home, own_id: BlockId) -> ChainIndex:
    take_place(home)
    return ChainIndex(home.index, own_id)


def _readings(
    metrics: Metrics,
    replica: Replica,
    network: Network,
    vitals: VitalSigns,
    services: Services,
    inbox: Inbox,
    recovered: Recovered,
) -> MetricReadings:
    return MetricReadings(
        metrics=metrics,
        replica=replica,
        network=network,
        vitals=vitals,
        machine=services.machine,
        inbox=inbox,
        snapshots=recovered.snapshots,
    )


def _interpreter(
    recovered: Recovered,
    replica: Replica,
    network: Network,
    guarded: Guarded | None,
    pruner: Pruner,
    inbox: Inbox,
    waiters: Waiters,
    metrics: Metrics,
    listeners: tuple[CommitListener, ...],
) -> Interpreter:
    return Interpreter(
        replica=replica,
        network=network,
        chain_log=recovered.chain_log,
        guarded=guarded,
        server=BlockServer(recovered.chain_log, network),
        pruner=pruner,
        inbox=inbox,
        waiters=waiters,
        metrics=metrics,
        listeners=listeners,
        log=structlog.get_logger(),
    )


def _signs(
    identity: Identity,
    replica: Replica,
    network: Network,
    guarded: Guarded | None,
    services: Services,
    logs: LogStream,
    parts: tuple[ReasonSource, ...],
    early: tuple[WarningSource, ...],
) -> VitalSigns:
    return VitalSigns(
        identity=identity,
        replica=replica,
        network=network,
        guarded=guarded,
        financiers_key=services.financiers_key,
        logs=logs,
        parts=(*parts, services.payloads, services.machine, services.module_code),
        early=(*early, *services.early),
    )


def _pruner(config: NodeConfig, recovered: Recovered, indexer: Indexer) -> Pruner:
    ledger = recovered.ledger
    pruner = Pruner(
        recovered.chain_log,
        keep=config.storage.keep_heights,
        lifetime=lambda: ledger.parameters.tx_lifetime,
        pruned=indexer.pruned,
    )
    if heights := recovered.snapshots.heights():
        pruner.allow_below(heights[0])
    return pruner


def _snapshotter(
    home: Home,
    config: NodeConfig,
    recovered: Recovered,
    identity: Identity,
    pruner: Pruner,
    metrics: Metrics,
) -> Snapshotter:
    ledger, every = recovered.ledger, config.storage.snapshot_every
    return Snapshotter(
        store=recovered.snapshots,
        writing=SnapshotProcess(home),
        lineage=recovered.lineage,
        every=every,
        delay=lambda: delay_of(identity.peer_id, ledger.members, every),
        pruner=pruner,
        metrics=metrics,
        log=structlog.get_logger(),
        newest=ledger.height,
    )


def network_of(
    config: NodeConfig,
    identity: Identity,
    ledger: Ledger,
    verifier: Verifier,
    events: trio.MemorySendChannel[NetEvent],
    banned: Collection[PeerId],
    codes: tuple[ModuleCode, ...] = (),
) -> Network:
    """The network of a node that admits whom ``ledger`` names."""

    def members() -> Mapping[PeerId, Member]:
        return {member.peer_id: member for member in ledger.members}

    async def check_announcement(announcement: Announcement) -> None:
        if header_id(announcement.header) != announcement.certificate.block_id:
            raise Invalid("ANNOUNCEMENT_UNBOUND", {"height": announcement.header.height})
        height = announcement.certificate.height
        verifier.commit(announcement.certificate, ledger.validators_at(height))

    return Network(
        config=NetConfig(
            listen=config.listen,
            peers={peer.peer_id: peer.address for peer in config.peers},
            dial_members=config.dial_members,
            rates=HonestRates(ledger),
        ),
        peer_key=identity.peer_key,
        hello=_hello(identity, codes),
        verify_hello=verifier.hello,
        members=members,
        check_announcement=check_announcement,
        events=events,
        banned=banned,
    )


SECRET_BYTES: Final = 32
"""Of chance that a replica draws for each life."""


def _replica(
    home: Home, config: NodeConfig, recovered: Recovered, verifier: Verifier, guarded: Guarded | None
) -> Replica:
    origin = origin_of(
        recovered.genesis_id,
        recovered.genesis.time_ms,
        recovered.ledger,
        recovered.last,
        () if guarded is None else guarded.records,
        GENESIS_HEIGHT if guarded is None else guarded.floor,
    )
    return Replica(
        ledger=recovered.ledger,
        verifier=verifier,
        origin=origin,
        own_key=None if guarded is None or guarded.stopped else guarded.key.public_key,
        pool_limits=config.pool,
        refused=read_refused_senders(home.refused_senders),
        secret=os.urandom(SECRET_BYTES),
    )


def _hello(identity: Identity, codes: tuple[ModuleCode, ...]) -> Hello:
    key = identity.consensus_key
    statement = hello_sign_bytes(identity.chain_id, identity.genesis_id, identity.peer_id)
    return Hello(
        version=PROTOCOL_VERSION,
        software=VERSION,
        chain_id=identity.chain_id,
        genesis_id=identity.genesis_id,
        node=identity.name,
        consensus_key=None if key is None else key.public_key,
        signature=None if key is None else key.sign(statement),
        modules=codes,
    )


def _own_key(identity: Identity) -> PublicKey | None:
    return None if identity.consensus_key is None else identity.consensus_key.public_key
