"""What the status and the evidence say of a key in two places."""

from __future__ import annotations

from dataclasses import replace

from p2pchain.control.port import Json
from p2pchain.ledger.system import EVIDENCE_AGE_MAX
from p2pchain.model.ids import BlockId, Height
from p2pchain.model.messages import BlocksRequest, VoteMessage
from p2pchain.node.health.suspicions import MISSES_TOLD, suspicions, with_sources
from p2pchain.replica.inputs import PeerConnected
from tests.unit.replica.replica_votes import KEYS, PREVOTE, a_vote
from tests.unit.replica.replica_world import OBSERVER, PEERS, Scene, stands_at

HERE, THERE = "/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"


def double_voted() -> Scene:
    scene = Scene(peers=(PEERS[1], PEERS[3]))
    scene.tell(PeerConnected(peer=PEERS[2], address=HERE))
    scene.tell(PeerConnected(peer=OBSERVER, address=THERE))
    for block_id, sender in ((None, PEERS[2]), (BlockId(b"x" * 32), OBSERVER)):
        scene.hear(VoteMessage(vote=a_vote(PREVOTE, 2, block_id)), sender)
    return scene


def test_all_is_well() -> None:
    assert suspicions(Scene().replica) == []


def test_a_double_vote_is_told_with_both_peers_until_it_is_too_old() -> None:
    """Names, ids and addresses."""
    scene = double_voted()
    (reason,) = suspicions(scene.replica)
    assert reason.startswith("org-2 voted twice at height 1 round 0: first over org-2 (")
    for word in (PEERS[2], HERE, OBSERVER, THERE, "p2pchain equivocations"):
        assert word in reason
    scene.replica.heights.tip = replace(scene.replica.tip, height=Height(EVIDENCE_AGE_MAX + 1))
    assert suspicions(scene.replica) == []


def test_who_claims_a_block_and_does_not_give_it_is_named_while_it_is_lacking() -> None:
    """From the second question in vain on; where an honest one claims it, too."""
    scene = Scene()
    planner = scene.replica.catch_up.planner
    for index in (1, 2, 3):
        scene.hear(stands_at(6), index)
    request = BlocksRequest(first=Height(1), count=5)
    for times in range(3):
        told = [reason for reason in suspicions(scene.replica) if "did not give it" in reason]
        assert len(told) == (times >= MISSES_TOLD)
        assert all(f"org-1 ({PEERS[1]}" in reason and f"asked {times} times" in reason for reason in told)
        planner.failed(PEERS[1], request, 0)
    scene.follow(5)
    assert suspicions(scene.replica) == []


def test_a_claim_of_few_names_nobody() -> None:
    """A liar's claim is no lack."""
    scene = Scene()
    scene.hear(stands_at(10**6), 1)
    for _ in range(5):
        scene.replica.catch_up.planner.failed(PEERS[1], BlocksRequest(first=Height(1), count=5), 0)
    assert suspicions(scene.replica) == []


def test_a_shared_key_is_told_with_both_peers() -> None:
    """As long as it is."""
    scene = Scene(peers=(PEERS[1],))
    scene.tell(PeerConnected(peer=PEERS[2], validator=KEYS[2].public_key, address=HERE))
    assert suspicions(scene.replica) == []
    scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[2].public_key, address=THERE))
    (reason,) = suspicions(scene.replica)
    assert reason.startswith("validator key of org-2 used by two peers: ")
    for word in (PEERS[2], HERE, OBSERVER, THERE):
        assert word in reason


def test_evidence_says_over_whom_the_votes_came() -> None:
    """Empty where this node did not see them."""
    scene = double_voted()
    recorded: dict[str, Json] = {
        "validator": KEYS[2].public_key.hex(),
        "height": 1,
        "round": 0,
        "kind": "prevote",
    }
    told = with_sources(scene.replica, recorded)
    assert told["org"] == "org-2"
    assert told["came_over"] == [
        {"block": None, "node": "org-2", "peer_id": PEERS[2], "address": HERE},
        {"block": "78" * 32, "node": "org-4", "peer_id": OBSERVER, "address": THERE},
    ]
    assert with_sources(scene.replica, {**recorded, "height": 2})["came_over"] == []
    assert with_sources(scene.replica, {**recorded, "validator": "00" * 32})["org"] is None
