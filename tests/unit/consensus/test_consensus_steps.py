"""Step tables: what was heard, in order, and what must be said then. Each story is told to one validator of
four.
"""

from __future__ import annotations

import pytest

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.types import (
    CommitArrived,
    Decided,
    Equivocated,
    GetValue,
    Input,
    Output,
    Restored,
    ScheduleTimeout,
    Start,
    Step,
    TimeoutElapsed,
    TimeoutKind,
    ValueBuilt,
)
from p2pchain.model.ids import Round
from p2pchain.model.safety import NO_LOCK, LockState
from tests.unit.consensus.height_world import (
    PRECOMMIT,
    PREVOTE,
    V,
    W,
    commit,
    height,
    polka,
    proposal,
    said,
    vote,
)

T = TimeoutKind


def timeout(kind: TimeoutKind, round_: int = 0) -> TimeoutElapsed:
    return TimeoutElapsed(kind=kind, round=Round(round_))


def tell(core: HeightConsensus, *heard: Input) -> tuple[Output, ...]:
    """Outputs of the last input; those before it only set the scene."""
    outputs: tuple[Output, ...] = ()
    for given in heard:
        outputs = core.handle(given)
    return outputs


LOCKED_ON_V = (
    Start(),
    proposal(V),
    vote(PREVOTE, 1, V),
    vote(PREVOTE, 1, V),
    vote(PREVOTE, 2, V),
    vote(PREVOTE, 3, V),
)
"""Validator 3 has locked V in round 0."""
TO_ROUND_1 = (
    vote(PRECOMMIT, 0, None),
    vote(PRECOMMIT, 1, None),
    vote(PRECOMMIT, 2, None),
    timeout(T.PRECOMMIT),
)

TABLE = [
    ("L22 a timely valid proposal", (Start(), proposal(V)), [("prevote", 0, V)]),
    ("L22 an invalid one", (Start(), proposal(V, valid=False)), [("prevote", 0, None)]),
    ("an untimely one", (Start(), proposal(V, timely=False)), [("prevote", 0, None)]),
    ("only the first of two", (Start(), proposal(V), proposal(W)), []),
    ("L57 no proposal", (Start(), timeout(T.PROPOSE)), [("prevote", 0, None)]),
    ("L57 too late", (Start(), proposal(V), timeout(T.PROPOSE)), []),
    ("L36 polka", LOCKED_ON_V, [("precommit", 0, V)]),
    ("no polka with two of four", (Start(), proposal(V), vote(PREVOTE, 1, V), vote(PREVOTE, 2, V)), []),
    (
        "L36 polka as a certificate",
        (Start(), proposal(V), polka(V)),
        [("precommit", 0, V)],
    ),
    ("polka without its proposal", (Start(), polka(V), timeout(T.PROPOSE)), [("prevote", 0, None)]),
    (
        "L44 nil polka",
        (Start(), timeout(T.PROPOSE), vote(PREVOTE, 1, None), vote(PREVOTE, 2, None), vote(PREVOTE, 0, None)),
        [("precommit", 0, None)],
    ),
    ("L61 no polka in time", (Start(), timeout(T.PROPOSE), timeout(T.PREVOTE)), [("precommit", 0, None)]),
    ("L55 one voice is not enough", (Start(), vote(PREVOTE, 1, None, 3)), []),
    (
        "locked: L22 refuses another new value",
        (*LOCKED_ON_V, *TO_ROUND_1, proposal(W, 1)),
        [("prevote", 1, None)],
    ),
    ("locked: L22 takes the same value", (*LOCKED_ON_V, *TO_ROUND_1, proposal(V, 1)), [("prevote", 1, V)]),
    ("L28 without polka says nothing", (Start(), *TO_ROUND_1, proposal(W, 1, 0)), []),
    ("L28 with the polka", (Start(), *TO_ROUND_1, proposal(W, 1, 0), polka(W, 0)), [("prevote", 1, W)]),
    ("L28 the polka came first", (Start(), *TO_ROUND_1, polka(W, 0), proposal(W, 1, 0)), [("prevote", 1, W)]),
    (
        "L28 a re-proposal need not be timely",
        (Start(), *TO_ROUND_1, polka(W, 0), proposal(W, 1, 0, timely=False)),
        [("prevote", 1, W)],
    ),
    ("L28 valid round must lie below", (Start(), *TO_ROUND_1, polka(W, 1), proposal(W, 1, 1)), []),
    (
        "L29 an older polka does not unlock",
        (
            Start(),
            *TO_ROUND_1,
            proposal(V, 1),
            polka(V, 1),
            vote(PRECOMMIT, 0, None, 1),
            vote(PRECOMMIT, 1, None, 1),
            vote(PRECOMMIT, 2, None, 1),
            timeout(T.PRECOMMIT, 1),
            polka(W, 0),
            proposal(W, 2, 0),
        ),
        [("prevote", 2, None)],
    ),
    (
        "L29 a later polka unlocks",
        (
            *LOCKED_ON_V,
            *TO_ROUND_1,
            timeout(T.PROPOSE, 1),
            timeout(T.PREVOTE, 1),
            vote(PRECOMMIT, 0, None, 1),
            vote(PRECOMMIT, 1, None, 1),
            vote(PRECOMMIT, 2, None, 1),
            timeout(T.PRECOMMIT, 1),
            polka(W, 1),
            proposal(W, 2, 1),
        ),
        [("prevote", 2, W)],
    ),
]


