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


BROKEN: dict[str, Callable[[list[Effect]], list[Effect]]] = {
    "a block is durable twice": lambda effects: [_first(effects, Persist), *effects],
    "final before durable": lambda effects: [_first(effects, Committed), *effects],
    "a height is passed over": lambda effects: [
        effect for effect in effects if effect is not _first(effects, Persist)
    ],
    "a vote twice": lambda effects: [_first(effects, SignVote), *effects],
    "a vote below the final height": lambda effects: [*effects, _first(effects, SignVote)],
    "another parent": _with_record(lambda record: _header(record, parent_id=BlockId(bytes(32)))),
    "a time that stands still": _with_record(lambda record: _header(record, time_ms=0)),
    "a foreign certificate": _with_record(lambda record: _certificate(record, block_id=BlockId(bytes(32)))),
    "a certificate of another height": _with_record(lambda record: _certificate(record, height=Height(7))),
    "a receipt of nothing": _with_record(lambda record: replace(record, receipts=(*record.receipts, None))),  # type: ignore[arg-type]
}


def test_what_a_replica_does_is_allowed() -> None:
    _check(*_followed())


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_broken_effects_are_refused(change: Callable[[list[Effect]], list[Effect]]) -> None:
    scene, tip, effects = _followed()
    with pytest.raises(AssertionError):
        _check(scene, tip, change(effects))


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


@pytest.mark.parametrize("patch", [_tip_back, _decided_elsewhere, _unstarted, _work_skips, _ledger_ahead])
def test_a_broken_state_is_refused(patch: Callable[[Scene, Tip], None]) -> None:
    scene, tip, _ = _followed()
    check = TransitionCheck(scene.replica.tip)
    check.check([], scene.replica.heights, scene.replica.ledger)
    patch(scene, tip)
    with pytest.raises(AssertionError):
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
