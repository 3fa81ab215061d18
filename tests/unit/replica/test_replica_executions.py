"""Executions leave the loop: no input does more than a slice, and what comes in between is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.consensus.types import TimeoutKind
from p2pchain.mempool.turns import FULL
from p2pchain.model.chain import FinalBlock
from p2pchain.model.ids import Height, Round
from p2pchain.model.messages import BlocksResponse, CommitMessage, RoundSummary, VoteMessage
from p2pchain.model.transaction import Transaction
from p2pchain.replica.candidates import (
    BLOCKS_KEPT_MAX,
    EXECUTIONS_KEPT_MAX,
    VERDICTS_KEPT_MAX,
    Candidate,
    Candidates,
)
from p2pchain.replica.effects import (
    Announce,
    Committed,
    ContinueExecution,
    Effect,
    Fetch,
    Notice,
    Persist,
    SetTimer,
    SignProposal,
)
from p2pchain.replica.executions import SLICE_UNITS
from p2pchain.replica.inputs import (
    BeginHeight,
    ConsensusTimeout,
    ExecutionDue,
    FetchCompleted,
    SyncDue,
    TransactionsSubmitted,
)
from p2pchain.replica.proposals import ROUNDS_KEPT_MAX
from tests.unit.replica.effect_words import of, sent, words
from tests.unit.replica.replica_votes import PREVOTE, a_commit, a_vote
from tests.unit.replica.replica_world import (
    PEERS,
    Scene,
    a_transaction,
    final_of,
    stands_at,
    with_header,
)

STEP_UNITS_MAX = 50_000
"""No step of an execution is larger, so no input does more than a slice and one of these."""
SMALL = 3_000
"""A slice so small that a block of some transactions takes many."""


def many(count: int = 40) -> list[Transaction]:
    """Transactions of a block that takes many small slices."""
    return [a_transaction(times=4) for _ in range(count)]


def a_full_block() -> list[Transaction]:
    """As many operations as a block of a MiB can hold."""
    return [a_transaction(times=64) for _ in range(500)]


def executing(scene: Scene) -> Candidate:
    """A proposal of the round in progress is being executed, and not done."""
    candidate = scene.chain.make(transactions=many())
    scene.hear_bodies(candidate.block)
    told = scene.propose(candidate.block)
    assert of(ContinueExecution, told) == [ContinueExecution()]
    assert scene.replica.executions.running
    assert words(told) == []
    return candidate


def claimed(scene: Scene, peer: int) -> list[Effect]:
    """A peer stands a height above us, and is asked for the block."""
    scene.hear(stands_at(2), peer)
    return scene.elapse(SyncDue())


def given(scene: Scene, told: list[Effect], *finals: FinalBlock) -> list[Effect]:
    """The answer to the one fetch among the effects."""
    (fetch,) = of(Fetch, told)
    response = BlocksResponse(blocks=finals)
    return scene.tell(FetchCompleted(peer=fetch.peer, request=fetch.request, response=response))


def slices(scene: Scene) -> list[int]:
    """Units of each further input until the execution is done."""
    units: list[int] = []
    while scene.replica.executions.running:
        assert len(of(ContinueExecution, scene.effects)) == 1 + len(units), "one is under way, never two"
        scene.tell(ExecutionDue())
        units.append(scene.replica.executions.units)
    return units


@pytest.mark.parametrize("how", ["judged", "applied", "built"])
def test_no_input_does_more_than_a_slice_of_a_full_block(how: str) -> None:
    """Counted in units of work, so the same on every machine; the block is then valid as ever."""
    scene = Scene(own=1 if how == "built" else 0)
    transactions = a_full_block()
    for low in range(0, 0 if how == "applied" else len(transactions), 50):
        some = tuple(transactions[low : low + 50])
        scene.tell(TransactionsSubmitted(ticket=low, transactions=some))
    if how == "built":
        scene.replica.heights.build_size.measured(0, FULL)
        assert scene.replica.work.proposer_index(Round(0)) == 1
        scene.elapse(BeginHeight(height=Height(1)))
    else:
        candidate = scene.chain.make(transactions=transactions)
        if how == "judged":
            scene.propose(candidate.block)
        else:
            given(scene, claimed(scene, 2), scene.chain.commit(candidate))
    assert scene.replica.executions.units <= SLICE_UNITS + STEP_UNITS_MAX
    units = slices(scene)
    assert len(units) > 20
    assert max(units) <= SLICE_UNITS + STEP_UNITS_MAX
    match how:
        case "judged":
            assert words(scene.effects) == [("prevote", 0, candidate.block.block_id)]
        case "applied":
            assert scene.replica.tip.block_id == candidate.block.block_id
        case "built":
            (wanted,) = of(SignProposal, scene.effects)
            assert len(wanted.block.transactions) > 20


def test_a_small_block_is_done_within_the_input_that_completes_it() -> None:
    """An ordinary chain pays nothing for the slices."""
    scene = Scene()
    scene.follow(3)
    assert of(ContinueExecution, scene.effects) == []
    assert scene.replica.height == 3


def test_votes_and_summaries_between_two_slices_are_handled() -> None:
    """A polka that formed meanwhile is a precommit the moment the block is judged."""
    scene = Scene(slice_units=SMALL)
    block = executing(scene).block
    scene.tell(ExecutionDue())
    for index in (1, 2, 3):
        vote = a_vote(PREVOTE, index, block.block_id)
        assert of(ContinueExecution, scene.hear(VoteMessage(vote=vote), index)) == [], "nothing is executed"
        assert scene.replica.executions.units == 0
    assert scene.replica.work.consensus.bitmap(Round(0), PREVOTE) == 0b1110
    lacking = RoundSummary(height=Height(1), round=Round(0), step=1, rounds=())
    assert len(sent(VoteMessage, scene.hear(lacking, 2), PEERS[2])) == 3
    assert scene.replica.executions.running
    assert words(scene.execute()) == [("prevote", 0, block.block_id), ("precommit", 0, block.block_id)]


def test_a_proposal_is_timely_by_its_arrival() -> None:
    """However long its execution takes."""
    scene = Scene(slice_units=SMALL)
    block = executing(scene).block
    scene.now_ms += 60_000
    assert words(scene.execute()) == [("prevote", 0, block.block_id)]


def test_a_block_decided_while_it_is_executed_is_committed_once() -> None:
    """The certificate comes first, the execution ends, and that is all."""
    scene = Scene(slice_units=SMALL)
    candidate = executing(scene)
    certificate = a_commit(candidate.block.block_id)
    scene.hear(CommitMessage(certificate=certificate), 2)
    assert scene.replica.executions.running
    assert scene.replica.syncing, "nothing is signed meanwhile"
    assert scene.replica.height == 0
    told = scene.execute()
    assert [type(each) for each in told if isinstance(each, Persist | Committed | Announce)] == [
        Persist,
        Committed,
        Announce,
    ]
    assert scene.replica.tip.block_id == candidate.block.block_id
    assert scene.replica.ledger.state_root == candidate.execution.state_root
    assert words(scene.effects) == []
    scene.hear(CommitMessage(certificate=certificate), 3)
    assert len(of(Persist, scene.effects)) == 1


def test_a_block_that_is_fetched_while_it_is_executed_is_committed_once() -> None:
    """What the execution of its proposal showed is taken; nothing is executed twice."""
    scene = Scene(slice_units=SMALL)
    candidate = executing(scene)
    final = scene.chain.commit(candidate)
    given(scene, scene.hear(CommitMessage(certificate=final.certificate), 2), final)
    scene.execute()
    scene.elapse(SyncDue())
    assert len(of(Persist, scene.effects)) == 1
    assert scene.replica.height == 1


def test_another_block_that_is_decided_drops_the_execution_under_way() -> None:
    """It is fetched and executed upon the same state, which the dropped one never touched."""
    scene = Scene(slice_units=SMALL)
    executing(scene)
    other = scene.chain.make(transactions=many(30), later_ms=60)
    final = scene.chain.commit(other)
    told = scene.hear(CommitMessage(certificate=final.certificate), 2)
    assert not scene.replica.executions.running, "its result is of no use any more"
    given(scene, told, final)
    assert scene.replica.executions.running
    scene.execute()
    (persist,) = of(Persist, scene.effects)
    assert persist.record.block.block_id == other.block.block_id
    assert scene.replica.ledger.state_root == other.execution.state_root


def test_a_commit_drops_what_was_executed_on_the_state_before() -> None:
    """A fetched block is being executed when votes decide the height with a block that is known."""
    scene = Scene(slice_units=SMALL)
    known = executing(scene)
    scene.execute()
    scene.elapse(BeginHeight(height=Height(1)))
    other = scene.chain.make(transactions=many(30), later_ms=60)
    final = final_of(other.block, a_commit(other.block.block_id))
    given(scene, claimed(scene, 3), final)
    assert scene.replica.executions.running
    scene.hear(CommitMessage(certificate=a_commit(known.block.block_id)), 2)
    assert scene.replica.tip.block_id == known.block.block_id
    assert not scene.replica.executions.running
    assert not scene.replica.syncing
    scene.tell(ExecutionDue())
    assert len(of(Persist, scene.effects)) == 1
    scene.chain.commit(known)
    scene.follow()
    assert scene.replica.height == 2


def test_a_round_that_passes_drops_its_execution() -> None:
    """The next round's proposal does not wait for it."""
    scene = Scene(slice_units=SMALL)
    first = executing(scene).block
    scene.votes(PREVOTE, None, 1, 2, round_=1)
    assert scene.replica.work.consensus.round == 1
    assert not scene.replica.executions.running
    block = scene.chain.make(round_=1).block
    scene.propose(block, round_=1)
    scene.execute()
    assert ("prevote", 1, block.block_id) in words(scene.effects)
    assert scene.replica.work.candidates.verdict(first.block_id) is None


