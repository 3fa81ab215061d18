"""The lock of a home: one process at a time works on it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final, Self

from p2pchain.model.errors import Refused
from p2pchain.storage.files import FILE_MODE, DiskFailure

PID_CHARS_MAX: Final = 20
"""Longest process id that is read from a lock file."""


class HomeLock:
    """An exclusive flock(2) on a file, held until ``release`` or the end of the process, whatever ends it.

    The file stays when the lock goes: removing it would let two processes lock two files of one name. The
    descriptor is closed on exec, and in a child that was only forked, so no child keeps the home locked.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock at once or raise ``Refused`` ``HOME_LOCKED`` (fact ``pid``: the holder's, None if
        unknown).

        Raises ``DiskFailure`` where the file cannot be opened or written.
        """
        self._path = path
        self._descriptor = -1
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            try:
                self._take(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise DiskFailure(
                operation="lock", path=path, reason=error.strerror or "", errno=error.errno
            ) from error
        self._descriptor = descriptor
        os.register_at_fork(after_in_child=self._forget)

    def release(self) -> None:
        """Release the lock; calling it again does nothing."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            text = os.pread(descriptor, PID_CHARS_MAX, 0).strip()
            pid = int(text) if text.isdigit() else None
            holder = "" if pid is None else f" (process {pid})"
            hint = f"a node or a command runs on this home{holder}: stop it first"
            raise Refused("HOME_LOCKED", {"path": str(self._path), "pid": pid}, hint) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def _forget(self) -> None:
        """Close without unlocking: in a forked child, the lock is the parent's."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Return whether a process holds the lock of a home now, read from the file; no lock is taken, for a node
    that starts at this moment would meet it.
    """
    try:
        text = path.read_text("ascii", "replace")[:PID_CHARS_MAX].strip()
        if not text.isdigit():
            return False
        os.kill(int(text), 0)
    except PermissionError:
        return True  # The process is there, and somebody else's.
    except (OSError, OverflowError):
        return False
    return True
