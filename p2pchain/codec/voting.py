"""Votes, proposals, certificates and evidence, and the bytes that a consensus key signs.

Each structure has ``*_item`` (model to items), ``read_*`` (decoded items to model) and the pair
``encode_*``/``decode_*``; larger structures hold the items of smaller ones.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.header import decode_header, encode_header
from p2pchain.crypto.hashing import sha256
from p2pchain.model.block import Header
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import FIRST_HEIGHT, BlockId, ChainId, Height, PeerId, Signature
from p2pchain.model.validators import VALIDATORS_MAX
from p2pchain.model.voting import (
    CommitCertificate,
    Evidence,
    PolkaCertificate,
    Proposal,
    ProposalContent,
    Succession,
    Vote,
    VoteContent,
    VoteKind,
)

CONSENSUS_DOMAIN: Final = "p2pchain/consensus"
CONSENSUS_VERSION: Final = 1
VOTE_BYTES_MAX: Final = 256
VOTE_CONTENTS_KEPT: Final = 1_024
"""Contents whose sign-bytes are remembered: all validators that vote for a block sign the same."""
CERTIFICATE_BYTES_MAX: Final = 8_192
EVIDENCE_BYTES_MAX: Final = 1_024
PROPOSAL_BYTES_MAX: Final = 1_048_576
PROPOSAL_TX_IDS_MAX: Final = 16_384
"""Most transactions of a block that the format knows; a chain's ``block_transactions_max`` may be lower."""
BLOCK_EVIDENCE_MAX: Final = 64
"""Most evidence in a block that the format knows; a chain's ``block_evidence_max`` may be lower."""


@lru_cache(maxsize=VOTE_CONTENTS_KEPT)
def vote_sign_bytes(chain_id: ChainId, content: VoteContent) -> bytes:
    """Encode ``["p2pchain/consensus", 1, chain_id, "vote", kind, height, round, block_id | null]``."""
    stated = (int(content.kind), content.height, content.round, content.block_id)
    return pack((CONSENSUS_DOMAIN, CONSENSUS_VERSION, chain_id, "vote", *stated))


def proposal_sign_bytes(chain_id: ChainId, content: ProposalContent) -> bytes:
    """Encode ``["p2pchain/consensus", 1, chain_id, "proposal", height, round, valid_round | null,
    block_id]``.
    """
    stated = (content.height, content.round, content.valid_round, content.block_id)
    return pack((CONSENSUS_DOMAIN, CONSENSUS_VERSION, chain_id, "proposal", *stated))


def hello_sign_bytes(chain_id: ChainId, genesis_id: bytes, peer_id: PeerId) -> bytes:
    """Encode ``["p2pchain/consensus", 1, chain_id, "hello", genesis_id, peer_id]``: the key runs on
    that peer.
    """
    return pack((CONSENSUS_DOMAIN, CONSENSUS_VERSION, chain_id, "hello", genesis_id, peer_id))


def height_sign_bytes(chain_id: ChainId, height: Height, challenge: bytes) -> bytes:
    """Encode ``["p2pchain/consensus", 1, chain_id, "height", height, challenge]``: the key works on that
    height.
    """
    return pack((CONSENSUS_DOMAIN, CONSENSUS_VERSION, chain_id, "height", height, challenge))


def succession_sign_bytes(chain_id: ChainId, statement: Succession) -> bytes:
    """Encode ``["p2pchain/consensus", 1, chain_id, "succession", peer key, old key | null, new key]``; both
    keys sign the same.
    """
    stated = (statement.peer_key, statement.old_key, statement.new_key)
    return pack((CONSENSUS_DOMAIN, CONSENSUS_VERSION, chain_id, "succession", *stated))


def encode_vote(vote: Vote) -> bytes:
    """Encode ``[kind, height, round, block_id | null, validator, signature]``."""
    return pack(vote_item(vote))


def decode_vote(data: bytes) -> Vote:
    """Decode a vote, or raise ``Invalid``; its signature is not checked."""
    return read_vote(unpack(data, bytes_max=VOTE_BYTES_MAX), "vote")


def encode_commit(certificate: CommitCertificate) -> bytes:
    """Encode ``[height, round, block_id, [[validator index, signature], ...]]``."""
    return pack(commit_item(certificate))


def decode_commit(data: bytes) -> CommitCertificate:
    """Decode a commit certificate, or raise ``Invalid``; neither signatures nor power are checked."""
    return read_commit(unpack(data, bytes_max=CERTIFICATE_BYTES_MAX), "certificate")


