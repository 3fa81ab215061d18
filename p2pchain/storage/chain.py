"""The chain log: one record per height, heights rising by one. What the payload means is the caller's
business.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Fact, Refused
from p2pchain.storage.creation import Entropy, log_exists
from p2pchain.storage.files import FileSystem
from p2pchain.storage.layout import MANIFEST_NAME, SEGMENT_BYTES, LogSpec
from p2pchain.storage.recovery import Recovery
from p2pchain.storage.segments import LogStatistics, SegmentLog

CHAIN_LOG: Final = "chain"
KIND_BLOCK: Final = 32


def _spec(genesis: bytes, segment_bytes: int) -> LogSpec:
    return LogSpec(name=CHAIN_LOG, genesis=genesis, dense=True, segment_bytes=segment_bytes)


class ChainLog:
    """Log of the blocks of one chain, whose genesis digest is 32 bytes. Any thread may read, one writes.

    A height is final for this node only after ``sync``. Every method raises ``DiskFailure`` once a write or
    fsync has failed.
    """

    def __init__(self, log: SegmentLog) -> None:
        """Wrap an open log. Callers use ``open``."""
        self._log = log

    @staticmethod
    def create(
        files: FileSystem,
        directory: Path,
        *,
        genesis: bytes,
        first_height: int = 1,
        entropy: Entropy = os.urandom,
    ) -> None:
        """Make an empty log, durably, whose first record will have ``first_height``. ``Refused``
        ``LOG_EXISTS``.
        """
        spec = _spec(genesis, SEGMENT_BYTES)
        SegmentLog.create(files, directory, spec, first_height=first_height, entropy=entropy)

    @staticmethod
    def exists(files: FileSystem, directory: Path) -> bool:
        """Return whether ``create`` was completed there."""
        return log_exists(files, directory)

    @staticmethod
    def discard_empty(files: FileSystem, directory: Path) -> None:
        """Take the manifest of a log without records away, durably, so that another may be created there."""
        files.unlink(directory / MANIFEST_NAME)
        files.sync_directory(directory)

    @classmethod
    def open(
        cls,
        files: FileSystem,
        directory: Path,
        *,
        genesis: bytes,
        segment_bytes: int = SEGMENT_BYTES,
        entropy: Entropy = os.urandom,
    ) -> ChainLog:
        """Open, cutting a torn tail (see ``recovery``). Raises ``Corrupt`` with segment, offset and height
        for damage.
        """
        return cls(SegmentLog.open(files, directory, _spec(genesis, segment_bytes), entropy=entropy))

    @property
    def recovery(self) -> Recovery | None:
        """Tail that opening cut, or None."""
        return self._log.recovery

    @property
    def first(self) -> int:
        """The lowest height that the log holds, or will hold."""
        return self._log.first_height

    @property
    def tip(self) -> int:
        """The highest height appended; ``first - 1`` in an empty log."""
        return self._log.next_height - 1

    def append(self, height: int, payload: bytes) -> None:
        """Write the record of ``height``, which is ``tip + 1``; durable after ``sync``."""
        self._log.append(KIND_BLOCK, payload, height)

    def sync(self) -> None:
        """Make durable what was appended: one fdatasync."""
        self._log.sync()

    def read(self, height: int) -> bytes:
        """Return the payload of a height, its CRC checked; any thread.

        Raises ``Refused`` ``HEIGHT_UNKNOWN`` above the tip, ``HEIGHT_PRUNED`` below ``first``, and
        ``Corrupt``.
        """
        position = self._log.position_of(height)
        if position is None:
            facts: dict[str, Fact] = {"height": height, "first": self.first, "tip": self.tip}
            if height < self.first:
                hint = "this node has pruned it; ask a member that keeps all blocks"
                raise Refused("HEIGHT_PRUNED", facts, hint)
            raise Refused("HEIGHT_UNKNOWN", facts, "it is not decided here yet; see: p2pchain status")
        return self._log.read(position, height=height).payload

    def blocks(self, first_height: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (height, payload) from ``first_height`` up to the tip as it is now, CRCs checked; any thread.
        Raises ``Corrupt``.
        """
        for entry in self._log.entries(first_height):
            yield entry.height, entry.payload

    def prune_below(self, height: int) -> int:
        """Remove the segments that hold nothing of ``height`` or above; returns how many."""
        return self._log.prune_below(height)

    def verify(self) -> LogStatistics:
        """Read everything: CRCs, heights, indexes, chain of digests. Raises ``Corrupt`` at the first that
        fails.
        """
        return self._log.verify()

    def statistics(self) -> LogStatistics:
        """Return the present sizes."""
        return self._log.statistics()

    def close(self) -> None:
        """Close the files; what was not synced stays so."""
        self._log.close()
