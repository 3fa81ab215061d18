"""After a crash: what the caller must bring back, or a lock holds for ever."""

from __future__ import annotations

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.types import Input, Restored, Start, Step, TimeoutElapsed, TimeoutKind
from p2pchain.model.ids import Round
from p2pchain.model.safety import LockState
from tests.unit.consensus.height_world import PRECOMMIT, PREVOTE, V, height, polka, proposal, said, vote

LOCK = LockState(locked_round=Round(0), locked_block=V, valid_round=Round(0), valid_block=V)
HEARD_AGAIN: tuple[Input, ...] = (
    vote(PREVOTE, 1, V),
    vote(PREVOTE, 2, V),
    vote(PREVOTE, 3, None),
    vote(PRECOMMIT, 0, None),
    vote(PRECOMMIT, 2, None),
    vote(PRECOMMIT, 3, None),
    TimeoutElapsed(kind=TimeoutKind.PRECOMMIT, round=Round(0)),
    proposal(V, 1, 0),
)
"""Validator 1 had locked V upon prevotes of 1, 2 and 3; 3 says now that its prevote was nil; 1
proposes V again.
"""


def back() -> HeightConsensus:
    core = height(1, restored=Restored(round=Round(0), step=Step.PRECOMMIT, lock=LOCK))
    core.handle(Start())
    return core


def test_a_lock_without_its_polka_convinces_nobody() -> None:
    """Line 28 waits for a polka that never comes together again: not even its proposer prevotes V."""
    core = back()
    assert [word for given in HEARD_AGAIN for word in said(core.handle(given))] == [("proposal", 1, V)]


def test_the_polka_of_the_lock_is_fed_in_again() -> None:
    """The caller keeps it with the precommit: it is one input, whatever 3 says now, and can be sent on."""
    core = back()
    core.handle(polka(V))
    assert [word for given in HEARD_AGAIN for word in said(core.handle(given))] == [
        ("proposal", 1, V),
        ("prevote", 1, V),
    ]
    assert core.polka(Round(0)) is not None
