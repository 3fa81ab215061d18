"""The sockets that the control server listens on: the Unix socket with its mode and group, and a TCP one
if wanted.
"""

from __future__ import annotations

import errno
import grp
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import trio

from p2pchain.model.errors import Refused

SOCKET_MODE: Final = 0o660
PATH_BYTES_MAX: Final = 107
"""What ``sun_path`` of unix(7) holds, without the final zero."""
BACKLOG: Final = 128
LOOPBACK: Final = "127.0.0.1"
HTTP_SETTING: Final = "control.http"


@contextmanager
def unix_listener(path: Path, group: str | None, mode: int = SOCKET_MODE) -> Iterator[trio.SocketListener]:
    """Listen at ``path``, owned by ``group`` where it is given; the file is removed at the end.

    The socket gets its owner and mode before it listens, so nobody connects too early. Raises ``Refused``
    ``CONTROL_SOCKET``.
    """
    check_path(path)
    if not path.parent.is_dir():
        raise _refused(path, "its directory is missing", f"create {path.parent}")
    group_id = _group_id(path, group)
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        if path.stat().st_gid != group_id:
            os.chown(path, -1, group_id)
        path.chmod(mode)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        hint = "run as a user that may write there, and be a member of control.group"
        raise _refused(path, error.strerror or str(error), hint) from error
    sock.setblocking(False)
    try:
        yield trio.SocketListener(trio.socket.from_stdlib_socket(sock))
    finally:
        path.unlink(missing_ok=True)
        sock.close()


def check_path(path: Path) -> None:
    """Refuse a path that no socket can have. ``Refused`` ``CONTROL_SOCKET``."""
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise _refused(
            path, f"path longer than {PATH_BYTES_MAX} bytes", "set a shorter control.socket in config.toml"
        )


def check_listeners(path: Path, group: str | None, http: str | None) -> None:
    """Refuse a path that no socket can have, a group that is none, an address that cannot be listened on.
    ``Refused`` ``CONTROL_SOCKET``.
    """
    check_path(path)
    _group_id(path, group)
    if http is not None:
        host_and_port(http)


async def tcp_listener(address: str, setting: str = HTTP_SETTING) -> trio.SocketListener:
    """Listen at ``HOST:PORT``, as ``setting`` says; without a host on loopback. Raises ``Refused``
    ``PORT_IN_USE`` or ``CONTROL_SOCKET``.
    """
    host, port = host_and_port(address, setting)
    try:
        listeners = await trio.open_tcp_listeners(port, host=host)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            hint = f"stop what listens there, or choose another {setting}"
            raise Refused("PORT_IN_USE", {"address": address}, hint) from error
        raise _refused(address, error.strerror or str(error), f"correct {setting} in config.toml") from error
    for extra in listeners[1:]:
        await extra.aclose()
    return listeners[0]


def host_and_port(address: str, setting: str = HTTP_SETTING) -> tuple[str, int]:
    """Read ``HOST:PORT``, the value of ``setting``; loopback without a host. ``CONTROL_SOCKET``."""
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise _refused(address, "not HOST:PORT", f"write {setting} as 127.0.0.1:9100")
    return host.strip("[]") or LOOPBACK, int(port)


def _remove_stale(path: Path) -> None:
    """Remove the socket of a process that ended; one that still answers, or another kind of file, is left
    alone.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "run as the user that owns the home") from error
    if not stat.S_ISSOCK(mode):
        raise _refused(path, "a file that is no socket lies there", "move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(path, error.strerror or str(error), "choose another control.socket") from error
        else:
            raise _refused(path, "another daemon serves it", "give each node its own control.socket")


def _group_id(path: Path, group: str | None) -> int:
    if group is None:
        return os.getegid()
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise _refused(path, f"no group {group}", "correct control.group in config.toml") from None


def _refused(at: Path | str, reason: str, hint: str) -> Refused:
    return Refused("CONTROL_SOCKET", {"address": str(at), "reason": reason}, hint)
