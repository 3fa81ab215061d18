"""Safety records: what a validator remembers of each message before it speaks."""

from __future__ import annotations

from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.block import decode_raw_block, encode_block, verified_block
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.voting import polka_item, proposal_item, read_polka, read_proposal, read_vote, vote_item
from p2pchain.model.chain import Block
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import BlockId, Round
from p2pchain.model.messages import FRAME_BYTES_MAX
from p2pchain.model.safety import LockState, Position, SafetyRecord, SignedStep
from p2pchain.model.voting import Proposal, Vote, VoteKind

SAFETY_RECORD_BYTES_MAX: Final = 2 * FRAME_BYTES_MAX
"""Room for the largest block and the largest proposal."""


def encode_safety_record(record: SafetyRecord) -> bytes:
    """Encode ``[height, round, step, lock, message, block: bstr | null, polka | null]``.

    ``lock`` is ``[locked_round, locked_block, valid_round, valid_block]``; ``message`` is a proposal
    where the step is 0, else a vote; absent rounds and blocks are null.
    """
    lock = record.lock
    return pack(
        (
            record.height,
            record.round,
            int(record.step),
            (lock.locked_round, lock.locked_block, lock.valid_round, lock.valid_block),
            _message_item(record.message),
            None if record.block is None else encode_block(record.block),
            None if record.polka is None else polka_item(record.polka),
        )
    )


def decode_safety_record(data: bytes) -> SafetyRecord:
    """Decode a record of our own disk, or raise ``Invalid``: its block counts as verified, its signature does
    not.
    """
    item = unpack(data, bytes_max=SAFETY_RECORD_BYTES_MAX)
    height, round_number, step, lock, message, block, polka = field.fields(item, 7, "safety")
    record = SafetyRecord(
        height=field.height(height, "safety.height"),
        round=field.round_number(round_number, "safety.round"),
        step=SignedStep(field.integer(step, SignedStep.PROPOSAL, SignedStep.PRECOMMIT, "safety.step")),
        lock=_read_lock(lock),
        message=read_proposal(message, "safety.message")
        if step == SignedStep.PROPOSAL
        else read_vote(message, "safety.message"),
        block=_read_block(block),
        polka=None if polka is None else read_polka(polka, "safety.polka"),
    )
    stated = (record.height, record.round, record.step)
    position = position_of(record.message)
    if stated != position:
        raise Invalid(
            "CODEC_MISMATCH", {"field": "safety.message", "expected": str(stated), "found": str(position)}
        )
    return record


def position_of(message: Proposal | Vote) -> Position:
    """Return height, round and step of a signed message: the position that it alone may have."""
    match message:
        case Proposal(header=header, round=round_number):
            return header.height, round_number, SignedStep.PROPOSAL
        case Vote(kind=kind, height=height, round=round_number):
            step = SignedStep.PREVOTE if kind is VoteKind.PREVOTE else SignedStep.PRECOMMIT
            return height, round_number, step


def _message_item(message: Proposal | Vote) -> tuple[object, ...]:
    match message:
        case Proposal():
            return proposal_item(message)
        case Vote():
            return vote_item(message)


def _read_lock(item: object) -> LockState:
    locked_round, locked_block, valid_round, valid_block = field.fields(item, 4, "safety.lock")
    locked = _read_pair(locked_round, locked_block, "safety.lock.locked")
    valid = _read_pair(valid_round, valid_block, "safety.lock.valid")
    return LockState(
        locked_round=locked[0], locked_block=locked[1], valid_round=valid[0], valid_block=valid[1]
    )


def _read_pair(round_item: object, block_item: object, at: str) -> tuple[Round, BlockId] | tuple[None, None]:
    """Decode a round with its block, or neither."""
    if round_item is None and block_item is None:
        return None, None
    return field.round_number(round_item, f"{at}_round"), field.block_id(block_item, f"{at}_block")


def _read_block(item: object) -> Block | None:
    if item is None:
        return None
    if type(item) is not bytes:
        raise field.mistyped(item, "bytes", "safety.block")
    return verified_block(decode_raw_block(item))
