"""Messages of validators: votes, proposals, certificates, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from p2pchain.model.block import Header
from p2pchain.model.ids import BlockId, Height, PublicKey, Round, Signature, TxId


class VoteKind(IntEnum):
    """The two votes of a round."""

    PREVOTE = 1
    PRECOMMIT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteContent:
    """Content of a vote; ``block_id`` is None for nil. Whoever signs it is known by the signature."""

    kind: VoteKind
    height: Height
    round: Round
    block_id: BlockId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A signed vote; ``validator`` is the index in the validator set of its height."""

    kind: VoteKind
    height: Height
    round: Round
    block_id: BlockId | None
    validator: int
    signature: Signature

    @property
    def content(self) -> VoteContent:
        """The part that is signed."""
        return VoteContent(kind=self.kind, height=self.height, round=self.round, block_id=self.block_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitCertificate:
    """Precommits of more than 2/3 of the power for one block; signatures as (validator index, signature),
    ascending.
    """

    height: Height
    round: Round
    block_id: BlockId
    signatures: tuple[tuple[int, Signature], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolkaCertificate:
    """Prevotes of more than 2/3 of the power for one block (or nil) in one round; signatures ascending by
    index.
    """

    height: Height
    round: Round
    block_id: BlockId | None
    signatures: tuple[tuple[int, Signature], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Content that a consensus key signs to enter the validators: on the node ``peer_key``, ``new_key`` takes
    the place of ``old_key``, or a place of its own where that is None.
    """

    peer_key: PublicKey
    old_key: PublicKey | None
    new_key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Equivocation: two different votes of ``validator`` (its key) for one height, round and kind; ``first``
    sorts lower.
    """

    validator: PublicKey
    first: Vote
    second: Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalContent:
    """Content that a proposer signs: ``valid_round`` is None for a new value."""

    height: Height
    round: Round
    valid_round: Round | None
    block_id: BlockId


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A signed proposal as it travels: header and transaction ids instead of bodies.

    ``last_certificate`` is None only at height 1. The signature covers the ``content``; header, ids, evidence
    and certificate are bound to it through the roots in the header.
    """

    round: Round
    valid_round: Round | None
    header: Header
    block_id: BlockId
    tx_ids: tuple[TxId, ...]
    evidence: tuple[Evidence, ...]
    last_certificate: CommitCertificate | None
    signature: Signature

    @property
    def content(self) -> ProposalContent:
        """The part that is signed."""
        return ProposalContent(
            height=self.header.height, round=self.round, valid_round=self.valid_round, block_id=self.block_id
        )
