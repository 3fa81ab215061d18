"""What the replica makes of proposals: judged only whole and bound, prevoted only when every rule holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from p2pchain.codec.transaction import assemble_transaction, encode_body, transaction_sign_bytes
from p2pchain.model.block import Header
from p2pchain.model.chain import Block
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.messages import (
    ProposalMessage,
    TransactionBatch,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.transaction import Operation, Transaction, TransactionBody
from p2pchain.replica.effects import Effect, Fetch, Notice, Penalise, SetTimer, SignProposal
from p2pchain.replica.inputs import BodiesDue, FetchCompleted, TransactionsSubmitted
from p2pchain.replica.proposals import BODIES_ASKED_MAX
from p2pchain.replica.replica import Replica
from p2pchain.replica.signature_budget import TURN_SIGNATURES_MAX
from tests.simulation.keys import StandInKey
from tests.unit.replica.effect_words import of, words
from tests.unit.replica.replica_votes import CHAIN, KEYS, PRECOMMIT, PREVOTE, a_commit, a_vote
from tests.unit.replica.replica_world import (
    CLIENT,
    PEERS,
    Scene,
    a_proposal,
    a_transaction,
    forged,
    with_header,
)

NIL = ("prevote", 0, None)


def test_a_sound_proposal_is_prevoted() -> None:
    """And nothing before it is told: an idle node waits."""
    scene = Scene()
    assert words(scene.effects) == []
    block = scene.chain.make().block
    assert words(scene.propose(block)) == [("prevote", 0, block.block_id)]


WRONG: list[tuple[str, Callable[[Header], Header]]] = [
    ("parent", lambda header: replace(header, parent_id=BlockId(bytes(32)))),
    ("time of its parent", lambda header: replace(header, time_ms=header.time_ms - 50)),
    ("proposer out of turn", lambda header: replace(header, proposer=KEYS[0].public_key)),
    ("a stranger as proposer", lambda header: replace(header, proposer=CLIENT.public_key)),
    ("state root", lambda header: replace(header, state_root=bytes(32))),
    ("results root", lambda header: replace(header, results_root=bytes(32))),
    ("validators", lambda header: replace(header, validators_hash=bytes(32))),
    ("next validators", lambda header: replace(header, next_validators_hash=bytes(32))),
    ("genesis", lambda header: replace(header, genesis_id=BlockId(bytes(32)))),
]
"""Headers that are bound to their parts, and wrong all the same."""


@pytest.mark.parametrize(("name", "change"), WRONG, ids=[name for name, _ in WRONG])
def test_a_wrong_header_field_is_prevoted_nil(name: str, change: Callable[[Header], Header]) -> None:
    """Its proposer is told of in the log; whoever passed it on is not punished."""
    scene = Scene()
    scene.follow()
    block = scene.chain.make().block
    told = scene.propose(with_header(block, change(block.header)))
    assert words(told) == [NIL], name
    assert of(Penalise, told) == []


BOUND: list[tuple[str, Callable[[Header], Header]]] = [
    ("tx_root", lambda header: replace(header, tx_root=bytes(32))),
    ("evidence_root", lambda header: replace(header, evidence_root=bytes(32))),
    ("certificate_hash", lambda header: replace(header, certificate_hash=bytes(32))),
]


@pytest.mark.parametrize(("name", "change"), BOUND, ids=[name for name, _ in BOUND])
def test_parts_that_are_not_bound_penalise_the_sender(name: str, change: Callable[[Header], Header]) -> None:
    """Nothing of such a proposal is kept: an honest node would not have passed it on."""
    scene = Scene()
    block = scene.chain.make().block
    told = scene.propose(with_header(block, change(block.header)))
    assert [effect.fault.code for effect in of(Penalise, told)] == ["HEADER_MISMATCH"], name
    assert words(told) == []
    assert words(scene.propose(block)) == [("prevote", 0, block.block_id)]


def test_another_chain_and_another_height_are_not_ours() -> None:
    """A header of another height is another height's message."""
    scene = Scene()
    scene.follow()
    block = scene.chain.make().block
    assert words(scene.propose(with_header(block, replace(block.header, height=Height(1))))) == []
    assert words(scene.propose(with_header(block, replace(block.header, height=Height(9))))) == []


@pytest.mark.parametrize(
    "certificate",
    [
        a_commit(BlockId(bytes(32)), height=1),
        None,
    ],
    ids=["of another block", "none"],
)
def test_a_wrong_last_certificate_is_prevoted_nil(certificate: object) -> None:
    """Bound to the header by its hash, yet not that of the tip."""
    scene = Scene()
    scene.follow()
    scene.chain.tip = replace(scene.chain.tip, certificate=certificate)  # type: ignore[arg-type]
    assert words(scene.propose(scene.chain.make().block)) == [NIL]


