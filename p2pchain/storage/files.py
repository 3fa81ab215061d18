"""The port between storage and the disk, and the disk itself.

Everything that storage asks of a disk goes through ``FileSystem``, so that a simulated disk
(``storage.simulated``) can lose, tear and refuse in its place. Two facts about real disks shape it:

- A name is durable only after an fsync of its directory, bytes only after an fsync of their file. So a new or
  replaced file is written, fsynced, renamed into place, and then its directory is fsynced
  (``write_atomically``).
- After a failed fsync the kernel may mark pages clean that never reached the disk, so a second fsync succeeds
  and lies. A failure is therefore final: ``DiskFailure`` ends the process, and ``settle`` at the next start
  reads from the medium.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from p2pchain.model.errors import Fault

TEMPORARY_SUFFIX: Final = ".tmp"
FILE_MODE: Final = 0o600
DIRECTORY_MODE: Final = 0o700


class DiskFailure(Fault):
    """The disk refused a read, write or fsync (code ``DISK_FAILURE``). Never retried: the process ends with
    exit code 74.
    """

    def __init__(self, *, operation: str, path: Path, reason: str, errno: int | None = None) -> None:
        """``operation``: the call that failed; ``reason``: the system's words; ``errno``: its number, or
        None.
        """
        super().__init__(
            "DISK_FAILURE",
            {"operation": operation, "path": str(path), "reason": reason, "errno": errno},
            hint="check space and health of the disk, then start the node again",
        )


class AppendFile(Protocol):
    """A file open for writing at its end, by one thread."""

    def write(self, data: bytes) -> None:
        """Append all of ``data``, not yet durable; raises ``DiskFailure``."""

    def sync_data(self) -> None:
        """Make bytes and length durable (fdatasync); raises ``DiskFailure``."""

    def sync(self) -> None:
        """Make bytes, length and attributes durable (fsync); raises ``DiskFailure``."""

    def close(self) -> None:
        """Close it; nothing becomes durable by that."""


class FileSystem(Protocol):
    """The calls that storage needs of a disk. Every call raises ``DiskFailure`` where the disk refuses it.

    ``size``, ``read`` and ``list_directory`` raise ``FileNotFoundError`` for a name that is not there.
    ``read`` may be called by any thread, the others by one at a time.
    """

    def exists(self, path: Path) -> bool:
        """Return whether the name is there."""

    def size(self, path: Path) -> int:
        """Return the bytes in the file."""

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """Read at most ``length`` bytes from ``offset``; fewer only at the end of the file."""

    def list_directory(self, path: Path) -> tuple[str, ...]:
        """List the names in the directory, sorted."""

    def make_directory(self, path: Path) -> None:
        """Create one directory (its parent exists) and make its name durable; nothing happens where it is
        already there.
        """

    def open_append(self, path: Path) -> AppendFile:
        """Open for appending; the file is created, empty, where it is missing."""

    def truncate(self, path: Path, size: int) -> None:
        """Cut the file to ``size`` bytes, durably."""

    def settle(self, path: Path) -> None:
        """Make durable what the file shows, and let later reads come from the medium, not from a cache."""

    def rename(self, source: Path, target: Path) -> None:
        """Give ``source`` the name ``target``, replacing what had it; durable after ``sync_directory``."""

    def unlink(self, path: Path) -> None:
        """Remove a name; durable after ``sync_directory``."""

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable."""


def write_atomically(files: FileSystem, path: Path, data: bytes) -> None:
    """Create or replace ``path``: after a crash it holds the old bytes or the new ones, whole. Durable on
    return.
    """
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    if files.exists(temporary):
        files.unlink(temporary)
    file = files.open_append(temporary)
    try:
        file.write(data)
        file.sync()
    finally:
        file.close()
    files.rename(temporary, path)
    files.sync_directory(path.parent)


@contextmanager
def _failing_as(operation: str, path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DiskFailure(operation=operation, path=path, reason=reason, errno=error.errno) from error


class DiskAppendFile:
    """An ``AppendFile`` over a POSIX descriptor opened with ``O_APPEND`` (and close-on-exec)."""

    def __init__(self, path: Path) -> None:
        """Open or create ``path``."""
        self._path = path
        with _failing_as("open", path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)

    def write(self, data: bytes) -> None:
        """Write until everything is taken: a short write is no error for POSIX."""
        rest = memoryview(data)
        with _failing_as("write", self._path):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def sync_data(self) -> None:
        """Call fdatasync(2)."""
        with _failing_as("fdatasync", self._path):
            os.fdatasync(self._descriptor)

    def sync(self) -> None:
        """Call fsync(2)."""
        with _failing_as("fsync", self._path):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Call close(2); calling it again does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with _failing_as("close", self._path):
                os.close(descriptor)


class Disk:
    """The real file system (Linux)."""

    def exists(self, path: Path) -> bool:
        """Call stat(2)."""
        with _failing_as("stat", path):
            return path.exists()

    def size(self, path: Path) -> int:
        """Call stat(2)."""
        with _failing_as("stat", path):
            return path.stat().st_size

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """Call pread(2) on a descriptor of its own, so no other thread's close can pull it away."""
        with _failing_as("read", path), _descriptor(path, os.O_RDONLY) as descriptor:
            data = os.pread(descriptor, length, offset)
            if len(data) == length:
                return data
            parts = [data]
            while data and (missing := length - sum(map(len, parts))):
                data = os.pread(descriptor, missing, offset + length - missing)
                parts.append(data)
            return b"".join(parts)

    def list_directory(self, path: Path) -> tuple[str, ...]:
        """Call readdir(3)."""
        with _failing_as("list", path):
            return tuple(sorted(os.listdir(path)))

    def make_directory(self, path: Path) -> None:
        """Call mkdir(2) with mode 0700, then fsync of the parent."""
        with _failing_as("mkdir", path):
            path.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        self.sync_directory(path.parent)

    def open_append(self, path: Path) -> AppendFile:
        """Call open(2)."""
        return DiskAppendFile(path)

    def truncate(self, path: Path, size: int) -> None:
        """Call ftruncate(2), fsync(2)."""
        with _failing_as("truncate", path), _descriptor(path, os.O_WRONLY) as descriptor:
            os.ftruncate(descriptor, size)
            os.fsync(descriptor)

    def settle(self, path: Path) -> None:
        """Call fsync(2), then drop the clean pages from the cache: after a failed fsync they may differ from
        the disk.
        """
        with _failing_as("fsync", path), _descriptor(path, os.O_RDWR) as descriptor:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def rename(self, source: Path, target: Path) -> None:
        """Call rename(2)."""
        with _failing_as("rename", source):
            source.replace(target)

    def unlink(self, path: Path) -> None:
        """Call unlink(2)."""
        with _failing_as("unlink", path):
            path.unlink()

    def sync_directory(self, path: Path) -> None:
        """Call fsync(2) on the directory."""
        with _failing_as("fsync", path), _descriptor(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            os.fsync(descriptor)


@contextmanager
def _descriptor(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


DISK: Final[FileSystem] = Disk()
"""The disk of this machine; it has no state."""
