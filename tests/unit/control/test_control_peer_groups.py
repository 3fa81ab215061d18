"""The groups of whoever connects, as the kernel names them: supplementary ones count, however many a user has
up to the bound.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from p2pchain.control.credentials import GROUPS_MAX, level_of
from p2pchain.control.http import Level
from tests.lacking import needs

OPERATORS = 4_321
NOBODY = 65_534
DAEMON = 4_999
"""A user that neither root nor the caller is."""


@contextmanager
def another_user(groups: Sequence[int]) -> Iterator[None]:
    """Act as a user of the machine with these supplementary groups."""
    own = os.getgroups()
    os.setgroups(groups)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(own)


def level_with(groups: Sequence[int], folder: Path) -> Level:
    """The level of a user with these groups who connects to a socket of the operators' group."""
    path = folder / "s"
    folder.chmod(0o755)
    with (
        socket.socket(socket.AF_UNIX) as listener,
        socket.socket(socket.AF_UNIX) as client,
    ):
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen(1)
        here = Path.cwd()
        os.chdir(folder)
        try:
            with another_user(groups):
                client.connect("s")
        finally:
            os.chdir(here)
        accepted, _ = listener.accept()
        with trio.socket.from_stdlib_socket(accepted) as peer:
            return level_of(peer, DAEMON, OPERATORS)


@needs("root")
@pytest.mark.parametrize(
    ("groups", "level"),
    [
        ([], Level.VIEWER),
        ([OPERATORS + 1], Level.VIEWER),
        ([OPERATORS], Level.OPERATOR),
        ([*range(1, GROUPS_MAX), OPERATORS], Level.OPERATOR),
        # More than the kernel tells in a buffer of 1,024 bytes: whoever has so many counts as having none.
        ([*range(1, GROUPS_MAX + 1), OPERATORS], Level.VIEWER),
    ],
)
def test_a_supplementary_group_makes_an_operator(tmp_path: Path, groups: list[int], level: Level) -> None:
    """Asked of the kernel, over a real socket, as a second user."""
    assert level_with(groups, tmp_path) is level