def encode_polka(polka: PolkaCertificate) -> bytes:
    """Encode ``[height, round, block_id | null, [[validator index, signature], ...]]``."""
    return pack(polka_item(polka))


def decode_polka(data: bytes) -> PolkaCertificate:
    """Decode a polka certificate, or raise ``Invalid``; neither signatures nor power are checked."""
    return read_polka(unpack(data, bytes_max=CERTIFICATE_BYTES_MAX), "polka")


def encode_evidence(evidence: Evidence) -> bytes:
    """Encode ``[validator key, first vote, second vote]``: a leaf under the evidence root."""
    return pack(evidence_item(evidence))


def decode_evidence(data: bytes) -> Evidence:
    """Decode evidence of equivocation, or raise ``Invalid``; the signatures are not checked."""
    return read_evidence(unpack(data, bytes_max=EVIDENCE_BYTES_MAX), "evidence")


def encode_proposal(proposal: Proposal) -> bytes:
    """Encode ``[round, valid_round | null, header: bstr, tx_ids, evidence, last_certificate | null,
    signature]``.
    """
    return pack(proposal_item(proposal))


def decode_proposal(data: bytes) -> Proposal:
    """Decode a proposal, or raise ``Invalid``; ``block_id`` is the hash of its header, nothing else is
    verified.
    """
    return read_proposal(unpack(data, bytes_max=PROPOSAL_BYTES_MAX), "proposal")


def vote_item(vote: Vote) -> tuple[object, ...]:
    """Encode a vote as items."""
    stated = (int(vote.kind), vote.height, vote.round, vote.block_id)
    return (*stated, vote.validator, vote.signature)


def read_vote(item: object, at: str) -> Vote:
    """Decode a vote from items."""
    kind, height, round_number, block_id, validator, signature = field.fields(item, 6, at)
    return Vote(
        kind=VoteKind(field.integer(kind, VoteKind.PREVOTE, VoteKind.PRECOMMIT, f"{at}.kind")),
        height=field.height(height, f"{at}.height"),
        round=field.round_number(round_number, f"{at}.round"),
        block_id=field.block_id_or_nil(block_id, f"{at}.block_id"),
        validator=field.integer(validator, 0, VALIDATORS_MAX - 1, f"{at}.validator"),
        signature=field.signature(signature, f"{at}.signature"),
    )


def commit_item(certificate: CommitCertificate) -> tuple[object, ...]:
    """Encode a commit certificate as items."""
    return (certificate.height, certificate.round, certificate.block_id, certificate.signatures)


def read_commit(item: object, at: str) -> CommitCertificate:
    """Decode a commit certificate from items."""
    height, round_number, block_id, signatures = field.fields(item, 4, at)
    return CommitCertificate(
        height=field.height(height, f"{at}.height"),
        round=field.round_number(round_number, f"{at}.round"),
        block_id=field.block_id(block_id, f"{at}.block_id"),
        signatures=_read_signatures(signatures, f"{at}.signatures"),
    )


def last_commit_item(certificate: CommitCertificate | None) -> tuple[object, ...] | None:
    """Encode the certificate of the block before as items, null at height 1."""
    return None if certificate is None else commit_item(certificate)


def read_last_commit(item: object, height: Height, at: str) -> CommitCertificate | None:
    """Decode the certificate of the block before ``height``: null at height 1, and nowhere else."""
    if item is None and height == FIRST_HEIGHT:
        return None
    if height == FIRST_HEIGHT:
        raise Invalid("CODEC_CERTIFICATE", {"field": at, "height": height, "reason": "none before height 1"})
    certificate = read_commit(item, at)
    if certificate.height != height - 1:
        facts: dict[str, Fact] = {"field": at, "height": height, "found": certificate.height}
        raise Invalid("CODEC_CERTIFICATE", {**facts, "reason": "not of the height before"})
    return certificate


def polka_item(polka: PolkaCertificate) -> tuple[object, ...]:
    """Encode a polka certificate as items."""
    return (polka.height, polka.round, polka.block_id, polka.signatures)


def read_polka(item: object, at: str) -> PolkaCertificate:
    """Decode a polka certificate from items."""
    height, round_number, block_id, signatures = field.fields(item, 4, at)
    return PolkaCertificate(
        height=field.height(height, f"{at}.height"),
        round=field.round_number(round_number, f"{at}.round"),
        block_id=field.block_id_or_nil(block_id, f"{at}.block_id"),
        signatures=_read_signatures(signatures, f"{at}.signatures"),
    )


