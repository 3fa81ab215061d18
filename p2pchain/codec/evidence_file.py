"""Evidence files as bytes, and the id of a deposit.

``leaf = [salt: 16 bytes, name, size, SHA-256]``; the tree of a deposit is that of RFC 6962 over the encoded
leaves. ``["p2pchain/evidence", 1, chain_id, org, digest, count | null, leaf, index, [hash, ...], proof]``.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid
from p2pchain.model.evidence_file import DepositedFile, EvidenceFile
from p2pchain.model.ids import HASH_BYTES, INTEGER_MAX

VERSION: Final = 1
SALT_BYTES: Final = 16
NAME_BYTES_MAX: Final = 1_024
"""Longest name of a file, in UTF-8."""
FILES_MAX: Final = 50_000
"""Most files of one deposit."""
PROOF_BYTES_MAX: Final = 16_777_216
"""Largest proof within an evidence file."""
EVIDENCE_FILE_BYTES_MAX: Final = PROOF_BYTES_MAX + 8_192
MAGIC: Final = "p2pchain/evidence"
_DOMAIN: Final = "p2pchain/evidence/deposit"
_PATH_MAX: Final = 16
_NAME_MAX: Final = 64


def deposit_id(org: str, digest: bytes) -> bytes:
    """Make the id of the deposit of a digest by an organisation: 32 bytes."""
    return sha256(pack((_DOMAIN, 1, org, digest)))


def leaf_bytes(file: DepositedFile) -> bytes:
    """Encode a file as a leaf of the tree."""
    return pack(_leaf_item(file))


def encode_evidence_file(evidence: EvidenceFile) -> bytes:
    """Encode an evidence file."""
    head = (MAGIC, VERSION, evidence.chain_id, evidence.org, evidence.digest, evidence.count)
    return pack((*head, _leaf_item(evidence.file), evidence.index, evidence.path, evidence.proof))


def is_evidence_file(data: bytes) -> bool:
    """Decide whether bytes begin as an evidence file does."""
    return data[1:].startswith(pack(MAGIC))


def decode_evidence_file(data: bytes) -> EvidenceFile:
    """Decode an evidence file, or raise ``Invalid``; nothing is proven yet."""
    item = field.fields(unpack(data, bytes_max=EVIDENCE_FILE_BYTES_MAX), 10, "evidence")
    magic, version, chain_id, org, digest, count, leaf, index, path, proof = item
    if magic != MAGIC:
        raise Invalid("PROOF_INVALID", {"reason": "no evidence file"})
    field.version(version, VERSION, "evidence.version")
    return EvidenceFile(
        chain_id=field.text(chain_id, 1, _NAME_MAX, "evidence.chain_id"),
        org=field.text(org, 1, _NAME_MAX, "evidence.org"),
        digest=field.digest(digest, "evidence.digest"),
        count=None if count is None else field.integer(count, 1, FILES_MAX, "evidence.count"),
        file=_read_leaf(leaf),
        index=field.integer(index, 0, FILES_MAX - 1, "evidence.index"),
        path=field.byte_strings(path, 0, _PATH_MAX, HASH_BYTES, "evidence.path"),
        proof=field.octets(proof, 0, PROOF_BYTES_MAX, "evidence.proof"),
    )


def _leaf_item(file: DepositedFile) -> tuple[bytes, str, int, bytes]:
    return file.salt, file.name, file.size, file.sha256


def _read_leaf(item: object) -> DepositedFile:
    salt, name, size, digest = field.fields(item, 4, "leaf")
    return DepositedFile(
        salt=field.octets(salt, SALT_BYTES, SALT_BYTES, "leaf.salt"),
        name=field.text(name, 1, NAME_BYTES_MAX, "leaf.name"),
        size=field.integer(size, 0, INTEGER_MAX, "leaf.size"),
        sha256=field.digest(digest, "leaf.sha256"),
    )
