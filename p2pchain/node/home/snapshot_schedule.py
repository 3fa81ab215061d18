"""Schedule of a node's snapshots, and the chain log's limit of pruning.

Every node takes snapshots of the same heights, the multiples of ``storage.snapshot_every``, and equal states
make equal files, so whoever joins takes parts from several. But it *writes* each one a while later, and every
member at another time: the node whose peer key is the ``i``-th of ``n`` members begins when its chain is
``i * every // n`` heights beyond. So never are all validators busy at once. The state of then is read from
files (``snapshot_writer.py``), which is why it can be later at all.

Only the first snapshot of a home may come earlier: where a peer asks and none is held, one of the newest
block is written now, so that whoever joins a young chain does not wait for its first multiple.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog
import trio

from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fault, Refused
from p2pchain.model.genesis import Member
from p2pchain.model.ids import PeerId
from p2pchain.node.health.early_warnings import snapshot_warnings
from p2pchain.node.home.prune_limit import Pruner
from p2pchain.node.home.snapshot_writer import Written
from p2pchain.storage.snapshots import SnapshotStore
from p2pchain.telemetry.metrics import Metrics


class Writing(Protocol):
    """Whoever writes a snapshot of a height that is durable."""

    async def write(self, height: int) -> Written:
        """Write the snapshot of a height, or raise ``Fault``; a failure leaves no named file unfinished."""
        ...


def delay_of(own: PeerId, members: tuple[Member, ...], every: int) -> int:
    """Return the heights between a snapshot's height and its writing by ``own``. ``members`` by their peer
    keys; a stranger begins at once.
    """
    place = next((place for place, member in enumerate(members) if member.peer_id == own), 0)
    return place * every // max(1, len(members))


class Snapshotter:
    """Watch of final blocks that has a due snapshot written, beside everything else."""

    def __init__(
        self,
        *,
        store: SnapshotStore,
        writing: Writing,
        lineage: Lineage,
        every: int,
        delay: Callable[[], int],
        pruner: Pruner,
        metrics: Metrics,
        log: structlog.typing.FilteringBoundLogger,
        newest: int = 0,
    ) -> None:
        """``every``: heights between two snapshots, 0 for none; ``delay``: how many heights later they are
        begun; ``newest``: height of the newest block.
        """
        self._store = store
        self._writing = writing
        self._lineage = lineage
        self._every = every
        self._delay = delay
        self._pruner = pruner
        self._metrics = metrics
        self._log = log
        self._tried = max(store.heights(), default=0)
        self._due: int | None = None
        self._newest = newest
        self._first_asked = False
        self._arrived = trio.Event()
        self._ended = trio.Event()
        self._failure: Fault | None = None

    @property
    def idle(self) -> bool:
        """Test whether no snapshot is being written."""
        return self._due is None

    def warnings(self) -> list[str]:
        """Return whether the newest snapshot is too old."""
        return snapshot_warnings(max(self._store.heights(), default=0), self._newest, self._every)

    def committed(self, record: BlockRecord) -> None:
        """A final block, durable. While one snapshot is still being written, none is begun; one that failed
        is left out, and the next is another try.
        """
        self._lineage.follow(record.block.header, record.changes, lambda: record.certificate)
        self._newest = record.block.height
        if not self._every or self._due is not None:
            return
        beyond = record.block.height - self._delay()
        newest = beyond - beyond % self._every
        if newest > self._tried:
            self._begin(newest)

    def write_first(self) -> None:
        """Have the newest block's snapshot written now where none is held yet. Somebody asks for one; all
        that others can cause by it is one snapshot in the life of a process.
        """
        if self._first_asked or not self._every or self._due is not None or not self._newest:
            return
        self._first_asked = True
        if not self._store.heights():
            self._begin(self._newest)

    async def write_now(self) -> int:
        """Write a snapshot of the newest block, or wait for the one that is being written; its height. Raises
        the ``Fault`` for which there is none.
        """
        if self._due is None:
            if not self._newest:
                raise Refused("SNAPSHOT_NO_BLOCK", {}, "wait for the first block")
            if self._newest in self._store.heights():
                return self._newest
            self._begin(self._newest)
        height = self._due
        assert height is not None, "one is being written"
        await self._ended.wait()
        if self._failure is not None:
            raise self._failure
        return height

    def _begin(self, height: int) -> None:
        self._tried = self._due = height
        self._arrived.set()

    async def run(self) -> None:
        """Write what is due until cancelled. Whatever goes wrong costs this snapshot, not the node."""
        while True:
            await self._arrived.wait()
            self._arrived = trio.Event()
            height = self._due
            assert height is not None, "whoever sets the event says what is due"
            self._log.info("snapshot.begun", height=height)
            self._failure = None
            try:
                self._tell(await self._writing.write(height))
            except Fault as failure:
                self._failure = failure
                self._metrics.snapshots.labels("failed").inc()
                self._log.error(
                    "snapshot.failed", **{**failure.facts, "height": height, "code": failure.code}
                )
            finally:
                self._due = None
                self._ended.set()
                self._ended = trio.Event()

    def _tell(self, written: Written) -> None:
        self._pruner.allow_below(self._store.heights()[0])
        self._metrics.snapshots.labels("written").inc()
        self._log.info("snapshot.written", height=written.height, bytes=written.size, keys=written.keys)
