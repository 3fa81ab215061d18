"""Files that commands write: a reason instead of a traceback, and none lost that was there."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from p2pchain.cli.files import read_file, replace_file, write_file, write_new_file
from p2pchain.model.errors import Refused
from p2pchain.storage.files import TEMPORARY_SUFFIX


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


def test_signatures_that_are_there_stay_where_the_new_ones_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "round.json"
    file.write_bytes(b"signed by two")
    replace_file(file, b"signed by three")
    assert file.read_bytes() == b"signed by three"
    in_the_way = tmp_path / f"round.json{TEMPORARY_SUFFIX}"
    in_the_way.mkdir()
    with pytest.raises(Refused, match="FILE_UNWRITABLE"):
        replace_file(file, b"signed by four")
    assert file.read_bytes() == b"signed by three"
    with pytest.raises(Refused, match="FILE_UNWRITABLE"):
        replace_file(tmp_path / "nowhere" / "round.json", b"")


def test_a_file_that_is_too_large_is_seen_to_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert (read_file(file, 5), read_file(file, 3)) == (b"12345", b"1234")
    with pytest.raises(Refused, match="FILE_UNREADABLE"):
        read_file(tmp_path / "nowhere", 5)
