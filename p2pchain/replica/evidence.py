"""Equivocations that were seen and wait to enter a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from p2pchain.codec.voting import evidence_order
from p2pchain.model.ids import PublicKey
from p2pchain.model.voting import Evidence, Vote

EVIDENCE_POOL_MAX = 256
"""How much evidence waits to enter a block; past it further evidence is only told in the log."""


class EvidencePool:
    """Evidence in the order in which it was found, one piece for each place where a validator contradicted
    itself.
    """

    def __init__(self) -> None:
        """Begin without evidence."""
        self._waiting: list[Evidence] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self._waiting)

    def add(self, validator: PublicKey, one: Vote, other: Vote) -> None:
        """Keep two contradicting votes of a validator, in the order that blocks demand."""
        first, second = sorted((one, other), key=evidence_order)
        evidence = Evidence(validator=validator, first=first, second=second)
        if len(self._waiting) < EVIDENCE_POOL_MAX and _place(evidence) not in map(_place, self._waiting):
            self._waiting.append(evidence)

    def keep(self, usable: Callable[[Evidence], bool]) -> None:
        """Forget what can enter no block any more: a pool that never empties would keep an idle
        chain busy.
        """
        self._waiting = [evidence for evidence in self._waiting if usable(evidence)]


def _place(evidence: Evidence) -> tuple[PublicKey, int, int, int]:
    vote = evidence.first
    return (evidence.validator, vote.height, vote.round, vote.kind)
