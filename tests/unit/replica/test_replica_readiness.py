"""The readiness gate: nothing is signed before a quorum told where the chain stands, and then at once."""

from __future__ import annotations

import pytest

from p2pchain.consensus.types import TimeoutKind
from p2pchain.model.ids import Height, OrgId, PublicKey, Round
from p2pchain.model.messages import BlocksResponse
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.replica.effects import Effect, Fetch, SetTimer, SignProposal, SignVote
from p2pchain.replica.inputs import (
    BeginHeight,
    ConsensusTimeout,
    FetchCompleted,
    PeerConnected,
    PeerDisconnected,
    SyncDue,
)
from p2pchain.replica.readiness import Readiness
from tests.unit.replica.effect_words import Word, of, words
from tests.unit.replica.replica_votes import KEYS, PREVOTE, a_vote
from tests.unit.replica.replica_world import OBSERVER, PEERS, Scene, stands_at
from tests.unit.replica.safety_records import record_of

BEGIN = BeginHeight(height=Height(1))


def a_set(*powers: int) -> ValidatorSet:
    """Validators with keys 0, 1, 2, ... and these powers."""
    return ValidatorSet(
        tuple(
            Validator(public_key=key_of(n), power=power, org=OrgId(f"org-{n}"))
            for n, power in enumerate(powers)
        )
    )


def key_of(number: int) -> PublicKey:
    return PublicKey(bytes([number]) * 32)


def opens(validators: ValidatorSet, told: dict[int, int], *, own: int = 0, at: int = 5) -> bool:
    """Whether the gate opens for a node that works on height ``at``."""
    heard = [(key_of(number), Height(height)) for number, height in told.items()]
    return Readiness().consider(validators, own, heard, Height(at))


@pytest.mark.parametrize(
    ("powers", "told", "expected"),
    [
        ((1,), {}, True),  # alone, it is the chain
        ((1, 1, 1, 1), {}, False),
        ((1, 1, 1, 1), {1: 5}, False),
        ((1, 1, 1, 1), {1: 5, 2: 5}, True),  # one is silent
        ((1, 1, 1, 1), {1: 5, 2: 4}, True),  # one is behind us
        ((1, 1, 1, 1), {1: 5, 2: 6}, False),  # one has our height already
        ((1, 1, 1, 1), {1: 5, 2: 5, 3: 10**9}, True),  # one lies
        ((1, 1, 1, 1), {1: 0, 2: 9, 3: 9}, False),  # two are above, one lies
        ((1, 1, 1, 1), {7: 5, 8: 5, 9: 5}, False),  # no validators
        ((1,) * 7, {1: 5, 2: 5, 3: 5}, False),
        ((1,) * 7, {1: 5, 2: 5, 3: 5, 4: 5}, True),
        ((10, 1, 1, 1), {}, True),  # it holds a quorum itself
        ((1, 10, 1, 1), {2: 5, 3: 5}, False),  # three of four, but no quorum of the power
        ((1, 10, 1, 1), {1: 5}, True),
    ],
)
def test_the_gate_opens_with_a_quorum_at_or_below_our_height(
    powers: tuple[int, ...], told: dict[int, int], expected: bool
) -> None:
    """Ourselves included, counted by power."""
    assert opens(a_set(*powers), told) is expected


def test_of_a_key_that_two_peers_have_the_higher_height_counts() -> None:
    """And its power counts once."""
    validators = a_set(1, 1, 1, 1)
    twice = [(key_of(1), Height(5)), (key_of(1), Height(5))]
    assert not Readiness().consider(validators, 0, twice, Height(5))
    split = [(key_of(1), Height(6)), (key_of(1), Height(5)), (key_of(2), Height(5))]
    assert not Readiness().consider(validators, 0, split, Height(5))


def test_it_opens_once_for_a_life() -> None:
    """What peers say later does not close it."""
    gate = Readiness()
    assert gate.consider(a_set(1), 0, [], Height(5))
    assert gate.ready
    assert not gate.consider(a_set(1, 1, 1, 1), 0, [], Height(5))
    assert gate.ready


# In the replica


def everything(scene: Scene) -> list[Word]:
    """All that would make a validator speak at height 1."""
    block = scene.chain.make().block
    told = scene.elapse(BEGIN)
    told += scene.propose(block)
    told += scene.votes(PREVOTE, block.block_id, 1, 2, 3)
    for kind in TimeoutKind:
        told += scene.elapse(ConsensusTimeout(height=Height(1), kind=kind, round=Round(0)))
    told += scene.votes(PREVOTE, None, 1, 2, 3, round_=3)
    return words(told)


