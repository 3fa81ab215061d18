"""Blocks: as they travel, with the certificate that makes them final, and as the chain log keeps them.

Each lies in the next one as a byte string, so a stored block is served to a peer without decoding it:
``record = [final block: bstr, receipts, changes]``, ``final block = [block: bstr, certificate]``,
``block = [header: bstr, [transaction: bstr, ...], evidence, last certificate | null]``.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.header import decode_header, encode_header, header_id
from p2pchain.codec.transaction import decode_transaction, read_receipt, receipt_item
from p2pchain.codec.voting import (
    PROPOSAL_TX_IDS_MAX,
    commit_item,
    evidence_items,
    last_commit_item,
    read_commit,
    read_evidence_list,
    read_header,
    read_last_commit,
)
from p2pchain.codec.wellformed import read_head
from p2pchain.model.bounds import BLOCK_BYTES_MAX, HEIGHT_BYTES_MAX, KEY_BYTES_MAX, RECORD_BYTES_MAX
from p2pchain.model.chain import Block, BlockRecord, BlockReplay, FinalBlock, RawBlock, StateChange
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import NONCE_BYTES, PUBLIC_KEY_BYTES, BlockId, Height
from p2pchain.model.messages import FRAME_BYTES_MAX
from p2pchain.model.transaction import Receipt, Transaction, VerifiedTransaction
from p2pchain.model.voting import CommitCertificate

REPLAY_KEY_BYTES: Final = PUBLIC_KEY_BYTES + NONCE_BYTES
RECORD_ITEMS_MAX: Final = HEIGHT_BYTES_MAX
"""Items of a record: each takes a byte or more."""

__all__ = [
    "decode_block_record",
    "decode_block_replay",
    "decode_final_block",
    "decode_header",
    "decode_raw_block",
    "encode_block",
    "encode_block_record",
    "encode_final_block",
    "encode_header",
    "encode_raw_block",
    "final_block_bytes",
    "header_id",
    "verified_block",
]


def encode_block(block: Block) -> bytes:
    """Encode a verified block like a raw one."""
    return _encode_parts(block)


def encode_raw_block(block: RawBlock) -> bytes:
    """Encode ``[header: bstr, [transaction: bstr, ...], evidence, last_certificate | null]``."""
    return _encode_parts(block)


def decode_raw_block(data: bytes) -> RawBlock:
    """Decode a well-formed block, or raise ``Invalid``; ``block_id`` is its header's hash, nothing else is
    verified.
    """
    return _read_block(data, "block")


def encode_final_block(final: FinalBlock) -> bytes:
    """Encode ``[block: bstr, certificate]``."""
    return pack((encode_raw_block(final.block), commit_item(final.certificate)))


def decode_final_block(data: bytes) -> FinalBlock:
    """Decode a block and the certificate that names it, or raise ``Invalid``; nothing is verified."""
    block_bytes, certificate = field.fields(unpack(data, bytes_max=FRAME_BYTES_MAX), 2, "final_block")
    block = _read_block(block_bytes, "final_block.block")
    return FinalBlock(
        block=block,
        certificate=read_certificate_of(
            certificate, block.header.height, block.block_id, "final_block.certificate"
        ),
    )


def encode_block_record(record: BlockRecord) -> bytes:
    """Encode ``[final block: bstr, replay: bstr, receipts: bstr]``: parts that are read one without the
    others.

    ``replay`` is ``[replay keys: bstr of 40 each, [[key, value | null], ...]]``, and ``receipts`` an array.
    """
    replay = record.replay
    final = pack((encode_block(record.block), commit_item(record.certificate)))
    keys = b"".join(replay.replay_keys)
    return pack((final, pack((keys, replay.changes)), pack(tuple(map(receipt_item, record.receipts)))))


def decode_block_record(data: bytes) -> BlockRecord:
    """Decode a record of our own log, or raise ``Invalid``: the checksum held, so its transactions count as
    verified.
    """
    final_bytes, replay_bytes, receipts_bytes = _record_parts(data)
    final = decode_final_block(final_bytes)
    block = verified_block(final.block)
    keys, changes = _read_replay(replay_bytes)
    record = BlockRecord(
        block=block,
        certificate=final.certificate,
        receipts=_read_receipts(_unpack_part(receipts_bytes), block.transactions),
        changes=changes,
    )
    if keys != record.replay.replay_keys:
        raise Invalid(
            "CODEC_MISMATCH", {"field": "record.replay_keys", "reason": "not of these transactions"}
        )
    return record


def decode_block_replay(data: bytes) -> BlockReplay:
    """Decode the part of a record that a restart needs, or raise ``Invalid``; transactions and receipts are
    not looked at.
    """
    final_bytes, replay_bytes, _ = _record_parts(data)
    keys, changes = _read_replay(replay_bytes)
    block_start = read_head(final_bytes, read_head(final_bytes, 0)[2])[2]
    _, length, header_start = read_head(final_bytes, read_head(final_bytes, block_start)[2])
    header, _ = read_header(final_bytes[header_start : header_start + length], "record.header")
    return BlockReplay(header=header, replay_keys=keys, changes=changes)


def final_block_bytes(record: bytes) -> bytes:
    """Return the final block within a stored record, as ``decode_final_block`` takes it; only two heads are
    read.
    """
    _, _, start = read_head(record, 0)
    major, length, at = read_head(record, start)
    if record[:1] != b"\x83" or major != 2 or at + length > len(record):
        raise Invalid("CODEC_MALFORMED", {"reason": "no record of a block", "bytes": len(record)})
    return record[at : at + length]


def verified_block(block: RawBlock) -> Block:
    """Take the transactions of a block as verified: only for blocks that our own disk kept."""
    return Block(
        header=block.header,
        block_id=block.block_id,
        transactions=tuple(
            VerifiedTransaction(transaction=transaction) for transaction in block.transactions
        ),
        evidence=block.evidence,
        last_certificate=block.last_certificate,
    )


def read_certificate_of(item: object, height: Height, block_id: BlockId, at: str) -> CommitCertificate:
    """Decode a certificate that must name this height and block."""
    certificate = read_commit(item, at)
    if certificate.height != height or certificate.block_id != block_id:
        facts: dict[str, Fact] = {"field": at, "height": height, "found": certificate.height}
        ids: dict[str, Fact] = {"block_id": block_id.hex(), "found_id": certificate.block_id.hex()}
        raise Invalid("CODEC_CERTIFICATE", {**facts, **ids, "reason": "not of this block"})
    return certificate


def read_transaction(item: object, at: str) -> Transaction:
    """Decode a transaction in the byte string that holds it."""
    if type(item) is not bytes:
        raise field.mistyped(item, "bytes", at)
    return decode_transaction(item)


def _encode_parts(block: Block | RawBlock) -> bytes:
    return pack(
        (
            encode_header(block.header),
            tuple([transaction.raw for transaction in block.transactions]),
            evidence_items(block.evidence),
            last_commit_item(block.last_certificate),
        )
    )


def _read_block(data: object, at: str) -> RawBlock:
    if type(data) is not bytes:
        raise field.mistyped(data, "bytes", at)
    parts = field.fields(unpack(data, bytes_max=BLOCK_BYTES_MAX), 4, at)
    header_bytes, transactions, evidence, certificate = parts
    header, block_id = read_header(header_bytes, f"{at}.header")
    listed = field.array(transactions, 0, PROPOSAL_TX_IDS_MAX, f"{at}.transactions")
    return RawBlock(
        header=header,
        block_id=block_id,
        transactions=tuple([read_transaction(part, f"{at}.transactions[]") for part in listed]),
        evidence=read_evidence_list(evidence, f"{at}.evidence"),
        last_certificate=read_last_commit(certificate, header.height, f"{at}.last_certificate"),
    )


def _record_parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    parts = field.fields(unpack(data, bytes_max=HEIGHT_BYTES_MAX), 3, "record")
    for part in parts:
        if type(part) is not bytes:
            raise field.mistyped(part, "bytes", "record")
    final, replay, receipts = parts
    assert isinstance(final, bytes), "checked above"
    assert isinstance(replay, bytes), "checked above"
    assert isinstance(receipts, bytes), "checked above"
    return final, replay, receipts


def _unpack_part(data: bytes) -> object:
    return unpack(data, bytes_max=HEIGHT_BYTES_MAX, items_max=RECORD_ITEMS_MAX)


def _read_replay(data: bytes) -> tuple[tuple[bytes, ...], tuple[StateChange, ...]]:
    """Decode replay keys and state changes."""
    joined, changes = field.fields(_unpack_part(data), 2, "record.replay")
    keys = field.octets(joined, 0, PROPOSAL_TX_IDS_MAX * REPLAY_KEY_BYTES, "record.replay_keys")
    if len(keys) % REPLAY_KEY_BYTES:
        raise Invalid("CODEC_LENGTH", {"field": "record.replay_keys", "found": len(keys)})
    starts = range(0, len(keys), REPLAY_KEY_BYTES)
    return tuple([keys[start : start + REPLAY_KEY_BYTES] for start in starts]), _read_changes(changes)


def _read_receipts(item: object, transactions: tuple[VerifiedTransaction, ...]) -> tuple[Receipt, ...]:
    """Decode one receipt per transaction, in their order."""
    listed = field.array(item, len(transactions), len(transactions), "record.receipts")
    receipts = tuple([read_receipt(part, "record.receipts[]") for part in listed])
    for index, (receipt, transaction) in enumerate(zip(receipts, transactions, strict=True)):
        if receipt.tx_id != transaction.tx_id:
            facts = {"expected": transaction.tx_id.hex(), "found": receipt.tx_id.hex()}
            raise Invalid("CODEC_MISMATCH", {"field": f"record.receipts[{index}].tx_id", **facts})
    return receipts


def _read_changes(item: object) -> tuple[StateChange, ...]:
    """Decode state changes, ascending by key."""
    changes: list[StateChange] = []
    previous: bytes | None = None
    for pair in field.array(item, 0, RECORD_ITEMS_MAX, "record.changes"):
        key, value = field.fields(pair, 2, "record.changes[]")
        key_bytes = field.octets(key, 0, KEY_BYTES_MAX, "record.changes[].key")
        if previous is not None:
            field.ascending(previous, key_bytes, "record.changes[].key")
        if value is not None:
            value = field.octets(value, 0, RECORD_BYTES_MAX, "record.changes[].value")
        changes.append((key_bytes, value))
        previous = key_bytes
    return tuple(changes)
