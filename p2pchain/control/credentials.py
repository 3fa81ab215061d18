"""Credentials of the Unix socket's peer, and its rights. They come from the kernel: nobody can forge them."""

from __future__ import annotations

import socket
import struct
from typing import Final

import trio

from p2pchain.control.http import Level

SO_PEERGROUPS: Final = 59
"""Supplementary groups of the peer (Linux 4.13, asm-generic/socket.h); Python has no name for it."""
GROUPS_MAX: Final = 256
"""Supplementary groups that are looked at; whoever has more counts as having none. ``getsockopt`` of CPython
takes no buffer above 1,024 bytes.
"""
ROOT_UID: Final = 0


def level_of(sock: trio.socket.SocketType, own_user_id: int, group_id: int) -> Level:
    """Return the level of a peer: root and the daemon's own user are admins, members of the socket's group
    operators.

    ``SO_PEERCRED`` (unix(7)) gives user and group at the time of connect.
    """
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user_id, own_group_id = struct.unpack("3i", credentials)
    return judge(user_id, {own_group_id, *_groups(sock)}, own_user_id, group_id)


def judge(user_id: int, group_ids: set[int], own_user_id: int, group_id: int) -> Level:
    """Return the level of a user with these groups at a socket of ``own_user_id`` and ``group_id``."""
    if user_id in (ROOT_UID, own_user_id):
        return Level.ADMIN
    return Level.OPERATOR if group_id in group_ids else Level.VIEWER


def _groups(sock: trio.socket.SocketType) -> tuple[int, ...]:
    size = struct.calcsize("i")
    try:
        packed = sock.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, GROUPS_MAX * size)
    except OSError:
        return ()
    return struct.unpack(f"{len(packed) // size}i", packed)
