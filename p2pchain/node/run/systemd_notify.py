"""Tell systemd that the node is ready, what it does, and that it is alive (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The service manager's notification socket; silent where there is none."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID``."""
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_ms = int(environment.get("WATCHDOG_USEC", "0")) // 1000 if mine else 0
        """Period of the watchdog; 0 where none is set. Feed it at least twice as often."""

    def ready(self, status: str) -> None:
        """The node serves."""
        self._send(f"READY=1\nSTATUS={status}")

    def starting(self, status: str, *, longer_s: float) -> None:
        """The start takes longer: it must not be given up within ``longer_s`` from now."""
        self._send(f"STATUS={status}\nEXTEND_TIMEOUT_USEC={int(longer_s * 1_000_000)}")

    def status(self, status: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={status}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """The settings are read again; ``ready`` says that it is over."""
        self._send("RELOADING=1")

    def stopping(self) -> None:
        """The node shuts down."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)
            try:
                channel.sendto(text.encode(), self._address)
            except OSError:
                # A service manager that does not listen must not stop a node that works.
                return
