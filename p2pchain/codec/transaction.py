"""Transactions and receipts: ``[body: bstr, signatures]`` with ``body`` as the bytes that were signed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import bytes_head, check_value, check_values, encode, pack, unpack
from p2pchain.crypto.hashing import sha256
from p2pchain.model.bounds import RECEIPT_BYTES_MAX, RECEIPT_EVENTS_MAX, RECEIPT_FACTS_MAX
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import (
    HASH_BYTES,
    INTEGER_MAX,
    NONCE_BYTES,
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    ChainId,
    Height,
    TxId,
)
from p2pchain.model.transaction import (
    ANY_HEIGHT,
    Event,
    Operation,
    Receipt,
    Transaction,
    TransactionBody,
    Value,
)

TX_DOMAIN: Final = "p2pchain/tx"
TX_VERSION: Final = 1
TX_BYTES_MAX: Final = 65_536
"""Largest transaction that the format knows; a chain's ``tx_bytes_max`` may be lower."""
TX_SIGNERS_MAX: Final = 16
TX_OPERATIONS_MAX: Final = 64
CODES_MAX: Final = 64
"""Codes of receipts without facts whose encoding is remembered."""
CHAINS_MAX: Final = 16
"""Chains whose sign-bytes' beginning is remembered; a process knows one, unless strangers send others."""


def encode_body(body: TransactionBody) -> bytes:
    """Encode ``[1, chain_id, nonce, valid_until, signers, [[module, action, args], ...]]``: part of the
    sign-bytes. ``valid_until`` is a height, or ``[time in ms]``.

    ``Invalid`` for an argument that the wire cannot hold; every other bound is checked by
    ``assemble_transaction``.
    """
    return encode(_body_item(body))


def transaction_sign_bytes(chain_id: ChainId, body_bytes: bytes) -> bytes:
    """Encode ``["p2pchain/tx", 1, chain_id, body: bstr]``: what every signer signs; its SHA-256 is the id."""
    return _sign_bytes_head(chain_id) + bytes_head(len(body_bytes)) + body_bytes


def assemble_transaction(body: TransactionBody, signatures: Sequence[bytes]) -> Transaction:
    """A body with its signers' signatures, in their order; ``Invalid`` as ``decode_transaction``.

    What is encoded here is its one encoding, so its fields are checked as they are, not decoded again.
    """
    item, listed = _body_item(body), tuple(signatures)
    body_bytes = encode(item)
    raw = pack((body_bytes, listed))
    if len(raw) > TX_BYTES_MAX:
        raise Invalid("CODEC_TOO_LARGE", {"bytes": len(raw), "bytes_max": TX_BYTES_MAX})
    return _transaction(raw, body_bytes, _read_body(item), listed)


def decode_transaction(raw: bytes, *, bytes_max: int = TX_BYTES_MAX) -> Transaction:
    """Decode a well-formed transaction with its id, or raise ``Invalid``; no signature is checked."""
    body_bytes, signatures = field.fields(unpack(raw, bytes_max=bytes_max), 2, "transaction")
    if type(body_bytes) is not bytes:
        raise field.mistyped(body_bytes, "bytes", "transaction.body")
    return _transaction(raw, body_bytes, decode_body(body_bytes), signatures)


def decode_body(data: bytes) -> TransactionBody:
    """The body of a transaction, or ``Invalid``: 1 to 16 distinct signers, 1 to 64 operations."""
    return _read_body(unpack(data, bytes_max=TX_BYTES_MAX))


def _body_item(body: TransactionBody) -> tuple[Value, ...]:
    operations = tuple((operation.module, operation.action, operation.args) for operation in body.operations)
    until: Value = body.valid_until if body.valid_until_ms is None else (body.valid_until_ms,)
    return (TX_VERSION, body.chain_id, body.nonce, until, body.signers, operations)


def _transaction(raw: bytes, body_bytes: bytes, body: TransactionBody, signatures: object) -> Transaction:
    count = len(body.signers)
    return Transaction(
        body=body,
        body_bytes=body_bytes,
        signatures=field.byte_strings(signatures, count, count, SIGNATURE_BYTES, "signatures"),  # type: ignore[arg-type]
        raw=raw,
        tx_id=TxId(sha256(transaction_sign_bytes(body.chain_id, body_bytes))),
    )