def test_an_own_block_of_a_round_that_passed_is_not_proposed() -> None:
    """It is dropped while it is being built."""
    scene = Scene(own=1, slice_units=SMALL)
    scene.tell(TransactionsSubmitted(ticket=1, transactions=tuple(many())))
    scene.elapse(BeginHeight(height=Height(1)))
    assert scene.replica.executions.running
    scene.votes(PREVOTE, None, 2, 3, round_=1)
    assert not scene.replica.executions.running
    scene.execute()
    assert of(SignProposal, scene.effects) == []


def test_a_timeout_waits_once_more_for_a_proposal_that_is_being_executed() -> None:
    """The machine may be slow; but not for ever, for the others wait too."""
    scene = Scene(slice_units=SMALL)
    scene.elapse(BeginHeight(height=Height(1)))
    (first,) = [each for each in of(SetTimer, scene.effects) if isinstance(each.timer, ConsensusTimeout)]
    assert isinstance(first.timer, ConsensusTimeout)
    assert first.timer.kind is TimeoutKind.PROPOSE
    block = executing(scene).block
    told = scene.elapse(first.timer)
    assert told == [first], "the same time once more"
    assert words(scene.execute()) == [("prevote", 0, block.block_id)]


def test_a_timeout_waits_no_third_time() -> None:
    """Then it is nil, as without a proposal."""
    scene = Scene(slice_units=SMALL)
    scene.elapse(BeginHeight(height=Height(1)))
    (first,) = [each for each in of(SetTimer, scene.effects) if isinstance(each.timer, ConsensusTimeout)]
    executing(scene)
    scene.elapse(first.timer)
    assert words(scene.elapse(first.timer)) == [("prevote", 0, None)]


