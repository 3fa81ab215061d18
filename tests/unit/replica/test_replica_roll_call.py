"""Who signs, by what was seen of the newest heights: a link that is open proves nothing, and one that is
missing neither.
"""

from __future__ import annotations

from p2pchain.model.ids import BlockId, PublicKey, Round
from p2pchain.model.messages import ProposalMessage, VoteMessage
from p2pchain.model.voting import VoteKind
from p2pchain.replica.inputs import PeerConnected, PeerDisconnected
from p2pchain.replica.roll_call import HEIGHTS_WATCHED, not_voting
from tests.unit.replica.replica_votes import KEYS, PRECOMMIT, PREVOTE, a_vote
from tests.unit.replica.replica_world import PEERS, Scene, a_proposal, block_of

ALL = {key.public_key for key in KEYS}


def key(index: int) -> PublicKey:
    """Of a validator."""
    return KEYS[index].public_key


def say(scene: Scene, kind: VoteKind, block_id: BlockId | None, *indexes: int, round_: int = 0) -> None:
    """Votes at the height in progress, all carried by validator 0."""
    height = scene.replica.work.height
    for index in indexes:
        vote = a_vote(kind, index, block_id, height=height, round_=round_)
        scene.hear(VoteMessage(vote=vote), 0)


def decide(scene: Scene, count: int, *signers: int) -> None:
    """Blocks for which these validators precommit, and validator 0; nobody else signs anything."""
    for _ in range(count):
        block = block_of(scene.chain.commit(scene.chain.make()))
        scene.now_ms = max(scene.now_ms, block.header.time_ms) + 1
        proposal = a_proposal(block, scene.replica.work.proposer_index(Round(0)))
        scene.hear(ProposalMessage(proposal=proposal), 0)
        say(scene, PRECOMMIT, block.block_id, *signers, 0)
        assert scene.replica.height == block.height


def mute(scene: Scene, *linked: int) -> tuple[PublicKey, ...]:
    """Of these, who is found mute; of the three others where none is named."""
    heights = scene.replica.heights
    return heights.roll_call.mute(heights.work, {key(index) for index in linked or (1, 2, 3)})


def heard(scene: Scene, *linked: int) -> set[PublicKey]:
    """Who is heard though not among the linked."""
    heights = scene.replica.heights
    return set(heights.roll_call.heard(heights.work, {key(index) for index in linked}))


def test_who_signs_none_of_the_last_blocks_is_mute() -> None:
    """The height whose late votes may still come does not count yet."""
    scene = Scene(own=None)
    decide(scene, HEIGHTS_WATCHED, 1, 2)
    assert mute(scene) == ()
    decide(scene, 1, 1, 2)
    assert mute(scene) == (key(3),)
    assert mute(scene, 1, 2) == (), "who is not linked is missing, not mute"


def test_a_vote_that_comes_late_counts() -> None:
    """The slowest of four is never in a certificate: its votes come when the quorum is there."""
    scene = Scene(own=None)
    for _ in range(HEIGHTS_WATCHED + 1):
        decide(scene, 1, 1, 2)
        vote = a_vote(PRECOMMIT, 3, scene.replica.tip.block_id, height=scene.replica.height)
        scene.hear(VoteMessage(vote=vote), 3)
    assert mute(scene) == ()


def test_one_vote_ends_it() -> None:
    """Of the height in progress already."""
    scene = Scene(own=None)
    decide(scene, HEIGHTS_WATCHED + 1, 1, 2)
    say(scene, PREVOTE, None, 3)
    assert mute(scene) == ()


def test_who_has_just_linked_is_not_blamed_for_the_blocks_before() -> None:
    scene = Scene(own=None)
    decide(scene, HEIGHTS_WATCHED, 1, 2)
    scene.tell(PeerDisconnected(peer=PEERS[3]))
    scene.tell(PeerConnected(peer=PEERS[3]))
    decide(scene, HEIGHTS_WATCHED, 1, 2)
    assert mute(scene) == ()
    decide(scene, 2, 1, 2)
    assert mute(scene) == (key(3),)


def test_who_is_not_linked_is_heard_by_its_votes() -> None:
    """From the first height on at which it voted since its link closed."""
    scene = Scene(own=None)
    decide(scene, 3, 1, 2, 3)
    scene.tell(PeerDisconnected(peer=PEERS[3]))
    assert heard(scene, 0, 1, 2) == set(), "what it said before the link closed proves nothing"
    decide(scene, 1, 1, 2)
    say(scene, PREVOTE, None, 3)
    assert heard(scene, 0, 1, 2) == {key(3)}
    assert heard(scene, 0, 1, 2, 3) == set()


def test_who_is_not_heard_any_more_is_missing() -> None:
    scene = Scene(own=None)
    scene.tell(PeerDisconnected(peer=PEERS[3]))
    decide(scene, 3, 1, 2, 3)
    assert heard(scene, 0, 1, 2) == {key(3)}
    decide(scene, HEIGHTS_WATCHED + 1, 1, 2)
    assert heard(scene, 0, 1, 2) == set()


def test_where_rounds_fail_who_does_not_vote_is_told() -> None:
    """From round 2 on, by the votes of that round and the one before."""
    scene = Scene(own=None)
    say(scene, PREVOTE, None, 1, 2, round_=1)
    assert scene.replica.work.consensus.round == 1
    assert not_voting(scene.replica.work, ALL, overdue=False) == ()
    say(scene, PREVOTE, None, 1, 2, round_=2)
    assert scene.replica.work.consensus.round == 2
    assert not_voting(scene.replica.work, {key(1), key(2), key(3)}, overdue=False) == (key(3),)
    say(scene, PRECOMMIT, None, 3, round_=1)
    assert not_voting(scene.replica.work, {key(1), key(2), key(3)}, overdue=False) == ()


def test_who_has_not_voted_is_missed_where_a_height_stands_in_its_first_round() -> None:
    """Two of four vote: no quorum ends the round, so its number stays 0 for as long as that lasts."""
    scene = Scene(own=None)
    say(scene, PREVOTE, None, 1, 2)
    assert scene.replica.work.consensus.round == 0
    assert not_voting(scene.replica.work, {key(1), key(2), key(3)}, overdue=False) == ()
    assert not_voting(scene.replica.work, {key(1), key(2), key(3)}, overdue=True) == (key(3),)