def _read_body(item: object) -> TransactionBody:
    version, chain_id, nonce, valid_until, signers, operations = field.fields(item, 6, "body")
    field.version(version, TX_VERSION, "body.version")
    keys = field.byte_strings(signers, 1, TX_SIGNERS_MAX, PUBLIC_KEY_BYTES, "body.signers")
    if len(keys) > 1 and len(set(keys)) != len(keys):
        raise Invalid("CODEC_REPEATED", {"field": "body.signers", "signers": len(keys)})
    until, until_ms = _read_until(valid_until)
    return TransactionBody(
        chain_id=field.chain_id(chain_id, "body.chain_id"),
        nonce=field.octets(nonce, NONCE_BYTES, NONCE_BYTES, "body.nonce"),
        valid_until=until,
        valid_until_ms=until_ms,
        signers=keys,  # type: ignore[arg-type]
        operations=tuple(
            map(_read_operation, field.array(operations, 1, TX_OPERATIONS_MAX, "body.operations"))
        ),
    )


def encode_receipt(receipt: Receipt) -> bytes:
    """Encode ``[tx_id, code, [[name, value], ...], [[module, name, fields], ...]]``: leaf of the
    results root.
    """
    if not receipt.facts and not receipt.events and len(receipt.tx_id) == HASH_BYTES:
        return _PLAIN_RECEIPT_HEAD + receipt.tx_id + _plain_receipt_tail(receipt.code)
    return pack(receipt_item(receipt))


def decode_receipt(data: bytes) -> Receipt:
    """Decode a receipt, or raise ``Invalid``; facts ascend by name."""
    item = unpack(data, bytes_max=RECEIPT_BYTES_MAX, items_max=RECEIPT_BYTES_MAX)
    return read_receipt(item, "receipt")


def receipt_item(receipt: Receipt) -> tuple[Value, ...]:
    """Encode a receipt as items. ``Invalid`` for a fact or event that the wire cannot hold."""
    events = tuple((event.module, event.name, event.fields) for event in receipt.events)
    item: tuple[Value, ...] = (receipt.tx_id, receipt.code, receipt.facts, events)
    check_values(item)
    return item


def read_receipt(item: object, at: str) -> Receipt:
    """Decode a receipt from items; ``at`` names it in a refusal."""
    tx_id, code, facts, events = field.fields(item, 4, at)
    return Receipt(
        tx_id=TxId(field.digest(tx_id, f"{at}.tx_id")),
        code=field.name(code, f"{at}.code"),
        facts=_read_facts(facts, f"{at}.facts"),
        events=tuple(
            _read_event(event, f"{at}.events[{index}]")
            for index, event in enumerate(field.array(events, 0, RECEIPT_EVENTS_MAX, f"{at}.events"))
        ),
    )


_PLAIN_RECEIPT_HEAD: Final = b"\x84" + bytes_head(HASH_BYTES)


@lru_cache(maxsize=CODES_MAX)
def _plain_receipt_tail(code: str) -> bytes:
    """Encode the items after the id of a receipt without facts and events: most receipts are such,
    and alike.
    """
    return encode(code) + pack(()) + pack(())


@lru_cache(maxsize=CHAINS_MAX)
def _sign_bytes_head(chain_id: ChainId) -> bytes:
    """Encode the sign-bytes up to the body: everything that all transactions of a chain share."""
    return b"\x84" + pack(TX_DOMAIN) + pack(TX_VERSION) + pack(chain_id)


def _read_until(item: object) -> tuple[Height, int | None]:
    if type(item) is not tuple:
        return field.height(item, "body.valid_until"), None
    (moment,) = field.fields(item, 1, "body.valid_until")
    return ANY_HEIGHT, field.integer(moment, 0, INTEGER_MAX, "body.valid_until.time_ms")


def _read_operation(item: object) -> Operation:
    module, action, args = field.fields(item, 3, "body.operations[]")
    return Operation(
        module=field.name(module, "body.operations[].module"),
        action=field.name(action, "body.operations[].action"),
        args=_read_values(args, "body.operations[].args"),
    )


def _read_facts(item: object, at: str) -> tuple[tuple[str, Value], ...]:
    facts: list[tuple[str, Value]] = []
    for index, pair in enumerate(field.array(item, 0, RECEIPT_FACTS_MAX, at)):
        name, value = field.fields(pair, 2, f"{at}[{index}]")
        fact = (field.name(name, f"{at}[{index}].name"), check_value(value))
        if facts:
            field.ascending(facts[-1][0], fact[0], f"{at}[{index}].name")
        facts.append(fact)
    return tuple(facts)


def _read_event(item: object, at: str) -> Event:
    module, name, values = field.fields(item, 3, at)
    return Event(
        module=field.name(module, f"{at}.module"),
        name=field.name(name, f"{at}.name"),
        fields=_read_values(values, f"{at}.fields"),
    )


def _read_values(item: object, at: str) -> tuple[Value, ...]:
    if type(item) is not tuple:
        raise field.mistyped(item, "array", at)
    return check_values(item)
