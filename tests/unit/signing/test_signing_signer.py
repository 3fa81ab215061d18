"""The signer signs once for each place, remembers over restarts, and says nothing that is not durable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from p2pchain.codec.block import verified_block
from p2pchain.codec.header import header_id
from p2pchain.codec.safety import decode_safety_record, encode_safety_record
from p2pchain.model.chain import Block
from p2pchain.model.errors import Corrupt, Refused
from p2pchain.model.ids import BlockId, ChainId, Height, Round, Signature
from p2pchain.model.safety import NO_LOCK, LockState, SafetyRecord, SignedStep
from p2pchain.model.voting import Proposal, Vote, VoteContent, VoteKind
from p2pchain.proofs.verifier import Verifier
from p2pchain.signing.guard import SIGNED_MAX, DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from tests.unit.codec.codec_vectors import CHAIN, SIGNERS, VALIDATORS, build_structures
from tests.unit.signing.safety_disk import SafetyDisk, WriteFailed

MADE: dict[str, Any] = {name: thing for name, _, thing in build_structures()}
KEY = SIGNERS[1]
BLOCK: Block = verified_block(MADE["block"])
UNSIGNED: Proposal = replace(MADE["proposal"], signature=Signature(b""))
LOCK = LockState(
    locked_round=Round(2), locked_block=BLOCK.block_id, valid_round=Round(2), valid_block=BLOCK.block_id
)


def content(
    kind: VoteKind = VoteKind.PREVOTE, height: int = 7, round_number: int = 2, block_id: Any = BLOCK.block_id
) -> VoteContent:
    """A vote to sign."""
    return VoteContent(kind=kind, height=Height(height), round=Round(round_number), block_id=block_id)


def vote(signer: ConsensusSigner, wanted: VoteContent, block: Block | None = None) -> Vote:
    """Let validator 1 sign."""
    return signer.sign_vote(wanted, validator=1, lock=LOCK if block else NO_LOCK, block=block, polka=None)


def refusal(act: Callable[[], object]) -> str:
    """The code with which the signer refuses."""
    with pytest.raises(Refused) as fault:
        act()
    assert {"height", "round", "step"} <= set(fault.value.facts)
    return fault.value.code


def test_what_is_signed_verifies_and_is_on_disk_with_lock_and_block() -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    signed = vote(signer, content(), BLOCK)
    Verifier(CHAIN).vote(signed, VALIDATORS)
    proposed = disk.records()
    assert proposed == [
        SafetyRecord(
            height=Height(7),
            round=Round(2),
            step=SignedStep.PREVOTE,
            lock=LOCK,
            message=signed,
            block=BLOCK,
            polka=None,
        )
    ]
    assert disk.heights == [7]


def test_a_proposal_is_signed_and_kept_with_its_block() -> None:
    disk = SafetyDisk()
    signed = disk.signer(KEY).sign_proposal(UNSIGNED, lock=NO_LOCK, block=BLOCK, polka=None)
    Verifier(CHAIN).proposal(signed, KEY.public_key)
    (record,) = disk.records()
    assert (record.message, record.block, record.step) == (signed, BLOCK, SignedStep.PROPOSAL)


def test_the_same_again_gives_the_same_signature_and_no_record() -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    proposal = signer.sign_proposal(UNSIGNED, lock=NO_LOCK, block=BLOCK, polka=None)
    first = vote(signer, content())
    for restarted in (signer, disk.signer(KEY)):
        assert vote(restarted, content()) == first
        assert restarted.sign_proposal(UNSIGNED, lock=NO_LOCK, block=BLOCK, polka=None) == proposal
    assert len(disk.payloads) == 2


@pytest.mark.parametrize("restart", [False, True])
def test_something_else_at_the_same_place_is_a_conflict(restart: bool) -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    signer.sign_proposal(UNSIGNED, lock=NO_LOCK, block=BLOCK, polka=None)
    vote(signer, content())
    if restart:
        signer = disk.signer(KEY)
    header = replace(UNSIGNED.header, time_ms=1)
    other = replace(UNSIGNED, header=header, block_id=header_id(header))
    other_block = replace(BLOCK, header=header, block_id=other.block_id)
    assert refusal(lambda: vote(signer, content(block_id=None))) == "SIGN_CONFLICT"
    assert refusal(lambda: vote(signer, content(block_id=bytes(32)))) == "SIGN_CONFLICT"
    assert (
        refusal(lambda: signer.sign_proposal(other, lock=NO_LOCK, block=other_block, polka=None))
        == "SIGN_CONFLICT"
    )
    again = replace(UNSIGNED, valid_round=None)
    assert (
        refusal(lambda: signer.sign_proposal(again, lock=NO_LOCK, block=BLOCK, polka=None)) == "SIGN_CONFLICT"
    )
    assert len(disk.payloads) == 2


@pytest.mark.parametrize("restart", [False, True])
def test_what_lies_below_is_a_regression(restart: bool) -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    vote(signer, content(VoteKind.PRECOMMIT))
    if restart:
        signer = disk.signer(KEY)
    for lower in (
        content(VoteKind.PREVOTE),
        content(VoteKind.PRECOMMIT, round_number=1),
        content(VoteKind.PRECOMMIT, height=6, round_number=9),
    ):
        assert refusal(partial(vote, signer, lower)) == "SIGN_REGRESSION"
    assert (
        refusal(lambda: signer.sign_proposal(UNSIGNED, lock=NO_LOCK, block=BLOCK, polka=None))
        == "SIGN_REGRESSION"
    )
    vote(signer, content(VoteKind.PREVOTE, round_number=3))


@pytest.mark.parametrize("restart", [False, True])
def test_nothing_is_signed_for_a_height_that_is_decided(restart: bool) -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY, committed_height=7)
    if not restart:
        signer = disk.signer(KEY)
        vote(signer, content())
        signer.committed(7)
        signer.committed(3)
    assert refusal(lambda: vote(signer, content())) == "SIGN_REGRESSION"
    assert refusal(lambda: vote(signer, content(round_number=5))) == "SIGN_REGRESSION"
    vote(signer, content(height=8, round_number=0))


def test_a_failed_write_silences_the_signer_for_good() -> None:
    for attribute in ("fail_before", "fail_after"):
        disk = SafetyDisk()
        signer = disk.signer(KEY)
        setattr(disk, attribute, True)
        with pytest.raises(WriteFailed):
            vote(signer, content())
        setattr(disk, attribute, False)
        for later in (content(), content(block_id=None), content(round_number=3)):
            assert refusal(partial(vote, signer, later)) == "SIGN_LOG_FAILED"


def test_after_a_failed_write_the_disk_decides() -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    disk.fail_after = True
    with pytest.raises(WriteFailed):
        vote(signer, content())
    kept = disk.signer(KEY)
    assert refusal(lambda: vote(kept, content(block_id=None))) == "SIGN_CONFLICT"
    assert vote(kept, content()) == disk.records()[0].message


def test_a_log_of_another_key_or_chain_is_refused() -> None:
    disk = SafetyDisk()
    vote(disk.signer(KEY), content())
    with pytest.raises(Corrupt) as fault:
        disk.signer(SIGNERS[0])
    assert fault.value.code == "SAFETY_RECORD_FOREIGN"
    guard = DoubleSignGuard(disk.records(), 0)
    with pytest.raises(Corrupt):
        ConsensusSigner(key=KEY, chain_id=ChainId("other"), guard=guard, log=disk)


def test_a_record_whose_signature_was_damaged_is_refused() -> None:
    disk = SafetyDisk()
    vote(disk.signer(KEY), content())
    record = decode_safety_record(disk.payloads[0])
    assert isinstance(record.message, Vote)
    damaged = replace(record.message, signature=Signature(bytes(64)))
    disk.payloads[0] = encode_safety_record(replace(record, message=damaged))
    with pytest.raises(Corrupt) as fault:
        disk.signer(KEY)
    assert fault.value.code == "SAFETY_RECORD_FOREIGN"


@pytest.mark.parametrize("order", [(0, 0), (1, 0)])
def test_a_log_whose_places_do_not_grow_is_refused(order: tuple[int, int]) -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    vote(signer, content())
    vote(signer, content(VoteKind.PRECOMMIT))
    disk.payloads = [disk.payloads[index] for index in order]
    with pytest.raises(Corrupt) as fault:
        disk.signer(KEY)
    assert fault.value.code == "SAFETY_LOG_ORDER"


def test_the_guard_holds_a_bounded_number_of_messages_and_refuses_older_ones() -> None:
    disk = SafetyDisk()
    signer = disk.signer(KEY)
    rounds = SIGNED_MAX + 10
    for number in range(rounds):
        vote(signer, content(round_number=number, block_id=None))
    guard = DoubleSignGuard(disk.records(), 0)
    assert len(guard.signed) == SIGNED_MAX
    for restarted in (signer, disk.signer(KEY)):
        assert refusal(partial(vote, restarted, content(round_number=0))) == "SIGN_REGRESSION"
        vote(restarted, content(round_number=rounds - 1, block_id=None))


def test_our_own_nonsense_is_an_assertion() -> None:
    signer = SafetyDisk().signer(KEY)
    with pytest.raises(AssertionError):
        vote(signer, content(height=0))
    with pytest.raises(AssertionError):
        vote(signer, content(round_number=2**31))
    with pytest.raises(AssertionError):
        signer.sign_vote(content(), validator=100, lock=NO_LOCK, block=None, polka=None)
    with pytest.raises(AssertionError):
        signer.sign_proposal(
            UNSIGNED, lock=NO_LOCK, block=replace(BLOCK, block_id=BlockId(bytes(32))), polka=None
        )
