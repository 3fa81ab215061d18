"""The vote keeper: who voted for what in which round, and where more than 2/3 or 1/3 of the power stands.

A validator's first vote of a round and kind counts; a second, different one is an equivocation, told once and
not counted. So honest nodes may count an equivocator differently, and a quorum that one of them saw might
never come together at another. That is why a certificate is one input: its quorum counts as it is, whatever
single votes are held.

Votes of past rounds are kept, for a block may be decided in any of them (line 49). Of rounds to come, only
the highest few of each validator are kept: an honest validator moves on and does not come back, a hostile one
cannot fill memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from p2pchain.consensus.invariants import assert_certificate
from p2pchain.model.ids import BlockId, Height, Round, Signature
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind

FUTURE_ROUNDS_PER_VALIDATOR_MAX = 4
"""Rounds above the one in progress of which one validator's votes are kept: its highest ones."""


@dataclass(slots=True)
class _Tally:
    """Votes of one round and kind: first votes by validator, power by value."""

    votes: dict[int, Vote] = field(default_factory=dict)
    power: dict[BlockId | None, int] = field(default_factory=dict)
    total: int = 0
    bitmap: int = 0
    equivocators: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _RoundVotes:
    prevotes: _Tally = field(default_factory=_Tally)
    precommits: _Tally = field(default_factory=_Tally)
    polkas: dict[BlockId | None, PolkaCertificate] = field(default_factory=dict)

    def tally(self, kind: VoteKind) -> _Tally:
        return self.prevotes if kind is VoteKind.PREVOTE else self.precommits


