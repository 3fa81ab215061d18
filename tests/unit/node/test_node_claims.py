"""Which claim is believed: that of validators with more than a third of the power, whoever else lies."""

from __future__ import annotations

from p2pchain.node.health.claimed_heights import credible_claim
from p2pchain.replica.inputs import PeerConnected
from tests.unit.replica.replica_world import OBSERVER, PEERS, Scene, stands_at


def test_one_validators_claim_is_not_believed_and_that_of_two_of_four_is() -> None:
    scene = Scene()
    scene.hear(stands_at(10**6), 1)
    assert credible_claim(scene.replica) == 0
    scene.hear(stands_at(8), 2)
    assert credible_claim(scene.replica) == 7


def test_observers_add_nothing_to_a_validators_claim() -> None:
    """One member may have many nodes."""
    scene = Scene()
    scene.tell(PeerConnected(peer=OBSERVER))
    scene.hear(stands_at(10**6), OBSERVER)
    scene.hear(stands_at(10**6), 1)
    assert credible_claim(scene.replica) == 0


def test_where_no_validator_is_linked_enough_others_are_believed() -> None:
    """A node that hears observers alone still knows that it is behind."""
    scene = Scene(own=None, peers=[OBSERVER, "another observer"])  # type: ignore[list-item]
    for peer in (OBSERVER, "another observer"):
        assert credible_claim(scene.replica) == 0
        scene.hear(stands_at(8), peer)  # type: ignore[arg-type]
    assert credible_claim(scene.replica) == 7
    assert PEERS[1] not in scene.replica.peers