def test_many_blocks_of_one_height_leave_few_executions() -> None:
    """A hostile proposer makes two a round for many rounds. One of them is decided in the end, after its
    execution was dropped: it is executed again, and committed once.
    """
    scene = Scene(own=None)
    made: list[Candidate] = []
    for round_ in range(3 * ROUNDS_KEPT_MAX):
        if round_:
            scene.votes(PREVOTE, None, 1, 2, round_=round_)
        else:
            scene.elapse(BeginHeight(height=Height(1)))
        for later_ms in (50, 51):
            made.append(scene.chain.make(round_=round_, later_ms=later_ms + 2 * round_))
            scene.propose(made[-1].block, round_=round_)
    work = scene.replica.work
    assert work.candidates.executions == EXECUTIONS_KEPT_MAX
    assert len(work.candidates.blocks()) == BLOCKS_KEPT_MAX
    assert len(list(work.proposals.rounds())) <= ROUNDS_KEPT_MAX + 1
    kept = next(each for each in made if each.block == work.candidates.blocks()[0])
    assert work.candidates.executed(kept.block.block_id) is None, "its execution was dropped"
    round_ = len(made) // 2 - BLOCKS_KEPT_MAX // 2
    scene.hear(CommitMessage(certificate=a_commit(kept.block.block_id, round_=round_)), 2)
    (persist,) = of(Persist, scene.effects)
    assert persist.record.block.block_id == kept.block.block_id
    assert scene.replica.ledger.state_root == kept.execution.state_root


