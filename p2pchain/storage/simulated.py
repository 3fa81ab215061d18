"""A disk in memory that keeps no more of its promises than a real one: for simulations and tests.

Bytes are durable after a sync of their file, names after a sync of their directory. ``crash`` is a loss of
power: of everything else it keeps what its caller chooses, as a kernel might have written it, sector by
sector and in any order. A ``watch`` is told every change before it takes effect, and may raise to make it
fail or to lose power right there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from p2pchain.storage.files import AppendFile, DiskFailure

SECTOR_BYTES: Final = 512
"""What a disk writes whole or not at all."""

Choose = Callable[[int], int]
"""Given n, one of 0 to n - 1: a seeded ``randrange``, or a test's own decision."""
Watch = Callable[[str, Path], None]
"""Told the name of an operation (as in ``DiskFailure``) and its path; raises ``DiskFailure`` or
``PowerLost``.
"""


class PowerLost(Exception):
    """Raised by a ``watch`` that ends the process at this operation; ``crash`` must follow before the disk is
    used again.
    """


@dataclass(slots=True)
class _Node:
    """A file: visible bytes, how many of them are durable, whether a failed sync doomed the rest."""

    data: bytearray = field(default_factory=bytearray)
    durable: int = 0
    doomed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Naming:
    """A change of a name that is not durable yet; ``node`` is None where the name goes."""

    path: Path
    node: _Node | None


def _unwatched(_operation: str, _path: Path) -> None:
    return None