class VoteKeeper:
    """Votes of one height. Whoever adds a vote has verified its signature."""

    def __init__(self, height: Height, validators: ValidatorSet) -> None:
        """Begin without votes; ``validators`` of the height."""
        self._height = height
        self._validators = validators
        self._rounds: dict[Round, _RoundVotes] = {}
        self._current = Round(0)

    def add(self, vote: Vote, current: Round) -> Vote | None:
        """Count a vote; return the validator's first vote where this one contradicts it, once per round and
        kind.
        """
        assert vote.height == self._height, "a vote of this height"
        assert vote.validator < len(self._validators), "a validator of this height"
        assert current >= self._current, f"round {current} in progress after {self._current}"
        self._current = current
        if vote.round > current and not self._make_room(vote, current):
            return None
        tally = self._rounds.setdefault(vote.round, _RoundVotes()).tally(vote.kind)
        first = tally.votes.get(vote.validator)
        if first is not None:
            if first.block_id == vote.block_id or vote.validator in tally.equivocators:
                return None
            tally.equivocators.add(vote.validator)
            return first
        power = self._validators[vote.validator].power
        tally.votes[vote.validator] = vote
        tally.power[vote.block_id] = tally.power.get(vote.block_id, 0) + power
        tally.total += power
        assert not tally.bitmap >> vote.validator & 1, f"validator {vote.validator} counts twice"
        assert tally.power[vote.block_id] <= tally.total <= self._validators.total_power, f"{tally.power}"
        tally.bitmap |= 1 << vote.validator
        return None

    def add_polka(self, polka: PolkaCertificate) -> None:
        """Count a verified polka certificate, for a block or for nil."""
        assert_certificate(polka, self._height, self._validators)
        self._rounds.setdefault(polka.round, _RoundVotes()).polkas.setdefault(polka.block_id, polka)

    def rounds(self) -> tuple[Round, ...]:
        """Return the rounds of which anything is held, ascending."""
        return tuple(sorted(self._rounds))

    def vote(self, round_: Round, kind: VoteKind, validator: int) -> Vote | None:
        """Return the first vote of a validator, or None."""
        held = self._rounds.get(round_)
        return None if held is None else held.tally(kind).votes.get(validator)

    def bitmap(self, round_: Round, kind: VoteKind) -> int:
        """Return a bitmap of the validators whose votes are held; bit ``i``: validator ``i``."""
        held = self._rounds.get(round_)
        return 0 if held is None else held.tally(kind).bitmap

    def has_quorum(self, round_: Round, kind: VoteKind, block_id: BlockId | None) -> bool:
        """Return whether more than 2/3 of the power voted for this value (None: nil)."""
        held = self._rounds.get(round_)
        if held is None:
            return False
        if kind is VoteKind.PREVOTE and block_id in held.polkas:
            return True
        return self._validators.is_quorum(held.tally(kind).power.get(block_id, 0))

    def has_any_quorum(self, round_: Round, kind: VoteKind) -> bool:
        """Return whether more than 2/3 of the power voted at all."""
        held = self._rounds.get(round_)
        if held is None:
            return False
        if kind is VoteKind.PREVOTE and held.polkas:
            return True
        return self._validators.is_quorum(held.tally(kind).total)

    def skip_round(self, current: Round) -> Round | None:
        """R"""
        return next((round_ for round_ in self._above(current) if self._honest_voice(round_)), None)

    def is_honest_voice(self) -> bool:
        """Return whether more than 1/3 of the power voted at this height, in whatever rounds, or a quorum is
        proved to have.
        """
        if any(held.polkas for held in self._rounds.values()):
            return True
        return self._is_honest_bound(self.voters(self._rounds))

    def voters(self, rounds: Iterable[Round]) -> int:
        """Return a bitmap of the validators that voted in one of the rounds, with votes of either kind."""
        bitmap = 0
        for round_ in rounds:
            if (held := self._rounds.get(round_)) is not None:
                bitmap |= held.prevotes.bitmap | held.precommits.bitmap
        return bitmap

    def polka(self, round_: Round) -> PolkaCertificate | None:
        """Return the prevotes of a quorum for a block in this round, as one certificate."""
        held = self._rounds.get(round_)
        if held is None:
            return None
        for block_id, polka in held.polkas.items():
            if block_id is not None:
                return polka
        for block_id, power in held.prevotes.power.items():
            if block_id is not None and self._validators.is_quorum(power):
                signatures = _signatures(held.prevotes, block_id)
                return PolkaCertificate(
                    height=self._height, round=round_, block_id=block_id, signatures=signatures
                )
        return None

    def commit(self) -> CommitCertificate | None:
        """Return the precommits of a quorum for a block in any round, as one certificate; the lowest such
        round.
        """
        for round_ in self.rounds():
            precommits = self._rounds[round_].precommits
            for block_id, power in precommits.power.items():
                if block_id is not None and self._validators.is_quorum(power):
                    signatures = _signatures(precommits, block_id)
                    return CommitCertificate(
                        height=self._height, round=round_, block_id=block_id, signatures=signatures
                    )
        return None

    def _honest_voice(self, round_: Round) -> bool:
        held = self._rounds[round_]
        if held.polkas:
            return True
        return self._is_honest_bound(held.prevotes.bitmap | held.precommits.bitmap)

    def _is_honest_bound(self, voters: int) -> bool:
        power = sum(
            member.power for index, member in enumerate(self._validators.members) if voters >> index & 1
        )
        return self._validators.is_honest_bound(power)

    def _above(self, current: Round) -> Iterator[Round]:
        return (round_ for round_ in sorted(self._rounds, reverse=True) if round_ > current)

    def _make_room(self, vote: Vote, current: Round) -> bool:
        """Keep the bound on a validator's future rounds; False where this vote's round is lower than all that
        are kept.
        """
        theirs = [
            round_
            for round_ in self._above(current)
            if self.vote(round_, VoteKind.PREVOTE, vote.validator)
            or self.vote(round_, VoteKind.PRECOMMIT, vote.validator)
        ]
        if vote.round in theirs or len(theirs) < FUTURE_ROUNDS_PER_VALIDATOR_MAX:
            return True
        lowest = theirs[-1]
        if vote.round < lowest:
            return False
        self._forget(lowest, vote.validator)
        return True

    def _forget(self, round_: Round, validator: int) -> None:
        assert round_ > self._current, f"a vote of round {round_} is dropped in {self._current}"
        held = self._rounds[round_]
        for tally in (held.prevotes, held.precommits):
            gone = tally.votes.pop(validator, None)
            if gone is None:
                continue
            power = self._validators[validator].power
            tally.power[gone.block_id] -= power
            tally.total -= power
            assert tally.power[gone.block_id] >= 0 <= tally.total, f"power below 0: {tally.power}"
            tally.bitmap &= ~(1 << validator)
            tally.equivocators.discard(validator)
        if not held.prevotes.votes and not held.precommits.votes and not held.polkas:
            del self._rounds[round_]


def _signatures(tally: _Tally, block_id: BlockId) -> tuple[tuple[int, Signature], ...]:
    chosen = [(index, vote.signature) for index, vote in tally.votes.items() if vote.block_id == block_id]
    return tuple(sorted(chosen))
