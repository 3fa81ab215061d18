"""What a node does beside the voting, with what is final: prove it, tell its events, keep private
payloads.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from p2pchain.net.network import Network
from p2pchain.node.events import EventSource
from p2pchain.node.home import Home
from p2pchain.node.identity import Identity
from p2pchain.node.payloads import Payloads
from p2pchain.node.proving import Prover
from p2pchain.node.recovery import Recovered
from p2pchain.storage.files import Disk
from p2pchain.storage.payloads import PayloadStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of them; each hears of final blocks."""

    prover: Prover
    events: EventSource
    payloads: Payloads

    @property
    def listeners(self) -> tuple[Prover, EventSource, Payloads]:
        """Who hears of final blocks."""
        return self.prover, self.events, self.payloads


def services_of(home: Home, recovered: Recovered, identity: Identity, network: Network) -> Services:
    """Those of one node."""
    return Services(
        prover=Prover(ledger=recovered.ledger, lineage=recovered.lineage, last=recovered.last),
        events=EventSource(recovered.chain_log),
        payloads=Payloads(
            store=PayloadStore(Disk(), home.payloads),
            ledger=recovered.ledger,
            network=network,
            org=identity.org,
            log=structlog.get_logger(),
        ),
    )