def evidence_item(evidence: Evidence) -> tuple[object, ...]:
    """Encode evidence as items."""
    return (evidence.validator, vote_item(evidence.first), vote_item(evidence.second))


def evidence_order(vote: Vote) -> bytes:
    """Return the key by which the two votes of evidence ascend: nil first, then by block id."""
    return vote.block_id or b""


def read_evidence(item: object, at: str) -> Evidence:
    """Decode evidence from items: two votes alike but for the block, ascending by ``evidence_order``."""
    validator, first_item, second_item = field.fields(item, 3, at)
    first, second = read_vote(first_item, f"{at}.first"), read_vote(second_item, f"{at}.second")
    for name, one, other in (
        ("kind", first.kind, second.kind),
        ("height", first.height, second.height),
        ("round", first.round, second.round),
        ("validator", first.validator, second.validator),
    ):
        if one != other:
            raise Invalid("CODEC_MISMATCH", {"field": f"{at}.second.{name}", "expected": one, "found": other})
    field.ascending(evidence_order(first), evidence_order(second), f"{at}.second.block_id")
    return Evidence(validator=field.public_key(validator, f"{at}.validator"), first=first, second=second)


def evidence_items(evidence: tuple[Evidence, ...]) -> tuple[object, ...]:
    """Encode a block's evidence as items."""
    return tuple(map(evidence_item, evidence))


def read_evidence_list(item: object, at: str) -> tuple[Evidence, ...]:
    """Decode a block's evidence from items."""
    listed = field.array(item, 0, BLOCK_EVIDENCE_MAX, at)
    return tuple(read_evidence(part, f"{at}[{index}]") for index, part in enumerate(listed))


def proposal_item(proposal: Proposal) -> tuple[object, ...]:
    """Encode a proposal as items."""
    return (
        proposal.round,
        proposal.valid_round,
        encode_header(proposal.header),
        proposal.tx_ids,
        evidence_items(proposal.evidence),
        last_commit_item(proposal.last_certificate),
        proposal.signature,
    )


def read_proposal(item: object, at: str) -> Proposal:
    """Decode a proposal from items; the valid round lies below the round, and no id is named twice."""
    stated, valid, header_bytes, ids, evidence, certificate, signature = field.fields(item, 7, at)
    round_number = field.round_number(stated, f"{at}.round")
    tx_ids = field.tx_ids(ids, 0, PROPOSAL_TX_IDS_MAX, f"{at}.tx_ids")
    if len(set(tx_ids)) != len(tx_ids):
        raise Invalid("CODEC_REPEATED", {"field": f"{at}.tx_ids", "ids": len(tx_ids)})
    valid_round = None if valid is None else field.round_number(valid, f"{at}.valid_round")
    if valid_round is not None:
        field.ascending(valid_round, round_number, f"{at}.valid_round")
    header, block_id = read_header(header_bytes, f"{at}.header")
    return Proposal(
        round=round_number,
        valid_round=valid_round,
        header=header,
        block_id=block_id,
        tx_ids=tx_ids,
        evidence=read_evidence_list(evidence, f"{at}.evidence"),
        last_certificate=read_last_commit(certificate, header.height, f"{at}.last_certificate"),
        signature=field.signature(signature, f"{at}.signature"),
    )


def read_header(item: object, at: str) -> tuple[Header, BlockId]:
    """Decode a header in the byte string that holds it, and its id: the SHA-256 of those bytes."""
    if type(item) is not bytes:
        raise field.mistyped(item, "bytes", at)
    return decode_header(item), BlockId(sha256(item))


def _read_signatures(item: object, at: str) -> tuple[tuple[int, Signature], ...]:
    """Decode 1 to 100 pairs, ascending by the validator's index."""
    signatures: list[tuple[int, Signature]] = []
    previous = -1
    for pair in field.array(item, 1, VALIDATORS_MAX, at):
        index, signature = field.fields(pair, 2, f"{at}[]")
        validator = field.integer(index, 0, VALIDATORS_MAX - 1, f"{at}[].validator")
        if validator <= previous:
            raise Invalid(
                "CODEC_ORDER", {"field": f"{at}[].validator", "found": validator, "after": previous}
            )
        signatures.append((validator, field.signature(signature, f"{at}[].signature")))
        previous = validator
    return tuple(signatures)
