"""Files that commands write: a reason instead of a traceback, and none lost that was there."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from p2pchain.cli.files import write_file, write_new_file
from p2pchain.model.errors import Refused


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    for write in (write_file, write_new_file):
        with pytest.raises(Refused, match="FILE_UNWRITABLE"):
            write(tmp_path / "nowhere" / "a.proof", b"new")


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """An earlier proof may be the only way to the next one."""
    file = tmp_path / "a.proof"
    write_new_file(file, b"earlier")
    with pytest.raises(Refused, match="FILE_UNWRITABLE") as caught:
        write_new_file(file, b"new")
    assert file.read_bytes() == b"earlier"
    assert caught.value.hint
    write_file(file, b"over it")
    assert file.read_bytes() == b"over it"


def test_half_a_file_does_not_stay(tmp_path: Path) -> None:
    """What could not be written whole is removed, so that nobody takes it for the whole, and the next
    attempt finds no file there.
    """
    file, limits = tmp_path / "a.proof", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        with pytest.raises(Refused, match="FILE_UNWRITABLE"):
            write_new_file(file, bytes(100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not file.exists()
    write_new_file(file, bytes(100))