def test_a_last_certificate_without_quorum_is_prevoted_nil() -> None:
    """Two of four signatures make no certificate."""
    scene = Scene()
    scene.follow()
    tip = scene.chain.tip
    weak = a_commit(tip.block_id, height=1, signers=(1, 2))
    scene.chain.tip = replace(tip, certificate=weak)
    assert words(scene.propose(scene.chain.make().block)) == [NIL]


def test_a_proposer_out_of_turn_penalises_the_sender() -> None:
    """The signature is not that of the round's proposer."""
    scene = Scene()
    block = scene.chain.make().block
    proposal = a_proposal(block, 2)
    told = scene.hear(ProposalMessage(proposal=proposal), 2)
    assert [effect.fault.code for effect in of(Penalise, told)] == ["SIG_INVALID"]
    assert words(told) == []


def test_a_bad_signature_penalises_the_sender_and_nothing_else() -> None:
    """The height is not begun, the vote not counted, and whose name it bears not blamed."""
    scene = Scene()
    told = scene.hear(VoteMessage(vote=a_vote(PREVOTE, 3, None, sound=False)), 2)
    assert [(effect.peer, effect.fault.code) for effect in of(Penalise, told)] == [(PEERS[2], "SIG_INVALID")]
    assert told == of(Penalise, told), "nothing else happens"
    assert not scene.replica.work.started
    assert scene.replica.work.consensus.bitmap(Round(0), PREVOTE) == 0


def test_a_proposal_far_ahead_does_not_begin_the_height() -> None:
    """It is not verified, so it says nothing."""
    scene = Scene()
    block = scene.chain.make().block
    forgery = replace(a_proposal(block, 1, round_=1_000), signature=KEYS[1].sign(b"nothing"))
    assert scene.hear(ProposalMessage(proposal=forgery), 1) == []
    assert not scene.replica.work.started


@pytest.mark.parametrize(
    ("early_ms", "round_", "prevoted"),
    [
        (4_500, 0, True),
        (4_501, 0, False),
        (-500, 0, True),
        (-501, 0, False),
        (6_500, 5, True),
        (6_501, 5, False),
    ],
)
def test_a_proposal_must_be_timely(early_ms: int, round_: int, prevoted: bool) -> None:
    """[received - delay - precision, received + precision]; the delay grows by a tenth each round."""
    scene = Scene()
    scene.follow()
    block = scene.chain.make(round_=round_, later_ms=60_000).block
    scene.now_ms = block.header.time_ms + early_ms
    if round_:
        scene.votes(PREVOTE, None, 1, 2, round_=round_)
    told = scene.propose(block, round_=round_)
    assert words(told) == [("prevote", round_, block.block_id if prevoted else None)]


def with_one_unknown(scene: Scene) -> tuple[Block, Transaction]:
    """A block with a transaction that only the others know."""
    transaction = a_transaction()
    return scene.chain.make(transactions=[transaction]).block, transaction


def fetched(scene: Scene, fetch: Fetch, *transactions: Transaction) -> FetchCompleted:
    """The answer to a fetch."""
    return FetchCompleted(
        peer=fetch.peer, request=fetch.request, response=TransactionsResponse(transactions=transactions)
    )


def test_missing_transactions_are_fetched_from_the_sender_first_then_from_others() -> None:
    """After a short wait for pushes; once they are here, the block is judged and prevoted."""
    scene = Scene()
    block, transaction = with_one_unknown(scene)
    told = scene.propose(block)
    assert words(told) == []
    (timer,) = [effect.timer for effect in of(SetTimer, told) if isinstance(effect.timer, BodiesDue)]
    asked = []
    told = scene.elapse(timer)
    for _ in range(2):
        (fetch,) = of(Fetch, told)
        asked.append(fetch.peer)
        assert fetch.request == TransactionsRequest(tx_ids=(transaction.tx_id,), block_id=block.block_id)
        told = scene.tell(FetchCompleted(peer=fetch.peer, request=fetch.request, response=None))
    (fetch,) = of(Fetch, told)
    assert asked == [PEERS[1], min(PEERS[2], PEERS[3])]
    assert fetch.peer == max(PEERS[2], PEERS[3])
    assert words(scene.tell(fetched(scene, fetch, transaction))) == [("prevote", 0, block.block_id)]


