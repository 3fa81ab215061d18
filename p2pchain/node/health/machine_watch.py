"""Reading of the machine every few seconds, beside the voting, and the clean stop before the disk is full."""

from __future__ import annotations

from typing import Final

import trio

from p2pchain.node.health.machine import Machine, check_room, machine_reasons, read_machine
from p2pchain.node.home.config import StorageConfig
from p2pchain.node.home.layout import Home

READ_EVERY_S: Final = 2.0
"""A busy chain writes some ten megabytes a second: ``storage.stop_free_bytes`` is many times that."""


class MachineWatch:
    """Newest reading of one node's machine."""

    def __init__(self, home: Home, storage: StorageConfig) -> None:
        """Read it once. Raises ``DiskNearlyFull``."""
        self.newest: Machine = read_machine(home)
        self._home = home
        self._storage = storage
        check_room(self.newest, storage)

    @property
    def stop_free_bytes(self) -> int:
        """Free bytes below which the node stops."""
        return self._storage.stop_free_bytes

    async def run(self) -> None:
        """Read the machine until cancelled. Raises ``DiskNearlyFull``, which ends the node."""
        while True:
            await trio.sleep(READ_EVERY_S)
            self.newest = await trio.to_thread.run_sync(read_machine, self._home)
            check_room(self.newest, self._storage)

    def take(self, storage: StorageConfig) -> None:
        """Judge by other settings from now on."""
        self._storage = storage

    def reasons(self) -> list[str]:
        """Return what is wrong with the machine now."""
        return machine_reasons(self.newest, self._storage)
