"""Transactions for the pool: it looks at ids, sizes, signers, nonces and lifetimes; nobody signed them."""

from __future__ import annotations

from collections.abc import Iterable

from p2pchain.codec.transaction import assemble_transaction
from p2pchain.crypto.hashing import sha256
from p2pchain.mempool.pool import Mempool
from p2pchain.mempool.pool_entry import Dropped
from p2pchain.model.ids import ChainId, Height, OrgId, PublicKey, Signature, TxId
from p2pchain.model.transaction import ANY_HEIGHT, Operation, TransactionBody, VerifiedTransaction


def a_signer(name: str) -> PublicKey:
    """A public key for each name."""
    return PublicKey(sha256(name.encode()))


def a_waiting(
    nonce: int,
    *,
    signer: str = "signer",
    text: str = "text",
    valid_until: int = 100,
    until_ms: int | None = None,
) -> VerifiedTransaction:
    """Equal arguments, equal transactions."""
    body = TransactionBody(
        chain_id=ChainId("pool-test"),
        nonce=nonce.to_bytes(8, "big"),
        valid_until=Height(valid_until) if until_ms is None else ANY_HEIGHT,
        valid_until_ms=until_ms,
        signers=(a_signer(signer),),
        operations=(Operation(module="note", action="put", args=(text,)),),
    )
    return VerifiedTransaction(transaction=assemble_transaction(body, (Signature(bytes(64)),)))


def put(
    pool: Mempool, transaction: VerifiedTransaction, org: str = "org", *, now_ms: int = 0
) -> list[Dropped]:
    """Add a transaction of an organisation."""
    return pool.add(transaction, OrgId(org), now_ms)


def held(pool: Mempool) -> list[VerifiedTransaction]:
    """What waits, in order of arrival."""
    return [waiting.transaction for waiting in pool]


def ids(waiting: Iterable[VerifiedTransaction]) -> list[TxId]:
    """Their ids."""
    return [each.tx_id for each in waiting]
