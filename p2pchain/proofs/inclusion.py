"""That a transaction lies in a block, and what became of it: both roots of the header bind the same place.

The leaf of ``tx_root`` is the transaction's id, so its body is bound by the hash of what its signers signed,
and its signatures are checked on their own. The leaf of ``results_root`` is the receipt, which names the
transaction; a receipt beside another transaction proves nothing. Neither root tells how many leaves there
are, so the number of the transaction within its block is no part of what is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.transaction import (
    TX_BYTES_MAX,
    decode_receipt,
    decode_transaction,
    encode_receipt,
)
from p2pchain.codec.voting import PROPOSAL_TX_IDS_MAX
from p2pchain.crypto.merkle import merkle_path
from p2pchain.model.block import Header
from p2pchain.model.bounds import RECEIPT_BYTES_MAX
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import CODE_OK, Receipt, Transaction
from p2pchain.proofs.merkle import verify_inclusion
from p2pchain.proofs.verifier import Verifier

PATH_HASHES_MAX: Final = (PROPOSAL_TX_IDS_MAX - 1).bit_length()
"""Hashes from a leaf to the root of the largest block: 14."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionProof:
    """A transaction and its receipt, number ``index`` of ``size`` in their block, with their ways to
    ``tx_root`` and ``results_root``, the lowest hash first; unverified.
    """

    transaction: Transaction
    receipt: Receipt
    index: int
    size: int
    tx_path: tuple[bytes, ...]
    results_path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenTransaction:
    """A transaction that a final block holds, signed by all of its signers, with the receipt that this block
    gives it.
    """

    transaction: Transaction
    receipt: Receipt

    @property
    def accepted(self) -> bool:
        """Return whether it did what it asked for; else it changed nothing, and ``receipt.code`` names the
        rule.
        """
        return self.receipt.code == CODE_OK


def transaction_proof(
    transactions: Sequence[Transaction], receipts: Sequence[Receipt], index: int
) -> TransactionProof:
    """Make the proof of one transaction from all of its block, ``index`` from 0."""
    return TransactionProof(
        transaction=transactions[index],
        receipt=receipts[index],
        index=index,
        size=len(transactions),
        tx_path=merkle_path([transaction.tx_id for transaction in transactions], index),
        results_path=merkle_path([encode_receipt(receipt) for receipt in receipts], index),
    )


def verify_transaction_proof(
    header: Header, proof: TransactionProof, verifier: Verifier
) -> ProvenTransaction:
    """Verify a proof under a header whose certificate was checked. Raises ``Invalid``: ``PROOF_INVALID``, or
    what ``Verifier.transaction`` raises.
    """
    transaction, receipt = proof.transaction, proof.receipt
    if receipt.tx_id != transaction.tx_id:
        facts = {"tx_id": transaction.tx_id.hex(), "found": receipt.tx_id.hex()}
        raise Invalid("PROOF_INVALID", {"reason": "the receipt of another transaction", **facts})
    verifier.transaction(transaction)
    verify_inclusion(header.tx_root, transaction.tx_id, proof.index, proof.size, proof.tx_path)
    verify_inclusion(
        header.results_root, encode_receipt(receipt), proof.index, proof.size, proof.results_path
    )
    return ProvenTransaction(transaction=transaction, receipt=receipt)


def transaction_proof_items(proof: TransactionProof) -> tuple[object, ...]:
    """Encode ``transaction: bstr, receipt: bstr, index, size, [hash, ...], [hash, ...]``."""
    receipt = encode_receipt(proof.receipt)
    return proof.transaction.raw, receipt, proof.index, proof.size, proof.tx_path, proof.results_path


def read_transaction_proof(items: Sequence[object], at: str) -> TransactionProof:
    """Decode a transaction proof, or raise ``Invalid``; nothing is verified."""
    transaction, receipt, index, size, tx_path, results_path = field.fields(tuple(items), 6, at)
    leaves = field.integer(size, 1, PROPOSAL_TX_IDS_MAX, f"{at}.size")
    return TransactionProof(
        transaction=decode_transaction(field.octets(transaction, 1, TX_BYTES_MAX, f"{at}.transaction")),
        receipt=decode_receipt(field.octets(receipt, 1, RECEIPT_BYTES_MAX, f"{at}.receipt")),
        index=field.integer(index, 0, leaves - 1, f"{at}.index"),
        size=leaves,
        tx_path=field.byte_strings(tx_path, 0, PATH_HASHES_MAX, HASH_BYTES, f"{at}.tx_path"),
        results_path=field.byte_strings(results_path, 0, PATH_HASHES_MAX, HASH_BYTES, f"{at}.results_path"),
    )
