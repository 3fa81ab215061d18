"""Transactions and their receipts.

``tx_id`` is the SHA-256 of the sign-bytes ``["p2pchain/tx", 1, chain_id, body]``; the signatures are not part
of it, so nobody can give one signed body two names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.model.ids import INTEGER_MAX, ChainId, Height, PublicKey, Signature, TxId

Value = int | bytes | str | bool | None | tuple["Value", ...]
"""What an argument, a fact or an event field may be on the wire."""

ANY_HEIGHT: Final = Height(INTEGER_MAX)
"""What stands for a height where a transaction is valid until a time."""

CODE_OK: Final = "OK"
"""Receipt code of a transaction that every rule accepted."""
CODE_MODULE_FAULT: Final = "MODULE_FAULT"
"""Receipt code of a transaction that met a bug of a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One action of a module; ``args`` are in the order that the module fixes."""

    module: str
    action: str
    args: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionBody:
    """Content that the signers sign. ``nonce``: 8 bytes chosen by the first signer. Valid up to the height
    ``valid_until``, or, where ``valid_until_ms`` is not None, in every block whose time is not after that one
    (then ``valid_until`` is ``ANY_HEIGHT``).
    """

    chain_id: ChainId
    nonce: bytes
    valid_until: Height
    signers: tuple[PublicKey, ...]
    operations: tuple[Operation, ...]
    valid_until_ms: int | None = None

    def __post_init__(self) -> None:
        assert self.valid_until_ms is None or self.valid_until == ANY_HEIGHT, "valid until a time alone"

    @property
    def replay_key(self) -> bytes:
        """First signer and nonce: 40 bytes that may occur once within the replay window."""
        return self.signers[0] + self.nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A well-formed transaction whose signatures nobody has checked yet. ``raw`` is kept as it came and
    reused.
    """

    body: TransactionBody
    body_bytes: bytes
    signatures: tuple[Signature, ...]
    raw: bytes
    tx_id: TxId


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTransaction:
    """A transaction of which ``proofs`` has checked every signature. Only ``proofs`` makes one, and a
    simulator or rehearsal, whose blocks are never committed to a chain.
    """

    transaction: Transaction

    @property
    def tx_id(self) -> TxId:
        """Id of the transaction within."""
        return self.transaction.tx_id

    @property
    def raw(self) -> bytes:
        """Bytes of the transaction within."""
        return self.transaction.raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event that a module emits for an accepted operation; ``fields`` in the order that the module
    fixes.
    """

    module: str
    name: str
    fields: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Result of a transaction: ``code`` is ``OK`` or the refusal's; ``facts`` are sorted (name,
    value) pairs.
    """

    tx_id: TxId
    code: str
    facts: tuple[tuple[str, Value], ...]
    events: tuple[Event, ...]
