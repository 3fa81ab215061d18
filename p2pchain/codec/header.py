"""The header of a block: fourteen fields whose hash is the block's id."""

from __future__ import annotations

from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.crypto.hashing import sha256
from p2pchain.model.block import Header
from p2pchain.model.ids import INTEGER_MAX, BlockId

HEADER_VERSION: Final = 1
HEADER_BYTES_MAX: Final = 512
_FIELDS: Final = 14


def encode_header(header: Header) -> bytes:
    """Encode the fourteen fields in the order of the model, the version before them."""
    return pack(
        (
            HEADER_VERSION,
            header.chain_id,
            header.height,
            header.time_ms,
            header.parent_id,
            header.proposer,
            header.tx_root,
            header.state_root,
            header.results_root,
            header.validators_hash,
            header.next_validators_hash,
            header.certificate_hash,
            header.evidence_root,
            header.genesis_id,
        )
    )


def decode_header(data: bytes) -> Header:
    """Decode a header, or raise ``Invalid``."""
    parts = field.fields(unpack(data, bytes_max=HEADER_BYTES_MAX), _FIELDS, "header")
    field.version(parts[0], HEADER_VERSION, "header.version")
    return Header(
        chain_id=field.chain_id(parts[1], "header.chain_id"),
        height=field.height(parts[2], "header.height"),
        time_ms=field.integer(parts[3], 0, INTEGER_MAX, "header.time_ms"),
        parent_id=field.block_id(parts[4], "header.parent_id"),
        proposer=field.public_key(parts[5], "header.proposer"),
        tx_root=field.digest(parts[6], "header.tx_root"),
        state_root=field.digest(parts[7], "header.state_root"),
        results_root=field.digest(parts[8], "header.results_root"),
        validators_hash=field.digest(parts[9], "header.validators_hash"),
        next_validators_hash=field.digest(parts[10], "header.next_validators_hash"),
        certificate_hash=field.digest(parts[11], "header.certificate_hash"),
        evidence_root=field.digest(parts[12], "header.evidence_root"),
        genesis_id=field.block_id(parts[13], "header.genesis_id"),
    )


def header_id(header: Header) -> BlockId:
    """Return the id of the block with this header: SHA-256 of its encoding."""
    return BlockId(sha256(encode_header(header)))
