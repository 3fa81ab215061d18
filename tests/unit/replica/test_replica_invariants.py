"""Each invariant of the replica is broken by hand, in its effects or in its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from p2pchain.model.chain import BlockRecord
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.replica.blocks import Tip
from p2pchain.replica.effects import Committed, Effect, Persist, SignVote
from p2pchain.replica.inputs import SyncDue, TimerElapsed
from p2pchain.replica.invariants import TransitionCheck
from tests.unit.replica.replica_votes import PREVOTE, a_commit
from tests.unit.replica.replica_world import Scene


def _followed() -> tuple[Scene, Tip, list[Effect]]:
    """Two heights as they go, with where they began and the effects that the invariants are about."""
    scene = Scene(0)
    tip = scene.replica.tip
    scene.follow(2)
    kept: list[Effect] = [
        effect for effect in scene.effects if isinstance(effect, Persist | Committed | SignVote)
    ]
    assert {type(effect) for effect in kept} == {Persist, Committed, SignVote}
    return scene, tip, kept


def _check(scene: Scene, tip: Tip, effects: list[Effect]) -> None:
    TransitionCheck(tip).check(effects, scene.replica.heights, scene.replica.ledger)


def _with_record(change: Callable[[BlockRecord], BlockRecord]) -> Callable[[list[Effect]], list[Effect]]:
    """The same effects, the first durable block changed."""

    def changed(effects: list[Effect]) -> list[Effect]:
        at = next(index for index, effect in enumerate(effects) if isinstance(effect, Persist))
        first = effects[at]
        assert isinstance(first, Persist)
        return [*effects[:at], Persist(record=change(first.record)), *effects[at + 1 :]]

    return changed


def _header(record: BlockRecord, **changes: object) -> BlockRecord:
    header = replace(record.block.header, **changes)  # type: ignore[arg-type]
    return replace(record, block=replace(record.block, header=header))


def _certificate(record: BlockRecord, **changes: object) -> BlockRecord:
    return replace(record, certificate=replace(record.certificate, **changes))  # type: ignore[arg-type]


def _first(effects: list[Effect], kind: type[Effect]) -> Effect:
    return next(effect for effect in effects if isinstance(effect, kind))


def _durable_twice(effects: list[Effect]) -> list[Effect]:
    at = effects.index(_first(effects, Persist))
    return [*effects[: at + 1], effects[at], *effects[at + 1 :]]


BROKEN: dict[str, Callable[[list[Effect]], list[Effect]]] = {
    "is final upon": _durable_twice,
    "is final before it is durable": lambda effects: [_first(effects, Committed), *effects],
    "2 is final before": lambda effects: [
        effect for effect in effects if not isinstance(effect, Persist) or effect.record.block.height != 2
    ],
    "asked after": lambda effects: [_first(effects, SignVote), *effects],
    "has another parent": _with_record(lambda record: _header(record, parent_id=BlockId(bytes(32)))),
    "0 follows": _with_record(lambda record: _header(record, time_ms=0)),
    "1 under a foreign certificate": _with_record(
        lambda record: _certificate(record, block_id=BlockId(bytes(32)))
    ),
    "under a foreign certificate": _with_record(lambda record: _certificate(record, height=Height(7))),
    "receipts": _with_record(lambda record: replace(record, receipts=(*record.receipts, None))),  # type: ignore[arg-type]
}
"""By the words of the invariant: another one that is broken, too, would hide that this one is gone."""


def test_what_a_replica_does_is_allowed() -> None:
    _check(*_followed())


@pytest.mark.parametrize("words", BROKEN)
def test_broken_effects_are_refused(words: str) -> None:
    scene, tip, effects = _followed()
    with pytest.raises(AssertionError, match=words):
        _check(scene, tip, BROKEN[words](effects))


def test_a_vote_below_the_final_height_is_refused() -> None:
    scene, _, effects = _followed()
    with pytest.raises(AssertionError, match="asked upon final height 2"):
        _check(scene, scene.replica.tip, [_first(effects, SignVote)])


def _tip_back(scene: Scene, tip: Tip) -> None:
    scene.replica.heights.tip = tip


def _decided_elsewhere(scene: Scene, _tip: Tip) -> None:
    scene.replica.work.decided = a_commit(BlockId(bytes(32)), height=3)


def _unstarted(scene: Scene, _tip: Tip) -> None:
    scene.propose(scene.chain.make().block)
    scene.replica.work.started = False


def _work_skips(scene: Scene, _tip: Tip) -> None:
    scene.replica.work.height = Height(4)


def _ledger_ahead(scene: Scene, _tip: Tip) -> None:
    scene.replica.ledger._height = Height(3)


MOVED: dict[str, Callable[[Scene, Tip], None]] = {
    "the tip moved": _tip_back,
    "another decision": _decided_elsewhere,
    "runs unstarted": _unstarted,
    "work on 4": _work_skips,
    "ledger at 3": _ledger_ahead,
}


@pytest.mark.parametrize("words", MOVED)
def test_a_broken_state_is_refused(words: str) -> None:
    scene, tip, _ = _followed()
    check = TransitionCheck(scene.replica.tip)
    check.check([], scene.replica.heights, scene.replica.ledger)
    MOVED[words](scene, tip)
    with pytest.raises(AssertionError, match=words):
        check.check([], scene.replica.heights, scene.replica.ledger)


def test_each_input_is_checked() -> None:
    scene, tip, _ = _followed()
    _tip_back(scene, tip)
    with pytest.raises(AssertionError):
        scene.tell(TimerElapsed(timer=SyncDue()))


def test_a_decided_height_is_committed_as_it_was_decided() -> None:
    """Whoever else certifies another block of it: that is no block of this chain."""
    scene, _, _ = _followed()
    candidate = scene.chain.make()
    heights = scene.replica.heights
    heights.work.decided = a_commit(BlockId(bytes(32)), height=3)
    with pytest.raises(AssertionError):
        heights._commit(candidate, a_commit(candidate.block.block_id, height=3), scene.now)


def test_a_vote_is_never_asked_for_again() -> None:
    """The check remembers over inputs."""
    scene, tip, effects = _followed()
    check = TransitionCheck(tip)
    check.check(effects, scene.replica.heights, scene.replica.ledger)
    vote = _first(effects, SignVote)
    assert isinstance(vote, SignVote)
    at = replace(vote.content, kind=PREVOTE, height=Height(3), round=Round(1))
    later = replace(vote, content=at)
    check.check([later], scene.replica.heights, scene.replica.ledger)
    with pytest.raises(AssertionError):
        check.check([later], scene.replica.heights, scene.replica.ledger)
