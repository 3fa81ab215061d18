"""What one node received, all receive: summaries show the gaps, and gaps are filled, once."""

from __future__ import annotations

import pytest

from p2pchain.consensus.types import Step
from p2pchain.model.ids import Height, Round
from p2pchain.model.messages import (
    SUMMARY_ROUNDS_MAX,
    CommitMessage,
    PolkaMessage,
    ProposalMessage,
    RoundSummary,
    RoundView,
    VoteMessage,
)
from p2pchain.model.voting import VoteKind
from p2pchain.replica.effects import Effect, SetTimer
from p2pchain.replica.gossip import MESSAGES_PER_SUMMARY_MAX, summary_of
from p2pchain.replica.inputs import PeerConnected, PeerDisconnected, StandDue, SummaryDue
from p2pchain.replica.peer_view import RESEND_MS
from p2pchain.replica.round_summary import REPEAT_MS, SETTLED_MS, SUMMARY_EVERY_MS
from tests.unit.replica.effect_words import sent
from tests.unit.replica.replica_votes import PRECOMMIT, PREVOTE, a_commit
from tests.unit.replica.replica_world import PEERS, Scene

NOTHING = RoundSummary(height=Height(1), round=Round(0), step=1, rounds=())


def holds(*views: RoundView, height: int = 1) -> RoundSummary:
    """What a peer says it holds."""
    return RoundSummary(height=Height(height), round=Round(0), step=1, rounds=views)


def full_round(scene: Scene) -> None:
    """Round 0 with its proposal and the prevotes of 1, 2 and 3, and a precommit of 1."""
    block = scene.chain.make().block
    scene.propose(block)
    scene.votes(PREVOTE, block.block_id, 1, 2, 3)
    scene.votes(PRECOMMIT, block.block_id, 1)


def votes_in(effects: list[Effect]) -> list[tuple[VoteKind, int]]:
    """Votes that are sent to the third peer."""
    return [
        (message.vote.kind, message.vote.validator) for message in sent(VoteMessage, effects, peer=PEERS[3])
    ]


def test_a_peer_that_holds_nothing_gets_all() -> None:
    """The polka as one certificate, the proposal, then the votes one by one."""
    scene = Scene()
    full_round(scene)
    told = scene.hear(NOTHING, 3)
    assert len(sent(PolkaMessage, told, peer=PEERS[3])) == 1
    assert len(sent(ProposalMessage, told, peer=PEERS[3])) == 1
    assert votes_in(told) == [(PREVOTE, 1), (PREVOTE, 2), (PREVOTE, 3), (PRECOMMIT, 1)]


def test_a_peer_gets_what_it_lacks_and_nothing_else() -> None:
    """It has the proposal and two prevotes."""
    scene = Scene()
    full_round(scene)
    view = RoundView(round=Round(0), proposal=True, prevotes=0b0110, precommits=0b0010, polka=True)
    told = scene.hear(holds(view), 3)
    assert votes_in(told) == [(PREVOTE, 3)]
    assert sent(PolkaMessage, told) == []
    assert sent(ProposalMessage, told) == []


def test_a_peer_that_holds_all_gets_nothing() -> None:
    """Our own summary, said back."""
    scene = Scene()
    full_round(scene)
    assert scene.hear(summary_of(scene.replica.work), 3) == []


def test_summaries_do_not_storm() -> None:
    """A peer repeats its summary: what was just sent is not sent again, until it may have been lost."""
    scene = Scene()
    full_round(scene)
    first = scene.hear(NOTHING, 3)
    for _ in range(100):
        assert scene.hear(NOTHING, 3) == []
    scene.now_ms += RESEND_MS
    assert len(scene.hear(NOTHING, 3)) == len(first)


def test_a_summary_is_never_answered_with_a_summary() -> None:
    """Or two nodes would talk for ever."""
    scene = Scene()
    full_round(scene)
    for height in range(1, 4):
        assert sent(RoundSummary, scene.hear(holds(height=height), 3)) == []


def test_a_peer_one_height_behind_gets_the_certificate_not_more_often_than_it_may_be_lost() -> None:
    """It then asks for the block."""
    scene = Scene()
    scene.follow()
    (message,) = sent(CommitMessage, scene.hear(NOTHING, 3), peer=PEERS[3])
    assert message.certificate.height == 1
    for _ in range(100):
        assert scene.hear(NOTHING, 3) == []
    scene.now_ms += RESEND_MS
    assert len(sent(CommitMessage, scene.hear(NOTHING, 3))) == 1


def test_a_decision_whose_block_is_missing_is_told_as_a_certificate() -> None:
    """Peers of the same height learn of it, though we cannot commit yet."""
    scene = Scene()
    block = scene.chain.make().block
    scene.hear(CommitMessage(certificate=a_commit(block.block_id)), 2)
    told = scene.hear(NOTHING, 3)
    assert len(sent(CommitMessage, told, peer=PEERS[3])) == 1


