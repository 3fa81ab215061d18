"""Metrics that one can alert on: health, validators, peers, machine, and what is about to be full."""

from __future__ import annotations

import platform

from prometheus_client import CollectorRegistry, Counter, Gauge

WORDS = ("healthy", "degraded", "stalled")


class HealthMeters:
    """Gauges that are read anew for each scrape, and counters of what validators failed to do."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Names in ``registry``; labels are members of the ledger, of which there are few."""
        self.health = Gauge(
            "p2pchain_health", "1 for the word of health that holds.", ["word"], registry=registry
        )
        self.faults_tolerated = Gauge(
            "p2pchain_faults_tolerated", "How many more validators may fail.", registry=registry
        )
        self.reasons = Gauge("p2pchain_reasons", "Reasons in the status.", registry=registry)
        self.warnings = Gauge("p2pchain_warnings", "Early warnings in the status.", registry=registry)
        self.block_age = Gauge(
            "p2pchain_block_age_seconds", "Since the newest final block.", registry=registry
        )
        self.idle_interval = Gauge(
            "p2pchain_idle_interval_seconds", "Between two blocks of an idle chain.", registry=registry
        )
        self.syncing = Gauge("p2pchain_syncing", "1 while the node catches up.", registry=registry)
        self.validators = Gauge("p2pchain_validators", "Validators of the chain.", registry=registry)
        self.validators_up = Gauge(
            "p2pchain_validators_up", "Validators that sign, as seen from here.", registry=registry
        )
        self.validator_up = Gauge(
            "p2pchain_validator_up", "1 for a validator that signs.", ["org"], registry=registry
        )
        self.missed_signatures = Counter(
            "p2pchain_validator_missed_signatures",
            "Blocks decided here that a validator did not sign at all.",
            ["org"],
            registry=registry,
        )
        self.late_votes = Counter(
            "p2pchain_validator_late_votes",
            "Blocks decided here for which a validator's vote came after the decision.",
            ["org"],
            registry=registry,
        )
        self.missed_proposals = Counter(
            "p2pchain_validator_missed_proposals",
            "Rounds that failed with a validator as proposer: its proposal came late, or never.",
            ["org"],
            registry=registry,
        )
        self.clock_offset = Gauge(
            "p2pchain_clock_offset_seconds",
            "This machine's clock against blocks and peers (ahead: above 0); 0 within the chain's precision.",
            registry=registry,
        )
        self.build = Gauge(
            "p2pchain_build_info", "1, for the release that runs.", ["version", "python"], registry=registry
        )


class PeerMeters:
    """Gauges of the nodes of other members."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Names in ``registry``."""
        self.connected = Gauge("p2pchain_peer_connected", "1 while linked.", ["node"], registry=registry)
        self.rtt = Gauge(
            "p2pchain_peer_rtt_seconds", "Round trip of the newest ping.", ["node"], registry=registry
        )
        self.clock_offset = Gauge(
            "p2pchain_peer_clock_offset_seconds",
            "A peer's clock minus this machine's, exact to half a round trip.",
            ["node"],
            registry=registry,
        )
        self.info = Gauge(
            "p2pchain_peer_info", "1, for a peer's release.", ["node", "version"], registry=registry
        )
        self.queued = Gauge(
            "p2pchain_peer_queued_bytes", "Bytes that wait to be sent.", ["node"], registry=registry
        )
        self.dropped = Gauge(
            "p2pchain_peer_dropped_messages",
            "Messages left out since its link came up, for a queue was full.",
            ["node"],
            registry=registry,
        )


class MachineMeters:
    """Gauges of what the node needs of its machine."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Names in ``registry``."""
        self.disk_free = Gauge("p2pchain_disk_free_bytes", "Free where the home lies.", registry=registry)
        self.disk = Gauge("p2pchain_disk_bytes", "All of it.", registry=registry)
        self.disk_stop = Gauge(
            "p2pchain_disk_stop_bytes", "Below so many free bytes the node stops.", registry=registry
        )
        self.memory_available = Gauge(
            "p2pchain_memory_available_bytes", "Of the machine, for all of its processes.", registry=registry
        )
        self.memory = Gauge("p2pchain_memory_total_bytes", "Of the machine.", registry=registry)
        self.pool_transactions_limit = Gauge(
            "p2pchain_mempool_transactions_limit", "Most that may wait.", registry=registry
        )
        self.pool_bytes_limit = Gauge(
            "p2pchain_mempool_bytes_limit", "Most bytes that may wait.", registry=registry
        )
        self.inbox_limit = Gauge(
            "p2pchain_inbox_limit", "Most inputs that may wait, by queue.", ["queue"], registry=registry
        )
        self.snapshot_height = Gauge(
            "p2pchain_snapshot_height", "Height of the newest snapshot, 0 for none.", registry=registry
        )


def python_release() -> str:
    """Return the release of Python that runs this."""
    return platform.python_version()
