"""Roots and hashes that a header holds: each 32 bytes."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.codec.cbor import pack
from p2pchain.codec.transaction import encode_receipt
from p2pchain.codec.voting import encode_evidence, last_commit_item
from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.merkle import merkle_root
from p2pchain.model.ids import TxId
from p2pchain.model.transaction import Receipt
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, Evidence


def tx_root(tx_ids: Sequence[TxId]) -> bytes:
    """Return the Merkle root (RFC 6962) over the ids of a block's transactions, in their order."""
    return merkle_root(tx_ids)


def results_root(receipts: Sequence[Receipt]) -> bytes:
    """Return the Merkle root over the encoded receipts, in the order of the transactions."""
    return merkle_root([encode_receipt(receipt) for receipt in receipts])


def evidence_root(evidence: Sequence[Evidence]) -> bytes:
    """Return the Merkle root over the encoded evidence, in the order of the block."""
    return merkle_root([encode_evidence(item) for item in evidence])


def certificate_hash(certificate: CommitCertificate | None) -> bytes:
    """Return the SHA-256 of the encoded certificate; of an encoded null where there is none (height 1)."""
    return sha256(pack(last_commit_item(certificate)))


def validators_hash(validators: ValidatorSet) -> bytes:
    """Return the SHA-256 of ``[[public key, power, organisation], ...]``, ordered by key."""
    members = validators.members
    return sha256(pack(tuple((member.public_key, member.power, member.org) for member in members)))