def test_a_new_peer_is_told_where_we_stand() -> None:
    """So it can fill our gaps, and we its."""
    scene = Scene(peers=[])
    told = scene.tell(PeerConnected(peer=PEERS[2]))
    assert [summary.height for summary in sent(RoundSummary, told, peer=PEERS[2])] == [1]


def test_a_peer_that_came_back_is_given_everything_again() -> None:
    """What was sent over the old link may be lost."""
    scene = Scene()
    full_round(scene)
    first = scene.hear(NOTHING, 3)
    scene.tell(PeerDisconnected(peer=PEERS[3]))
    scene.tell(PeerConnected(peer=PEERS[3]))
    assert scene.hear(NOTHING, 3) == first


def test_a_step_that_lasts_is_told_once_it_has_lasted_and_while_it_lasts() -> None:
    """A new step within the time puts it off; nothing is told of a step that passes."""
    scene = Scene()
    block = scene.chain.make().block
    scene.propose(block)
    scene.now_ms += SETTLED_MS - 1
    assert not sent(RoundSummary, scene.votes(PREVOTE, block.block_id, 1, 2, 3)), "precommit"
    scene.now_ms += 1
    put_off = scene.elapse(StandDue())
    assert not sent(RoundSummary, put_off)
    assert SetTimer(timer=StandDue(), delay_ms=SETTLED_MS - 1) in put_off
    scene.now_ms += SETTLED_MS - 1
    told = scene.elapse(StandDue())
    assert [summary.step for summary in sent(RoundSummary, told)] == [Step.PRECOMMIT]
    assert SetTimer(timer=StandDue(), delay_ms=REPEAT_MS) in told
    scene.now_ms += REPEAT_MS
    assert len(sent(RoundSummary, scene.elapse(StandDue()))) == 1


def test_where_we_stand_is_told_every_second_whatever_happens() -> None:
    """Also between heights, where nothing is repeated."""
    scene = Scene()
    scene.now_ms += SETTLED_MS
    told = scene.elapse(StandDue())
    assert len(sent(RoundSummary, told)) == 1
    assert not [effect for effect in told if isinstance(effect, SetTimer)], "nothing is in progress"
    again = scene.elapse(SummaryDue())
    assert len(sent(RoundSummary, again)) == 1
    assert SetTimer(timer=SummaryDue(), delay_ms=SUMMARY_EVERY_MS) in again


@pytest.mark.parametrize("jump_ms", [-3_600_000, 3_600_000])
def test_a_wall_clock_that_jumps_changes_no_duration(jump_ms: int) -> None:
    """How long a step lasts, and whether a message went out lately, is read from the monotonic clock."""
    scene = Scene()
    scene.sign_all(scene.propose(scene.chain.make().block))
    scene.wall_ahead_ms += jump_ms
    assert votes_in(scene.hear(NOTHING, 3)) == []
    scene.now_ms += SETTLED_MS - 1
    assert sent(RoundSummary, scene.elapse(StandDue())) == []
    scene.now_ms += RESEND_MS - SETTLED_MS + 1
    assert votes_in(scene.hear(NOTHING, 3)) == [(PREVOTE, 0)]
    assert len(sent(RoundSummary, scene.elapse(StandDue()))) == 1


def test_what_we_said_ourselves_is_not_sent_again_at_once() -> None:
    """A summary that crosses our own broadcast is no reason to repeat it."""
    scene = Scene()
    scene.sign_all(scene.propose(scene.chain.make().block))
    assert votes_in(scene.hear(NOTHING, 3)) == []
    scene.now_ms += RESEND_MS
    assert votes_in(scene.hear(NOTHING, 3)) == [(PREVOTE, 0)]


def test_a_summary_keeps_its_bound_and_names_the_rounds_that_matter() -> None:
    """Locked round 0, round 40 in progress: both are in it, and the newest of the others."""
    scene = Scene(own=3)
    block = scene.chain.make().block
    scene.sign_all(scene.propose(block))
    scene.sign_all(scene.votes(PREVOTE, block.block_id, 1, 2))
    for round_ in range(1, 41):
        scene.votes(PREVOTE, None, 1, 2, round_=round_)
    summary = summary_of(scene.replica.work)
    rounds = [view.round for view in summary.rounds]
    assert summary.round == 40
    assert len(rounds) == SUMMARY_ROUNDS_MAX
    assert rounds == [0, *range(26, 41)]
    assert [view.polka for view in summary.rounds] == [True] + [False] * 15


def test_the_answer_to_one_summary_is_bounded() -> None:
    """Whatever is held, a peer's small message never makes a large answer."""
    scene = Scene()
    for round_ in range(200):
        scene.votes(PREVOTE, None, 1, 2, 3, round_=round_)
        scene.votes(PRECOMMIT, None, 1, 2, 3, round_=round_)
    assert 0 < len(scene.hear(NOTHING, 3)) <= MESSAGES_PER_SUMMARY_MAX
