"""What our key says that we never said: heard once, in whatever shape, and nothing more is signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.genesis import genesis_id
from p2pchain.consensus.types import TimeoutKind
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.messages import BlocksResponse, CommitMessage, PolkaMessage, ProposalMessage, VoteMessage
from p2pchain.model.safety import SafetyRecord, SignedStep
from p2pchain.model.voting import Evidence
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.double_sign_watch import DoubleSignWatch
from p2pchain.replica.effects import Effect, Fetch, SignProposal, SignVote, StopSigning
from p2pchain.replica.inputs import (
    BeginHeight,
    ConsensusTimeout,
    FetchCompleted,
    OwnMessageSigned,
    PeerConnected,
    SigningStopped,
    Started,
    SyncDue,
)
from p2pchain.replica.replica import Replica
from p2pchain.replica.start_state import origin_of
from tests.simulation.keys import check
from tests.unit.replica.effect_words import of, words
from tests.unit.replica.replica_votes import CHAIN, KEYS, PRECOMMIT, PREVOTE, a_commit, a_polka, a_vote
from tests.unit.replica.replica_world import OBSERVER, PEERS, Scene, a_genesis, a_proposal, signed, stands_at
from tests.unit.replica.safety_records import record_of

OTHER = BlockId(b"x" * 32)
OWN = 3


def stop(told: list[Effect]) -> StopSigning:
    """The one alarm."""
    (found,) = of(StopSigning, told)
    return found


@pytest.mark.parametrize("block_id", [None, OTHER])
def test_a_vote_of_our_key_that_we_never_made_raises_the_alarm(block_id: BlockId | None) -> None:
    """Before we have voted, and after we said something else."""
    for voted in (False, True):
        scene = Scene(own=OWN)
        if voted:
            block = scene.chain.make().block
            scene.sign_all(scene.propose(block))
        told = scene.hear(VoteMessage(vote=a_vote(PREVOTE, OWN, block_id)), 1)
        alarm = stop(told)
        assert alarm.code == "GUARD_SIGNATURE_FOREIGN"
        assert alarm.position == (1, 0, SignedStep.PREVOTE)
        assert dict(alarm.facts)["peer"] == PEERS[1]


def test_the_alarm_comes_before_anything_that_is_to_be_signed() -> None:
    """The foreign vote completes a polka: what it would make us say must find the signer stopped."""
    scene = Scene(own=OWN)
    block = scene.chain.make().block
    scene.propose(block)
    scene.votes(PREVOTE, block.block_id, 1, 2)
    told = scene.hear(VoteMessage(vote=a_vote(PREVOTE, OWN, block.block_id)), 1)
    order = [type(effect) for effect in told if isinstance(effect, StopSigning | SignVote)]
    assert order == [StopSigning, SignVote]


def test_our_own_votes_that_come_back_are_ours() -> None:
    """As messages, in polkas and in certificates, of this life and of the one before."""
    scene = Scene(own=OWN)
    block = scene.chain.make().block
    told = scene.propose(block)
    told += scene.sign_all(told)
    more = scene.votes(PREVOTE, block.block_id, 1, 2)
    told += more + scene.sign_all(more)
    records = [record_of(effect) for effect in of(SignVote, told)]
    for life in (scene, Scene(own=OWN, records=records)):
        heard = life.hear(VoteMessage(vote=a_vote(PREVOTE, OWN, block.block_id)), 1)
        heard += life.hear(VoteMessage(vote=a_vote(PRECOMMIT, OWN, block.block_id)), 2)
        heard += life.hear(PolkaMessage(polka=a_polka(block.block_id)), 1)
        heard += life.hear(CommitMessage(certificate=a_commit(block.block_id)), 1)
        assert of(StopSigning, heard) == []


def test_a_vote_whose_signature_does_not_hold_says_nothing() -> None:
    """Anybody may write our index."""
    scene = Scene(own=OWN)
    told = scene.hear(VoteMessage(vote=a_vote(PREVOTE, OWN, OTHER, sound=False)), 1)
    assert of(StopSigning, told) == []


def test_a_certificate_with_our_signature_raises_the_alarm() -> None:
    """A polka and a commit."""
    block_id = Scene(own=OWN).chain.make().block.block_id
    polka, commit = a_polka(block_id, signers=(0, 1, OWN)), a_commit(block_id, signers=(0, 1, OWN))
    for message, step in (
        (PolkaMessage(polka=polka), SignedStep.PREVOTE),
        (CommitMessage(certificate=commit), SignedStep.PRECOMMIT),
    ):
        scene = Scene(own=OWN)
        assert stop(scene.hear(message, 1)).position == (1, 0, step)


def test_a_certificate_without_our_signature_does_not() -> None:
    """Others decided."""
    scene = Scene(own=OWN)
    block_id = scene.chain.make().block.block_id
    told = scene.hear(PolkaMessage(polka=a_polka(block_id, signers=(0, 1, 2))), 1)
    told += scene.hear(CommitMessage(certificate=a_commit(block_id, signers=(0, 1, 2))), 1)
    assert of(StopSigning, told) == []


def test_a_proposal_of_our_key_that_we_never_made_raises_the_alarm() -> None:
    """Validator 1 proposes at height 1."""
    scene = Scene(own=1)
    proposal = a_proposal(scene.chain.make().block, 1)
    alarm = stop(scene.hear(ProposalMessage(proposal=proposal), 2))
    assert alarm.position == (1, 0, SignedStep.PROPOSAL)


def test_our_own_proposal_that_comes_back_is_ours() -> None:
    """In this life and the next."""
    scene = Scene(own=1)
    told = scene.elapse(BeginHeight(height=Height(1)))
    (wanted,) = of(SignProposal, told)
    scene.tell(OwnMessageSigned(message=signed(wanted)))
    for life in (scene, Scene(own=1, records=[record_of(wanted)])):
        heard = life.hear(ProposalMessage(proposal=signed(wanted)), 2)  # type: ignore[arg-type]
        assert of(StopSigning, heard) == []


def catch_up(scene: Scene, count: int) -> list[Effect]:
    """Blocks whose certificates the validators 1, 2 and 3 signed."""
    finals = scene.chain.extend(count)
    told: list[Effect] = []
    for index in range(4):
        if index != scene.own:
            told += scene.hear(stands_at(count + 1), index)
    (ask, *_) = of(Fetch, scene.effects)
    answer = BlocksResponse(blocks=tuple(finals))
    told += scene.tell(FetchCompleted(peer=ask.peer, request=ask.request, response=answer))
    for _ in range(count):
        told += scene.elapse(SyncDue())
    assert scene.replica.height == count
    return told


def test_catching_up_finds_what_we_forgot() -> None:
    """A validator with an empty memory, whose signatures stand in the blocks that it fetches."""
    alarm = stop(catch_up(Scene(own=OWN, heard=False), 3))
    assert alarm.position == (1, 0, SignedStep.PRECOMMIT)
    assert of(StopSigning, catch_up(Scene(own=0, heard=False), 3)) == [], "it signed none of them"


def records_to(height: int) -> list[SafetyRecord]:
    """What we signed up to a height: prevotes only at the last one."""
    found = []
    for each in range(1, height + 1):
        scene = Scene(own=OWN)
        (wanted, *_) = of(SignVote, scene.propose(scene.chain.make().block))
        vote = a_vote(PREVOTE, OWN, OTHER, height=each)
        found.append(replace(record_of(wanted), height=Height(each), message=vote))
    return found


def test_catching_up_to_where_the_memory_ends_is_no_alarm() -> None:
    """The chain log begins anew, the safety log does not; its last height is known to the vote."""
    told = catch_up(Scene(own=OWN, heard=False, records=records_to(5)), 4)
    assert of(StopSigning, told) == []
    alarm = stop(catch_up(Scene(own=OWN, heard=False, records=records_to(3)), 4))
    assert alarm.position == (3, 0, SignedStep.PRECOMMIT), "the precommit was never made here"


def an_equivocation(height: int = 1) -> Evidence:
    one, other = a_vote(PREVOTE, OWN, None, height=height), a_vote(PREVOTE, OWN, OTHER, height=height)
    return Evidence(validator=KEYS[OWN].public_key, first=one, second=other)


def test_evidence_against_us_in_a_block_raises_the_alarm() -> None:
    """Two hosts: one of the votes may be ours, the other is not."""
    scene = Scene(own=OWN)
    scene.follow(1)
    candidate = scene.chain.make(evidence=[an_equivocation()])
    before = len(scene.effects)
    scene.decide(candidate)
    alarm = stop(scene.effects[before:])
    assert dict(alarm.facts)["seen_in"] == "evidence"


def test_a_peer_that_proved_our_key_raises_the_alarm() -> None:
    """Only ours."""
    scene = Scene(own=OWN)
    told = scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[1].public_key, address="/ip4/10.0.0.9"))
    assert of(StopSigning, told) == []
    told = scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[OWN].public_key, address="/ip4/10.0.0.9"))
    alarm = stop(told)
    assert (alarm.code, alarm.position) == ("GUARD_KEY_ELSEWHERE", None)
    assert dict(alarm.facts) == {"peer": OBSERVER, "address": "/ip4/10.0.0.9"}


def test_one_alarm_is_enough() -> None:
    """Whatever else is heard until the signer is stopped."""
    scene = Scene(own=OWN)
    for block_id in (None, OTHER):
        scene.hear(VoteMessage(vote=a_vote(PREVOTE, OWN, block_id)), 1)
    scene.tell(PeerConnected(peer=OBSERVER, validator=KEYS[OWN].public_key))
    assert len(of(StopSigning, scene.effects)) == 1


def test_a_stopped_validator_follows_and_says_nothing() -> None:
    """In the midst of the height, and at every later one, whoever's turn it is."""
    scene = Scene(own=OWN)
    scene.elapse(BeginHeight(height=Height(1)))
    assert scene.tell(SigningStopped()) == []
    before = len(scene.effects)
    block = scene.chain.make().block
    scene.propose(block)
    scene.votes(PREVOTE, block.block_id, 0, 1, 2)
    for kind in TimeoutKind:
        scene.elapse(ConsensusTimeout(height=Height(1), kind=kind, round=Round(0)))
    scene.votes(PREVOTE, None, 0, 1, 2, round_=2)  # Round 2 is ours to propose.
    scene.chain.commit(scene.chain.make())
    scene.votes(PRECOMMIT, block.block_id, 0, 1, 2)
    assert scene.replica.height == 1
    scene.follow(5)
    for height in range(1, 8):
        scene.elapse(BeginHeight(height=Height(height)))
    assert words(scene.effects[before:]) == []
    assert scene.replica.height == 6
    assert scene.replica.work.own_index is None


