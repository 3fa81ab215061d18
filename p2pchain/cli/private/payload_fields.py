"""Fields of a payload between files and the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from p2pchain.cli.files import read_file, write_new_file
from p2pchain.model.errors import Refused
from p2pchain.presentation.printable import printable


def value_text(value: bytes) -> str:
    """Show text as it is, and other values by their number of bytes."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"{len(value)} bytes"
    return text if text.isprintable() else f"{len(value)} bytes of text"


def write_fields(directory: Path, values: Mapping[str, bytes]) -> None:
    """A new file for each field. ``Refused``: ``PRIV_FIELD_NAME`` for what names no file in the directory,
    before anything is written; ``FILE_UNWRITABLE``, also for a file that is there already.
    """
    for name in values:
        if name != printable(name) or "/" in name or name.startswith("."):
            raise Refused("PRIV_FIELD_NAME", {"field": name}, "read it without --dir")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("FILE_UNWRITABLE", {"file": str(directory), "reason": error.strerror}) from error
    for name, value in values.items():
        write_new_file(directory / name, value)


def read_value(file: Path, most: int) -> bytes:
    """A file, at most ``most`` bytes: ``Refused("FILE_UNREADABLE")``, ``PRIV_TOO_LARGE``."""
    data = read_file(file, most)
    if len(data) > most:
        raise Refused("PRIV_TOO_LARGE", {"file": str(file), "bytes_max": most}, "seal a hash of it instead")
    return data
