"""What the verifier accepts is signed and bound, with a quorum; each thing altered is refused by its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from p2pchain.codec import roots, transaction, voting
from p2pchain.codec.header import header_id
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto import ed25519
from p2pchain.model.chain import RawBlock
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import ChainId, Height, PublicKey, Round, Signature
from p2pchain.model.messages import Hello
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import (
    CommitCertificate,
    Evidence,
    PolkaCertificate,
    Proposal,
    Vote,
    VoteContent,
    VoteKind,
)
from p2pchain.proofs.memo import Memo
from p2pchain.proofs.verifier import Verifier
from tests.unit.codec.codec_keys import key
from tests.unit.codec.codec_vectors import CHAIN, SIGNERS, VALIDATORS, build_structures

MADE: dict[str, Any] = {name: thing for name, _, thing in build_structures()}
PROPOSAL: Proposal = MADE["proposal"]
RAW: RawBlock = MADE["block"]
COMMIT: CommitCertificate = MADE["commit certificate"]
POLKA: PolkaCertificate = MADE["polka certificate"]
EVIDENCE: Evidence = MADE["evidence"]
HELLO: Hello = MADE["link hello"]
VOTE: Vote = MADE["vote"]
TRANSACTION = MADE["transaction of two signers"]
PEER = peer_id_of(key("peer bank-a").public_key)
OTHER = ChainId("other-chain")


class Counting:
    """The rule of ``crypto``, counting how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, public_key: PublicKey, signature: Signature, message: bytes) -> None:
        self.asked += 1
        ed25519.verify(public_key, signature, message)


def refusal(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(Invalid) as fault:
        act()
    assert fault.value.facts
    return fault.value.code


def altered(data: bytes, index: int = 0) -> Any:
    """The same bytes with one bit changed."""
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


def test_everything_true_is_accepted() -> None:
    verifier = Verifier(CHAIN)
    assert verifier.transaction(TRANSACTION) == VerifiedTransaction(transaction=TRANSACTION)
    verifier.vote(VOTE, VALIDATORS)
    verifier.proposal(PROPOSAL, SIGNERS[1].public_key)
    verifier.raw_block_bound(RAW)
    verifier.commit(COMMIT, VALIDATORS)
    verifier.polka(POLKA, VALIDATORS)
    verifier.evidence(EVIDENCE, VALIDATORS)
    verifier.hello(HELLO, PEER)
    verifier.hello(replace(HELLO, consensus_key=None, signature=None), PEER)
    verifier.signed_by(VOTE, SIGNERS[1].public_key)
    verifier.signed_by(PROPOSAL, SIGNERS[1].public_key)


@pytest.mark.parametrize("signer", [0, 1])
def test_each_signature_of_a_transaction_counts(signer: int) -> None:
    verifier = Verifier(CHAIN)
    signatures = list(TRANSACTION.signatures)
    signatures[signer] = altered(signatures[signer], 40)
    assert (
        refusal(lambda: verifier.transaction(replace(TRANSACTION, signatures=tuple(signatures))))
        == "SIG_INVALID"
    )
    swapped = replace(TRANSACTION, signatures=TRANSACTION.signatures[::-1])
    assert refusal(lambda: verifier.transaction(swapped)) == "SIG_INVALID"
    fewer = replace(TRANSACTION, signatures=TRANSACTION.signatures[:1])
    assert refusal(lambda: verifier.transaction(fewer)) == "TX_SIGNATURES_MISSING"


def test_a_transaction_of_another_chain_or_id_is_refused() -> None:
    assert refusal(lambda: Verifier(OTHER).transaction(TRANSACTION)) == "TX_WRONG_CHAIN"
    renamed = replace(TRANSACTION, tx_id=altered(TRANSACTION.tx_id))
    assert refusal(lambda: Verifier(CHAIN).transaction(renamed)) == "TX_ID_MISMATCH"
    changed = replace(TRANSACTION, body_bytes=TRANSACTION.body_bytes + b"x")
    assert refusal(lambda: Verifier(CHAIN).transaction(changed)) == "TX_ID_MISMATCH"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": VoteKind.PRECOMMIT},
        {"height": Height(8)},
        {"round": Round(3)},
        {"block_id": None},
        {"validator": 2},
        {"signature": altered(VOTE.signature, 63)},
        {"signature": Signature(b"")},
    ],
    ids=str,
)
def test_each_field_of_a_vote_is_bound(change: dict[str, Any]) -> None:
    verifier = Verifier(CHAIN)
    verifier.vote(VOTE, VALIDATORS)
    assert refusal(lambda: verifier.vote(replace(VOTE, **change), VALIDATORS)) == "SIG_INVALID"


