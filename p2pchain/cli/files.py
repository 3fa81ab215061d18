"""Files that a command reads or writes because somebody named them."""

from __future__ import annotations

from pathlib import Path

from p2pchain.model.errors import Refused
from p2pchain.storage.files import Disk, DiskFailure, write_atomically


def read_file(file: Path, most: int, hint: str = "") -> bytes:
    """Read at most ``most`` bytes of a file, and one more. The one more shows that a file is too large.
    ``Refused("FILE_UNREADABLE")``.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise Refused("FILE_UNREADABLE", {"file": str(file), "reason": error.strerror}, hint) from error


def replace_file(file: Path, data: bytes) -> None:
    """Replace a file atomically: it holds the old bytes or the new ones. It may hold what cannot be had
    again, such as others' signatures. ``Refused("FILE_UNWRITABLE")``.
    """
    try:
        write_atomically(Disk(), file, data)
    except FileNotFoundError as error:
        raise _unwritable(file, error) from error
    except DiskFailure as failure:
        facts = {"file": str(file), "reason": failure.facts["reason"]}
        raise Refused("FILE_UNWRITABLE", facts) from failure


def write_file(out: Path, data: bytes) -> None:
    """Write a file, over one that is there. ``Refused("FILE_UNWRITABLE")``."""
    try:
        out.write_bytes(data)
    except OSError as error:
        raise _unwritable(out, error) from error


def write_new_file(out: Path, data: bytes) -> None:
    """Write a file where there is none, whole or not at all. ``Refused("FILE_UNWRITABLE")``, also where one
    is there already: it may be worth more than the new one.
    """
    try:
        file = out.open("xb")
    except FileExistsError as error:
        raise _unwritable(out, error, "name another file, or move that one away") from error
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        with file:
            file.write(data)
    except OSError as error:
        out.unlink(missing_ok=True)
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError, hint: str = "") -> Refused:
    return Refused("FILE_UNWRITABLE", {"file": str(out), "reason": error.strerror}, hint)