def test_nothing_is_signed_before_peers_told_their_height() -> None:
    """Whatever comes: timers, a proposal, votes of a quorum, votes of a later round."""
    scene = Scene(heard=False)
    assert everything(scene) == []
    scene.hear(stands_at(1), 1)
    assert everything(scene) == []
    assert not scene.replica.work.started


def test_with_the_quorum_it_goes_on_from_what_it_heard_meanwhile() -> None:
    """No timer is waited for: the others vote already."""
    scene = Scene(heard=False)
    block = scene.chain.make().block
    scene.propose(block)
    scene.votes(PREVOTE, block.block_id, 1)
    scene.hear(stands_at(1), 1)
    assert words(scene.hear(stands_at(1), 2)) == [("prevote", 0, block.block_id)]


def test_an_idle_height_begins_by_its_timer() -> None:
    """Nobody votes yet: the gate alone begins nothing."""
    scene = Scene(own=1, heard=False)
    scene.hear(stands_at(1), 0)
    told = scene.hear(stands_at(1), 2)
    assert not scene.replica.work.started
    assert [effect.timer for effect in of(SetTimer, told) if effect.timer == BEGIN] == [BEGIN]
    assert len(of(SignProposal, scene.elapse(BEGIN))) == 1


def test_an_observers_height_does_not_count() -> None:
    """Nor does a validator's whose link is gone."""
    scene = Scene(heard=False, peers=(*PEERS[1:], OBSERVER))
    scene.hear(stands_at(1), OBSERVER)
    scene.hear(stands_at(1), 1)
    scene.tell(PeerDisconnected(peer=PEERS[1]))
    scene.hear(stands_at(1), 2)
    assert not scene.replica.heights.readiness.ready
    scene.tell(PeerConnected(peer=PEERS[1]))
    assert not scene.replica.heights.readiness.ready, "it has not spoken in this link"
    scene.hear(stands_at(1), 1)
    assert scene.replica.heights.readiness.ready


def test_a_key_proved_in_the_hello_counts_as_the_ledgers() -> None:
    """While a validator's key changes, ledger and hello may name two."""
    scene = Scene(heard=False, peers=(OBSERVER, PEERS[1]))
    scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[2].public_key))
    scene.hear(stands_at(1), OBSERVER)
    scene.hear(stands_at(1), 1)
    assert scene.replica.heights.readiness.ready


def test_one_that_is_far_behind_first_catches_up() -> None:
    """It signs at no height that was decided while it was away."""
    scene = Scene(heard=False)
    finals = scene.chain.extend(3)
    told: list[Effect] = []
    for index in (1, 2, 3):
        told += scene.hear(stands_at(4), index)
    told += scene.elapse(BEGIN)
    (ask, *_) = of(Fetch, scene.effects)
    told += scene.tell(
        FetchCompleted(peer=ask.peer, request=ask.request, response=BlocksResponse(blocks=tuple(finals)))
    )
    for height in (1, 2, 3):
        told += scene.elapse(SyncDue())
        told += scene.elapse(BeginHeight(height=Height(height)))
    assert words(told) == []
    assert scene.replica.height == 3
    assert scene.replica.heights.readiness.ready
    block = scene.chain.make().block
    scene.now_ms = block.header.time_ms
    assert words(scene.propose(block)) == [("prevote", 0, block.block_id)]


def test_a_restarted_validator_waits_too_and_then_goes_on_with_its_lock() -> None:
    """What its earlier life signed is heard only once the gate is open."""
    before = Scene(own=3)
    block = before.chain.make().block
    told = before.propose(block)
    records = [record_of(effect) for effect in of(SignVote, told)]
    scene = Scene(own=3, records=records, heard=False)
    scene.elapse(BEGIN)
    assert not scene.replica.work.started
    scene.hear(stands_at(1), 0)
    scene.hear(stands_at(1), 1)
    scene.elapse(BEGIN)
    assert scene.replica.work.started
    assert scene.replica.work.consensus.vote(Round(0), PREVOTE, 3) == a_vote(PREVOTE, 3, block.block_id)


def test_an_observer_waits_for_nobody() -> None:
    """It follows from the first vote on; it signs nothing anyway."""
    scene = Scene(own=None, heard=False)
    scene.elapse(BEGIN)
    assert scene.replica.work.started
