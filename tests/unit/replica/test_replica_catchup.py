"""Catching up: what proves that we are behind, whom the replica asks, and whom it believes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.model.chain import FinalBlock
from p2pchain.model.ids import Height
from p2pchain.model.messages import (
    BlocksRequest,
    BlocksResponse,
    CommitMessage,
    PolkaMessage,
    ProposalMessage,
    VoteMessage,
)
from p2pchain.replica.catchup import Diverged
from p2pchain.replica.effects import Effect, Fetch, Penalise, Persist, ServeBlocks, SetTimer
from p2pchain.replica.inputs import (
    BeginHeight,
    CertificateAnnounced,
    FetchCompleted,
    FetchRequested,
    SyncDue,
)
from tests.unit.replica.effect_words import of, words
from tests.unit.replica.replica_votes import COUNT, PRECOMMIT, PREVOTE, a_commit, a_polka, a_vote
from tests.unit.replica.replica_world import (
    OBSERVER,
    PEERS,
    Scene,
    a_proposal,
    a_transaction,
    block_of,
    final_of,
    forged,
    stands_at,
    with_header,
)


def answer(scene: Scene, fetch: Fetch, *blocks: FinalBlock) -> list[Effect]:
    """The blocks that a peer answers with."""
    completed = FetchCompleted(peer=fetch.peer, request=fetch.request, response=BlocksResponse(blocks=blocks))
    return scene.tell(completed)


def test_a_certificate_of_a_block_that_is_missing_leads_to_fetching_it() -> None:
    """The sender is asked at once; the block is checked, executed and made durable."""
    scene = Scene()
    (final,) = scene.chain.extend()
    told = scene.hear(CommitMessage(certificate=final.certificate), 2)
    (fetch,) = of(Fetch, told)
    assert fetch.peer == PEERS[2]
    assert isinstance(fetch.request, BlocksRequest)
    assert fetch.request.first == 1
    told = answer(scene, fetch, final)
    (persist,) = of(Persist, told)
    assert persist.record.block.block_id == final.block.block_id
    assert scene.replica.height == 1
    assert not scene.replica.syncing


def test_a_decision_by_votes_alone_fetches_the_block_once_a_peer_has_it() -> None:
    """L49 does not wait for the proposal."""
    scene = Scene()
    (final,) = scene.chain.extend()
    scene.votes(PRECOMMIT, final.block.block_id, 1, 2, 3)
    assert scene.replica.syncing
    scene.hear(stands_at(2), 3)
    (fetch,) = of(Fetch, scene.elapse(SyncDue()))
    answer(scene, fetch, final)
    assert scene.replica.height == 1


def test_a_late_proposal_of_the_decided_height_commits_it() -> None:
    """No fetch is needed then."""
    scene = Scene()
    block = scene.chain.make().block
    scene.votes(PRECOMMIT, block.block_id, 1, 2, 3)
    assert scene.replica.syncing
    scene.propose(block)
    assert scene.replica.height == 1


def test_many_blocks_are_applied_one_input_at_a_time() -> None:
    """So that catching up never holds up the rest; nothing is signed until it is done."""
    scene = Scene()
    finals = scene.chain.extend(5)
    (fetch,) = of(Fetch, scene.hear(stands_at(6), 1))
    told = answer(scene, fetch, *finals)
    assert scene.replica.height == 1
    for height in range(2, 6):
        assert SetTimer(timer=SyncDue(), delay_ms=0) in told
        assert scene.replica.syncing
        told = scene.elapse(BeginHeight(height=Height(height)) if height % 2 else SyncDue())
        assert scene.replica.height == height
    assert words(scene.effects) == []
    assert any(isinstance(effect.timer, BeginHeight) for effect in of(SetTimer, told))


def test_an_unproven_claim_moves_nothing_but_a_question() -> None:
    """A peer that claims a million heights is asked, and that is all; the height is still decided."""
    scene = Scene()
    told = scene.hear(stands_at(1_000_000), 3)
    assert [fetch.peer for fetch in of(Fetch, told)] == [PEERS[3]]
    assert not scene.replica.syncing
    scene.follow()
    assert scene.replica.height == 1


@pytest.mark.parametrize("damage", ["certificate", "other block", "forged transaction", "no quorum"])
def test_a_wrong_block_penalises_whoever_sent_it(damage: str) -> None:
    """Nothing is applied, the peer is not asked for a while, another one gives the right block."""
    scene = Scene()
    final = scene.chain.commit(scene.chain.make(transactions=[a_transaction()]))
    block, certificate = final.block, final.certificate
    wrong = {
        "certificate": replace(
            final, certificate=replace(certificate, signatures=certificate.signatures[::-1])
        ),
        "other block": replace(
            final, block=replace(block, header=replace(block.header, state_root=bytes(32)))
        ),
        "forged transaction": replace(
            final, block=replace(block, transactions=tuple(forged(each) for each in block.transactions))
        ),
        "no quorum": replace(final, certificate=a_commit(block.block_id, signers=(1, 2))),
    }[damage]
    (fetch,) = of(Fetch, scene.hear(CommitMessage(certificate=certificate), 2))
    told = answer(scene, fetch, wrong)
    assert [effect.peer for effect in of(Penalise, told)] == [PEERS[2]]
    assert scene.replica.height == 0
    scene.hear(CommitMessage(certificate=certificate), 3)
    (fetch,) = of(Fetch, scene.effects[-20:])[-1:]
    assert fetch.peer == PEERS[3]
    answer(scene, fetch, final)
    assert scene.replica.height == 1


def test_a_genuine_certificate_does_not_vouch_for_another_block() -> None:
    """Block and certificate each hold alone; the certificate is that of the block which was decided."""
    scene = Scene()
    other = scene.chain.make(later_ms=51).block
    (final,) = scene.chain.extend()
    (fetch,) = of(Fetch, scene.hear(CommitMessage(certificate=final.certificate), 2))
    told = answer(scene, fetch, final_of(other, final.certificate))
    assert [effect.fault.code for effect in of(Penalise, told)] == ["SYNC_CERTIFICATE"]
    assert of(Persist, told) == []
    assert scene.replica.height == 0


def test_a_rejected_block_leaves_the_height_to_be_decided() -> None:
    """A false block waited for this height, so nobody had set the timer that begins it."""
    scene = Scene()
    one, two = scene.chain.extend(2)
    wrong = replace(two, certificate=a_commit(two.block.block_id, height=2, signers=(1, 2)))
    (fetch,) = of(Fetch, scene.hear(stands_at(3), 2))
    answer(scene, fetch, one, wrong)
    told = scene.elapse(SyncDue())
    assert of(Penalise, told)
    assert scene.replica.height == 1
    timers = [effect.timer for effect in of(SetTimer, told)]
    assert BeginHeight(height=Height(2)) in timers


def test_a_quorum_signed_block_that_our_execution_contradicts_stops_the_node() -> None:
    """More than a third lie, or our state or version is wrong: go no further, and say so."""
    scene = Scene()
    block = scene.chain.make().block
    header = replace(block.header, state_root=bytes(32))
    wrong = with_header(block, header)
    certificate = a_commit(wrong.block_id)
    (fetch,) = of(Fetch, scene.hear(CommitMessage(certificate=certificate), 2))
    with pytest.raises(Diverged) as raised:
        answer(scene, fetch, final_of(wrong, certificate))
    assert raised.value.code == "EXECUTION_DIVERGED"
    assert raised.value.facts["height"] == 1
    assert "state_root" in str(raised.value.facts["reason"])


def test_messages_of_the_next_height_are_kept_and_heard_when_it_begins() -> None:
    """A peer may be one height ahead; what it says then is not lost."""
    scene = Scene()
    first = scene.chain.make()
    scene.propose(first.block)
    scene.chain.commit(first)
    second = scene.chain.make()
    proposer = scene.chain.proposer()
    scene.hear(ProposalMessage(proposal=a_proposal(second.block, proposer)), proposer)
    for index in (1, 2):
        vote = a_vote(PRECOMMIT, index, second.block.block_id, height=2)
        scene.hear(VoteMessage(vote=vote), index)
    told = scene.votes(PRECOMMIT, first.block.block_id, 1, 2, 3)
    assert scene.replica.height == 1
    assert words(told) == [("prevote", 0, second.block.block_id)]
    scene.votes(PRECOMMIT, second.block.block_id, 3)
    assert scene.replica.height == 2


def test_a_forged_message_of_the_next_height_penalises_when_it_is_heard() -> None:
    """Nothing is verified before its height; then its sender pays."""
    scene = Scene()
    vote = a_vote(PREVOTE, 1, None, height=2, sound=False)
    assert scene.hear(VoteMessage(vote=vote), 3) == []
    scene.follow()
    assert [effect.peer for effect in of(Penalise, scene.effects)] == [PEERS[3]]


def test_messages_of_far_heights_are_not_kept() -> None:
    """Nor those that are over."""
    scene = Scene()
    scene.follow()
    for height in (1, 4, 100):
        vote = a_vote(PREVOTE, 1, None, height=height)
        assert scene.hear(VoteMessage(vote=vote), 1) == []
    assert scene.replica.peers[PEERS[1]].future == []


def test_kept_messages_are_bounded() -> None:
    """One peer floods the next height."""
    scene = Scene()
    for round_ in range(1_000):
        scene.hear(VoteMessage(vote=a_vote(PREVOTE, 1, None, height=2, round_=round_, sound=False)), 1)
    assert len(scene.replica.peers[PEERS[1]].future) == 256


@pytest.mark.parametrize("sound", [True, False])
def test_a_certificate_from_the_block_topic_is_checked(sound: bool) -> None:
    """An observer learns there that it is behind; a forged one penalises the link it came over."""
    scene = Scene(own=None, peers=[PEERS[1], OBSERVER])
    (final,) = scene.chain.extend()
    certificate = final.certificate if sound else a_commit(final.block.block_id, signers=(1, 2))
    told = scene.tell(CertificateAnnounced(peer=PEERS[1], certificate=certificate))
    assert bool(of(Fetch, told)) == sound
    assert bool(of(Penalise, told)) != sound


def test_whom_nobody_knows_is_not_heard() -> None:
    """Its link is gone, or never was."""
    scene = Scene(peers=[PEERS[1]])
    (final,) = scene.chain.extend()
    assert scene.hear(CommitMessage(certificate=final.certificate), 2) == []
    assert scene.tell(CertificateAnnounced(peer=PEERS[2], certificate=final.certificate)) == []
    request = BlocksRequest(first=Height(1), count=1)
    assert scene.tell(FetchRequested(peer=PEERS[2], request_id=1, request=request)) == []


@pytest.mark.parametrize(("first", "count", "served"), [(1, 64, 3), (3, 64, 1), (4, 1, 0), (2, 1, 1)])
def test_only_blocks_that_are_here_are_served(first: int, count: int, served: int) -> None:
    """Up to the tip."""
    scene = Scene()
    scene.follow(3)
    request = BlocksRequest(first=Height(first), count=count)
    (serve,) = of(ServeBlocks, scene.tell(FetchRequested(peer=PEERS[1], request_id=7, request=request)))
    assert (serve.request_id, serve.first, serve.count) == (7, first, served)


def test_a_block_and_its_polka_do_not_confuse_a_height_that_is_over() -> None:
    """Everything of height 1 comes again after it was decided."""
    scene = Scene()
    scene.follow()
    block = block_of(scene.chain.finals[0])
    before = len(scene.effects)
    scene.hear(ProposalMessage(proposal=a_proposal(block, 1)), 1)
    for index in range(1, COUNT):
        scene.hear(VoteMessage(vote=a_vote(PRECOMMIT, index, block.block_id)), index)
    scene.hear(CommitMessage(certificate=scene.chain.finals[0].certificate), 1)
    scene.hear(PolkaMessage(polka=a_polka(block.block_id)), 1)
    assert scene.effects[before:] == []
