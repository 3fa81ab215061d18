"""A secret file appears whole and durable, readable by its owner only, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from p2pchain.model.errors import Refused

SECRET_MODE: Final = 0o600


def write_secret(path: Path, data: bytes, *, replace: bool) -> None:
    """Write a secret beside, fsync, put in place, fsync the directory (mode 0600 from the first byte on).

    Raises ``Refused``: ``KEY_EXISTS`` where something is there and ``replace`` is off, ``KEY_UNWRITABLE``
    with what the system said.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}.new")
    try:
        try:
            _write(beside, data)
            if replace:
                os.replace(beside, path)
            else:
                os.link(beside, path)  # Unlike a rename, this never replaces what is there.
        finally:
            beside.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except FileExistsError:
        raise Refused(
            "KEY_EXISTS", {"path": str(path)}, "a key is never overwritten; move it away first"
        ) from None
    except OSError as fault:
        facts = {"path": str(path), "reason": fault.strerror, "errno": fault.errno}
        raise Refused("KEY_UNWRITABLE", facts) from fault


def remove_durably(path: Path) -> None:
    """Unlink a file and fsync its directory. Raises ``OSError``."""
    path.unlink()
    _sync_directory(path.parent)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, SECRET_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