def test_all_peers_withhold_and_are_asked_again_later() -> None:
    """After everybody was asked in vain it waits, then begins with the sender again: no storm, no end."""
    scene = Scene()
    block, _ = with_one_unknown(scene)
    scene.propose(block)
    told = scene.elapse(BodiesDue(block_id=block.block_id))
    asked = []
    while fetches := of(Fetch, told):
        asked += [fetch.peer for fetch in fetches]
        told = scene.tell(fetched(scene, fetches[0]))
    assert len(asked) == len(set(asked)) == 3
    (timer,) = [effect for effect in of(SetTimer, told) if isinstance(effect.timer, BodiesDue)]
    assert timer.delay_ms >= 1_000
    assert [fetch.peer for fetch in of(Fetch, scene.elapse(timer.timer))] == [PEERS[1]]


def test_a_block_proposed_in_several_rounds_is_fetched_once_at_a_time() -> None:
    """One question per block, not per proposal of it: else every answer would multiply the questions."""
    scene = Scene()
    block, transaction = with_one_unknown(scene)
    for round_ in range(4):
        scene.propose(block, round_=round_, valid_round=round_ - 1 if round_ else None)
    due = BodiesDue(block_id=block.block_id)
    told = scene.elapse(due)
    assert len(of(Fetch, told)) == 1
    assert of(Fetch, scene.elapse(due)) == [], "one is under way"
    asked = []
    while fetches := of(Fetch, told):
        (fetch,) = fetches
        asked.append(fetch.peer)
        told = scene.tell(fetched(scene, fetch))
    assert len(asked) == len(set(asked)) == 3
    (fetch,) = of(Fetch, scene.elapse(due))
    assert words(scene.tell(fetched(scene, fetch, transaction))) != []


def test_a_forged_body_penalises_and_another_peer_is_asked() -> None:
    """A transaction id does not cover the signatures: a peer may send the body with others."""
    scene = Scene()
    block, transaction = with_one_unknown(scene)
    scene.propose(block)
    (fetch,) = of(Fetch, scene.elapse(BodiesDue(block_id=block.block_id)))
    told = scene.tell(fetched(scene, fetch, forged(transaction)))
    assert [effect.peer for effect in of(Penalise, told)] == [fetch.peer]
    (again,) = of(Fetch, told)
    assert again.peer != fetch.peer
    assert words(scene.tell(fetched(scene, again, transaction))) == [("prevote", 0, block.block_id)]


def test_an_answer_that_nobody_asked_for_is_thrown_away() -> None:
    """Only what the request named is taken from its answer."""
    scene = Scene()
    block, _ = with_one_unknown(scene)
    scene.propose(block)
    (fetch,) = of(Fetch, scene.elapse(BodiesDue(block_id=block.block_id)))
    scene.tell(fetched(scene, fetch, forged(a_transaction())))
    assert of(Penalise, scene.effects) == []
    assert not scene.replica.work.candidates.blocks()


def test_half_an_answer_is_asked_on_where_it_came_from() -> None:
    """An answer is bounded, so a large block comes in parts; only the sender may have them all."""
    scene = Scene()
    one, other = a_transaction(), a_transaction()
    block = scene.chain.make(transactions=[one, other]).block
    scene.propose(block)
    (fetch,) = of(Fetch, scene.elapse(BodiesDue(block_id=block.block_id)))
    (again,) = of(Fetch, scene.tell(fetched(scene, fetch, one)))
    assert again.peer == fetch.peer == PEERS[1]
    assert again.request == TransactionsRequest(tx_ids=(other.tx_id,), block_id=block.block_id)
    assert words(scene.tell(fetched(scene, again, other))) == [("prevote", 0, block.block_id)]


def signed_by_many(number: int) -> Transaction:
    """As many signatures as a transaction may have; it will be refused, for nobody knows the signers."""
    keys = [StandInKey(f"{number}/{place}") for place in range(16)]
    body = TransactionBody(
        chain_id=CHAIN,
        nonce=number.to_bytes(8, "big"),
        valid_until=Height(100),
        signers=tuple(key.public_key for key in keys),
        operations=(Operation(module="note", action="put", args=("x",)),),
    )
    said = transaction_sign_bytes(CHAIN, encode_body(body))
    return assemble_transaction(body, tuple(key.sign(said) for key in keys))


