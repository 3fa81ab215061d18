"""Equivocation of a validator that has another key since: it is judged by those of its own height."""

from __future__ import annotations

import pytest

from p2pchain.codec.voting import evidence_order, succession_sign_bytes, vote_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import BlockId, Height, PublicKey, Round
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import Evidence, Succession, Vote, VoteContent, VoteKind
from tests.unit.proofs.signed_chain import CHAIN, SignedChain, signing_key

ORG = "supplier"
OLD, NEW = signing_key("consensus", ORG), signing_key("another consensus", ORG)


def a_chain() -> tuple[SignedChain, ValidatorSet]:
    """Five blocks, of which the second exchanges the key of a validator; with the set of before."""
    chain = SignedChain()
    before = chain.ledger.validators
    chain.voters[NEW.public_key] = NEW
    chain.decide()
    statement = Succession(
        peer_key=signing_key("peer", ORG).public_key, old_key=OLD.public_key, new_key=NEW.public_key
    )
    proof = succession_sign_bytes(CHAIN, statement)
    args = (OLD.public_key, NEW.public_key, OLD.sign(proof), NEW.sign(proof))
    exchange = Operation(module="membership", action="rotate_validator", args=args)
    (receipt,) = chain.decide(chain.transaction(ORG, exchange))
    assert receipt.code == CODE_OK, receipt
    for _ in range(3):
        chain.decide()
    assert chain.ledger.validators.index_of(OLD.public_key) is None
    return chain, before


def an_equivocation(key: SigningKey, members: ValidatorSet, height: int) -> Evidence:
    """Two prevotes of one round, signed by a key at its place among these validators."""
    index = members.index_of(key.public_key)
    assert index is not None
    votes = sorted((_vote(key, index, height, letter) for letter in (b"x", b"y")), key=evidence_order)
    return Evidence(validator=PublicKey(key.public_key), first=votes[0], second=votes[1])


def _vote(key: SigningKey, index: int, height: int, letter: bytes) -> Vote:
    content = VoteContent(
        kind=VoteKind.PREVOTE, height=Height(height), round=Round(0), block_id=BlockId(letter * 32)
    )
    return Vote(
        kind=content.kind,
        height=content.height,
        round=content.round,
        block_id=content.block_id,
        validator=index,
        signature=key.sign(vote_sign_bytes(CHAIN, content)),
    )


@pytest.mark.parametrize("height", [1, 2, 3])
def test_what_a_key_did_while_it_counted_is_evidence_afterwards(height: int) -> None:
    """Its owner has exchanged it; at its own height it was a validator's, at its old place."""
    chain, before = a_chain()
    assert chain.maker.is_usable(an_equivocation(OLD, before, height), chain.ledger.height)


@pytest.mark.parametrize("height", [1, 2, 3])
def test_what_a_key_did_before_it_counted_is_none(height: int) -> None:
    """A validator of today was none then: two votes of its key counted nowhere."""
    chain, _ = a_chain()
    today = chain.ledger.validators
    assert not chain.maker.is_usable(an_equivocation(NEW, today, height), chain.ledger.height)
    assert chain.maker.is_usable(an_equivocation(NEW, today, 4), chain.ledger.height)
