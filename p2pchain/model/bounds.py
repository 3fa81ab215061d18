"""Bounds of what one height writes: validity, codec, storage and proofs share these, so that whatever can be
decided can be stored, read back, sent, proven and put into a snapshot (``docs/bounds.md``).
"""

from __future__ import annotations

from typing import Final

from p2pchain.model.messages import FRAME_BYTES_MAX

HEIGHT_BYTES_MAX: Final = 12_582_912
"""Largest encoded record of one height in the chain log: final block, replay keys, receipts, state changes.
"""
BLOCK_BYTES_MAX: Final = FRAME_BYTES_MAX - 16_384
"""Largest block: with its certificate and the heads around it, it fits one frame."""
KEPT_BYTES_MAX: Final = 1_048_576
"""Most bytes of a record beside the final block and what transactions write: replay keys, evidence,
validators, rotation, heads.
"""
WRITTEN_BYTES_MAX: Final = HEIGHT_BYTES_MAX - FRAME_BYTES_MAX - KEPT_BYTES_MAX
"""Most bytes of keys, records and receipts that the transactions of one block may write."""
TX_WRITTEN_BYTES_MAX: Final = 2_097_152
"""Most of them by one transaction."""
RECORD_BYTES_MAX: Final = 65_536
"""Largest encoded record of a module."""
KEY_BYTES_MAX: Final = 1_024
"""Longest key of the state, the module's name included."""
RECEIPT_BYTES_MAX: Final = 1_048_576
RECEIPT_EVENTS_MAX: Final = 4_096
RECEIPT_FACTS_MAX: Final = 256

assert BLOCK_BYTES_MAX < FRAME_BYTES_MAX < HEIGHT_BYTES_MAX, "a block fits a frame, and its height a record"
assert KEY_BYTES_MAX <= RECORD_BYTES_MAX, "a key is the lesser part of what it names"
assert TX_WRITTEN_BYTES_MAX <= WRITTEN_BYTES_MAX, "a transaction alone fits a block"
assert RECEIPT_BYTES_MAX + RECORD_BYTES_MAX <= TX_WRITTEN_BYTES_MAX, "so do its receipt and a record"
