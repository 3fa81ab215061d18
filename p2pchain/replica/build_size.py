"""Size limit of the next own block: what the network decides in good time.

Whoever hands in a transaction waits for the block in progress, and then for its own. So how long blocks
take is how long everybody waits, and a block that takes too long fails its round. How long one takes depends
on machines and lines of the hour, so it is measured: from the beginning of each height to its decision in
the first round. An almost empty block gives the time that voting takes, ``base``; a larger one what each
part of a full block takes beyond it, ``slope``. Of the latest heights the fastest gives the base, and the
mean over what their blocks held the slope. An own block holds what fits the time that it should take:

- as long as a round waits for its proposal, or twice the base where that is more;
- while somebody asks for little (``recent_service.py``), twice the base: nobody waits much longer for a
  block beside a flood than for an almost empty one.

A block is allowed twice as much as the largest of late was, so a burst begins with small ones, and what it
takes is known before they are large. No block fills exactly what it is allowed: one that fills three quarters
of it counts as full. And each failed round of any proposer halves what an own block may
hold, while each height that is decided in its first round gives one step back.

What others may propose is not touched, and nobody has to agree on any of this.
"""

from __future__ import annotations

from typing import Final

from p2pchain.mempool.recent_service import SMALL
from p2pchain.mempool.turns import FULL
from p2pchain.model.ids import Round
from p2pchain.model.parameters import Parameters

HALVINGS_MAX: Final = 6
"""The smallest own block holds a 64th of the chain's bounds, but at least one transaction."""
SMALL_TRANSACTIONS_MIN: Final = 50
"""No block is made smaller than this for the time that it takes: what it costs by itself would be most of
it.
"""
FORGETTING: Final = 32
"""What the largest and fastest blocks of late showed fades by a 32nd with each height, so that after a rest a
burst begins small; and with each almost empty one what larger ones took, so that no slow one keeps blocks
small for ever.
"""
_SMOOTHING: Final = 8


class BuildSize:
    """Size of the next own block."""

    def __init__(self) -> None:
        """Begin with small blocks, and without measures."""
        self._failures = 0
        self._base_ms: int | None = None
        self._took_ms = 0
        self._filled = 0
        self._largest = SMALL

    def halvings(self, parameters: Parameters, *, modest: bool) -> int:
        """Return how often the bounds of a block are halved for an own one; ``modest``: somebody asks for
        little.
        """
        least, part = 0, self._part(parameters, modest=modest)
        while (
            FULL >> least > part
            and parameters.block_transactions_max >> (least + 1) >= SMALL_TRANSACTIONS_MIN
        ):
            least += 1
        return min(max(self._failures, least), HALVINGS_MAX)

    def round_failed(self) -> None:
        """Halve the size after a round without a decision, whoever proposed."""
        self._failures = min(self._failures + 1, HALVINGS_MAX)

    def decided(self, round_: Round) -> None:
        """Double the size again where the first round decided."""
        if round_ == 0:
            self._failures = max(self._failures - 1, 0)
        assert 0 <= self._failures <= HALVINGS_MAX

    def measured(self, took_ms: int, filled: int) -> None:
        """Learn from a height that the first round decided: the time from its beginning, and what part of
        ``FULL`` its block filled.
        """
        assert took_ms >= 0, "the monotonic clock"
        self._largest = max(SMALL, filled, self._largest - self._largest // FORGETTING)
        if 2 * filled <= SMALL:
            base_ms = took_ms if self._base_ms is None else self._base_ms
            self._base_ms = min(took_ms, base_ms + (took_ms - base_ms) // FORGETTING)
            self._took_ms -= self._took_ms // FORGETTING
        elif self._base_ms is not None:
            self._took_ms += max(0, took_ms - self._base_ms) - self._took_ms // _SMOOTHING
            self._filled += filled - self._filled // _SMOOTHING

    # leaves

    def _part(self, parameters: Parameters, *, modest: bool) -> int:
        """Return the part of ``FULL`` that an own block may fill for the time that it takes."""
        base_ms = parameters.block_interval_min_ms if self._base_ms is None else self._base_ms
        room_ms = max(base_ms, parameters.block_interval_min_ms)
        if not modest:
            room_ms = max(room_ms, parameters.timeout_propose_ms - base_ms)
        part = 2 * self._largest * 4 // 3
        return part if self._took_ms == 0 else min(part, self._filled * room_ms // self._took_ms)
