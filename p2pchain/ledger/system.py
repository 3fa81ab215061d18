"""State records of the kernel itself, under ``system/``. They are the parameters, the versions of modules,
the validators of heights (``validators.py``) and the evidence of equivocation.
"""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

from p2pchain.codec.cbor import encode
from p2pchain.ledger.record import read_record
from p2pchain.model.ids import BlockId, PublicKey
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Value
from p2pchain.model.voting import Evidence


class VersionFrom(NamedTuple):
    """Module version, its first height in force, and its agreed code digest. The digest has 32 bytes."""

    version: int
    height: int
    digest: bytes


VersionsFrom = tuple[VersionFrom, ...]
"""Versions of a module, ascending."""

SYSTEM = b"system/"
GENESIS_KEY = b"system/genesis"
"""→ ``[genesis id]``: of which genesis this chain is."""
PARAMETERS_KEY = b"system/parameters"
"""→ ``[tx_bytes_max, tx_signers_max, ...]``: all fields of ``Parameters`` in the order of their declaration.
"""
VALIDATORS = b"system/validators/"
"""+ height (8 bytes, big-endian) → ``[[public key, power, organisation], ...]``: the validators from that
height on.
"""
MODULE_VERSIONS = b"system/module/"
"""+ the module's name → ``[[version, height, digest], ...]``: the version in force unless it is the one of
genesis, then the one that is scheduled, if any; each with the height from which on it counts.
"""
SUSPENDED_KEY = b"system/suspended"
"""→ ``[name, ...]``: modules of which no action is carried out, ascending; absent where there are none."""
ROTATION_KEY = b"system/rotation"
"""→ ``[1, [[consensus key, strikes, height], ...], [...]]``: the proposer rotation, which the rules of
consensus derive from each block; see ``failing``.
"""
EVIDENCE_AGE_MAX = 1_000
"""Heights after which evidence is no longer taken."""
EVIDENCE = b"system/evidence/"
"""+ height (8 bytes, big-endian), round (8), vote kind (1), validator's key (32) → ``[first block id | null,
second, height of the block]``.
"""


def genesis_of(raw: bytes | None) -> BlockId:
    """The genesis id of its record."""
    assert raw is not None, "genesis writes its id"
    (genesis_id,) = read_record(raw)
    assert isinstance(genesis_id, bytes), "a genesis id"
    return BlockId(genesis_id)


def encode_parameters(parameters: Parameters) -> bytes:
    """The record of the parameters."""
    return encode(tuple(getattr(parameters, field.name) for field in fields(Parameters)))


def decode_parameters(raw: bytes) -> Parameters:
    """The parameters of their record."""
    names = [field.name for field in fields(Parameters)]
    values = {
        name: value for name, value in zip(names, read_record(raw), strict=True) if isinstance(value, int)
    }
    assert len(values) == len(names), "parameters are integers"
    return Parameters(**values)


def versions_key(module: str) -> bytes:
    """Return the state key of a module's versions."""
    return MODULE_VERSIONS + module.encode()


def decode_versions(raw: bytes) -> VersionsFrom:
    """The versions of a module's record, ascending."""
    return tuple(_version_from(version) for version in read_record(raw))


def failing(raw: bytes | None, height: int) -> frozenset[PublicKey]:
    """Validators that the rotation's record lets sit out ``height``: the proposers of failed rounds that no
    certificate has shown to vote again since.
    """
    match None if raw is None else read_record(raw):
        case None:
            return frozenset()
        case (1, tuple(entries), tuple()):
            return frozenset(key for key, until in map(_sitting, entries) if until >= height)
        case record:
            raise AssertionError(f"rotation record {record!r}")


def _sitting(entry: Value) -> tuple[PublicKey, int]:
    match entry:
        case (bytes(key), int(), int(until)):
            return PublicKey(key), until
        case _:
            raise AssertionError(f"rotation entry {entry!r}")


def encode_versions(versions: VersionsFrom) -> bytes:
    """The record of a module's versions."""
    return encode(tuple(tuple(version) for version in versions))


def suspended_of(raw: bytes | None) -> tuple[str, ...]:
    """The suspended modules of their record, ascending."""
    return tuple(str(name) for name in read_record(raw)) if raw is not None else ()


def _version_from(value: Value) -> VersionFrom:
    match value:
        case (int(version), int(height), bytes(digest)):
            return VersionFrom(version, height, digest)
        case _:
            raise AssertionError(f"a version, its height and digest, not {value!r}")


def evidence_key(evidence: Evidence) -> bytes:
    """Return the state key of evidence: one place for each validator, height, round and kind of vote."""
    vote = evidence.first
    position = vote.height.to_bytes(8, "big") + vote.round.to_bytes(8, "big") + bytes([vote.kind])
    return EVIDENCE + position + evidence.validator


def evidence_record(evidence: Evidence, height: int) -> bytes:
    """Encode evidence for the state: the height of its block and the two block ids voted for."""
    return encode((evidence.first.block_id, evidence.second.block_id, height))
