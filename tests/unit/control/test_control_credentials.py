"""Who is admin, operator, viewer; the kernel's word is read from a real pair of sockets."""

from __future__ import annotations

import os
import socket

import trio

from p2pchain.control.credentials import judge, level_of
from p2pchain.control.http import Level


def test_levels() -> None:
    other = os.geteuid() + 1
    assert judge(0, set(), 7) is Level.ADMIN
    assert judge(os.geteuid(), set(), 7) is Level.ADMIN
    assert judge(other, {7, 8}, 7) is Level.OPERATOR
    assert judge(other, {8}, 7) is Level.VIEWER


def test_the_kernel_tells_who_we_are() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert level_of(trio.socket.from_stdlib_socket(ours), os.getegid()) is Level.ADMIN
