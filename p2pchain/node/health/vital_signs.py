"""Health of a running node, read between two inputs of its replica from all its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from p2pchain.model.ids import PublicKey
from p2pchain.net.network import Network
from p2pchain.node.health.claimed_heights import credible_claim
from p2pchain.node.health.early_warnings import pool_warnings, release_warnings
from p2pchain.node.health.financiers_key_check import FinanciersKeyWatch
from p2pchain.node.health.peer_clocks import own_offset_ms, peer_clock_reasons
from p2pchain.node.health.reasons import (
    clock_reasons,
    flood_reasons,
    log_reasons,
    module_reasons,
    refusal_reasons,
    signing_reasons,
    version_reasons,
)
from p2pchain.node.health.status_word import Health, Signs, assess, is_overdue, keys_of, node_names
from p2pchain.node.health.suspicions import mute_validators, suspicions
from p2pchain.node.home.identity import Identity
from p2pchain.node.home.key_guard import Guarded
from p2pchain.node.run.clocks import read_clocks
from p2pchain.replica.replica import Replica
from p2pchain.telemetry.log_stream import LogStream


class ReasonSource(Protocol):
    """A part of the node that knows by itself whether it is well."""

    def reasons(self) -> list[str]:
        """Return what is wrong, for an operator; nothing while all is well."""
        ...


class WarningSource(Protocol):
    """A part of the node that sees what is going to be wrong."""

    def warnings(self) -> list[str]:
        """Return what an operator should look at while there is time."""
        ...


class VitalSigns:
    """Reads health from one node's parts; changes nothing."""

    def __init__(
        self,
        *,
        identity: Identity,
        replica: Replica,
        network: Network,
        guarded: Guarded | None,
        financiers_key: FinanciersKeyWatch,
        logs: LogStream,
        parts: tuple[ReasonSource, ...],
        early: tuple[WarningSource, ...],
    ) -> None:
        """``parts``: those that degrade the node by their reasons; ``early``: those that only warn."""
        self._identity = identity
        self._replica = replica
        self._network = network
        self._guarded = guarded
        self._financiers_key = financiers_key
        self._logs = logs
        self._parts = parts
        self._early = early

    @property
    def own_key(self) -> PublicKey | None:
        """Consensus key of this node, None for an observer."""
        key = self._identity.consensus_key
        return None if key is None else key.public_key

    @property
    def is_behind(self) -> bool:
        """Test whether others have blocks that this node lacks."""
        return self._replica.syncing or credible_claim(self._replica) > self._replica.tip.height + 1

    def behind(self) -> tuple[int, int] | None:
        """Return own height and the newest that others credibly have, None while nothing is missing."""
        height = self._replica.tip.height
        return (height, max(height, credible_claim(self._replica))) if self.is_behind else None

    def present(self) -> set[PublicKey]:
        """Consensus keys of connected members, and our own."""
        replica = self._replica
        present = keys_of(replica.ledger.members, replica.peers)
        if replica.work.own_index is not None:
            present.add(replica.work.validators[replica.work.own_index].public_key)
        return present

    def block_age_ms(self) -> int:
        """Milliseconds since the newest block, by the monotonic clock."""
        return read_clocks().monotonic_ms - self._replica.heights.last_commit_ms

    def clock_offset_ms(self) -> int:
        """Return the own clock's offset (ahead: above 0) by blocks or peers; 0 where it is right."""
        replica = self._replica
        members, validators = replica.ledger.members, replica.ledger.validators
        precision_ms = replica.ledger.parameters.time_precision_ms
        by_blocks_ms = replica.heights.clock.off_ms(replica.ledger.parameters)
        return by_blocks_ms or own_offset_ms(self._network.statistics(), members, validators, precision_ms)

    def attendance(self) -> Mapping[PublicKey, bool]:
        """Map each validator to whether it signs. An open socket does not count."""
        signs = self._signs()
        return {member.public_key: member.public_key in signs.up for member in signs.validators.members}

    def health(self) -> Health:
        """One word, its reasons, and what to look at early."""
        return replace(assess(self._signs()), warnings=tuple(self._warnings()))

    def _signs(self) -> Signs:
        replica, linked = self._replica, self.present()
        since_ms, idle_ms = self.block_age_ms(), replica.ledger.parameters.empty_block_interval_ms
        others = {key for key in linked if key != self.own_key}
        return Signs(
            validators=replica.ledger.validators,
            nodes=node_names(replica.ledger.members),
            own=self.own_key,
            present=linked,
            heard=replica.heights.roll_call.heard(replica.work, linked),
            mute=mute_validators(replica, others, overdue=is_overdue(since_ms, idle_ms)),
            banned=keys_of(replica.ledger.members, self._network.banned),
            addressed=keys_of(replica.ledger.members, self._network.addressed),
            silent=None if replica.work.own_index is not None else self.own_key,
            since_block_ms=since_ms,
            idle_interval_ms=idle_ms,
            syncing=self.is_behind,
            height=replica.tip.height,
            highest_claim=credible_claim(replica),
            refusals=self._refusals(),
        )

    def _refusals(self) -> list[str]:
        replica, totals = self._replica, self._network.totals()
        return [
            *signing_reasons(replica, self._guarded),
            *version_reasons(replica.ledger),
            *module_reasons(replica.heights.module_faults),
            *suspicions(replica),
            *self._clock_reasons(),
            *self._financiers_key.reasons(replica.ledger),
            *refusal_reasons(totals),
            *flood_reasons(replica.ledger, totals),
            *log_reasons(self._logs),
            *(reason for part in self._parts for reason in part.reasons()),
        ]

    def _clock_reasons(self) -> list[str]:
        """List clock faults by blocks and the monotonic clock, else by the peers' clocks. Those are known in
        a stall, too.
        """
        replica = self._replica
        ledger = replica.ledger
        return clock_reasons(replica, read_clocks()) or peer_clock_reasons(
            self._network.statistics(),
            ledger.members,
            ledger.validators,
            ledger.parameters.time_precision_ms,
        )

    def _warnings(self) -> list[str]:
        return [
            *release_warnings(self._network.statistics()),
            *pool_warnings(self._replica.flow.pool),
            *(warning for part in self._early for warning in part.warnings()),
        ]
