"""Reads the node for a scrape: what can be read is read then, and only what happens is counted as it does."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.model.ids import PublicKey
from p2pchain.net.network import Network
from p2pchain.node.health.machine_watch import MachineWatch
from p2pchain.node.health.vital_signs import VitalSigns
from p2pchain.node.run.inbox import BULK_MAX, URGENT_MAX, Inbox
from p2pchain.replica.replica import Replica
from p2pchain.replica.roll_call import Omissions
from p2pchain.storage.snapshots import SnapshotStore
from p2pchain.telemetry.health_metrics import WORDS, python_release
from p2pchain.telemetry.metrics import Metrics
from p2pchain.telemetry.release import VERSION


class MetricReadings:
    """Writes the present numbers of one node to its metrics."""

    def __init__(
        self,
        *,
        metrics: Metrics,
        replica: Replica,
        network: Network,
        vitals: VitalSigns,
        machine: MachineWatch,
        inbox: Inbox,
        snapshots: SnapshotStore,
    ) -> None:
        """Nothing is counted yet."""
        self._metrics = metrics
        self._replica = replica
        self._network = network
        self._vitals = vitals
        self._machine = machine
        self._inbox = inbox
        self._snapshots = snapshots
        self._counted: dict[PublicKey, Omissions] = {}
        metrics.vital.build.labels(VERSION, python_release()).set(1)
        metrics.machine.inbox_limit.labels("urgent").set(URGENT_MAX)
        metrics.machine.inbox_limit.labels("bulk").set(BULK_MAX)

    def text(self) -> bytes:
        """Return all metrics as Prometheus text."""
        self._read_health()
        self._read_validators()
        self._read_peers()
        self._read_machine()
        self._inbox.measure()
        return self._metrics.text()

    def _read_health(self) -> None:
        replica, meters, health = self._replica, self._metrics.vital, self._vitals.health()
        for word in WORDS:
            meters.health.labels(word).set(word == health.word)
        meters.faults_tolerated.set(max(0, health.faults_tolerated))
        meters.reasons.set(len(health.reasons))
        meters.warnings.set(len(health.warnings))
        meters.block_age.set(self._vitals.block_age_ms() / 1000)
        meters.idle_interval.set(replica.ledger.parameters.empty_block_interval_ms / 1000)
        meters.syncing.set(self._vitals.is_behind)
        meters.clock_offset.set(self._vitals.clock_offset_ms() / 1000)
        self._metrics.height.set(replica.tip.height)
        self._metrics.round.set(replica.work.consensus.round)
        self._metrics.peers.set(len(replica.peers))

    def _read_validators(self) -> None:
        meters, attendance = self._metrics.vital, self._vitals.attendance()
        orgs = {member.public_key: member.org for member in self._replica.ledger.validators.members}
        meters.validators.set(len(attendance))
        meters.validators_up.set(sum(attendance.values()))
        meters.validator_up.clear()
        for key, up in attendance.items():
            meters.validator_up.labels(orgs[key]).set(up)
        self._count(orgs)

    def _count(self, orgs: Mapping[PublicKey, str]) -> None:
        """Let counters grow by what the roll call counted since."""
        meters, tallies = self._metrics.vital, self._replica.heights.roll_call.tallies
        for key, org in orgs.items():
            now, before = tallies.get(key, Omissions()), self._counted.get(key, Omissions())
            meters.missed_signatures.labels(org).inc(now.signatures_missed - before.signatures_missed)
            meters.late_votes.labels(org).inc(now.votes_late - before.votes_late)
            meters.missed_proposals.labels(org).inc(now.proposals_missed - before.proposals_missed)
            self._counted[key] = now
        for gone in [key for key in self._counted if key not in orgs]:
            del self._counted[gone]

    def _read_peers(self) -> None:
        meters = self._metrics.peer
        for gauge in (
            meters.connected,
            meters.rtt,
            meters.clock_offset,
            meters.info,
            meters.queued,
            meters.dropped,
        ):
            gauge.clear()
        linked = {link.peer_id: link for link in self._network.statistics()}
        for member in self._replica.ledger.members:
            if member.peer_id == self._network.peer_id:
                continue
            link = linked.get(member.peer_id)
            meters.connected.labels(member.name).set(link is not None)
            if link is None:
                continue
            meters.rtt.labels(member.name).set((link.rtt_ms or 0) / 1000)
            meters.clock_offset.labels(member.name).set((link.clock_offset_ms or 0) / 1000)
            meters.info.labels(member.name, link.software or "").set(1)
            meters.queued.labels(member.name).set(link.queued_bytes)
            meters.dropped.labels(member.name).set(link.dropped_out + link.dropped_in)

    def _read_machine(self) -> None:
        meters, machine, limits = self._metrics.machine, self._machine.newest, self._replica.flow.pool.limits
        meters.disk_free.set(machine.disk_free_bytes)
        meters.disk.set(machine.disk_bytes)
        meters.disk_stop.set(self._machine.stop_free_bytes)
        meters.memory_available.set(machine.memory_available_bytes)
        meters.memory.set(machine.memory_total_bytes)
        meters.pool_transactions_limit.set(limits.transactions_max)
        meters.pool_bytes_limit.set(limits.bytes_max)
        meters.snapshot_height.set(max(self._snapshots.heights(), default=0))
