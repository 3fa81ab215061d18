"""Evidence files for applications: made of the files of a deposit, and verified with nothing but what is
trusted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.cbor import decode
from p2pchain.codec.evidence_file import SALT_BYTES, deposit_id, leaf_bytes
from p2pchain.crypto.merkle import merkle_paths, merkle_root
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.evidence_file import DepositedFile, EvidenceFile
from p2pchain.model.transaction import Value
from p2pchain.proofs.merkle import verify_inclusion
from p2pchain.proofs.proof_file import VALUE_BYTES_MAX, Proven, verify_proof_file
from p2pchain.proofs.trust import Trust

DEPOSIT: Final = b"evidence/deposit/"
DIGEST: Final = b"evidence/digest/"
ORDER: Final = b"evidence/order/"
COUNTERSIGN: Final = b"evidence/countersign/"
TIMESTAMP: Final = b"evidence/timestamp/"
CUSTODY: Final = b"evidence/custody/"
HELD: Final = b"evidence/held/deposit/"
_RECORD_OF: Final = ("org", "digest", "count")
"""First values of the record of a deposit, which an evidence file has to agree with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A file as it is at hand."""

    name: str
    size: int
    sha256: bytes


def salted_files(files: Sequence[FileFacts]) -> list[DepositedFile]:
    """Make leaves with fresh salts, in the order of the files' names."""
    return [
        DepositedFile(salt=os.urandom(SALT_BYTES), name=file.name, size=file.size, sha256=file.sha256)
        for file in sorted(files, key=lambda file: file.name)
    ]


def evidence_of_files(chain_id: str, org: str, files: Sequence[DepositedFile]) -> list[EvidenceFile]:
    """Make the evidence files of one deposit of these files."""
    leaves = [leaf_bytes(file) for file in files]
    root, paths = merkle_root(leaves), merkle_paths(leaves)
    return [
        EvidenceFile(
            chain_id=chain_id,
            org=org,
            digest=root,
            count=len(files),
            file=file,
            index=index,
            path=path,
            proof=b"",
        )
        for index, (file, path) in enumerate(zip(files, paths, strict=True))
    ]


def evidence_of_file(chain_id: str, org: str, file: DepositedFile) -> EvidenceFile:
    """Make the evidence file of a deposit of one file's own SHA-256."""
    return EvidenceFile(
        chain_id=chain_id,
        org=org,
        digest=file.sha256,
        count=None,
        file=file,
        index=0,
        path=(),
        proof=b"",
    )


def verify_evidence(evidence: EvidenceFile, file: FileFacts, trust: Trust) -> Proven:
    """Verify a file's deposit offline, for whoever trusts this genesis or block. The name that the file bears
    now is no matter. ``Invalid("PROOF_INVALID")`` with ``reason``, ``PROOF_OTHER_TRUST``.
    """
    if file.sha256 != evidence.file.sha256:
        facts: dict[str, Fact] = {"reason": "another file", "file": file.name, "expected": evidence.file.name}
        raise Invalid("PROOF_INVALID", facts, "compare the file with its copies: a byte of it is changed")
    if evidence.count is None:
        if evidence.digest != file.sha256 or evidence.path or evidence.index:
            raise Invalid("PROOF_INVALID", {"reason": "the digest is not the file's"})
    else:
        leaf = leaf_bytes(evidence.file)
        verify_inclusion(evidence.digest, leaf, evidence.index, evidence.count, evidence.path)
    if not evidence.proof:
        hint = "complete it at a node: p2pchain evidence prove EVIDENCE"
        raise Invalid("PROOF_INVALID", {"reason": "no proof of the deposit"}, hint)
    proven = verify_proof_file(evidence.proof, trust)
    record = proven_record(proven, DEPOSIT + deposit_id(evidence.org, evidence.digest))
    if record is None:
        raise Invalid("PROOF_INVALID", {"reason": "it was not deposited", "org": evidence.org})
    if record[: len(_RECORD_OF)] != (evidence.org, evidence.digest, evidence.count):
        raise Invalid("PROOF_INVALID", {"reason": "another deposit"})
    return proven


def verify_absence(file: FileFacts, data: bytes, trust: Trust) -> Proven:
    """Verify a proof file about the deposits of a file's SHA-256: that there is none, or who was first.
    ``Invalid("PROOF_INVALID")``, ``PROOF_OTHER_TRUST``.
    """
    proven = verify_proof_file(data, trust)
    if DIGEST + file.sha256 not in proven.values:
        raise Invalid("PROOF_INVALID", {"reason": "about another file", "file": file.name})
    return proven


def proven_record(proven: Proven, key: bytes) -> tuple[Value, ...] | None:
    """A record that a proof holds, None where it is proven absent; ``Invalid`` where it is not in it."""
    if key not in proven.values:
        raise Invalid("PROOF_INVALID", {"reason": "the proof is about something else"})
    raw = proven.values[key]
    if raw is None:
        return None
    record = decode(raw, bytes_max=VALUE_BYTES_MAX)
    if not isinstance(record, tuple):
        raise Invalid("PROOF_INVALID", {"reason": "a record is an array"})
    return record
