"""How large the next own block may be: smaller after failed rounds, whole again step by step.

A block that is too heavy for the network of the hour (to send, to execute, to judge) fails its round, and
would fail every further one. So each failed round of any proposer halves what an own block may hold, and each
height that is decided in its first round gives one step back. What others may propose is not touched.
"""

from __future__ import annotations

from typing import Final

from p2pchain.model.ids import Round

HALVINGS_MAX: Final = 6
"""The smallest own block holds a 64th of the chain's bounds, but at least one transaction."""


class BuildSize:
    """Size of the next own block. ``halvings``: how often the bounds of a block are halved for an own one."""

    def __init__(self) -> None:
        """Begin with whole blocks."""
        self.halvings = 0

    def round_failed(self) -> None:
        """Halve the size after a round without a decision, whoever proposed."""
        self.halvings = min(self.halvings + 1, HALVINGS_MAX)

    def decided(self, round_: Round) -> None:
        """Double the size again where the first round decided."""
        if round_ == 0:
            self.halvings = max(self.halvings - 1, 0)
        assert 0 <= self.halvings <= HALVINGS_MAX
