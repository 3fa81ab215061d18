"""What begins a height before its time: a valid block of its proposer, or the votes of more than 1/3 of the
power. The word of one validator does not, or it could make an idle chain work without end.
"""

from __future__ import annotations

from dataclasses import replace

from p2pchain.model.block import Header
from p2pchain.model.chain import Block
from p2pchain.model.ids import Round
from p2pchain.model.messages import PolkaMessage, ProposalMessage, VoteMessage
from p2pchain.replica.inputs import BeginHeight
from tests.unit.replica.effect_words import words
from tests.unit.replica.replica_votes import PRECOMMIT, PREVOTE, a_polka, a_vote
from tests.unit.replica.replica_world import Scene, a_proposal, with_header


def idle() -> Scene:
    """Nothing waits, and height 3 begins in some seconds."""
    scene = Scene()
    scene.follow(2)
    assert not scene.replica.work.started
    return scene


def propose(scene: Scene, block: Block, round_: int = 0) -> None:
    """The proposer of a round proposes; another passes it on where that is us."""
    proposer = scene.replica.work.proposer_index(Round(round_))
    proposal = a_proposal(block, proposer, round_=round_)
    scene.hear(ProposalMessage(proposal=proposal), scene.other if proposer == scene.own else proposer)


def altered(block: Block, header: Header) -> Block:
    """The block with a root that is not its own."""
    return with_header(block, replace(header, state_root=bytes(32)))


def test_one_validators_votes_begin_no_height() -> None:
    """However many, in whatever rounds."""
    scene = idle()
    for round_ in range(4):
        scene.votes(PREVOTE, None, 1, round_=round_)
        scene.votes(PRECOMMIT, None, 1, round_=round_)
    assert not scene.replica.work.started


def test_more_than_a_third_begin_a_height() -> None:
    """One of them is honest."""
    scene = idle()
    scene.votes(PREVOTE, None, 1)
    scene.votes(PREVOTE, None, 2, round_=3)
    assert scene.replica.work.started


def test_a_polka_begins_a_height() -> None:
    """A quorum has voted, though nobody here heard the votes."""
    scene = idle()
    scene.hear(PolkaMessage(polka=a_polka(None, height=3)), 1)
    assert scene.replica.work.started


def test_votes_that_were_kept_begin_their_height_like_others() -> None:
    """They came before the height was in progress here."""
    scene = idle()
    for index in (1, 2):
        scene.hear(VoteMessage(vote=a_vote(PREVOTE, index, None, height=4)), index)
    scene.decide(scene.chain.make())
    assert scene.replica.work.started


def test_the_proposers_valid_block_begins_a_height() -> None:
    scene = idle()
    block = scene.chain.make().block
    propose(scene, block)
    assert scene.replica.work.started
    assert ("prevote", 0, block.block_id) in words(scene.effects)


def test_an_invalid_block_begins_no_height_and_is_prevoted_nil_once_that_began() -> None:
    scene = idle()
    block = scene.chain.make().block
    propose(scene, altered(block, block.header))
    assert not scene.replica.work.started
    told = scene.elapse(BeginHeight(height=scene.replica.work.height))
    assert words(told) == [("prevote", 0, None)]


def test_a_block_that_is_not_timely_begins_no_height() -> None:
    scene = idle()
    propose(scene, scene.chain.make(later_ms=3_600_000).block)
    assert not scene.replica.work.started


def test_the_proposer_of_a_later_round_begins_no_height() -> None:
    """Everybody is the proposer of some round: else anybody could begin each height, with a valid block."""
    scene = idle()
    for round_ in range(1, 4):
        propose(scene, scene.chain.make(round_=round_).block, round_)
    assert not scene.replica.work.started
