"""Votes and certificates of four validators, whose keys are in our hands."""

from __future__ import annotations

from collections.abc import Iterable

from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.model.ids import BlockId, ChainId, Height, Round, Signature
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteContent, VoteKind
from tests.simulation.keys import StandInKey

CHAIN = ChainId("replica-test")
COUNT = 4
PREVOTE, PRECOMMIT = VoteKind.PREVOTE, VoteKind.PRECOMMIT
KEYS = sorted((StandInKey(f"validator-{number}") for number in range(COUNT)), key=lambda key: key.public_key)
"""Consensus keys; the place in this list is the validator's index."""


def a_vote(
    kind: VoteKind,
    index: int,
    block_id: BlockId | None,
    *,
    height: int = 1,
    round_: int = 0,
    sound: bool = True,
) -> Vote:
    """A signed vote; not ``sound``: with a signature that does not hold."""
    content = VoteContent(kind=kind, height=Height(height), round=Round(round_), block_id=block_id)
    signature = KEYS[index].sign(vote_sign_bytes(CHAIN, content)) if sound else Signature(bytes(64))
    return Vote(
        kind=kind,
        height=content.height,
        round=content.round,
        block_id=block_id,
        validator=index,
        signature=signature,
    )


def signatures(
    kind: VoteKind, block_id: BlockId | None, height: int, round_: int, signers: Iterable[int]
) -> tuple[tuple[int, Signature], ...]:
    """Signatures of a certificate."""
    votes = [a_vote(kind, index, block_id, height=height, round_=round_) for index in signers]
    return tuple((vote.validator, vote.signature) for vote in votes)


def a_polka(
    block_id: BlockId | None, *, height: int = 1, round_: int = 0, signers: Iterable[int] = (1, 2, 3)
) -> PolkaCertificate:
    """Prevotes of ``signers``."""
    return PolkaCertificate(
        height=Height(height),
        round=Round(round_),
        block_id=block_id,
        signatures=signatures(PREVOTE, block_id, height, round_, signers),
    )


def a_commit(
    block_id: BlockId, *, height: int = 1, round_: int = 0, signers: Iterable[int] = (1, 2, 3)
) -> CommitCertificate:
    """Precommits of ``signers``."""
    return CommitCertificate(
        height=Height(height),
        round=Round(round_),
        block_id=block_id,
        signatures=signatures(PRECOMMIT, block_id, height, round_, signers),
    )
