"""Who brought which of two contradicting votes: local knowledge, bounded, also of votes that come late."""

from __future__ import annotations

import pytest

from p2pchain.model.ids import BlockId, Height, PeerId
from p2pchain.model.messages import VoteMessage
from p2pchain.replica.effects import Notice, Penalise, SignProposal
from p2pchain.replica.inputs import BeginHeight, PeerConnected, PeerDisconnected
from p2pchain.replica.peer_view import PeerView
from p2pchain.replica.vote_sightings import DOUBLE_VOTES_MAX, Sightings, Source
from tests.unit.replica.effect_words import of
from tests.unit.replica.replica_votes import KEYS, PRECOMMIT, PREVOTE, a_vote
from tests.unit.replica.replica_world import OBSERVER, PEERS, Scene

X, Y = BlockId(b"x" * 32), BlockId(b"y" * 32)
HERE, THERE = "/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"


def two_hosts() -> Scene:
    """Validator 2 at one address, an observer's node at another."""
    scene = Scene(peers=(PEERS[1], PEERS[3]))
    scene.tell(PeerConnected(peer=PEERS[2], validator=KEYS[2].public_key, address=HERE))
    scene.tell(PeerConnected(peer=OBSERVER, address=THERE))
    return scene


def hear(scene: Scene, block_id: BlockId | None, sender: PeerId, height: int = 1) -> None:
    scene.hear(VoteMessage(vote=a_vote(PREVOTE, 2, block_id, height=height)), sender)


def test_both_senders_of_a_double_vote_are_named() -> None:
    """In the order in which the votes came; a repetition over another peer changes nothing."""
    scene = two_hosts()
    hear(scene, X, PEERS[2])
    hear(scene, X, PEERS[1])
    hear(scene, Y, OBSERVER)
    (found,) = scene.replica.heights.sightings
    assert found.blocks == (X, Y)
    assert found.sources == (Source(peer=PEERS[2], address=HERE), Source(peer=OBSERVER, address=THERE))
    (notice,) = [each for each in of(Notice, scene.effects) if each.name == "evidence.found"]
    told = dict(notice.facts)
    assert (told["org"], told["validator"]) == ("org-2", KEYS[2].public_key.hex())
    assert (told["first_peer"], told["first_address"]) == (PEERS[2], HERE)
    assert (told["second_peer"], told["second_address"]) == (OBSERVER, THERE)


def test_a_vote_whose_signature_does_not_hold_names_nobody() -> None:
    """Or anybody could put a name beside another's vote."""
    scene = two_hosts()
    forged = a_vote(PREVOTE, 2, X, sound=False)
    scene.hear(VoteMessage(vote=forged), OBSERVER)
    hear(scene, X, PEERS[2])
    hear(scene, Y, PEERS[1])
    (found,) = scene.replica.heights.sightings
    assert [source and source.peer for source in found.sources] == [PEERS[2], PEERS[1]]


def test_who_brought_it_is_remembered_after_its_link_ended() -> None:
    """With the address that it had."""
    scene = two_hosts()
    hear(scene, X, PEERS[2])
    scene.tell(PeerDisconnected(peer=PEERS[2]))
    hear(scene, Y, OBSERVER)
    (found,) = scene.replica.heights.sightings
    assert found.sources[0] == Source(peer=PEERS[2], address=HERE)


def test_a_contradiction_that_comes_after_the_block_is_final_is_evidence_too() -> None:
    """A quorum is faster than the second host: its vote is that of the last height."""
    scene = two_hosts()
    block = scene.chain.make()
    scene.propose(block.block)
    hear(scene, X, PEERS[2])
    scene.chain.commit(block)
    for index in (1, 3):
        scene.hear(VoteMessage(vote=a_vote(PRECOMMIT, index, block.block.block_id)), index)
    scene.hear(VoteMessage(vote=a_vote(PRECOMMIT, 2, block.block.block_id)), 2)
    assert scene.replica.height == 1
    hear(scene, Y, OBSERVER)
    hear(scene, Y, PEERS[1])
    (found,) = scene.replica.heights.sightings
    assert [source and source.peer for source in found.sources] == [PEERS[2], OBSERVER]
    scene.follow(2)
    (wanted,) = of(SignProposal, scene.elapse(BeginHeight(height=Height(4))))
    assert [(each.first.height, each.validator) for each in wanted.block.evidence] == [
        (1, KEYS[2].public_key)
    ]
    hear(scene, Y, OBSERVER)
    assert len(scene.replica.heights.sightings) == 1, "two heights ago: too late"


def test_a_late_vote_that_does_not_hold_is_a_peers_fault() -> None:
    """As any other."""
    scene = two_hosts()
    scene.follow(1)
    told = scene.hear(VoteMessage(vote=a_vote(PREVOTE, 2, Y, sound=False)), OBSERVER)
    assert [effect.peer for effect in of(Penalise, told)] == [OBSERVER]


def test_late_votes_begin_no_height() -> None:
    """An idle chain stays idle."""
    scene = two_hosts()
    scene.follow(1)
    hear(scene, X, PEERS[2])
    assert not scene.replica.work.started


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources, and double votes: the newest."""
    monkeypatch.setattr("p2pchain.replica.vote_sightings.SOURCES_MAX", 2)
    sightings = Sightings({PEERS[1]: PeerView(address=HERE)})
    validator = Scene().replica.work.validators[2]
    for round_ in range(DOUBLE_VOTES_MAX + 3):
        pair = [a_vote(PREVOTE, 2, block_id, round_=round_) for block_id in (X, Y)]
        for vote in pair:
            sightings.heard(vote, PEERS[1])
        sightings.voted_twice(validator, *pair)
    kept = list(sightings)
    assert (len(kept), kept[0].round, kept[0].sources) == (DOUBLE_VOTES_MAX, 3, (None, None))


# One key, two peers


def shared(scene: Scene) -> list[dict[str, object]]:
    return [dict(each.facts) for each in of(Notice, scene.effects) if each.name == "validator.key_shared"]


def test_a_second_peer_with_a_validators_key_is_told() -> None:
    """Both are named, with their addresses."""
    scene = two_hosts()
    assert shared(scene) == []
    scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[2].public_key, address=THERE))
    (told,) = shared(scene)
    assert (told["peer"], told["address"]) == (OBSERVER, THERE)
    assert told["others"] == f"{PEERS[2]} {HERE}"


def test_a_peer_with_the_key_of_one_that_is_away_is_told_too() -> None:
    """The ledger says whose it is."""
    scene = Scene(peers=(PEERS[1],))
    scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[2].public_key, address=THERE))
    (told,) = shared(scene)
    assert told["others"] == PEERS[2]
