"""Paths of a local network's parts, below one directory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from p2pchain.testnet.plan import SOCKET_PATH_BYTES_MAX

DIRECTORY_VARIABLE = "P2PCHAIN_TESTNET"
"""Environment variable that names the directory of the network."""
RELAY = "relay"
"""What the relay's log and record are called; no node has this name."""


def default_directory() -> Path:
    """Return the directory of ``P2PCHAIN_TESTNET``, else ``.testnet`` at the top of the repository, from
    whatever directory.
    """
    named = os.environ.get(DIRECTORY_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[2] / ".testnet"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of one network; ``root`` is absolute."""

    root: Path

    @property
    def settings(self) -> Path:
        """``testnet.json``."""
        return self.root / "testnet.json"

    @property
    def accounts(self) -> Path:
        """Client keys of all organisations, ``<org>.key``; each home's ``accounts`` is a link to it."""
        return self.root / "accounts"

    @property
    def logs(self) -> Path:
        """Logs of the processes."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Records of the processes, and the relay's socket."""
        return self.root / "run"

    @property
    def packages(self) -> Path:
        """Packages of others that the nodes load; absent where there are none."""
        return self.root / "packages"

    def home(self, name: str) -> Path:
        """Return the home of a node."""
        return self.root / "nodes" / name

    def log(self, name: str) -> Path:
        """Return the log of a node, over all its lives."""
        return self.logs / f"{name}.log"

    def record(self, name: str) -> Path:
        """Return the record of a node's process."""
        return self.run / f"{name}.json"

    @property
    def relay_socket(self) -> Path:
        """Socket where the relay takes orders."""
        return self._socket(self.run / "relay.sock", RELAY)

    def control_socket(self, name: str) -> Path:
        """Return the control socket of a node: ``control.sock`` in its home, unless that path is too long for
        a socket.
        """
        return self._socket(self.home(name) / "control.sock", name)

    def has_own_socket(self, name: str) -> bool:
        """Return whether the control socket lies in the home."""
        return self.control_socket(name).parent == self.home(name)

    def _socket(self, wanted: Path, name: str) -> Path:
        if len(os.fsencode(wanted)) <= SOCKET_PATH_BYTES_MAX:
            return wanted
        network = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"p2pchain-testnet-{os.getuid()}" / network / f"{name}.sock"
