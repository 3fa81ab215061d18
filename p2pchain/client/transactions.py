"""Transactions from operations to the receipt: built, signed, sent through the node."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from p2pchain.client.faults import NodeRefused
from p2pchain.client.node_client import NodeClient, Submitted
from p2pchain.codec.transaction import assemble_transaction, encode_body, transaction_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height
from p2pchain.model.transaction import Operation, Transaction, TransactionBody

VALID_HEIGHTS: Final = 500
"""How long a transaction stays valid, in blocks; a chain allows 600 unless its parameters say otherwise."""


def build_transaction(
    *,
    chain_id: ChainId,
    valid_until: Height,
    signers: Sequence[SigningKey],
    operations: Sequence[Operation],
    nonce: bytes,
    valid_until_ms: int | None = None,
) -> Transaction:
    """Sign and assemble. ``nonce``: 8 bytes that the first signer has not used in the last blocks;
    ``valid_until``: the last height that may hold it, or ``ANY_HEIGHT`` with ``valid_until_ms``, the last
    time of a block that may. Raises ``Invalid`` for what the format cannot hold."""
    body = TransactionBody(
        chain_id=chain_id,
        nonce=nonce,
        valid_until=valid_until,
        signers=tuple(signer.public_key for signer in signers),
        operations=tuple(operations),
        valid_until_ms=valid_until_ms,
    )
    statement = transaction_sign_bytes(chain_id, encode_body(body))
    return assemble_transaction(body, [signer.sign(statement) for signer in signers])


async def send_operations(
    client: NodeClient,
    operations: Sequence[Operation],
    signers: Sequence[SigningKey],
    *,
    wait: bool = True,
    timeout_ms: int = 30_000,
) -> Submitted:
    """Build a transaction with a random nonce, and submit it. It is for the node's chain. Raises what
    ``submit`` does.

    Where the chain allows a shorter life than ``VALID_HEIGHTS`` it is built again for that.
    """
    status = await client.status()
    chain_id = ChainId(str(status["chain_id"]))

    async def attempt(valid_until: int) -> Submitted:
        transaction = build_transaction(
            chain_id=chain_id,
            valid_until=Height(valid_until),
            signers=signers,
            operations=operations,
            nonce=os.urandom(NONCE_BYTES),
        )
        return await client.submit(transaction, wait=wait, timeout_ms=timeout_ms)

    try:
        return await attempt(int(status["height"]) + VALID_HEIGHTS)
    except NodeRefused as refusal:
        allowed = refusal.facts.get("valid_until_max")
        if refusal.code != "TX_TOO_FAR_AHEAD" or not isinstance(allowed, int):
            raise
    return await attempt(allowed)
