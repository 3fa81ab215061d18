"""The vote keeper: all votes of one height, by round and kind.

Rounds up to the one in progress are kept in full: each validator has at most one vote counted per round and kind. Of
later rounds only the ``FUTURE_ROUNDS_PER_VALIDATOR_MAX`` highest of each validator are kept, so a validator that votes
in a thousand rounds at once takes the memory of a few, and the places of nobody else. A round of which a verified
certificate came is never given up: a quorum spoke in it, so at least one honest validator was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from p2pchain.consensus.future import FutureRounds
from p2pchain.consensus.tally import Tally
from p2pchain.consensus.types import Equivocated
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind

FUTURE_ROUNDS_PER_VALIDATOR_MAX: Final = 4
"""Later rounds of which votes are kept, per validator: its highest. One would do once the network is calm, for then
all honest validators meet in one round; a few more let those who are a round or two apart be counted together."""


class VoteKeeper:
    """Votes of one height whose signatures were verified; it knows nothing of rounds in progress but what it is told."""

    def __init__(self, *, height: Height, validators: ValidatorSet) -> None:
        """``validators``: those of ``height``, by whose indices votes speak."""
        self._height = height
        self._validators = validators
        self._rounds: dict[Round, dict[VoteKind, Tally]] = {}
        self._certified: set[Round] = set()
        self._future = FutureRounds(rounds_max=FUTURE_ROUNDS_PER_VALIDATOR_MAX)
        self._commit: CommitCertificate | None = None

    def add(self, vote: Vote, *, current: Round) -> tuple[Equivocated, ...]:
        """Keep and count one vote; ``current``: the round in progress. Says once who voted in two ways."""
        assert vote.height == self._height, f"vote of height {vote.height} at {self._height}"
        if vote.round not in self._certified:
            admitted, evicted = self._future.admit(vote.validator, vote.round, current)
            if evicted is not None:
                self._give_up(evicted, vote.validator)
            if not admitted:
                return ()
        equivocated = self._count(vote, certified=False)
        if vote.kind is VoteKind.PRECOMMIT and self._commit is None:
            self._commit = self._commit_of(vote.round)
        return equivocated

    def add_polka(self, polka: PolkaCertificate) -> tuple[Equivocated, ...]:
        """Count a polka certificate as one input: all its power stands behind its value."""
        signed = (
            Vote(
                kind=VoteKind.PREVOTE,
                height=polka.height,
                round=polka.round,
                block_id=polka.block_id,
                validator=index,
                signature=signature,
            )
            for index, signature in polka.signatures
        )
        return self._absorb(signed, polka.round, VoteKind.PREVOTE, polka.block_id)

    def add_commit(self, certificate: CommitCertificate) -> tuple[Equivocated, ...]:
        """Count a commit certificate as one input; the first one known decides."""
        signed = (
            Vote(
                kind=VoteKind.PRECOMMIT,
                height=certificate.height,
                round=certificate.round,
                block_id=certificate.block_id,
                validator=index,
                signature=signature,
            )
            for index, signature in certificate.signatures
        )
        if self._commit is None:
            self._commit = certificate
        return self._absorb(signed, certificate.round, VoteKind.PRECOMMIT, certificate.block_id)

    # what the rules ask

    def has_quorum(self, round_: Round, kind: VoteKind, block_id: BlockId | None) -> bool:
        """Whether a quorum voted for one value (None: nil) in a round."""
        return self._tally(round_, kind).has_quorum(block_id)

    def has_quorum_any(self, round_: Round, kind: VoteKind) -> bool:
        """Whether a quorum voted in a round, for whatever (lines 34, 47)."""
        return self._validators.is_quorum(self._tally(round_, kind).power)

    def polka_block(self, round_: Round) -> BlockId | None:
        """The block that has a quorum of prevotes in a round."""
        return self._tally(round_, VoteKind.PREVOTE).quorum_block()

    def skip_round(self, current: Round) -> Round | None:
        """The highest round above ``current`` in which more than a third of the power spoke (line 55).

        Prevotes and precommits count together, each validator once: one that sent both is still one.
        """
        reached = (
            round_
            for round_ in self._rounds
            if round_ > current and self._validators.is_honest_bound(self._power_in(round_))
        )
        return max(reached, default=None)

    @property
    def commit(self) -> CommitCertificate | None:
        """Precommits of a quorum for one block, in whichever round they came first (line 49)."""
        return self._commit

    # what gossip asks

    def rounds(self) -> tuple[Round, ...]:
        """Rounds of which any vote is held, ascending."""
        return tuple(sorted(self._rounds))

    def bitmap(self, round_: Round, kind: VoteKind) -> int:
        """Bit ``i`` is set where a vote of validator ``i`` is held."""
        return self._tally(round_, kind).bitmap()

    def vote(self, round_: Round, kind: VoteKind, index: int) -> Vote | None:
        """The first vote that was seen of a validator."""
        return self._tally(round_, kind).first.get(index)

    def polka(self, round_: Round) -> PolkaCertificate | None:
        """The polka of a round for a block (not for nil), with all signatures known."""
        tally = self._tally(round_, VoteKind.PREVOTE)
        block_id = tally.quorum_block()
        if block_id is None:
            return None
        signatures = tally.signatures(block_id)
        return PolkaCertificate(height=self._height, round=round_, block_id=block_id, signatures=signatures)

    # leaves

    def _count(self, vote: Vote, *, certified: bool) -> tuple[Equivocated, ...]:
        kinds = self._rounds.get(vote.round)
        if kinds is None:
            kinds = {kind: Tally(validators=self._validators) for kind in VoteKind}
            self._rounds[vote.round] = kinds
        first = kinds[vote.kind].add(vote, certified=certified)
        return () if first is None else (Equivocated(first=first, second=vote),)

    def _absorb(
        self, votes: Iterable[Vote], round_: Round, kind: VoteKind, block_id: BlockId | None
    ) -> tuple[Equivocated, ...]:
        """Count the votes of a certificate. A second certificate for another value of one round and kind, which takes
        more than a third of the power to forge, adds evidence and no count, so it cannot fill memory either."""
        held = self._tally(round_, kind)
        other = held.quorum_block()
        counts = other in (None, block_id) and (block_id is None or not held.has_quorum(None))
        self._certified.add(round_)
        return tuple(found for vote in votes for found in self._count(vote, certified=counts))

    def _commit_of(self, round_: Round) -> CommitCertificate | None:
        tally = self._tally(round_, VoteKind.PRECOMMIT)
        block_id = tally.quorum_block()
        if block_id is None:
            return None
        signatures = tally.signatures(block_id)
        return CommitCertificate(height=self._height, round=round_, block_id=block_id, signatures=signatures)

    def _give_up(self, round_: Round, validator: int) -> None:
        if round_ in self._certified:
            return
        kinds = self._rounds[round_]
        for tally in kinds.values():
            tally.drop(validator)
        if not any(tally.first for tally in kinds.values()):
            del self._rounds[round_]

    def _power_in(self, round_: Round) -> int:
        kinds = self._rounds[round_]
        voters = kinds[VoteKind.PREVOTE].first.keys() | kinds[VoteKind.PRECOMMIT].first.keys()
        return sum(self._validators[index].power for index in voters)

    def _tally(self, round_: Round, kind: VoteKind) -> Tally:
        kinds = self._rounds.get(round_)
        return Tally(validators=self._validators) if kinds is None else kinds[kind]
