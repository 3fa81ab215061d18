"""The machine under a simulated node: its disk and clock, and the boundary at which its power is lost.

A *boundary* is a place between two things that the outside can tell apart: every write, sync and rename of
the disk, every message that leaves, every effect. They are counted over all lives, so a walk over the numbers
stops a node at each of them.
"""

from __future__ import annotations

import errno
from collections import Counter
from pathlib import Path
from random import Random

from p2pchain.storage.files import DiskFailure
from p2pchain.storage.simulated import PowerLost, SimulatedDisk

SYNCS = frozenset({"fsync", "fdatasync"})
GROWS = frozenset({"write", "mkdir", "open"})


class Machine:
    """Disk, clock and power of one node."""

    def __init__(self, random: Random, tally: Counter[str], *, skew_ms: int) -> None:
        """``skew_ms``: how far its clock is ahead of true time; ``tally`` counts what was done to it."""
        self.disk = SimulatedDisk(watch=self._watched)
        self.skew_ms = skew_ms
        self.boundaries = 0
        self.power_until: int | None = None
        """Number of the boundary at which power is lost."""
        self.full = False
        """Whether the disk takes nothing more."""
        self.syncs_until_failure: int | None = None
        """How many syncs still succeed; None: all."""
        self._random = random
        self._tally = tally

    def boundary(self) -> None:
        """Here power may be lost."""
        self.boundaries += 1
        if self.boundaries == self.power_until:
            self.power_until = None
            self._tally["power lost at a boundary"] += 1
            raise PowerLost

    def lose_power(self) -> None:
        """What was not synced is torn, lost or written out of order."""
        self.disk.crash(self._random.randrange)

    def end_process(self) -> None:
        """What was written stays visible."""
        self.disk.kill()

    def mend(self) -> None:
        """No trouble with the disk any more."""
        self.full = False
        self.syncs_until_failure = None
        self.power_until = None

    def flip(self, directory: Path) -> bool:
        """Flip one bit in a sealed segment below ``directory``; False where there is none."""
        names = [name for name in self.disk.list_directory(directory) if name != "MANIFEST"]
        if len(names) < 2:
            return False
        path = directory / names[self._random.randrange(len(names) - 1)]
        self.disk.flip(path, self._random.randrange(8 * self.disk.size(path)))
        self._tally["bits flipped"] += 1
        return True

    def _watched(self, operation: str, path: Path) -> None:
        self.boundary()
        if self.full and operation in GROWS:
            self._tally["writes to a full disk"] += 1
            raise DiskFailure(operation=operation, path=path, reason="no space", errno=errno.ENOSPC)
        if self.syncs_until_failure is not None and operation in SYNCS:
            self.syncs_until_failure -= 1
            if self.syncs_until_failure < 0:
                self.syncs_until_failure = None
                self._tally["syncs failed"] += 1
                raise DiskFailure(operation=operation, path=path, reason="I/O error", errno=errno.EIO)
