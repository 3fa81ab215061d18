"""The node's metrics, in one registry, with the names under which operators find them."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from p2pchain.telemetry.health_metrics import HealthMeters, MachineMeters, PeerMeters


class PoolMeters:
    """Gauges of the pool, and counters of dropped transactions."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Names in ``registry``; labels by organisation are bounded by whoever sets them."""
        self.transactions = Gauge("p2pchain_mempool_transactions", "Waiting.", registry=registry)
        self.bytes_held = Gauge("p2pchain_mempool_bytes", "Bytes waiting.", registry=registry)
        self.organisation_transactions = Gauge(
            "p2pchain_mempool_organisation_transactions",
            "Waiting, of the 16 organisations that hold most bytes.",
            ["org"],
            registry=registry,
        )
        self.organisation_bytes = Gauge(
            "p2pchain_mempool_organisation_bytes",
            "Bytes waiting, of the same organisations.",
            ["org"],
            registry=registry,
        )
        self.dropped = Counter(
            "p2pchain_mempool_dropped",
            "Transactions dropped from the pool or not looked at, by cause.",
            ["cause"],
            registry=registry,
        )


class GatewayMeters:
    """Counts of the gateway's process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Names in ``registry``."""
        self.connections = Gauge("p2pchain_gateway_connections", "Open at the gateway.", registry=registry)
        self.requests = Counter("p2pchain_gateway_requests", "Answered by the gateway.", registry=registry)
        self.refused = Counter(
            "p2pchain_gateway_refused",
            "Requests and connections that the gateway refused, by code.",
            ["code"],
            registry=registry,
        )
        self.starts = Counter(
            "p2pchain_gateway_starts", "How often its process was started.", registry=registry
        )


class Metrics:
    """Counters and gauges of one node; every limit has one that shows it being reached."""

    def __init__(self, log_lines_lost: Callable[[], int] = lambda: 0) -> None:
        """A registry of its own, so that two nodes in one test do not mix. ``log_lines_lost`` counts lines
        of the log that could not be written.
        """
        registry = CollectorRegistry()
        self.registry = registry
        self.height = Gauge("p2pchain_height", "Last final height.", registry=registry)
        self.round = Gauge("p2pchain_round", "Round in progress.", registry=registry)
        self.peers = Gauge("p2pchain_peers", "Connected peers.", registry=registry)
        self.pool = PoolMeters(registry)
        self.vital = HealthMeters(registry)
        self.peer = PeerMeters(registry)
        self.machine = MachineMeters(registry)
        ProcessCollector(registry=registry)
        self.transactions = Counter(
            "p2pchain_transactions", "Final, by receipt.", ["outcome"], registry=registry
        )
        self.module_faults = Counter(
            "p2pchain_module_faults", "Final, ended by a bug of a module.", registry=registry
        )
        self.refused = Counter(
            "p2pchain_submissions_refused", "Not admitted, by code.", ["code"], registry=registry
        )
        self.penalties = Counter(
            "p2pchain_peer_faults", "Faults of peers, by code.", ["code"], registry=registry
        )
        self.inbox_dropped = Counter(
            "p2pchain_inbox_dropped", "Inputs dropped, by queue.", ["queue"], registry=registry
        )
        self.inbox = Gauge("p2pchain_inbox", "Inputs that wait, by queue.", ["queue"], registry=registry)
        self.gateway = GatewayMeters(registry)
        self.control_refused = Counter(
            "p2pchain_control_refused",
            "Requests refused on the control socket, by code.",
            ["code"],
            registry=registry,
        )
        self.snapshots = Counter(
            "p2pchain_snapshots", "Of the state, by outcome.", ["outcome"], registry=registry
        )
        self.first_height = Gauge("p2pchain_first_height", "Lowest height in the log.", registry=registry)
        self.payload_bytes = Gauge("p2pchain_payload_bytes", "Private payloads kept.", registry=registry)
        lost = Gauge("p2pchain_log_lines_lost", "Log lines that could not be written.", registry=registry)
        lost.set_function(log_lines_lost)
        self.commit_ms = Histogram(
            "p2pchain_block_interval_ms",
            "Time between final blocks.",
            buckets=(50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000),
            registry=registry,
        )
        self.persist_ms = Histogram(
            "p2pchain_persist_ms",
            "Time to make a block durable.",
            buckets=(1, 2, 5, 10, 25, 50, 100, 500, 2_000),
            registry=registry,
        )

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
