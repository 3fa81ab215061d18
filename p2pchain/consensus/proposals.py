"""The proposals that arrived, by round, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from p2pchain.consensus.future import FutureRounds
from p2pchain.consensus.types import ProposalArrived
from p2pchain.model.ids import BlockId, Round

PROPOSALS_PER_ROUND_MAX: Final = 4
"""Different proposals kept of one round; an honest proposer makes one."""
FUTURE_PROPOSAL_ROUNDS_MAX: Final = 4
"""Later rounds of which proposals are kept, per proposer: its highest."""


class ProposalKeeper:
    """Proposals of the round in progress and of later ones; no rule asks for one of a past round."""

    def __init__(self, *, proposer: Callable[[Round], int]) -> None:
        """``proposer``: index of the validator whose turn a round is."""
        self._proposer = proposer
        self._future = FutureRounds(rounds_max=FUTURE_PROPOSAL_ROUNDS_MAX)
        self._rounds: dict[Round, list[ProposalArrived]] = {}

    def add(self, arrived: ProposalArrived, *, current: Round, polka: bool) -> None:
        """Keep a proposal. ``polka``: its round has prevotes of a quorum for it, so it is kept even where it is full.

        The first of a round stays the first: it is the one that is prevoted.
        """
        if arrived.round < current:
            return
        held = self._rounds.get(arrived.round, [])
        if any(
            each.block_id == arrived.block_id and each.valid_round == arrived.valid_round for each in held
        ):
            return
        admitted, evicted = self._future.admit(self._proposer(arrived.round), arrived.round, current)
        if evicted is not None:
            self._rounds.pop(evicted, None)
        if not admitted:
            return
        if len(held) < PROPOSALS_PER_ROUND_MAX:
            self._rounds[arrived.round] = [*held, arrived]
        elif polka:
            self._rounds[arrived.round] = [*held[:-1], arrived]

    def first(self, round_: Round) -> ProposalArrived | None:
        """The proposal of a round that came first."""
        held = self._rounds.get(round_)
        return None if held is None else held[0]

    def holds_valid(self, round_: Round, block_id: BlockId) -> bool:
        """Whether a proposal of the round for this block is here, and the block is valid."""
        return any(each.valid and each.block_id == block_id for each in self._rounds.get(round_, ()))

    def forget_before(self, round_: Round) -> None:
        """Drop the proposals of rounds that have passed."""
        for passed in [each for each in self._rounds if each < round_]:
            del self._rounds[passed]
