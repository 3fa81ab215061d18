"""Evidence files: what a depositor keeps beside each file, so that it proves itself years later."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositedFile:
    """A file as a leaf of a deposit. ``salt``: 16 bytes that nobody can guess, so the leaf's hash tells
    nothing; ``name``: as its depositor called it; ``size`` in bytes.
    """

    salt: bytes
    name: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """One file of the deposit of ``digest`` by ``org``. ``count``: files of the deposit, of which this is
    number ``index`` with its way to the root; None where the digest is the file's own SHA-256. ``proof``: a
    proof file of the deposit, empty as long as nobody has asked a node for it.
    """

    chain_id: str
    org: str
    digest: bytes
    count: int | None
    file: DepositedFile
    index: int
    path: tuple[bytes, ...]
    proof: bytes
