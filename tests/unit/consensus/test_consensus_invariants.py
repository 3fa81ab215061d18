"""Each invariant of the voting is broken by hand: a state that no rule makes, or an attribute that somebody
else moved. What the rules do is never refused; all other tests of the voting run under the same assertions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.invariants import (
    HeightState,
    assert_precommit,
    assert_prevote,
    assert_speech,
    assert_state,
    assert_transition,
)
from p2pchain.consensus.types import CommitArrived, PolkaArrived, Restored, Start, Step
from p2pchain.consensus.votes import FUTURE_ROUNDS_PER_VALIDATOR_MAX, VoteKeeper
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.safety import NO_LOCK, LockState
from tests.unit.consensus.height_world import (
    HEIGHT,
    PRECOMMIT,
    PREVOTE,
    V,
    W,
    commit,
    height,
    polka,
    proposal,
    validators,
    vote,
)


def lock(locked: int | None, valid: int | None, block: BlockId = V, valid_block: BlockId = V) -> LockState:
    """Locked and valid in these rounds."""
    return LockState(
        locked_round=None if locked is None else Round(locked),
        locked_block=None if locked is None else block,
        valid_round=None if valid is None else Round(valid),
        valid_block=None if valid is None else valid_block,
    )


def state(
    round_: int, step: Step, kept: LockState = NO_LOCK, *, decided: BlockId | None = None
) -> HeightState:
    """A height at one moment."""
    certificate = None if decided is None else commit(decided)
    return HeightState(round=Round(round_), step=step, lock=kept, decided=certificate)


BROKEN_STATES = {
    "locked round above the valid one": state(3, Step.PRECOMMIT, lock(2, 1)),
    "locked without a valid round": state(3, Step.PRECOMMIT, lock(2, None)),
    "valid round above the one in progress": state(3, Step.PRECOMMIT, lock(2, 4)),
    "locked round without a block": state(3, Step.PREVOTE, replace(lock(2, 2), locked_block=None)),
    "valid block without a round": state(3, Step.PREVOTE, replace(lock(None, 2), valid_round=None)),
    "two blocks of one round": state(3, Step.PREVOTE, lock(2, 2, V, W)),
    "a round before the beginning": state(1, Step.NEW_HEIGHT),
}

BROKEN_TRANSITIONS = {
    "the round falls": (state(2, Step.PROPOSE), state(1, Step.PRECOMMIT)),
    "the step falls": (state(1, Step.PRECOMMIT), state(1, Step.PREVOTE)),
    "the height begins anew": (state(0, Step.PROPOSE), state(0, Step.NEW_HEIGHT)),
    "the locked round falls": (
        state(3, Step.PRECOMMIT, lock(3, 3)),
        state(3, Step.PRECOMMIT, lock(2, 3)),
    ),
    "the lock is dropped": (state(3, Step.PROPOSE, lock(2, 2)), state(3, Step.PREVOTE, lock(None, 2))),
    "the valid round falls": (state(3, Step.PROPOSE, lock(1, 2)), state(3, Step.PREVOTE, lock(1, 1))),
    "the locked block is exchanged": (
        state(3, Step.PROPOSE, lock(1, 2)),
        state(3, Step.PREVOTE, lock(1, 2, W)),
    ),
    "the valid block is exchanged": (
        state(3, Step.PROPOSE, lock(1, 2)),
        state(3, Step.PREVOTE, lock(1, 2, V, W)),
    ),
    "locked in a round gone by": (state(3, Step.PREVOTE), state(3, Step.PRECOMMIT, lock(2, 3))),
    "locked without a precommit": (state(3, Step.PROPOSE), state(3, Step.PREVOTE, lock(3, 3))),
    "valid in a round gone by": (state(3, Step.PREVOTE), state(3, Step.PRECOMMIT, lock(None, 2))),
    "another decision": (state(0, Step.PROPOSE, decided=V), state(0, Step.PROPOSE, decided=W)),
    "the decision is dropped": (state(0, Step.PROPOSE, decided=V), state(0, Step.PROPOSE)),
    "a round after the decision": (state(0, Step.PROPOSE, decided=V), state(1, Step.PROPOSE, decided=V)),
}


@pytest.mark.parametrize("broken", BROKEN_STATES.values(), ids=BROKEN_STATES.keys())
def test_a_broken_state_is_refused(broken: HeightState) -> None:
    with pytest.raises(AssertionError):
        assert_state(broken)


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("half a lock", BROKEN_STATES["locked round without a block"]),
        ("half a valid value", BROKEN_STATES["valid block without a round"]),
    ],
)
def test_half_a_lock_is_named(words: str, broken: HeightState) -> None:
    """By its words: such a state breaks other invariants, too."""
    with pytest.raises(AssertionError, match=words):
        assert_state(broken)


def test_a_lock_that_falls_is_named() -> None:
    with pytest.raises(AssertionError, match="lock falls from round 3 to 2"):
        assert_transition(*BROKEN_TRANSITIONS["the locked round falls"])


@pytest.mark.parametrize("moved", BROKEN_TRANSITIONS.values(), ids=BROKEN_TRANSITIONS.keys())
def test_a_broken_transition_is_refused(moved: tuple[HeightState, HeightState]) -> None:
    """Each moment is sound by itself where it is not about the moment: only the move is wrong."""
    before, after = moved
    assert_state(before)
    assert_state(after)
    with pytest.raises(AssertionError):
        assert_transition(before, after)


def test_what_the_rules_do_is_allowed() -> None:
    moments = (
        state(0, Step.NEW_HEIGHT),
        state(0, Step.PROPOSE),
        state(0, Step.PREVOTE),
        state(0, Step.PRECOMMIT, lock(0, 0)),
        state(4, Step.PROPOSE, lock(0, 0)),
        state(4, Step.PRECOMMIT, lock(0, 0)),
        state(4, Step.PRECOMMIT, lock(0, 4, V, W)),
        state(5, Step.PRECOMMIT, lock(5, 5, W, W)),
        state(5, Step.PRECOMMIT, lock(5, 5, W, W), decided=V),
    )
    for before, after in pairwise(moments):
        assert_transition(before, after)


def test_nothing_is_signed_twice_or_behind() -> None:
    last = (Round(1), Step.PREVOTE)
    assert_speech(None, last)
    assert_speech(last, (Round(2), Step.PROPOSE))
    for position in (last, (Round(1), Step.PROPOSE), (Round(0), Step.PRECOMMIT)):
        with pytest.raises(AssertionError):
            assert_speech(last, position)


def test_a_precommit_is_locked_in_its_round() -> None:
    assert_precommit(lock(2, 2), Round(2), V)
    assert_precommit(NO_LOCK, Round(2), None)
    for kept, block in ((NO_LOCK, V), (lock(1, 1), V), (lock(2, 2), W)):
        with pytest.raises(AssertionError):
            assert_precommit(kept, Round(2), block)


def test_a_prevote_against_the_lock_has_a_polka() -> None:
    kept = lock(2, 2)
    for block, valid_round in ((V, None), (None, None), (W, Round(2)), (W, Round(3))):
        assert_prevote(kept, block, valid_round)
    assert_prevote(NO_LOCK, W, None)
    for valid_round in (None, Round(1)):
        with pytest.raises(AssertionError):
            assert_prevote(kept, W, valid_round)


def _moved_by_hand(name: str, value: object) -> Callable[[HeightConsensus], None]:
    return lambda core: setattr(core, name, value)


@pytest.mark.parametrize(
    "patch",
    [
        _moved_by_hand("round", Round(0)),
        _moved_by_hand("step", Step.PROPOSE),
        _moved_by_hand("lock", NO_LOCK),
        _moved_by_hand("lock", lock(1, 1, W, W)),
    ],
    ids=["round", "step", "lock dropped", "lock exchanged"],
)
def test_nobody_else_moves_a_height(patch: Callable[[HeightConsensus], None]) -> None:
    """Locked in round 1; whatever is moved from outside is seen with the next input."""
    core = height(3)
    core.handle(Start())
    for index in (0, 1, 2):
        core.handle(vote(PREVOTE, index, V, 1))
    core.handle(proposal(V, 1))
    assert (core.round, core.step, core.lock) == (1, Step.PRECOMMIT, lock(1, 1))
    patch(core)
    with pytest.raises(AssertionError):
        core.handle(vote(PREVOTE, 3, V, 1))


def test_a_decision_is_for_good() -> None:
    core = height(3)
    core.handle(Start())
    core.handle(CommitArrived(certificate=commit(V)))
    core.decided = commit(W)
    with pytest.raises(AssertionError):
        core.handle(vote(PREVOTE, 0, V))


def test_a_position_is_signed_once() -> None:
    """A step that was moved back is seen; so is the second vote of a step, whoever asks for it."""
    core = height(3)
    core.handle(Start())
    core.handle(proposal(V))
    with pytest.raises(AssertionError):
        core._prevote(V)


def test_a_broken_safety_record_begins_nothing() -> None:
    core = height(3, restored=Restored(round=Round(1), step=Step.PREVOTE, lock=lock(2, 2)))
    with pytest.raises(AssertionError):
        core.handle(Start())


def test_a_certificate_has_a_quorum_of_its_height() -> None:
    few, other = commit(V).signatures[:2], Height(HEIGHT + 1)
    for broken in (replace(commit(V), signatures=few), replace(commit(V), height=other)):
        with pytest.raises(AssertionError):
            height(3).handle(CommitArrived(certificate=broken))
    certificate = polka(V).polka
    for wrong in (replace(certificate, signatures=few), replace(certificate, height=other)):
        with pytest.raises(AssertionError):
            height(3).handle(PolkaArrived(polka=wrong))


def test_votes_of_rounds_begun_are_kept() -> None:
    """Only of rounds to come are votes dropped, so what is certified only grows."""
    keeper = VoteKeeper(HEIGHT, validators())
    for round_ in range(1, FUTURE_ROUNDS_PER_VALIDATOR_MAX + 2):
        keeper.add(vote(PRECOMMIT, 0, V, round_).vote, Round(0))
    assert keeper.bitmap(Round(1), PRECOMMIT) == 0
    assert keeper.bitmap(Round(2), PRECOMMIT) == 1
    keeper.add(vote(PRECOMMIT, 1, V, 2).vote, Round(2))
    with pytest.raises(AssertionError):
        keeper._forget(Round(2), 0)
    with pytest.raises(AssertionError):
        keeper.add(vote(PRECOMMIT, 2, V, 2).vote, Round(1))


def test_a_vote_counts_once() -> None:
    keeper = VoteKeeper(HEIGHT, validators())
    cast = vote(PRECOMMIT, 0, V).vote
    keeper.add(cast, Round(0))
    keeper._rounds[Round(0)].precommits.votes.clear()
    with pytest.raises(AssertionError):
        keeper.add(cast, Round(0))
    beyond = VoteKeeper(HEIGHT, validators())
    beyond.add(cast, Round(0))
    beyond._rounds[Round(0)].precommits.total = 4
    with pytest.raises(AssertionError):
        beyond.add(vote(PRECOMMIT, 1, V).vote, Round(0))