def test_a_vote_of_nobody_or_another_chain_is_refused() -> None:
    for index in (-1, 4, 99):
        vote = replace(VOTE, validator=index)
        assert refusal(partial(Verifier(CHAIN).vote, vote, VALIDATORS)) == "VALIDATOR_UNKNOWN"
    assert refusal(lambda: Verifier(OTHER).vote(VOTE, VALIDATORS)) == "SIG_INVALID"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"round": Round(3)}, "SIG_INVALID"),
        ({"valid_round": None}, "SIG_INVALID"),
        ({"valid_round": Round(1)}, "SIG_INVALID"),
        ({"block_id": altered(PROPOSAL.block_id)}, "SIG_INVALID"),
        ({"signature": altered(PROPOSAL.signature)}, "SIG_INVALID"),
        ({"header": replace(PROPOSAL.header, time_ms=1)}, "HEADER_MISMATCH"),
        ({"tx_ids": PROPOSAL.tx_ids[::-1]}, "HEADER_MISMATCH"),
        ({"tx_ids": PROPOSAL.tx_ids[:1]}, "HEADER_MISMATCH"),
        ({"evidence": ()}, "HEADER_MISMATCH"),
        ({"last_certificate": None}, "HEADER_MISMATCH"),
        ({"last_certificate": COMMIT}, "HEADER_MISMATCH"),
    ],
    ids=str,
)
def test_each_part_of_a_proposal_is_bound(change: dict[str, Any], code: str) -> None:
    verifier = Verifier(CHAIN)
    verifier.proposal(PROPOSAL, SIGNERS[1].public_key)
    assert refusal(lambda: verifier.proposal(replace(PROPOSAL, **change), SIGNERS[1].public_key)) == code


def test_a_proposal_of_another_proposer_or_chain_is_refused() -> None:
    assert refusal(lambda: Verifier(CHAIN).proposal(PROPOSAL, SIGNERS[0].public_key)) == "SIG_INVALID"
    header = replace(PROPOSAL.header, chain_id=OTHER)
    foreign = replace(PROPOSAL, header=header, block_id=header_id(header))
    signature = SIGNERS[1].sign(voting.proposal_sign_bytes(CHAIN, foreign.content))
    foreign = replace(foreign, signature=signature)
    assert refusal(lambda: Verifier(CHAIN).proposal(foreign, SIGNERS[1].public_key)) == "HEADER_WRONG_CHAIN"


@pytest.mark.parametrize(
    "change",
    [
        {"block_id": altered(RAW.block_id)},
        {"header": replace(RAW.header, state_root=bytes(32))},
        {"transactions": RAW.transactions[::-1]},
        {"transactions": ()},
        {"evidence": ()},
        {"evidence": RAW.evidence * 2},
        {"last_certificate": None},
        {"last_certificate": replace(RAW.last_certificate, round=Round(9))},  # type: ignore[type-var]
    ],
    ids=[str(index) for index in range(8)],
)
def test_each_part_of_a_block_is_bound(change: dict[str, Any]) -> None:
    verifier = Verifier(CHAIN)
    assert refusal(lambda: verifier.raw_block_bound(replace(RAW, **change))) == "HEADER_MISMATCH"


def certificate_cases() -> list[tuple[dict[str, Any], str]]:
    """What may be wrong with a certificate of validators 0, 1 and 3, each with power 10 of 40."""
    signed = COMMIT.signatures
    forged = (signed[0], signed[1], (3, altered(signed[2][1])))
    return [
        ({"signatures": signed[:2]}, "CERTIFICATE_NO_QUORUM"),
        ({"signatures": (signed[0], signed[0], signed[1])}, "CERTIFICATE_ORDER"),
        ({"signatures": signed[::-1]}, "CERTIFICATE_ORDER"),
        ({"signatures": (*signed, (4, signed[0][1]))}, "VALIDATOR_UNKNOWN"),
        ({"signatures": ((-1, signed[0][1]), *signed)}, "CERTIFICATE_ORDER"),
        ({"signatures": forged}, "SIG_INVALID"),
        ({"signatures": (signed[0], signed[1], (2, signed[2][1]))}, "SIG_INVALID"),
        ({"signatures": ()}, "CERTIFICATE_NO_QUORUM"),
        ({"height": Height(8)}, "SIG_INVALID"),
        ({"round": Round(0)}, "SIG_INVALID"),
        ({"block_id": altered(COMMIT.block_id)}, "SIG_INVALID"),
    ]


@pytest.mark.parametrize(("change", "code"), certificate_cases(), ids=[str(i) for i in range(11)])
def test_each_part_of_a_commit_certificate_counts(change: dict[str, Any], code: str) -> None:
    verifier = Verifier(CHAIN)
    verifier.commit(COMMIT, VALIDATORS)
    assert refusal(lambda: verifier.commit(replace(COMMIT, **change), VALIDATORS)) == code


def test_votes_of_one_kind_are_no_certificate_of_the_other() -> None:
    as_polka = PolkaCertificate(
        height=COMMIT.height, round=COMMIT.round, block_id=COMMIT.block_id, signatures=COMMIT.signatures
    )
    assert refusal(lambda: Verifier(CHAIN).polka(as_polka, VALIDATORS)) == "SIG_INVALID"
    for_block = replace(POLKA, block_id=COMMIT.block_id)
    assert refusal(lambda: Verifier(CHAIN).polka(for_block, VALIDATORS)) == "SIG_INVALID"


