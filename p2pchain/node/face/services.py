"""Services of a node upon final blocks: proofs, events, private payloads."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from p2pchain.net.network import Network
from p2pchain.node.face.event_stream import EventSource
from p2pchain.node.face.index_upkeep import Indexer
from p2pchain.node.face.private_payloads import Payloads
from p2pchain.node.face.proofs import Prover
from p2pchain.node.gateway.reading_rights import ReadingRights
from p2pchain.node.gateway.service import GatewayService, job_of
from p2pchain.node.health.financiers_key_check import FinanciersKeyWatch
from p2pchain.node.health.machine_watch import MachineWatch
from p2pchain.node.health.module_code import ModuleCodeCheck
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.identity import Identity
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import Recovered
from p2pchain.presentation.directory import Directory
from p2pchain.storage.files import Disk
from p2pchain.storage.payloads import PayloadStore
from p2pchain.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of them; those in ``listeners`` hear of final blocks."""

    financiers_key: FinanciersKeyWatch
    prover: Prover
    events: EventSource
    payloads: Payloads
    machine: MachineWatch
    module_code: ModuleCodeCheck
    gateway: GatewayService | None
    rights: ReadingRights

    @property
    def listeners(self) -> tuple[Prover, EventSource, Payloads]:
        """Return the listeners to final blocks."""
        return self.prover, self.events, self.payloads

    @property
    def early(self) -> tuple[GatewayService, ...]:
        """Services that see what is going to be wrong."""
        return () if self.gateway is None else (self.gateway,)


def services_of(
    home: Home,
    config: NodeConfig,
    recovered: Recovered,
    identity: Identity,
    network: Network,
    indexer: Indexer,
    metrics: Metrics,
) -> Services:
    """Those of one node. Raises ``DiskNearlyFull``."""
    store = PayloadStore(Disk(), home.payloads, config.storage.payloads_bytes_max)
    metrics.payload_bytes.set_function(lambda: store.kept_bytes)
    return Services(
        financiers_key=FinanciersKeyWatch(home.peer_key.parent, identity.chain_id),
        prover=Prover(
            genesis=recovered.genesis,
            ledger=recovered.ledger,
            lineage=recovered.lineage,
            chain_log=recovered.chain_log,
            find=indexer.find,
            last=recovered.last,
        ),
        gateway=_gateway(home, config, metrics),
        rights=ReadingRights(recovered.ledger, Directory(recovered.modules)),
        machine=MachineWatch(home, config.storage),
        module_code=ModuleCodeCheck(recovered.codes, recovered.ledger, network.statistics),
        events=EventSource(recovered.chain_log),
        payloads=Payloads(
            store=store,
            ledger=recovered.ledger,
            network=network,
            org=identity.org,
            log=structlog.get_logger(),
        ),
    )


def _gateway(home: Home, config: NodeConfig, metrics: Metrics) -> GatewayService | None:
    listen = config.gateway.listen
    if listen is None:
        return None
    job = job_of(config.gateway, home.root, home.control_socket(config))
    return GatewayService(job, listen, metrics.gateway)
