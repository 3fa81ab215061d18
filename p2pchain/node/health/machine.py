"""Readings of the machine that a node runs on, and what they warn of: disk, memory, descriptors, key files.

A validator whose disk fills ends in the middle of a write, and what it ends with (74) waits for a person. So
it warns long before, and a while before the last byte it stops by itself, with its guard closed cleanly.
"""

from __future__ import annotations

import os
import resource
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Fact, Refused
from p2pchain.node.home.config import StorageConfig
from p2pchain.node.home.layout import Home

DESCRIPTORS_WARNED_PERCENT: Final = 80
MEMORY_WARNED_PERCENT: Final = 5
KEY_FILES_MAX: Final = 1_000
"""Files of ``keys/`` and ``accounts/`` that are looked at."""
_MEMORY_FILE: Final = Path("/proc/meminfo")
_OWN_MEMORY: Final = Path("/proc/self/statm")
_OWN_DESCRIPTORS: Final = Path("/proc/self/fd")


class DiskNearlyFull(Refused):
    """So little of the disk is free that the node stops before a write fails."""

    def __init__(self, machine: Machine, least_bytes: int) -> None:
        """``least_bytes``: the setting that it fell below."""
        facts: dict[str, Fact] = {
            "free": size_words(machine.disk_free_bytes),
            "least": size_words(least_bytes),
        }
        hint = 'make room (docs/operator.md, "The disk fills"), then start the node; nothing is damaged'
        super().__init__("DISK_NEARLY_FULL", facts, hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One reading. ``disk_bytes``: what an ordinary user may fill of it; ``memory_bytes``: resident, of this
    process; ``descriptors_max``: where the kernel refuses another one; ``exposed``: secret files that others
    may read, with their modes.
    """

    disk_free_bytes: int
    disk_bytes: int
    memory_bytes: int
    memory_available_bytes: int
    memory_total_bytes: int
    descriptors: int
    descriptors_max: int
    exposed: tuple[str, ...]


def read_machine(home: Home) -> Machine:
    """Read disk, memory, descriptors and permissions; blocks as long as the file systems take."""
    disk = os.statvfs(home.root)
    memory = _memory_table()
    pages = _numbers_of(_OWN_MEMORY)
    return Machine(
        disk_free_bytes=disk.f_bavail * disk.f_frsize,
        disk_bytes=(disk.f_blocks - disk.f_bfree + disk.f_bavail) * disk.f_frsize,
        memory_bytes=pages[1] * os.sysconf("SC_PAGE_SIZE") if len(pages) > 1 else 0,
        memory_available_bytes=memory.get("MemAvailable", 0),
        memory_total_bytes=memory.get("MemTotal", 0),
        descriptors=_open_descriptors(),
        descriptors_max=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        exposed=exposed_files(home),
    )


def machine_reasons(machine: Machine, storage: StorageConfig) -> list[str]:
    """List the machine's present faults, each with its numbers and the remedy."""
    reasons = _disk_reasons(machine, storage)
    available, total = machine.memory_available_bytes, machine.memory_total_bytes
    if total and available * 100 < total * MEMORY_WARNED_PERCENT:
        reasons.append(
            f"memory is short: {size_words(available)} of {size_words(total)} are available, this node uses "
            f"{size_words(machine.memory_bytes)}; give the machine more, or see what else runs there"
        )
    used, most = machine.descriptors, machine.descriptors_max
    if used * 100 >= most * DESCRIPTORS_WARNED_PERCENT:
        reasons.append(
            f"{used} of {most} file descriptors are in use; raise LimitNOFILE of the service, and see who "
            "holds connections: p2pchain peers"
        )
    for name in machine.exposed:
        path = name.rpartition(" ")[0]
        reasons.append(f"others may read {name}: chmod 600 {path}; and think whether the key must be changed")
    return reasons


def check_room(machine: Machine, storage: StorageConfig) -> None:
    """Raise ``DiskNearlyFull`` where less is free than ``storage.stop_free_bytes``."""
    if machine.disk_free_bytes < storage.stop_free_bytes:
        raise DiskNearlyFull(machine, storage.stop_free_bytes)


def exposed_files(home: Home) -> tuple[str, ...]:
    """Secret files of the home that its group or others may read: path and mode."""
    exposed: list[str] = []
    for directory in (home.peer_key.parent, home.root / "accounts"):
        for path in _secrets_in(directory):
            try:
                mode = path.stat().st_mode
            except OSError:
                continue
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                exposed.append(f"{path} (mode {stat.S_IMODE(mode):04o})")
    return tuple(exposed)


def size_words(count: int) -> str:
    """Bytes as people read them: ``512 B``, ``3.4 GiB``."""
    size, rest = count, 0
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size} {unit}" if unit == "B" else f"{size}.{rest * 10 // 1024} {unit}"
        size, rest = divmod(size, 1024)
    return f"{size}.{rest * 10 // 1024} TiB"


def _disk_reasons(machine: Machine, storage: StorageConfig) -> list[str]:
    free, whole = machine.disk_free_bytes, max(1, machine.disk_bytes)
    if free * 100 >= whole * storage.warn_free_percent and free >= storage.warn_free_bytes:
        return []
    return [
        f"the disk fills: {size_words(free)} of {size_words(whole)} are free ({free * 100 // whole} %); at "
        f"{size_words(storage.stop_free_bytes)} the node stops; make room, or prune: storage.keep_heights"
    ]


def _secrets_in(directory: Path) -> list[Path]:
    try:
        names = sorted(directory.glob("*.key"))
    except OSError:
        return []
    return names[:KEY_FILES_MAX]


def _memory_table() -> dict[str, int]:
    """Rows of ``/proc/meminfo`` in bytes."""
    try:
        lines = _MEMORY_FILE.read_text("ascii").splitlines()
    except OSError:
        return {}
    rows = (line.split() for line in lines)
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows if len(row) == 3}


def _numbers_of(path: Path) -> list[int]:
    try:
        return [int(word) for word in path.read_text("ascii").split()]
    except (OSError, ValueError):
        return []


def _open_descriptors() -> int:
    try:
        return len(os.listdir(_OWN_DESCRIPTORS))
    except OSError:
        return 0
