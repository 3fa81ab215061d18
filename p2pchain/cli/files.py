"""Files that a command writes because somebody named them."""

from __future__ import annotations

from pathlib import Path

from p2pchain.model.errors import Refused


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
