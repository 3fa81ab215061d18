"""Equivocation: found, put into a block once, and never an excuse to keep an idle chain busy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.codec.roots import evidence_root
from p2pchain.codec.voting import evidence_order
from p2pchain.ledger.system import EVIDENCE_AGE_MAX
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import BlockId, Height
from p2pchain.model.messages import VoteMessage
from p2pchain.model.voting import Evidence, Vote
from p2pchain.replica.effects import Effect, Notice, SetTimer, SignProposal
from p2pchain.replica.evidence import EVIDENCE_POOL_MAX, EvidencePool
from p2pchain.replica.inputs import BeginHeight
from tests.unit.replica.effect_words import of, words
from tests.unit.replica.replica_votes import KEYS, PREVOTE, a_vote
from tests.unit.replica.replica_world import Scene, with_header

X, Y, Z = (BlockId(letter * 32) for letter in (b"x", b"y", b"z"))


def evidence(*, validator: int = 2, height: int = 1, round_: int = 0) -> Evidence:
    """Two prevotes of one validator."""
    pair = [a_vote(PREVOTE, validator, block_id, height=height, round_=round_) for block_id in (X, Y)]
    first, second = sorted(pair, key=evidence_order)
    return Evidence(validator=KEYS[validator].public_key, first=first, second=second)


def contradict(scene: Scene, validator: int = 2) -> None:
    """A validator says two things to us at the height in progress."""
    height = scene.replica.work.height
    for block_id in (X, Y, None):
        vote = a_vote(PREVOTE, validator, block_id, height=height)
        scene.hear(VoteMessage(vote=vote), validator)


def test_an_equivocation_is_proposed_with_the_next_own_block_and_only_until_it_is_recorded() -> None:
    """Found at height 1; validator 0 proposes at height 4 and 8: height 4 holds it, height 8 not."""
    scene = Scene()
    contradict(scene)
    assert [effect.name for effect in of(Notice, scene.effects)] == ["evidence.found"]
    scene.follow(3)
    (wanted,) = of(SignProposal, scene.elapse(BeginHeight(height=Height(4))))
    assert [each.first.height for each in wanted.block.evidence] == [1]
    scene.decide(scene.chain.make(evidence=wanted.block.evidence))
    scene.follow(3)
    (wanted,) = of(SignProposal, scene.elapse(BeginHeight(height=Height(8))))
    assert wanted.block.evidence == ()


def test_evidence_that_another_recorded_leaves_the_pool() -> None:
    """Another proposer was faster: its block holds what we hold, so ours need not."""
    scene = Scene()
    contradict(scene)
    scene.decide(scene.chain.make(evidence=[evidence()]))
    scene.follow(2)
    (wanted,) = of(SignProposal, scene.elapse(BeginHeight(height=Height(4))))
    assert wanted.block.evidence == ()


@pytest.mark.parametrize("case", ["recorded before", "twice in one block", "of later", "forged", "alike"])
def test_a_block_with_wrong_evidence_is_prevoted_nil(case: str) -> None:
    """What a block holds is recorded for ever: it must be sound, new and timely."""
    scene = Scene()
    scene.follow(2)
    sound = evidence(height=2)
    wrong = {
        "recorded before": [evidence(height=1)],
        "twice in one block": [sound, sound],
        "of later": [evidence(height=4)],
        "forged": [replace(sound, second=replace(sound.second, signature=sound.first.signature))],
        "alike": [replace(sound, second=sound.first)],
    }[case]
    if case == "recorded before":
        scene.decide(scene.chain.make(evidence=wrong))
    assert words(propose_with(scene, wrong)) == [("prevote", 0, None)]


def test_evidence_grows_too_old() -> None:
    """Or a chain would have to keep the validators of all times."""
    maker = Scene().chain.maker
    assert maker.is_usable(evidence(height=1), Height(EVIDENCE_AGE_MAX))
    assert not maker.is_usable(evidence(height=1), Height(EVIDENCE_AGE_MAX + 1))


def test_sound_evidence_is_prevoted() -> None:
    """The control of the cases above."""
    scene = Scene()
    scene.follow(2)
    ((word, _, block_id),) = words(propose_with(scene, [evidence(height=2)]))
    assert word == "prevote"
    assert block_id is not None


def test_evidence_hurries_no_height() -> None:
    """Who votes twice at every height would keep an idle chain busy: evidence waits for the next block."""
    scene = Scene()
    scene.follow(2)
    contradict(scene)
    scene.decide(scene.chain.make())
    assert begin_delay(scene) > 1_000


def propose_with(scene: Scene, held: list[Evidence]) -> list[Effect]:
    """A block whose evidence its proposer did not look at: bound to the header, perhaps wrong."""
    try:
        block = scene.chain.make(evidence=held).block
    except Invalid:
        plain = scene.chain.make().block
        header = replace(plain.header, evidence_root=evidence_root(held))
        block = with_header(replace(plain, evidence=tuple(held)), header)
    return scene.propose(block)


def begin_delay(scene: Scene) -> int:
    """Delay of the last timer that begins a height."""
    timers = [effect for effect in of(SetTimer, scene.effects) if isinstance(effect.timer, BeginHeight)]
    return timers[-1].delay_ms


def test_one_place_is_one_piece_of_evidence_and_the_pool_is_bounded() -> None:
    """A validator may contradict itself as often as it likes."""
    pool = EvidencePool()
    validator = KEYS[2].public_key

    def add(height: int, one: BlockId, other: BlockId) -> None:
        pair: list[Vote] = [a_vote(PREVOTE, 2, block_id, height=height) for block_id in (one, other)]
        pool.add(validator, *pair)

    add(1, X, Y)
    add(1, Y, X)
    add(1, X, Z)
    assert len(pool) == 1
    (kept,) = pool
    assert evidence_order(kept.first) < evidence_order(kept.second)
    for height in range(2, 2 * EVIDENCE_POOL_MAX):
        add(height, X, Y)
    assert len(pool) == EVIDENCE_POOL_MAX
    pool.keep(lambda each: each.first.height == 7)
    assert [each.first.height for each in pool] == [7]