def test_a_forgotten_block_that_is_decided_is_fetched() -> None:
    """Nothing of it is here any more but the verdict."""
    scene = Scene(own=None)
    made: list[Candidate] = []
    for round_ in range(2 * BLOCKS_KEPT_MAX):
        if round_:
            scene.votes(PREVOTE, None, 1, 2, round_=round_)
        else:
            scene.elapse(BeginHeight(height=Height(1)))
        made.append(scene.chain.make(round_=round_, later_ms=50 + round_))
        scene.propose(made[-1].block, round_=round_)
    assert scene.replica.work.candidates.verdict(made[0].block.block_id) is True
    assert scene.replica.work.candidates.block(made[0].block.block_id) is None
    final = scene.chain.commit(made[0])
    given(scene, scene.hear(CommitMessage(certificate=final.certificate), 2), final)
    assert scene.replica.tip.block_id == made[0].block.block_id


def test_what_a_lock_needs_is_never_forgotten() -> None:
    """Its block may have to be proposed again, or is being decided."""
    scene = Scene(own=None)
    locked = scene.chain.make()
    candidates = Candidates(lambda: (locked.block.block_id,))
    candidates.add(locked)
    for later_ms in range(51, 80):
        candidates.add(scene.chain.make(later_ms=later_ms))
    assert candidates.executed(locked.block.block_id) == locked
    assert candidates.executions == EXECUTIONS_KEPT_MAX
    assert len(candidates.blocks()) == BLOCKS_KEPT_MAX
    for number in range(2 * VERDICTS_KEPT_MAX):
        candidates.refuse(type(locked.block.block_id)(number.to_bytes(32, "big")))
    assert candidates.verdict(locked.block.block_id) is None, "verdicts are bounded too"
    assert candidates.block(locked.block.block_id) == locked.block


def test_an_invalid_block_is_refused_after_many_slices() -> None:
    """Its proposer is named, and nil is prevoted."""
    scene = Scene(slice_units=SMALL)
    candidate = scene.chain.make(transactions=many())
    scene.hear_bodies(candidate.block)
    wrong = with_header(candidate.block, replace(candidate.block.header, state_root=bytes(32)))
    scene.propose(wrong)
    assert scene.replica.executions.running
    told = scene.execute()
    assert words(told) == [("prevote", 0, None)]
    assert [notice.name for notice in of(Notice, told)] == ["proposal.invalid"]
    assert scene.replica.work.candidates.blocks() == ()
