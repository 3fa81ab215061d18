"""The votes of one round and kind, and what power stands behind each value."""

from __future__ import annotations

from dataclasses import dataclass, field

from p2pchain.model.ids import BlockId, Signature
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import Vote


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts the first vote of every validator, and beyond that only what a certificate shows.

    One Byzantine validator can tell some of us one thing and others another; if each counted what it heard first, one
    would see a quorum and another never. A quorum that somebody saw travels as a certificate, and a certificate counts
    whole, whichever single votes were heard before it.
    """

    validators: ValidatorSet
    first: dict[int, Vote] = field(default_factory=dict)
    """Validator index to its first vote."""
    power: int = 0
    """Power of all that voted, for whatever."""
    equivocators: set[int] = field(default_factory=set)
    """Validators of which two different votes were seen."""
    _signatures: dict[BlockId | None, dict[int, Signature]] = field(default_factory=dict)
    _powers: dict[BlockId | None, int] = field(default_factory=dict)

    def add(self, vote: Vote, *, certified: bool) -> Vote | None:
        """Count a vote; returns the validator's first vote where this one differs from it, once per validator.

        ``certified``: it comes with a certificate, so it counts for its value even if it is not the first.
        """
        index = vote.validator
        first = self.first.setdefault(index, vote)
        if first is vote:
            self.power += self.validators[index].power
        if first is vote or certified:
            self._count(vote)
        if first.block_id == vote.block_id or index in self.equivocators:
            return None
        self.equivocators.add(index)
        return first

    def drop(self, index: int) -> None:
        """Forget the vote of a validator, in a round of which no certificate is held."""
        vote = self.first.pop(index, None)
        self.equivocators.discard(index)
        if vote is None:
            return
        self.power -= self.validators[index].power
        del self._signatures[vote.block_id][index]
        self._powers[vote.block_id] -= self.validators[index].power
        if not self._signatures[vote.block_id]:
            del self._signatures[vote.block_id], self._powers[vote.block_id]

    def has_quorum(self, block_id: BlockId | None) -> bool:
        """Whether more than 2/3 of the power stands behind one value (None: nil)."""
        return self.validators.is_quorum(self._powers.get(block_id, 0))

    def quorum_block(self) -> BlockId | None:
        """The block behind which a quorum stands; None where there is none (or only one for nil)."""
        for block_id, power in self._powers.items():
            if block_id is not None and self.validators.is_quorum(power):
                return block_id
        return None

    def signatures(self, block_id: BlockId | None) -> tuple[tuple[int, Signature], ...]:
        """Signatures for one value as (validator index, signature), ascending."""
        return tuple(sorted(self._signatures.get(block_id, {}).items()))

    def bitmap(self) -> int:
        """Bit ``i`` is set where validator ``i`` voted."""
        return sum(1 << index for index in self.first)

    def _count(self, vote: Vote) -> None:
        signatures = self._signatures.setdefault(vote.block_id, {})
        if vote.validator not in signatures:
            signatures[vote.validator] = vote.signature
            held = self._powers.get(vote.block_id, 0)
            self._powers[vote.block_id] = held + self.validators[vote.validator].power
