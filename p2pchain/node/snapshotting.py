"""Writing a snapshot every so many heights, beside the main loop, and telling how far the chain log may be
pruned for it.
"""

from __future__ import annotations

import structlog
import trio

from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.lineage import Lineage
from p2pchain.model.chain import BlockRecord
from p2pchain.node.pruning import Pruner
from p2pchain.node.snapshots import Snapshot, records_of
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.snapshots import SnapshotStore
from p2pchain.telemetry.metrics import Metrics


class Snapshotter:
    """Hears of final blocks; freezes the state at multiples of ``every`` and writes it in a thread."""

    def __init__(
        self,
        *,
        store: SnapshotStore,
        ledger: Ledger,
        lineage: Lineage,
        every: int,
        pruner: Pruner,
        metrics: Metrics,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        """``every``: heights between two snapshots; 0 for none."""
        self._store = store
        self._ledger = ledger
        self._lineage = lineage
        self._every = every
        self._pruner = pruner
        self._metrics = metrics
        self._log = log
        self._due: Snapshot | None = None
        self._arrived = trio.Event()

    @property
    def idle(self) -> bool:
        """Whether no snapshot is being written."""
        return self._due is None

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable. Freezing is the only part that holds up the main loop: about 0.1 µs a
        key. While one snapshot is still being written, none is begun.
        """
        header = record.block.header
        self._lineage.follow(header, record.changes, lambda: record.certificate)
        at_height = self._ledger.height == header.height  # Several blocks may have come in one step.
        if self._every and header.height % self._every == 0 and at_height and self._due is None:
            self._due = Snapshot(
                final=record.final_header, links=self._lineage.links, frozen=self._ledger.freeze()
            )
            self._arrived.set()

    async def run(self) -> None:
        """Write what is due until cancelled. A disk that refuses costs this snapshot, not the node."""
        while True:
            await self._arrived.wait()
            self._arrived = trio.Event()
            due = self._due
            assert due is not None, "whoever sets the event has frozen a state"
            try:
                await trio.to_thread.run_sync(self._write, due)
            except DiskFailure as failure:
                self._metrics.snapshots.labels("failed").inc()
                self._log.error("snapshot.failed", height=due.final.header.height, **failure.facts)
            finally:
                self._due = None

    def _write(self, due: Snapshot) -> None:
        height = due.final.header.height
        try:
            size = self._store.write(height, records_of(due))
        except DiskFailure:
            self._discard()
            raise
        self._pruner.allow_below(self._store.heights()[0])
        self._metrics.snapshots.labels("written").inc()
        self._log.info("snapshot.written", height=height, bytes=size, keys=len(due.frozen.values))

    def _discard(self) -> None:
        try:
            self._store.discard_unfinished()
        except DiskFailure as failure:
            self._log.error("snapshot.not_discarded", **failure.facts)