@pytest.mark.parametrize(("heard", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_step(heard: tuple[Input, ...], expected: list[tuple[str, int, bytes | None]]) -> None:
    """Validator 3 says exactly this in answer to the last input."""
    assert said(tell(height(3), *heard)) == expected


def test_the_proposer_asks_for_a_value_and_proposes_it() -> None:
    """L18, L19."""
    core = height(0)
    assert GetValue(round=Round(0)) in core.handle(Start())
    assert said(core.handle(ValueBuilt(round=Round(0), block_id=V))) == [("proposal", 0, V)]


def test_a_value_that_comes_too_late_is_not_proposed() -> None:
    """The round has passed."""
    core = height(0)
    assert said(tell(core, Start(), timeout(T.PROPOSE), ValueBuilt(round=Round(0), block_id=V))) == []


def test_the_valid_value_is_proposed_again() -> None:
    """L16: validator 1 proposes round 1, and V has a polka of round 0."""
    core = height(1)
    outputs = tell(core, *LOCKED_ON_V, *TO_ROUND_1)
    assert said(outputs) == [("proposal", 1, V)]


def test_valid_value_is_updated_after_the_precommit() -> None:
    """L42 in the precommit step: it had precommitted nil when the polka came; the lock stays open."""
    core = height(1)
    tell(core, Start(), proposal(V), timeout(T.PREVOTE), polka(V))
    assert core.lock == LockState(locked_round=None, locked_block=None, valid_round=Round(0), valid_block=V)
    assert said(tell(core, *TO_ROUND_1)) == [("proposal", 1, V)]


def test_a_decision_of_a_past_round_counts() -> None:
    """L49: precommits of round 0 complete while the node is in round 1; said once."""
    core = height(3)
    tell(core, Start(), *TO_ROUND_1[:2], vote(PRECOMMIT, 2, V), timeout(T.PRECOMMIT))
    assert core.round == 1
    core = height(3)
    outputs = tell(core, Start(), vote(PRECOMMIT, 0, V), vote(PRECOMMIT, 1, V), vote(PRECOMMIT, 2, V))
    assert core.decided is not None
    assert [output for output in outputs if isinstance(output, Decided)] == [
        Decided(certificate=core.decided)
    ]
    assert core.handle(vote(PRECOMMIT, 3, V)) == ()
    assert core.handle(timeout(T.PRECOMMIT)) == ()


def test_a_certificate_decides_before_the_start_too() -> None:
    """Catching up: a node that has not begun the height learns that it is decided."""
    core = height(3)
    assert core.handle(CommitArrived(certificate=commit(V, 4))) == (Decided(certificate=commit(V, 4)),)
    assert core.handle(Start()) == ()


def test_round_skip_needs_two_distinct_senders() -> None:
    """L55: prevote and precommit of one sender are one voice; of two senders they are f+1."""
    core = height(3)
    tell(core, Start(), vote(PREVOTE, 1, None, 7), vote(PRECOMMIT, 1, None, 7))
    assert core.round == 0
    tell(core, vote(PRECOMMIT, 2, None, 7))
    assert (core.round, core.step) == (7, Step.PROPOSE)


def test_a_flood_of_future_rounds_is_bounded_and_honest_ones_are_still_followed() -> None:
    """One validator votes in a thousand rounds; memory holds a few, and f+1 at the highest still
    lead there.
    """
    core = height(3)
    core.handle(Start())
    for round_ in range(1, 1_001):
        core.handle(vote(PREVOTE, 1, None, round_))
    assert len(core.rounds()) <= 4
    core.handle(vote(PREVOTE, 2, None, 1_000))
    assert core.round == 1_000


def test_an_equivocator_is_told_once_and_counted_once() -> None:
    """Its second vote does not make a quorum."""
    core = height(3)
    tell(core, Start(), proposal(V), vote(PREVOTE, 1, W))
    (told,) = core.handle(vote(PREVOTE, 1, V))
    assert isinstance(told, Equivocated)
    assert core.handle(vote(PREVOTE, 1, None)) == ()
    assert said(tell(core, vote(PREVOTE, 2, V), vote(PREVOTE, 3, V))) == []


def test_timeouts_grow_linearly_to_a_cap() -> None:
    """1 s + 0.5 s a round, at most 10 s."""
    core = height(3)
    core.handle(Start())
    delays = []
    for round_ in (1, 2, 100):
        core.handle(vote(PREVOTE, 1, None, round_))
        outputs = core.handle(vote(PREVOTE, 2, None, round_))
        delays += [
            out.delay_ms for out in outputs if isinstance(out, ScheduleTimeout) and out.kind is T.PROPOSE
        ]
    assert delays == [1_500, 2_000, 10_000]


def test_each_vote_timeout_is_scheduled_once() -> None:
    """L34 and L47 apply for the first time only."""
    core = height(3)
    tell(core, Start(), timeout(T.PROPOSE))
    outputs: list[Output] = []
    for given in (vote(PREVOTE, 0, V), vote(PREVOTE, 1, None), vote(PREVOTE, 2, V), vote(PREVOTE, 3, None)):
        outputs += core.handle(given)
    assert [out.kind for out in outputs if isinstance(out, ScheduleTimeout)] == [T.PREVOTE]


@pytest.mark.parametrize(
    ("step", "may_say"),
    [
        (Step.PROPOSE, [("prevote", 2, V), ("precommit", 2, V)]),
        (Step.PREVOTE, [("precommit", 2, V)]),
        (Step.PRECOMMIT, []),
    ],
)
def test_after_a_restart_only_later_steps_are_said(step: Step, may_say: list[tuple[str, int, bytes]]) -> None:
    """Round 2, where validator 2 stopped; then everything of the round arrives."""
    core = height(2, restored=Restored(round=Round(2), step=step, lock=NO_LOCK))
    outputs = [*core.handle(Start()), *core.handle(proposal(V, 2)), *core.handle(polka(V, 2))]
    assert said(tuple(outputs)) == may_say
    assert not any(isinstance(output, GetValue) for output in outputs)


def test_a_restored_lock_holds() -> None:
    """Locked on V in round 0 before the crash: a new W in round 1 gets nil."""
    lock = LockState(locked_round=Round(0), locked_block=V, valid_round=Round(0), valid_block=V)
    core = height(3, restored=Restored(round=Round(0), step=Step.PRECOMMIT, lock=lock))
    assert said(tell(core, Start(), *TO_ROUND_1, proposal(W, 1))) == [("prevote", 1, None)]


def test_an_observer_follows_and_says_nothing() -> None:
    """It decides all the same."""
    core = height(None)
    outputs: list[Output] = []
    for given in (*LOCKED_ON_V, vote(PRECOMMIT, 0, V), vote(PRECOMMIT, 1, V), vote(PRECOMMIT, 2, V)):
        outputs += core.handle(given)
    assert said(tuple(outputs)) == []
    assert core.decided is not None
