"""Asking a node of a local network over its control socket, synchronously and briefly."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any


class ControlConnection(http.client.HTTPConnection):
    """HTTP over the Unix socket of a node."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        """``path``: of the socket; nothing is opened yet."""
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Open the socket; raises ``OSError`` where nobody listens."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, target: str, timeout_s: float) -> Any | None:
    """The JSON of ``GET target``, None where the node does not answer in time, or with an error."""
    connection = ControlConnection(path, timeout_s)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        return json.loads(body) if response.status == http.client.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
