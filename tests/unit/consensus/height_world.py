"""Short words for the tests of one height: four validators of power 1, and messages of theirs."""

from __future__ import annotations

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.types import (
    Output,
    PolkaArrived,
    ProposalArrived,
    Restored,
    SendProposal,
    SendVote,
    VoteArrived,
)
from p2pchain.model.ids import BlockId, Height, OrgId, PublicKey, Round, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind

HEIGHT = Height(5)
V = BlockId(b"v" * 32)
W = BlockId(b"w" * 32)
PREVOTE, PRECOMMIT = VoteKind.PREVOTE, VoteKind.PRECOMMIT


def validators(count: int = 4) -> ValidatorSet:
    """``count`` validators of power 1."""
    return ValidatorSet(
        tuple(
            Validator(public_key=PublicKey(bytes([index + 1]) * 32), power=1, org=OrgId(f"org-{index}"))
            for index in range(count)
        )
    )


def height(
    own: int | None = 0, *, restored: Restored | None = None, count: int = 4, lines: set[int] | None = None
) -> HeightConsensus:
    """The state machine of validator ``own``; round ``r`` is proposed by validator ``r mod count``."""
    return HeightConsensus(
        height=HEIGHT,
        validators=validators(count),
        own_index=own,
        parameters=Parameters(),
        proposer=lambda round_: round_ % count,
        restored=restored,
        trace=(lambda _: None) if lines is None else lines.add,
    )


def vote(kind: VoteKind, validator: int, block_id: BlockId | None, round_: int = 0) -> VoteArrived:
    """A vote as input."""
    return VoteArrived(
        vote=Vote(
            kind=kind,
            height=HEIGHT,
            round=Round(round_),
            block_id=block_id,
            validator=validator,
            signature=Signature(bytes([validator]) * 64),
        )
    )


def proposal(
    block_id: BlockId,
    round_: int = 0,
    valid_round: int | None = None,
    *,
    valid: bool = True,
    timely: bool = True,
) -> ProposalArrived:
    """A judged proposal as input."""
    return ProposalArrived(
        round=Round(round_),
        valid_round=None if valid_round is None else Round(valid_round),
        block_id=block_id,
        valid=valid,
        timely=timely,
    )


def polka(block_id: BlockId | None, round_: int = 0) -> PolkaArrived:
    """A polka certificate of three validators as input."""
    signatures = tuple((index, Signature(bytes(64))) for index in (1, 2, 3))
    return PolkaArrived(
        polka=PolkaCertificate(height=HEIGHT, round=Round(round_), block_id=block_id, signatures=signatures)
    )


def commit(block_id: BlockId, round_: int = 0) -> CommitCertificate:
    """A commit certificate of three validators."""
    signatures = tuple((index, Signature(bytes(64))) for index in (1, 2, 3))
    return CommitCertificate(height=HEIGHT, round=Round(round_), block_id=block_id, signatures=signatures)


def said(outputs: tuple[Output, ...]) -> list[tuple[str, int, BlockId | None]]:
    """What a validator says in these outputs: (word, round, value)."""
    words: list[tuple[str, int, BlockId | None]] = []
    for output in outputs:
        match output:
            case SendVote(kind=kind, round=round_, block_id=block_id):
                words.append((kind.name.lower(), int(round_), block_id))
            case SendProposal(round=round_, block_id=block_id):
                words.append(("proposal", int(round_), block_id))
            case _:
                continue
    return words
