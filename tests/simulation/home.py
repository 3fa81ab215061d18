"""What a simulated node keeps on its disk: the real chain log and the real safety log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record, decode_block_replay
from p2pchain.codec.safety import decode_safety_record
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.restoration import restore
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId
from p2pchain.model.safety import SafetyRecord
from p2pchain.replica.start_state import Origin, origin_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.safety import SafetyLog
from p2pchain.storage.simulated import SimulatedDisk
from tests.simulation.keys import check

SEGMENT_BYTES = 16_384
"""Small, so that segments are sealed and begun all the time."""
_SAFETY = Path("/safety")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a life begins with."""

    chain: ChainLog
    safety: SafetyLog
    signed: tuple[SafetyRecord, ...]
    ledger: Ledger
    origin: Origin


class Home:
    """The logs of one node over all its lives."""

    def __init__(
        self, disk: SimulatedDisk, genesis: Genesis, genesis_id: BlockId, entropy: Callable[[int], bytes]
    ) -> None:
        """As ``p2pchain init`` leaves it."""
        self.chain_path = Path("/chain")
        self._disk = disk
        self._genesis = genesis
        self._genesis_id = genesis_id
        self._entropy = entropy
        self._set_aside = 0
        ChainLog.create(disk, self.chain_path, genesis=genesis_id, entropy=entropy)
        SafetyLog.create(disk, _SAFETY, genesis=genesis_id, entropy=entropy)

    def open(self) -> Opened:
        """Read it all, as the daemon does at its start. Raises ``Corrupt``, ``DiskFailure``."""
        chain = ChainLog.open(
            self._disk,
            self.chain_path,
            genesis=self._genesis_id,
            segment_bytes=SEGMENT_BYTES,
            entropy=self._entropy,
        )
        payloads = [payload for _, payload in chain.blocks()]
        ledger = restore(self._genesis, map(decode_block_replay, payloads), check=check, modules=MODULES)
        last = decode_block_record(payloads[-1]).final_header if payloads else None
        safety = SafetyLog.open(
            self._disk,
            _SAFETY,
            genesis=self._genesis_id,
            chain_height=chain.tip,
            segment_bytes=SEGMENT_BYTES,
            entropy=self._entropy,
        )
        signed = tuple(decode_safety_record(entry.payload) for entry in safety.records())
        origin = origin_of(self._genesis_id, self._genesis.time_ms, ledger, last, signed)
        return Opened(chain=chain, safety=safety, signed=signed, ledger=ledger, origin=origin)

    def repair(self) -> None:
        """Set a damaged chain log aside, and begin an empty one."""
        self._set_aside += 1
        self.chain_path = Path(f"/chain-{self._set_aside}")
        ChainLog.create(self._disk, self.chain_path, genesis=self._genesis_id, entropy=self._entropy)