def test_no_answer_with_bodies_is_a_long_turn() -> None:
    """Few transactions are asked for at once, and of an answer no more is verified than one turn may: the
    rest is asked for again, of the same peer, until all is here.
    """
    scene = Scene()
    transactions = [signed_by_many(number) for number in range(150)]
    transactions += [a_transaction() for _ in range(BODIES_ASKED_MAX)]
    by_id = {transaction.tx_id: transaction for transaction in transactions}
    block = scene.chain.make(transactions=transactions).block
    scene.propose(block)
    told = scene.elapse(BodiesDue(block_id=block.block_id))
    turns = 0
    while fetches := of(Fetch, told):
        (fetch,) = fetches
        assert isinstance(fetch.request, TransactionsRequest)
        assert len(fetch.request.tx_ids) <= BODIES_ASKED_MAX
        assert fetch.peer == PEERS[1]
        lacking = len(scene.replica.work.proposals.bodies())
        told = scene.tell(fetched(scene, fetch, *(by_id[tx_id] for tx_id in fetch.request.tx_ids)))
        turns += 1
        bodies = scene.replica.work.proposals.bodies()
        assert sum(len(by_id[tx_id].signatures) for tx_id in list(bodies)[lacking:]) <= TURN_SIGNATURES_MAX
    assert turns >= 4
    scene.execute()
    assert ("prevote", 0, block.block_id) in words(scene.effects)


def test_a_push_completes_a_proposal_without_a_fetch() -> None:
    """The entry node's batch was under way; the timer then asks for nothing."""
    scene = Scene()
    block, transaction = with_one_unknown(scene)
    scene.propose(block)
    told = scene.hear(TransactionBatch(transactions=(transaction,)), 2)
    assert words(told) == [("prevote", 0, block.block_id)]
    assert of(Fetch, scene.elapse(BodiesDue(block_id=block.block_id))) == []


def test_of_one_round_only_two_proposals_are_kept() -> None:
    """A proposer that makes many pays with its own round, not with our memory."""
    scene = Scene()
    for later_ms in range(50, 60):
        scene.propose(scene.chain.make(later_ms=later_ms).block)
    assert len(scene.replica.work.proposals.of_round(Round(0))) == 2
    assert words(scene.effects) == [("prevote", 0, scene.chain.make(later_ms=50).block.block_id)]


def our_proposal(told: list[Effect]) -> Block:
    """The block that we are asked to sign."""
    (wanted,) = of(SignProposal, told)
    return wanted.block


def submitted(replica: Replica) -> int:
    """How many transactions wait."""
    return len(replica.flow.pool)


def test_two_transactions_of_one_nonce_do_not_stop_the_proposer() -> None:
    """A client signs two bodies with one nonce: a block may hold one of them, and ours holds one."""
    scene = Scene()
    pair = (a_transaction(nonce=7, text="one"), a_transaction(nonce=7, text="other"))
    scene.tell(TransactionsSubmitted(ticket=1, transactions=pair))
    block = our_proposal(scene.votes(PREVOTE, None, 1, 2, round_=3))
    assert [transaction.tx_id for transaction in block.transactions] == [pair[0].tx_id]


def test_a_transaction_that_expired_meanwhile_is_not_proposed() -> None:
    """It waits until the pool is cleaned, which is not every height."""
    scene = Scene()
    late, good = a_transaction(valid_until=1), a_transaction()
    scene.tell(TransactionsSubmitted(ticket=1, transactions=(late, good)))
    scene.follow()
    assert submitted(scene.replica) == 2
    block = our_proposal(scene.votes(PREVOTE, None, 1, 2, round_=2))
    assert [transaction.tx_id for transaction in block.transactions] == [good.tx_id]


def test_the_twin_of_a_decided_transaction_leaves_the_pool() -> None:
    """Its nonce is used: it can enter no block, and must not keep an idle chain busy until it expires."""
    scene = Scene()
    mine, theirs = a_transaction(nonce=7, text="mine"), a_transaction(nonce=7, text="theirs")
    scene.tell(TransactionsSubmitted(ticket=1, transactions=(mine,)))
    block = scene.chain.make(transactions=[theirs]).block
    scene.propose(block)
    (fetch,) = of(Fetch, scene.elapse(BodiesDue(block_id=block.block_id)))
    scene.tell(fetched(scene, fetch, theirs))
    scene.votes(PRECOMMIT, block.block_id, 1, 2, 3)
    assert scene.replica.height == 1
    assert submitted(scene.replica) == 0


def test_an_invalid_proposal_is_told_in_the_log() -> None:
    """With the organisation of its proposer and the rule that it breaks."""
    scene = Scene()
    block = scene.chain.make().block
    told = scene.propose(with_header(block, replace(block.header, state_root=bytes(32))))
    (notice,) = [effect for effect in of(Notice, told) if effect.name == "proposal.invalid"]
    facts = dict(notice.facts)
    assert facts["round"] == 0
    assert "state_root" in str(facts["reason"])
