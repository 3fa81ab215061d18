"""Sealed payloads of this node: one file each, named by its root, whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from p2pchain.model.errors import Fact, Refused
from p2pchain.storage.files import TEMPORARY_SUFFIX, FileSystem

SUFFIX: Final = ".sealed"


class PayloadStore:
    """The payloads in one directory, which the first of them makes. Every method raises ``DiskFailure`` where
    the disk refuses. One thread at a time.
    """

    def __init__(self, files: FileSystem, directory: Path, bytes_max: int) -> None:
        """``directory``: its parent exists. ``bytes_max``: of all payloads together; those that are there
        stay, though they may be more.
        """
        self._files = files
        self._directory = directory
        self._bytes_max = bytes_max
        self._kept_bytes = sum(files.size(path) for path in self._payloads())

    @property
    def kept_bytes(self) -> int:
        """Bytes of all payloads together."""
        return self._kept_bytes

    @property
    def free_bytes(self) -> int:
        """Bytes left for further payloads."""
        return max(0, self._bytes_max - self._kept_bytes)

    def has_room(self, size: int) -> bool:
        """Return whether a further payload of ``size`` bytes would be kept."""
        return self._kept_bytes + size <= self._bytes_max

    def has(self, root: bytes) -> bool:
        """Return whether the payload is here."""
        return self._files.exists(self._path(root))

    def write(self, root: bytes, envelope: bytes) -> None:
        """Keep a payload, durably; one that is here already is replaced. ``Refused("PRIV_STORE_FULL")``."""
        path = self._path(root)
        before = self._files.size(path) if self.has(root) else 0
        if not self.has_room(len(envelope) - before):
            facts: dict[str, Fact] = {"bytes": self._kept_bytes, "needed": len(envelope)}
            facts["bytes_max"] = self._bytes_max
            hint = "raise storage.payloads_bytes_max in config.toml, or purge what is not needed any more"
            raise Refused("PRIV_STORE_FULL", facts, hint)
        self._files.make_directory(self._directory)
        aside = path.with_name(path.name + TEMPORARY_SUFFIX)
        if self._files.exists(aside):
            self._files.unlink(aside)
        file = self._files.open_append(aside)
        try:
            file.write(envelope)
            file.sync()
        finally:
            file.close()
        self._files.rename(aside, path)
        self._kept_bytes += len(envelope) - before
        self._files.sync_directory(self._directory)

    def read(self, root: bytes) -> bytes | None:
        """Return the payload, None where it is not here."""
        path = self._path(root)
        return self._files.read(path, 0, self._files.size(path)) if self.has(root) else None

    def read_part(self, root: bytes, offset: int, length: int) -> bytes | None:
        """Return a part of the payload, None where it is not here."""
        return self._files.read(self._path(root), offset, length) if self.has(root) else None

    def remove(self, root: bytes) -> bool:
        """Unlink a payload, durably; return whether it was here."""
        if not self.has(root):
            return False
        size = self._files.size(self._path(root))
        self._files.unlink(self._path(root))
        self._kept_bytes -= size
        self._files.sync_directory(self._directory)
        return True

    def _payloads(self) -> list[Path]:
        try:
            names = self._files.list_directory(self._directory)
        except FileNotFoundError:
            return []
        return [self._directory / name for name in names if name.endswith(SUFFIX)]

    def _path(self, root: bytes) -> Path:
        return self._directory / (root.hex() + SUFFIX)
