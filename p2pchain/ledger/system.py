"""What the kernel itself keeps in the state, under ``system/``: the parameters, the validators of heights
(``validators.py``) and the evidence of equivocation.
"""

from __future__ import annotations

from dataclasses import fields

from p2pchain.codec.cbor import encode
from p2pchain.ledger.record import read_record
from p2pchain.model.parameters import Parameters
from p2pchain.model.voting import Evidence

SYSTEM = b"system/"
PARAMETERS_KEY = b"system/parameters"
"""→ ``[tx_bytes_max, tx_signers_max, ...]``: all fields of ``Parameters`` in the order of their declaration.
"""
VALIDATORS = b"system/validators/"
"""+ height (8 bytes, big-endian) → ``[[public key, power, organisation], ...]``: the validators from that
height on.
"""
EVIDENCE_AGE_MAX = 1_000
"""Heights after which evidence is no longer taken."""
EVIDENCE = b"system/evidence/"
"""+ height (8 bytes, big-endian), round (8), vote kind (1), validator's key (32) → ``[first block id | null,
second, height of the block]``.
"""


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


def evidence_key(evidence: Evidence) -> bytes:
    """Where evidence is recorded: one place for each validator, height, round and kind of vote."""
    vote = evidence.first
    position = vote.height.to_bytes(8, "big") + vote.round.to_bytes(8, "big") + bytes([vote.kind])
    return EVIDENCE + position + evidence.validator


def evidence_record(evidence: Evidence, height: int) -> bytes:
    """What is recorded of evidence in the block at ``height``: which blocks the two votes were for."""
    return encode((evidence.first.block_id, evidence.second.block_id, height))
