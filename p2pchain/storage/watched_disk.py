"""A log seen from beside its process: the disk as it stood at a moment, and nothing written to it.

Opening a log finishes what a crash left undone: it cuts, renames and syncs. Who only looks, perhaps while the
daemon appends, must see the same and change nothing. ``WatchedDisk`` therefore takes each file's size when it
is first asked for, and keeps what would be written in memory.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.storage.files import AppendFile, FileSystem


class WatchedDisk:
    """A ``FileSystem`` over another one, which it never changes; one thread at a time."""

    def __init__(self, files: FileSystem) -> None:
        """``files``: the file system that is read."""
        self._files = files
        self._sizes: dict[Path, int] = {}
        self._written: dict[Path, bytearray] = {}
        self._gone: set[Path] = set()

    def exists(self, path: Path) -> bool:
        """Return whether the name is there."""
        return path in self._written or (path not in self._gone and self._files.exists(path))

    def size(self, path: Path) -> int:
        """Return the bytes in the file when it was first looked at."""
        if path in self._written:
            return len(self._written[path])
        if path in self._gone:
            raise FileNotFoundError(str(path))
        if path not in self._sizes:
            self._sizes[path] = self._files.size(path)
        return self._sizes[path]

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """Read at most ``length`` bytes from ``offset``."""
        if path in self._written:
            return bytes(self._written[path][offset : offset + length])
        return self._files.read(path, offset, max(0, min(length, self.size(path) - offset)))

    def list_directory(self, path: Path) -> tuple[str, ...]:
        """List the names in the directory, sorted."""
        gone = {name.name for name in self._gone if name.parent == path}
        written = {name.name for name in self._written if name.parent == path}
        return tuple(sorted(set(self._files.list_directory(path)) - gone | written))

    def make_directory(self, path: Path) -> None:
        """Refuse to make a directory: a reader makes none."""
        raise AssertionError(f"{path} is only looked at")

    def open_append(self, path: Path) -> AppendFile:
        """Open a piece of memory for writing."""
        if path not in self._written:
            held = self.read(path, 0, self.size(path)) if self.exists(path) else b""
            self._written[path] = bytearray(held)
            self._gone.discard(path)
        return _Memory(self._written[path])

    def truncate(self, path: Path, size: int) -> None:
        """Ignore the end of the file from here on."""
        if path in self._written:
            del self._written[path][size:]
        else:
            self._sizes[path] = min(size, self.size(path))

    def settle(self, path: Path) -> None:
        """Take the file as it is."""

    def rename(self, source: Path, target: Path) -> None:
        """Rename in memory."""
        self._written[target] = bytearray(self.read(source, 0, self.size(source)))
        self._gone.discard(target)
        self.unlink(source)

    def unlink(self, path: Path) -> None:
        """Unlink in memory."""
        self._written.pop(path, None)
        self._gone.add(path)

    def sync_directory(self, path: Path) -> None:
        """Do nothing: nothing is to be made durable."""


class _Memory:
    """An ``AppendFile`` that is a piece of memory."""

    def __init__(self, data: bytearray) -> None:
        self._data = data

    def write(self, data: bytes) -> None:
        """Append."""
        self._data += data

    def sync_data(self) -> None:
        """Do nothing."""

    def sync(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
