"""The safety log: what this validator has signed, durable before anybody else can see it.

It exists so that no crash lets a key sign two different messages for one height, round and step (DESIGN,
durability). From this follow its three differences from any other log: ``append`` returns after the fsync,
never before; a log that is missing is an error, for it must not be read as "nothing signed yet"; and what
lies below the committed height is thrown away, so it stays small.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Corrupt, Fact
from p2pchain.storage.creation import Entropy, log_exists
from p2pchain.storage.files import FileSystem
from p2pchain.storage.layout import LogSpec
from p2pchain.storage.recovery import Recovery
from p2pchain.storage.segments import LogStatistics, SegmentLog

SAFETY_LOG: Final = "safety"
KIND_SAFETY: Final = 33
SAFETY_SEGMENT_BYTES: Final = 8_388_608
HEIGHTS_KEPT: Final = 2
"""A segment goes when all its records lie this far below the height being signed: one committed height stays
for people.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyEntry:
    """One record: the height it was signed for, and the caller's bytes."""

    height: int
    payload: bytes


def _spec(genesis: bytes, segment_bytes: int) -> LogSpec:
    return LogSpec(name=SAFETY_LOG, genesis=genesis, dense=False, segment_bytes=segment_bytes)


class SafetyLog:
    """The safety log of one chain, whose genesis digest is 32 bytes; one thread at a time.

    Every method raises ``DiskFailure`` once a write or fsync has failed: the process must end, and sign
    nothing more.
    """

    def __init__(self, log: SegmentLog) -> None:
        """Wrap an open log. Callers use ``open``."""
        self._log = log

    @staticmethod
    def create(files: FileSystem, directory: Path, *, genesis: bytes, entropy: Entropy = os.urandom) -> None:
        """Create the log, durably, with the home, while its key has signed nothing. ``Refused``
        ``LOG_EXISTS``.
        """
        spec = _spec(genesis, SAFETY_SEGMENT_BYTES)
        SegmentLog.create(files, directory, spec, first_height=0, entropy=entropy)

    @classmethod
    def open(
        cls,
        files: FileSystem,
        directory: Path,
        *,
        genesis: bytes,
        chain_height: int,
        segment_bytes: int = SAFETY_SEGMENT_BYTES,
        entropy: Entropy = os.urandom,
    ) -> SafetyLog:
        """Open, cutting a torn tail (see ``recovery``); ``chain_height``: the tip of the chain log.

        Raises ``Corrupt``: ``SAFETY_LOG_MISSING`` where ``create`` never ended, at any chain height; else as
        any log.
        """
        if not log_exists(files, directory):
            facts: dict[str, Fact] = {"directory": str(directory), "chain_height": chain_height}
            hint = (
                "what this key has signed is unknown, so it must sign nothing: "
                "put data/safety back if its disk was not mounted, else see: p2pchain key import-state --help"
            )
            raise Corrupt("SAFETY_LOG_MISSING", facts, hint=hint)
        return cls(SegmentLog.open(files, directory, _spec(genesis, segment_bytes), entropy=entropy))

    @property
    def recovery(self) -> Recovery | None:
        """Tail that opening cut, or None. After a crash, ``append`` had not answered for it, so no signature
        left. Damage to the very last record looks the same (``record_scan``): then one did.
        """
        return self._log.recovery

    @property
    def last_height(self) -> int | None:
        """Height of the newest record, or None where nothing was ever signed."""
        return self._log.last_height

    def append(self, height: int, payload: bytes) -> None:
        """Write a record and return when it is durable. Heights never fall. Old segments are removed at
        roll-over.
        """
        sequence = self._log.append(KIND_SAFETY, payload, height).segment
        self._log.sync()
        if sequence > self._log.first_segment:
            self._log.prune_below(height - HEIGHTS_KEPT + 1)

    def records(self) -> Iterator[SafetyEntry]:
        """Yield every record kept, in the order of writing. Raises ``Corrupt``."""
        for entry in self._log.entries():
            yield SafetyEntry(height=entry.height, payload=entry.payload)

    def records_of(self, height: int) -> tuple[bytes, ...]:
        """Return the payloads of one height, in the order of writing; all of them for the newest two heights.
        Raises ``Corrupt``.
        """
        entries = self._log.entries(height)
        return tuple(entry.payload for entry in entries if entry.height == height)

    def latest(self) -> SafetyEntry | None:
        """Return the newest record, or None where nothing was ever signed. Raises ``Corrupt``."""
        if self._log.last_height is None:
            return None
        *_, newest = self._log.entries(self._log.last_height)
        return SafetyEntry(height=newest.height, payload=newest.payload)

    def verify(self) -> LogStatistics:
        """Read everything: CRCs, indexes, chain of digests. Raises ``Corrupt`` at the first that fails."""
        return self._log.verify()

    def statistics(self) -> LogStatistics:
        """Return the present sizes."""
        return self._log.statistics()

    def close(self) -> None:
        """Close the files."""
        self._log.close()