class SimulatedDisk:
    """A ``FileSystem``; its root exists, every other directory is made."""

    def __init__(self, *, watch: Watch = _unwatched) -> None:
        """Begin with an empty disk."""
        self._watch = watch
        self._directories: set[Path] = {Path("/")}
        self._names: dict[Path, _Node] = {}
        self._durable_names: dict[Path, _Node] = {}
        self._namings: list[_Naming] = []
        self._life = 0

    def crash(self, choose: Choose) -> None:
        """Lose power: ``choose`` says which bytes that were not durable survive. Files open before are
        dead.
        """
        self._life += 1
        for directory in sorted({naming.path.parent for naming in self._namings}):
            mine = [naming for naming in self._namings if naming.path.parent == directory]
            self._settle_names(mine[: choose(len(mine) + 1)])
        self._namings.clear()
        self._names = dict(self._durable_names)
        for _, node in sorted(self._names.items()):
            _tear(node, choose)

    def kill(self) -> None:
        """End the process, not the machine: everything written stays visible. Files open before are dead."""
        self._life += 1

    def flip(self, path: Path, bit: int) -> None:
        """Flip one bit of a file, counted from its first byte's highest: damage, not a crash."""
        self._node(path).data[bit // 8] ^= 0x80 >> bit % 8

    def replace(self, path: Path, data: bytes) -> None:
        """Let a file, new or old, hold ``data``, durably: the state that a test begins with."""
        self._names[path] = self._durable_names[path] = _Node(bytearray(data), len(data))

    def exists(self, path: Path) -> bool:
        """Return whether the name is there."""
        return path in self._names or path in self._directories

    def size(self, path: Path) -> int:
        """Return the bytes in the file."""
        return len(self._node(path).data)

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """Read at most ``length`` bytes from ``offset``."""
        return bytes(self._node(path).data[offset : offset + length])

    def list_directory(self, path: Path) -> tuple[str, ...]:
        """List the names in the directory, sorted."""
        if path not in self._directories:
            raise FileNotFoundError(str(path))
        entries = [name for name in (*self._names, *self._directories) if name.parent == path != name]
        return tuple(sorted(name.name for name in entries))

    def make_directory(self, path: Path) -> None:
        """Make a directory, durable at once."""
        self._watch("mkdir", path)
        assert path.parent in self._directories, f"{path} has no parent"
        self._directories.add(path)

    def open_append(self, path: Path) -> AppendFile:
        """Create the name if need be, and open."""
        assert path.parent in self._directories, f"{path} lies in no directory"
        if path not in self._names:
            self._watch("open", path)
            self._name(path, _Node())
        return _OpenFile(self, path, self._names[path])

    def truncate(self, path: Path, size: int) -> None:
        """Cut the file, durable at once, or not at all."""
        self._watch("truncate", path)
        node = self._node(path)
        del node.data[size:]
        node.durable = len(node.data)

    def settle(self, path: Path) -> None:
        """Make the file durable; bytes that a failed sync doomed are gone."""
        self._watch("fsync", path)
        node = self._node(path)
        if node.doomed:
            del node.data[node.durable :]
        node.durable, node.doomed = len(node.data), False

    def rename(self, source: Path, target: Path) -> None:
        """Rename a file, durable after ``sync_directory``; a crash before may leave the file both names."""
        self._watch("rename", source)
        node = self._node(source)
        self._name(target, node)
        self._name(source, None)

    def unlink(self, path: Path) -> None:
        """Remove a name, durable after ``sync_directory``."""
        self._watch("unlink", path)
        self._node(path)
        self._name(path, None)

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable."""
        self._watch("fsync", path)
        self._settle_names([naming for naming in self._namings if naming.path.parent == path])
        self._namings = [naming for naming in self._namings if naming.path.parent != path]

    def write(self, life: int, path: Path, node: _Node, data: bytes) -> None:
        """Append for an open file, visible at once, durable later. Where the watch raises, part of it may be
        there.
        """
        assert life == self._life, f"{path} was opened before the crash"
        node.data += data
        self._watch("write", path)

    def sync(self, life: int, path: Path, node: _Node, operation: str) -> None:
        """Make an open file durable. Where it fails, the unsynced bytes are doomed, though still visible."""
        assert life == self._life, f"{path} was opened before the crash"
        try:
            self._watch(operation, path)
        except DiskFailure:
            node.doomed = True
            raise
        if not node.doomed:
            node.durable = len(node.data)

    @property
    def life(self) -> int:
        """Number of times that this disk lost its process."""
        return self._life

    def _node(self, path: Path) -> _Node:
        if path not in self._names:
            raise FileNotFoundError(str(path))
        return self._names[path]

    def _name(self, path: Path, node: _Node | None) -> None:
        self._namings.append(_Naming(path=path, node=node))
        if node is None:
            del self._names[path]
        else:
            self._names[path] = node

    def _settle_names(self, namings: list[_Naming]) -> None:
        for naming in namings:
            if naming.node is None:
                self._durable_names.pop(naming.path, None)
            else:
                self._durable_names[naming.path] = naming.node


class _OpenFile:
    """An ``AppendFile`` of a ``SimulatedDisk``."""

    def __init__(self, disk: SimulatedDisk, path: Path, node: _Node) -> None:
        self._disk = disk
        self._path = path
        self._node = node
        self._life = disk.life

    def write(self, data: bytes) -> None:
        """Append."""
        self._disk.write(self._life, self._path, self._node, data)

    def sync_data(self) -> None:
        """Make the file durable."""
        self._disk.sync(self._life, self._path, self._node, "fdatasync")

    def sync(self) -> None:
        """Make the file durable."""
        self._disk.sync(self._life, self._path, self._node, "fsync")

    def close(self) -> None:
        """Do nothing."""


def _tear(node: _Node, choose: Choose) -> None:
    """Tear the bytes that are not durable: keep any length, and of that any sectors; the others are zeros."""
    if len(node.data) > node.durable:
        del node.data[node.durable + choose(len(node.data) - node.durable + 1) :]
        for sector in range(node.durable // SECTOR_BYTES, (len(node.data) - 1) // SECTOR_BYTES + 1):
            begin = max(node.durable, sector * SECTOR_BYTES)
            end = min(len(node.data), (sector + 1) * SECTOR_BYTES)
            if begin < end and not choose(2):
                node.data[begin:end] = bytes(end - begin)
    node.durable, node.doomed = len(node.data), False
