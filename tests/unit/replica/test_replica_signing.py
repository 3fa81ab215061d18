"""What the replica says itself: once it is durable, never while it catches up, nothing else after a crash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.consensus.types import TimeoutKind
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import BlockId, Height, PublicKey, Round, Signature
from p2pchain.model.messages import CommitMessage, PolkaMessage, ProposalMessage, VoteMessage
from p2pchain.model.safety import SafetyRecord
from p2pchain.model.voting import Vote
from p2pchain.replica.effects import (
    Announce,
    Committed,
    Effect,
    Notice,
    Penalise,
    Persist,
    SetTimer,
    SignProposal,
    SignVote,
)
from p2pchain.replica.inputs import (
    BeginHeight,
    ConsensusTimeout,
    OwnMessageSigned,
    SigningRefused,
    TransactionsSubmitted,
)
from tests.simulation.keys import check
from tests.unit.replica.effect_words import of, sent, words
from tests.unit.replica.replica_votes import KEYS, PRECOMMIT, PREVOTE, a_commit, a_polka
from tests.unit.replica.replica_world import Scene, a_transaction, signed
from tests.unit.replica.safety_records import record_of


def timeout(kind: TimeoutKind, round_: int = 0, height: int = 1) -> ConsensusTimeout:
    return ConsensusTimeout(height=Height(height), kind=kind, round=Round(round_))


def test_a_vote_leaves_only_once_it_is_signed_and_durable() -> None:
    """Until ``OwnMessageSigned`` comes back nothing is broadcast and it does not count; then both."""
    scene = Scene()
    block = scene.chain.make().block
    (wanted,) = of(SignVote, scene.propose(block))
    assert sent(VoteMessage, scene.effects) == []
    assert scene.replica.work.consensus.bitmap(Round(0), PREVOTE) == 0
    vote = signed(wanted)
    told = scene.tell(OwnMessageSigned(message=vote))
    assert sent(VoteMessage, told) == [VoteMessage(vote=vote)]  # type: ignore[arg-type]
    assert scene.replica.work.consensus.bitmap(Round(0), PREVOTE) == 1


def test_a_fresh_own_signature_is_not_verified_then_nor_in_a_certificate() -> None:
    """Validator 1 proposes and votes up to the decision: only the words of the others are checked."""
    checked: list[PublicKey] = []

    def counting(key: PublicKey, signature: Signature, message: bytes) -> None:
        checked.append(key)
        check(key, signature, message)

    scene = Scene(own=1, check=counting)
    told = scene.sign_all(scene.elapse(BeginHeight(height=Height(1))))
    block_id = of(SignVote, told)[0].content.block_id
    scene.sign_all(scene.votes(PREVOTE, block_id, 0, 2))
    scene.votes(PRECOMMIT, block_id, 0, 2)
    assert scene.replica.height == 1
    certificate = scene.replica.tip.certificate
    assert certificate is not None
    assert 1 in [index for index, _ in certificate.signatures]
    assert set(checked) == {KEYS[0].public_key, KEYS[2].public_key}


def test_a_message_of_another_that_is_told_back_as_our_own_is_verified() -> None:
    """Only what the own key signed is spared: under another index the signature is checked."""
    scene = Scene(own=0)
    (wanted,) = of(SignVote, scene.propose(scene.chain.make().block))
    vote = signed(wanted)
    assert isinstance(vote, Vote)
    with pytest.raises(Invalid, match="SIG_INVALID"):
        scene.tell(OwnMessageSigned(message=replace(vote, validator=2)))


def test_what_a_peer_says_in_our_name_is_verified_beside_what_we_signed() -> None:
    scene = Scene(own=0)
    (wanted,) = of(SignVote, scene.propose(scene.chain.make().block))
    vote = signed(wanted)
    assert isinstance(vote, Vote)
    scene.tell(OwnMessageSigned(message=vote))
    for wrong in (replace(vote, signature=Signature(bytes(64))), replace(vote, block_id=None)):
        told = scene.hear(VoteMessage(vote=wrong), 2)
        assert [penalty.fault.code for penalty in of(Penalise, told)] == ["SIG_INVALID"]


def test_what_an_earlier_life_signed_is_verified_when_the_height_begins() -> None:
    """It comes from a disk: a signature that does not hold ends the node before it counts."""
    before = Scene(own=3)
    (wanted,) = of(SignVote, before.propose(before.chain.make().block))
    record = record_of(wanted)
    broken = replace(record, message=replace(record.message, signature=Signature(bytes(64))))
    with pytest.raises(Invalid, match="SIG_INVALID"):
        Scene(own=3, records=[broken]).elapse(BeginHeight(height=Height(1)))


def test_a_proposal_leaves_only_once_it_is_signed_and_durable() -> None:
    """Validator 1 proposes at height 1; its own prevote follows when its proposal came back."""
    scene = Scene(own=1)
    told = scene.elapse(BeginHeight(height=Height(1)))
    (wanted,) = of(SignProposal, told)
    assert words(told) == [("proposal", 0, wanted.block.block_id)]
    assert sent(ProposalMessage, told) == []
    told = scene.tell(OwnMessageSigned(message=signed(wanted)))
    assert [message.proposal.block_id for message in sent(ProposalMessage, told)] == [wanted.block.block_id]
    assert words(told) == [("prevote", 0, wanted.block.block_id)]


def test_a_block_is_durable_before_anything_that_follows_from_it() -> None:
    """Persist, Committed, Announce, then the timer of the next height."""
    scene = Scene()
    block = scene.chain.make().block
    scene.propose(block)
    told = scene.votes(PRECOMMIT, block.block_id, 1, 2, 3)
    order = [type(effect) for effect in told if not isinstance(effect, SignVote | Notice)]
    first = order.index(Persist)
    assert order[first : first + 4] == [Persist, Committed, Announce, SetTimer]
    assert scene.replica.height == 1


def test_two_of_four_precommits_decide_nothing() -> None:
    """A quorum is more than two thirds."""
    scene = Scene()
    block = scene.chain.make().block
    scene.propose(block)
    scene.votes(PRECOMMIT, block.block_id, 1, 2)
    assert scene.replica.height == 0


def test_nothing_is_signed_while_the_decided_block_is_missing() -> None:
    """The height is decided, its block on its way: no vote, no proposal, whatever timer runs out."""
    scene = Scene(own=1)
    certificate = a_commit(scene.chain.make().block.block_id, signers=(0, 2, 3))
    told = scene.hear(CommitMessage(certificate=certificate), 2)
    assert scene.replica.syncing
    told += scene.elapse(BeginHeight(height=Height(1)))
    for kind in TimeoutKind:
        told += scene.elapse(timeout(kind))
    told += scene.votes(PREVOTE, None, 0, 2, 3)
    told += scene.tell(TransactionsSubmitted(ticket=1, transactions=(a_transaction(),)))
    told += scene.elapse(BeginHeight(height=Height(1)))
    assert words(told) == []


def test_an_observer_says_nothing_and_follows() -> None:
    """It has no key to sign with."""
    scene = Scene(own=None)
    scene.follow(3)
    assert words(scene.effects) == []


def test_a_node_whose_key_is_no_validators_says_nothing() -> None:
    """A full round of everything, no word."""
    scene = Scene(own=None)
    block = scene.chain.make().block
    scene.propose(block)
    scene.votes(PREVOTE, block.block_id, 0, 1, 2)
    for kind in TimeoutKind:
        scene.elapse(timeout(kind))
    assert words(scene.effects) == []


@pytest.mark.parametrize("stale", [timeout(kind, height=1) for kind in TimeoutKind])
def test_timers_of_a_decided_height_are_ignored(stale: ConsensusTimeout) -> None:
    """They run on after the height is decided."""
    scene = Scene()
    scene.follow()
    scene.elapse(BeginHeight(height=Height(2)))
    assert scene.elapse(stale) == []
    assert scene.elapse(BeginHeight(height=Height(1))) == []


def test_timers_of_a_past_round_are_ignored() -> None:
    """Round 2 is in progress."""
    scene = Scene()
    scene.votes(PREVOTE, None, 1, 2, round_=2)
    for round_ in (0, 1, 3):
        for kind in TimeoutKind:
            assert words(scene.elapse(timeout(kind, round_))) == []
    assert words(scene.elapse(timeout(TimeoutKind.PROPOSE, 2))) == [("prevote", 2, None)]


# Restart


def locked_records(scene: Scene) -> tuple[list[SafetyRecord], BlockId]:
    """Validator 3 locks a block of validator 1 in round 0, and what its safety log holds then."""
    block = scene.chain.make(transactions=[a_transaction()]).block
    scene.hear_bodies(block)
    told: list[Effect] = scene.propose(block)
    told += scene.sign_all(told)
    more = scene.votes(PREVOTE, block.block_id, 1, 2)
    told += more + scene.sign_all(more)
    wanted = [effect for effect in told if isinstance(effect, SignVote)]
    assert words(wanted) == [("prevote", 0, block.block_id), ("precommit", 0, block.block_id)]
    return [record_of(effect) for effect in wanted], block.block_id


def test_a_lock_is_durable_with_its_block_and_its_polka() -> None:
    """Once; later records of the height refer to the same ones."""
    scene = Scene(own=3)
    records, block_id = locked_records(scene)
    assert [record.block is not None for record in records] == [False, True]
    assert [record.polka is not None for record in records] == [False, True]
    scene.votes(PRECOMMIT, None, 0, 1, 2)
    scene.elapse(timeout(TimeoutKind.PRECOMMIT))
    (wanted,) = of(SignVote, scene.elapse(timeout(TimeoutKind.PROPOSE, 1)))
    assert wanted.lock.locked_block == block_id
    assert (wanted.block, wanted.polka) == (None, None)


def test_what_a_refused_signature_should_have_made_durable_goes_with_the_next() -> None:
    """The guard refused, so no record was written: lock, block and polka are still only in memory."""
    scene = Scene(own=3)
    block = scene.chain.make().block
    scene.sign_all(scene.propose(block))
    assert words(scene.votes(PREVOTE, block.block_id, 1, 2)) == [("precommit", 0, block.block_id)]
    scene.tell(SigningRefused(code="SIGN_CONFLICT"))
    scene.votes(PRECOMMIT, None, 0, 1, 2)
    scene.elapse(timeout(TimeoutKind.PRECOMMIT))
    (wanted,) = of(SignVote, scene.elapse(timeout(TimeoutKind.PROPOSE, 1)))
    assert wanted.block == block
    assert wanted.polka is not None


def test_after_a_restart_the_locked_block_is_proposed_again_with_its_polka() -> None:
    """All other nodes may have lost it: block and polka come from the own safety log."""
    records, block_id = locked_records(Scene(own=3))
    scene = Scene(own=3, records=records)
    told = scene.elapse(BeginHeight(height=Height(1)))
    assert words(told) == [], "round 0 is past"
    assert scene.replica.work.consensus.lock.locked_block == block_id
    assert scene.replica.work.consensus.polka(Round(0)) is not None
    told = scene.votes(PREVOTE, None, 0, 1, round_=2)
    (wanted,) = of(SignProposal, told)
    assert (wanted.proposal.block_id, wanted.proposal.valid_round) == (block_id, 0)
    assert len(wanted.block.transactions) == 1


def test_the_polka_of_a_second_lock_is_durable_too() -> None:
    """A later polka moves the lock: its proof goes into the log with the precommit that it leads to, or after
    a restart the new lock convinces nobody: all others may stand on the old one.
    """
    before = Scene(own=3)
    records, first = locked_records(before)
    before.votes(PRECOMMIT, None, 0, 1, 2)
    before.elapse(timeout(TimeoutKind.PRECOMMIT))
    second = before.chain.make(round_=1).block
    told = before.propose(second, round_=1)
    assert words(told) == [("prevote", 1, None)], "locked on the first"
    told += before.sign_all(told)
    told += before.votes(PREVOTE, second.block_id, 0, 1, 2, round_=1)
    wanted = of(SignVote, told)[-1]
    assert words([wanted]) == [("precommit", 1, second.block_id)]
    assert wanted.polka is not None
    assert (wanted.polka.round, wanted.polka.block_id) == (1, second.block_id)
    assert second.block_id != first

    after = Scene(own=3, records=[*records, *(record_of(each) for each in of(SignVote, told))])
    after.elapse(BeginHeight(height=Height(1)))
    (again,) = of(SignProposal, after.votes(PREVOTE, None, 0, 1, round_=2))
    assert (again.proposal.block_id, again.proposal.valid_round) == (second.block_id, 1)
    assert after.replica.work.consensus.polka(Round(1)) == wanted.polka


def test_a_restart_says_nothing_twice() -> None:
    """The proposal of round 0 comes again, and its prevotes: the own words of that round were said."""
    records, block_id = locked_records(Scene(own=3))
    scene = Scene(own=3, records=records[:1])
    told = scene.elapse(BeginHeight(height=Height(1)))
    block = next(record.block for record in records if record.block is not None)
    scene.hear_bodies(block)
    told += scene.propose(block)
    assert words(told) == []
    assert words(scene.votes(PREVOTE, block_id, 1, 2)) == [("precommit", 0, block_id)]


def test_a_message_may_come_before_the_restarted_height_begins() -> None:
    """Then the height begins where the last life stopped, not in round 0: with two precommits of others and
    that of the last life it is decided, and the block of then is executed and committed.
    """
    records, block_id = locked_records(Scene(own=3))
    scene = Scene(own=3, records=records)
    told = scene.votes(PRECOMMIT, block_id, 1, 2)
    assert words(told) == []
    (persist,) = of(Persist, told)
    assert persist.record.block.block_id == block_id
    assert scene.replica.height == 1


def test_a_valid_value_without_a_lock_survives_a_restart_with_its_block() -> None:
    """The polka came when all had precommitted nil (L42): if all crash now, one must still have the block.

    Otherwise each proposes again what it knows by its id alone, and once its maker is gone, none follows.
    """
    before = Scene(own=3)
    block = before.chain.make(transactions=[a_transaction()]).block
    before.hear_bodies(block)
    told = before.propose(block)
    told += before.sign_all(told)
    before.votes(PREVOTE, None, 0)
    before.votes(PREVOTE, block.block_id, 1)
    late = before.elapse(timeout(TimeoutKind.PREVOTE))
    assert words(late) == [("precommit", 0, None)]
    told += late + before.sign_all(late)
    before.votes(PREVOTE, block.block_id, 2)
    before.hear(PolkaMessage(polka=a_polka(block.block_id)), 1)
    before.votes(PRECOMMIT, None, 0, 1, 2)
    before.elapse(timeout(TimeoutKind.PRECOMMIT))
    last = before.elapse(timeout(TimeoutKind.PROPOSE, 1))
    told += last + before.sign_all(last)
    records = [record_of(effect) for effect in told if isinstance(effect, SignVote)]
    assert records[-1].lock.valid_block == block.block_id
    assert records[-1].lock.locked_block is None

    after = Scene(own=3, records=records)
    after.elapse(BeginHeight(height=Height(1)))
    (wanted,) = of(SignProposal, after.votes(PREVOTE, None, 0, 1, round_=2))
    assert wanted.block == block
