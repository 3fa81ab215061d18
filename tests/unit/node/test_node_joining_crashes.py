"""Power lost, or the process ended, at every single operation of laying a snapshot down in an empty home and
of the start that follows: the home holds the snapshot, or is as empty as before and joins again.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from structlog import get_logger

from p2pchain.codec.genesis import genesis_id
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import base_of, begin_after_snapshot, open_chain
from p2pchain.node.home.snapshot_store import records_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.simulated import PowerLost, SimulatedDisk
from p2pchain.storage.snapshots import SnapshotStore
from tests.unit.node.test_node_joining import GENESIS, NEW, TAKEN
from tests.unit.storage.test_storage_crashes import Countdown, power_lost

OWN_ID = genesis_id(GENESIS)
SURVIVALS = 12
"""Seeds of what survives a loss of power at one operation."""


class Machine:
    """An empty home on a disk that may fail at any operation."""

    def __init__(self) -> None:
        self.countdown = Countdown(power_lost)
        self.disk = SimulatedDisk(watch=self.countdown)
        self.home = Home(Path("/home"))
        for directory in (self.home.root, self.home.chain.parent, self.home.chain):
            self.disk.make_directory(directory)
        ChainLog.create(self.disk, self.home.chain, genesis=OWN_ID)

    def store(self) -> SnapshotStore:
        """The snapshots that are there."""
        return SnapshotStore(self.disk, self.home.snapshots, genesis=OWN_ID)

    def join(self) -> None:
        """What ``entering`` does with what came."""
        self.store().write(NEW, records_of(TAKEN[NEW]))
        ChainLog.discard_empty(self.disk, self.home.chain)

    def join_and_start(self) -> tuple[int, int]:
        """Both, one after the other."""
        self.join()
        return self.start()

    def start(self) -> tuple[int, int]:
        """(lowest height, tip) of the log after a start; its snapshot is whole where it needs one."""
        store = self.store()
        begin_after_snapshot(self.disk, self.home, store, OWN_ID, get_logger())
        log = open_chain(self.disk, self.home, OWN_ID)
        store.discard_above(log.tip)
        found = base_of(log, store, get_logger())
        assert (found is not None) == (log.tip == NEW)
        if found is not None:
            assert dict(found.frozen.values) == dict(TAKEN[NEW].frozen.values)
        log.close()
        return log.first, log.tip


def operations() -> int:
    """How many operations joining and starting take."""
    machine = Machine()
    before = len(machine.countdown.seen)
    machine.join()
    assert machine.start() == (NEW + 1, NEW)
    return len(machine.countdown.seen) - before


@pytest.mark.parametrize("operation", range(operations()))
def test_a_home_joins_whole_or_not_at_all(operation: int) -> None:
    for seed in range(SURVIVALS):
        machine = Machine()
        machine.countdown.after = operation
        with pytest.raises(PowerLost):
            machine.join_and_start()
        if seed:
            machine.disk.crash(Random(seed).randrange)
        else:
            machine.disk.kill()
        found = machine.start()
        assert found in ((1, 0), (NEW + 1, NEW))
        if found == (1, 0):
            assert machine.store().heights() == ()
            machine.join()
            assert machine.start() == (NEW + 1, NEW)


def test_a_start_that_is_cut_short_again_and_again_gets_there() -> None:
    """Power lost at the first operation of each start, then at the second, and so on."""
    machine = Machine()
    machine.join()
    for operation in range(100):
        machine.countdown.after = operation
        try:
            assert machine.start() == (NEW + 1, NEW)
        except PowerLost:
            machine.disk.crash(Random(operation).randrange)
        else:
            break
    machine.countdown.after = -1
    assert machine.start() == (NEW + 1, NEW)