def test_the_oldest_own_words_are_forgotten_without_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are bounded; what is forgotten is taken for ours, what is new is not."""
    monkeypatch.setattr("p2pchain.replica.double_sign_watch.WORDS_MAX", 4)
    told: list[Effect] = []
    own = DoubleSignWatch(
        KEYS[OWN].public_key, (), final=Height(0), signed_to=Height(0), floor=Height(0), emit=told.append
    )
    for round_ in range(6):
        own.said(a_vote(PREVOTE, OWN, None, round_=round_))
    own.heard(a_vote(PREVOTE, OWN, OTHER, round_=0), PEERS[1])
    own.heard(a_vote(PREVOTE, OWN, None, round_=5), PEERS[1])
    assert told == []
    own.heard(a_vote(PREVOTE, OWN, OTHER, round_=5), PEERS[1])
    assert len(told) == 1


def test_at_the_floor_and_below_nothing_is_signed_and_nothing_is_strange() -> None:
    """What the key said there is not known here."""
    told: list[Effect] = []
    own = DoubleSignWatch(
        KEYS[OWN].public_key, (), final=Height(0), signed_to=Height(0), floor=Height(4), emit=told.append
    )
    own.heard(a_vote(PREVOTE, OWN, OTHER, height=4, round_=7), PEERS[1])
    own.certified(a_commit(OTHER, height=4), OWN)
    assert told == []
    own.heard(a_vote(PREVOTE, OWN, OTHER, height=5), PEERS[1])
    assert len(told) == 1


def with_floor(floor: int) -> Scene:
    """A scene whose replica begins with an imported floor."""
    scene, genesis = Scene(own=OWN, heard=False), a_genesis()
    ledger = Ledger.from_genesis(genesis, MODULES)
    scene.replica = Replica(
        ledger=ledger,
        verifier=Verifier(CHAIN, check),
        origin=origin_of(genesis_id(genesis), genesis.time_ms, ledger, None, (), Height(floor)),
        own_key=KEYS[OWN].public_key,
        pool_limits=PoolLimits(),
        secret=bytes(32),
    )
    scene.tell(Started())
    for index in range(OWN):
        scene.tell(PeerConnected(peer=PEERS[index]))
        scene.hear(stands_at(1), index)
    return scene


def test_a_replica_with_a_floor_asks_for_no_signature_below_it() -> None:
    """It follows up to the floor like an observer, and votes from the next height on."""
    scene = with_floor(3)
    for _ in range(3):
        assert scene.replica.work.own_index is None
        scene.elapse(BeginHeight(height=Height(scene.replica.work.height)))
        scene.follow(1)
    assert words(scene.effects) == []
    for index in range(OWN):
        scene.hear(stands_at(4), index)
    block = scene.chain.make().block
    scene.now_ms = block.header.time_ms
    assert words(scene.propose(block)) == [("prevote", 0, block.block_id)]
