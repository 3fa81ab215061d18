"""Tell the operator where this home's financiers' key is not the one of the chain.

The node itself needs no such key: it is for the commands of a financier, which lie in the same home. But who
looks at ``status`` shall not hear of a wrong one only when an invoice is registered.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.client.financiers_key import NEXT_KEY, REGISTRY_KEY, keys_in_force, read_registry_keys
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId

_Seen = tuple[tuple[int, int] | None, ...]


class FinanciersKeyWatch:
    """The key files of one home; they are read again when they change."""

    def __init__(self, directory: Path, chain_id: ChainId) -> None:
        """``directory``: ``keys/`` of the home."""
        self._directory = directory
        self._chain_id = chain_id
        self._seen: _Seen = ()
        self._keys: tuple[bytes, ...] = ()
        self._fault: str | None = None

    def reasons(self, ledger: Ledger) -> list[str]:
        """List why this home would refuse a financier's commands; nothing where it has no key."""
        self._read()
        if self._fault is not None:
            return [self._fault]
        if not self._keys:
            return []
        epochs = ledger.query("registry", "key", {}, None)["epochs"]
        try:
            keys_in_force(epochs, self._keys, self._chain_id, self._directory)
        except Refused as fault:
            return [f"{fault.code}: {fault.hint}"]
        return []

    def _read(self) -> None:
        seen = tuple(_stamp(self._directory / name) for name in (REGISTRY_KEY, NEXT_KEY))
        if seen == self._seen:
            return
        self._seen, self._keys, self._fault = seen, (), None
        try:
            self._keys = read_registry_keys(self._directory)
        except Refused as fault:
            self._fault = f"financiers' key: {fault.code}: {fault.hint}"


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return a file's time and length, or None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
