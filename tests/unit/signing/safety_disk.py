"""A safety log in memory whose writes fail when told to: before anything is kept, or after all of it is."""

from __future__ import annotations

from p2pchain.codec.safety import decode_safety_record
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.safety import SafetyRecord
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from tests.unit.codec.codec_vectors import CHAIN


class WriteFailed(Exception):
    """What this disk raises; it never says whether the record was kept."""


class SafetyDisk:
    """What survives the process. ``fail_before`` and ``fail_after`` make the next write fail."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.heights: list[int] = []
        self.fail_before = False
        self.fail_after = False

    def append(self, height: int, payload: bytes) -> None:
        """Keep a record, or fail as told."""
        if self.fail_before:
            raise WriteFailed(height)
        self.payloads.append(payload)
        self.heights.append(height)
        if self.fail_after:
            raise WriteFailed(height)

    def records(self) -> list[SafetyRecord]:
        """All that was kept."""
        return [decode_safety_record(payload) for payload in self.payloads]

    def signer(self, key: SigningKey, committed_height: int = 0) -> ConsensusSigner:
        """A process that starts from this disk."""
        self.fail_before = self.fail_after = False
        guard = DoubleSignGuard(self.records(), committed_height)
        return ConsensusSigner(key=key, chain_id=CHAIN, guard=guard, log=self)