def test_exactly_two_thirds_is_no_quorum() -> None:
    """Powers 10, 10, 10 and 30: three votes have half; 40 of 60 is not more than 2/3."""
    members = [replace(member, power=10) for member in VALIDATORS.members]
    members[3] = replace(members[3], power=30)
    validators = ValidatorSet(tuple(members))
    content = VoteContent(kind=VoteKind.PRECOMMIT, height=Height(3), round=Round(0), block_id=COMMIT.block_id)
    message = voting.vote_sign_bytes(CHAIN, content)
    signed = [(index, SIGNERS[index].sign(message)) for index in range(4)]
    certificate = replace(COMMIT, height=content.height, round=content.round)
    verifier = Verifier(CHAIN)
    for chosen in (signed[:3], [signed[0], signed[3]]):
        case = replace(certificate, signatures=tuple(chosen))
        assert refusal(partial(verifier.commit, case, validators)) == "CERTIFICATE_NO_QUORUM"
    verifier.commit(replace(certificate, signatures=(signed[0], signed[1], signed[3])), validators)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"second": EVIDENCE.first}, "EVIDENCE_NO_CONFLICT"),
        ({"first": EVIDENCE.second, "second": EVIDENCE.first}, "EVIDENCE_NO_CONFLICT"),
        ({"second": replace(EVIDENCE.second, round=Round(3))}, "EVIDENCE_NO_CONFLICT"),
        ({"second": replace(EVIDENCE.second, height=Height(8))}, "EVIDENCE_NO_CONFLICT"),
        ({"second": replace(EVIDENCE.second, kind=VoteKind.PRECOMMIT)}, "EVIDENCE_NO_CONFLICT"),
        ({"second": replace(EVIDENCE.second, validator=2)}, "VALIDATOR_UNKNOWN"),
        ({"validator": SIGNERS[0].public_key}, "VALIDATOR_UNKNOWN"),
        ({"validator": PublicKey(bytes(32))}, "VALIDATOR_UNKNOWN"),
        ({"first": replace(EVIDENCE.first, signature=EVIDENCE.second.signature)}, "SIG_INVALID"),
        ({"second": replace(EVIDENCE.second, block_id=COMMIT.block_id)}, "SIG_INVALID"),
    ],
    ids=[str(index) for index in range(10)],
)
def test_each_part_of_evidence_counts(change: dict[str, Any], code: str) -> None:
    assert refusal(lambda: Verifier(CHAIN).evidence(replace(EVIDENCE, **change), VALIDATORS)) == code


def test_a_hello_binds_key_peer_genesis_and_chain() -> None:
    verifier = Verifier(CHAIN)
    stranger = peer_id_of(key("peer bank-b").public_key)
    assert refusal(lambda: verifier.hello(HELLO, stranger)) == "SIG_INVALID"
    assert refusal(lambda: verifier.hello(replace(HELLO, genesis_id=bytes(32)), PEER)) == "SIG_INVALID"
    other_key = replace(HELLO, consensus_key=SIGNERS[0].public_key)
    if other_key != HELLO:
        assert refusal(lambda: verifier.hello(other_key, PEER)) == "SIG_INVALID"
    assert refusal(lambda: Verifier(OTHER).hello(HELLO, PEER)) == "HELLO_WRONG_CHAIN"
    assert refusal(lambda: verifier.hello(replace(HELLO, signature=None), PEER)) == "HELLO_UNPROVEN"


def test_what_was_verified_once_is_not_asked_again() -> None:
    check = Counting()
    verifier = Verifier(CHAIN, check)
    content = VoteContent(
        kind=VoteKind.PRECOMMIT, height=COMMIT.height, round=COMMIT.round, block_id=COMMIT.block_id
    )
    for index, signature in COMMIT.signatures:
        vote = Vote(
            kind=content.kind,
            height=content.height,
            round=content.round,
            block_id=content.block_id,
            validator=index,
            signature=signature,
        )
        verifier.vote(vote, VALIDATORS)
    assert check.asked == 3
    verifier.commit(COMMIT, VALIDATORS)
    assert check.asked == 3
    verifier.transaction(TRANSACTION)
    verifier.transaction(TRANSACTION)
    assert check.asked == 5


def test_what_was_refused_is_asked_again() -> None:
    check = Counting()
    verifier = Verifier(CHAIN, check)
    bad = replace(VOTE, signature=altered(VOTE.signature))
    for _ in range(2):
        assert refusal(lambda: verifier.vote(bad, VALIDATORS)) == "SIG_INVALID"
    assert check.asked == 2


def test_the_memo_is_bounded_and_keeps_the_latest_half() -> None:
    memo = Memo(100)
    names = [index.to_bytes(32, "big") for index in range(1_000)]
    for count, name in enumerate(names, 1):
        memo.add(name)
        assert len(memo) <= 100
        assert all(latest in memo for latest in names[max(0, count - 50) : count])
    assert names[0] not in memo


def test_roots_of_nothing_and_order_matter() -> None:
    assert roots.tx_root([]) != roots.tx_root(PROPOSAL.tx_ids) != roots.tx_root(PROPOSAL.tx_ids[::-1])
    assert transaction.decode_transaction(TRANSACTION.raw) == TRANSACTION
