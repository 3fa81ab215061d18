"""Who is admin, operator, viewer; the kernel's word is read from a real pair of sockets."""

from __future__ import annotations

import os
import socket

import trio

from p2pchain.control.credentials import judge, level_of
from p2pchain.control.http import Level


def test_levels() -> None:
    assert judge(0, set(), 5, 7) is Level.ADMIN
    assert judge(5, set(), 5, 7) is Level.ADMIN
    assert judge(6, {7, 8}, 5, 7) is Level.OPERATOR
    assert judge(6, {8}, 5, 7) is Level.VIEWER


def test_the_kernel_tells_who_we_are() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert level_of(trio.socket.from_stdlib_socket(ours), os.geteuid(), os.getegid()) is Level.ADMIN
