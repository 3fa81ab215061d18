"""Each field out of its range is refused, and the refusal names the field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from p2pchain.codec import block, header, messages, safety, transaction, voting
from p2pchain.codec.cbor import pack
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import INTEGER_MAX

H, S = b"h" * 32, b"s" * 64
HEADER = (1, "chain", 2, 5, H, H, H, H, H, H, H, H, H, H)
VOTE = (1, 2, 0, H, 3, S)
COMMIT = (1, 0, H, ((0, S), (3, S)))
BODY = (1, "chain", b"12345678", 9, (H, b"i" * 32), (("module", "action", (1,)),))
EVIDENCE = (H, (1, 2, 0, None, 3, S), (1, 2, 0, H, 3, S))
PROPOSAL = (3, 2, pack(HEADER), (H, b"i" * 32), (EVIDENCE,), COMMIT, S)
RECEIPT = (H, "OK", (("a", 1), ("b", None)), (("module", "name", (1,)),))
SUMMARY = (5, 1, 0, 0, ((0, True, b"\x01", b"", False), (2, False, b"", b"\x0f" + bytes(12), True)))
HELLO = (0, 1, "0.1.0", "chain", H, "node", H, S, (("note", 2, H),))
TRANSACTION = (pack(BODY), (S, S))
BLOCK = (pack(HEADER), (pack(TRANSACTION),), (EVIDENCE,), COMMIT)
BLOCK_ID = header.header_id(header.decode_header(pack(HEADER)))
FINAL = (pack(BLOCK), (2, 0, BLOCK_ID, ((0, S),)))
RECORD_RECEIPT = (transaction.decode_transaction(pack(TRANSACTION)).tx_id, "OK", (), ())
TRANSACTION_BODY = transaction.decode_transaction(pack(TRANSACTION)).body
RECEIPTS = (RECORD_RECEIPT,)
REPLAY = (TRANSACTION_BODY.replay_key, ((b"a", b"1"), (b"b", None)))
RECORD = (pack(FINAL), pack(REPLAY), pack(RECEIPTS))
SAFETY = (2, 0, 1, (0, H, None, None), VOTE, None, None)


def body_of(data: bytes) -> Any:
    """The body within a transaction with two signatures."""
    return transaction.decode_transaction(pack((data, (S, S))))


CASES: tuple[tuple[Callable[[bytes], Any], tuple[Any, ...], tuple[int, ...], Any, str, str], ...] = (
    (header.decode_header, HEADER, (0,), 2, "CODEC_VERSION", "header.version"),
    (header.decode_header, HEADER, (0,), True, "CODEC_VERSION", "header.version"),
    (header.decode_header, HEADER, (1,), "Chain", "CODEC_TEXT", "header.chain_id"),
    (header.decode_header, HEADER, (1,), "", "CODEC_TEXT", "header.chain_id"),
    (header.decode_header, HEADER, (1,), "a" * 65, "CODEC_TEXT", "header.chain_id"),
    (header.decode_header, HEADER, (1,), "a\n", "CODEC_TEXT", "header.chain_id"),
    (header.decode_header, HEADER, (1,), b"chain", "CODEC_TYPE", "header.chain_id"),
    (header.decode_header, HEADER, (2,), 0, "CODEC_RANGE", "header.height"),
    (header.decode_header, HEADER, (2,), True, "CODEC_TYPE", "header.height"),
    (header.decode_header, HEADER, (2,), INTEGER_MAX + 1, "CODEC_RANGE", "header.height"),
    (header.decode_header, HEADER, (3,), -1, "CODEC_RANGE", "header.time_ms"),
    (header.decode_header, HEADER, (3,), 5.0, "CODEC_FORBIDDEN", "header.time_ms"),
    (header.decode_header, HEADER, (4,), H[1:], "CODEC_LENGTH", "header.parent_id"),
    (header.decode_header, HEADER, (5,), H + b"x", "CODEC_LENGTH", "header.proposer"),
    (header.decode_header, HEADER, (6,), None, "CODEC_TYPE", "header.tx_root"),
    (header.decode_header, HEADER, (12,), "h" * 32, "CODEC_TYPE", "header.evidence_root"),
    (header.decode_header, HEADER, (13,), H[1:], "CODEC_LENGTH", "header.genesis_id"),
    (voting.decode_vote, VOTE, (0,), 0, "CODEC_RANGE", "vote.kind"),
    (voting.decode_vote, VOTE, (0,), 3, "CODEC_RANGE", "vote.kind"),
    (voting.decode_vote, VOTE, (1,), 0, "CODEC_RANGE", "vote.height"),
    (voting.decode_vote, VOTE, (2,), -1, "CODEC_RANGE", "vote.round"),
    (voting.decode_vote, VOTE, (2,), 2**31, "CODEC_RANGE", "vote.round"),
    (voting.decode_vote, VOTE, (3,), b"", "CODEC_LENGTH", "vote.block_id"),
    (voting.decode_vote, VOTE, (4,), 100, "CODEC_RANGE", "vote.validator"),
    (voting.decode_vote, VOTE, (4,), -1, "CODEC_RANGE", "vote.validator"),
    (voting.decode_vote, VOTE, (5,), S + b"x", "CODEC_LENGTH", "vote.signature"),
    (voting.decode_commit, COMMIT, (0,), 0, "CODEC_RANGE", "certificate.height"),
    (voting.decode_commit, COMMIT, (2,), None, "CODEC_TYPE", "certificate.block_id"),
    (voting.decode_commit, COMMIT, (3,), (), "CODEC_LENGTH", "certificate.signatures"),
    (voting.decode_commit, COMMIT, (3, 1, 0), 0, "CODEC_ORDER", "certificate.signatures[].validator"),
    (voting.decode_commit, COMMIT, (3, 0, 0), 3, "CODEC_ORDER", "certificate.signatures[].validator"),
    (voting.decode_commit, COMMIT, (3, 1, 0), 100, "CODEC_RANGE", "certificate.signatures[].validator"),
    (voting.decode_commit, COMMIT, (3, 0), (0, S, S), "CODEC_FIELDS", "certificate.signatures[]"),
    (voting.decode_evidence, EVIDENCE, (1, 3), H, "CODEC_ORDER", "evidence.second.block_id"),
    (voting.decode_evidence, EVIDENCE, (1, 3), b"i" * 32, "CODEC_ORDER", "evidence.second.block_id"),
    (voting.decode_evidence, EVIDENCE, (2, 0), 2, "CODEC_MISMATCH", "evidence.second.kind"),
    (voting.decode_evidence, EVIDENCE, (2, 1), 3, "CODEC_MISMATCH", "evidence.second.height"),
    (voting.decode_evidence, EVIDENCE, (2, 2), 1, "CODEC_MISMATCH", "evidence.second.round"),
    (voting.decode_evidence, EVIDENCE, (2, 4), 4, "CODEC_MISMATCH", "evidence.second.validator"),
    (voting.decode_proposal, PROPOSAL, (1,), 3, "CODEC_ORDER", "proposal.valid_round"),
    (voting.decode_proposal, PROPOSAL, (1,), -1, "CODEC_RANGE", "proposal.valid_round"),
    (voting.decode_proposal, PROPOSAL, (2,), H, "CODEC_TRAILING", ""),
    (voting.decode_proposal, PROPOSAL, (2,), HEADER, "CODEC_TYPE", "proposal.header"),
    (voting.decode_proposal, PROPOSAL, (3, 1), H, "CODEC_REPEATED", "proposal.tx_ids"),
    (voting.decode_proposal, PROPOSAL, (3, 1), H[1:], "CODEC_LENGTH", "proposal.tx_ids[1]"),
    (voting.decode_proposal, PROPOSAL, (5,), None, "CODEC_TYPE", "proposal.last_certificate"),
    (voting.decode_proposal, PROPOSAL, (5, 0), 2, "CODEC_CERTIFICATE", "proposal.last_certificate"),
    (body_of, BODY, (0,), 2, "CODEC_VERSION", "body.version"),
    (body_of, BODY, (2,), b"1234567", "CODEC_LENGTH", "body.nonce"),
    (body_of, BODY, (3,), 0, "CODEC_RANGE", "body.valid_until"),
    (body_of, BODY, (3,), (-1,), "CODEC_RANGE", "body.valid_until.time_ms"),
    (body_of, BODY, (3,), (b"1",), "CODEC_TYPE", "body.valid_until.time_ms"),
    (body_of, BODY, (3,), (), "CODEC_FIELDS", "body.valid_until"),
    (body_of, BODY, (3,), (1, 2), "CODEC_FIELDS", "body.valid_until"),
    (body_of, BODY, (3,), None, "CODEC_TYPE", "body.valid_until"),
    (body_of, BODY, (4,), (), "CODEC_LENGTH", "body.signers"),
    (body_of, BODY, (4,), tuple(bytes([i]) * 32 for i in range(17)), "CODEC_LENGTH", "body.signers"),
    (body_of, BODY, (4, 1), H, "CODEC_REPEATED", "body.signers"),
    (body_of, BODY, (4, 1), H[1:], "CODEC_LENGTH", "body.signers[1]"),
    (body_of, BODY, (5,), (), "CODEC_LENGTH", "body.operations"),
    (body_of, BODY, (5,), (("m", "a", ()),) * 65, "CODEC_LENGTH", "body.operations"),
    (body_of, BODY, (5, 0, 0), "", "CODEC_LENGTH", "body.operations[].module"),
    (body_of, BODY, (5, 0, 1), "a" * 65, "CODEC_LENGTH", "body.operations[].action"),
    (body_of, BODY, (5, 0, 2), 1, "CODEC_TYPE", "body.operations[].args"),
    (body_of, BODY, (5, 0, 2, 0), 1.5, "CODEC_FORBIDDEN", "value"),
    (body_of, BODY, (5, 0, 2, 0), INTEGER_MAX + 1, "CODEC_INTEGER", "value"),
    (body_of, BODY, (4,), (H,), "CODEC_LENGTH", "signatures"),
    (transaction.decode_transaction, TRANSACTION, (0,), BODY, "CODEC_TYPE", "transaction.body"),
    (transaction.decode_transaction, TRANSACTION, (1, 1), b"", "CODEC_LENGTH", "signatures[1]"),
    (transaction.decode_receipt, RECEIPT, (1,), "", "CODEC_LENGTH", "receipt.code"),
    (transaction.decode_receipt, RECEIPT, (2, 1, 0), "a", "CODEC_ORDER", "receipt.facts[1].name"),
    (transaction.decode_receipt, RECEIPT, (3, 0), ("m", "n"), "CODEC_FIELDS", "receipt.events[0]"),
    (messages.decode_link, SUMMARY, (0,), 12, "CODEC_RANGE", "link.kind"),
    (messages.decode_link, SUMMARY, (3,), 4, "CODEC_RANGE", "summary.step"),
    (messages.decode_link, SUMMARY, (4, 1, 0), 0, "CODEC_ORDER", "summary.rounds[1].round"),
    (messages.decode_link, SUMMARY, (4, 0, 1), 1, "CODEC_TYPE", "summary.rounds[0].proposal"),
    (messages.decode_link, SUMMARY, (4, 0, 2), b"\x00\x01",
     "CODEC_NOT_CANONICAL", "summary.rounds[0].prevotes"),
    (messages.decode_link, SUMMARY, (4, 0, 2), b"\x10" + bytes(12),
     "CODEC_RANGE", "summary.rounds[0].prevotes bit"),
    (messages.decode_link, SUMMARY, (4, 0, 3), b"\x01" * 14, "CODEC_LENGTH", "summary.rounds[0].precommits"),
    (messages.decode_link, HELLO, (6,), None, "CODEC_MISMATCH", "hello.signature"),
    (messages.decode_link, HELLO, (7,), None, "CODEC_MISMATCH", "hello.signature"),
    (messages.decode_link, HELLO, (5,), "", "CODEC_LENGTH", "hello.node"),
    (messages.decode_link, HELLO, (2,), "", "CODEC_LENGTH", "hello.software"),
    (messages.decode_link, HELLO, (8,), (("note", 2, H),) * 65, "CODEC_LENGTH", "hello.modules"),
    (messages.decode_link, HELLO, (8, 0, 0), "", "CODEC_LENGTH", "hello.modules[0].module"),
    (messages.decode_link, HELLO, (8, 0, 1), 0, "CODEC_RANGE", "hello.modules[0].version"),
    (messages.decode_link, HELLO, (8, 0, 2), H[1:], "CODEC_LENGTH", "hello.modules[0].digest"),
    (messages.decode_link, (2, 1, -1), (2,), -1, "CODEC_RANGE", "pong.wall_ms"),
    (messages.decode_link, (1, -1), (1,), -1, "CODEC_RANGE", "ping.token"),
    (messages.decode_link, (3, ()), (1,), (), "CODEC_LENGTH", "batch"),
    (messages.decode_link, (3, (H,)), (1, 0), TRANSACTION, "CODEC_TYPE", "batch[]"),
    (messages.decode_link, (4, (H,)), (1,), (), "CODEC_LENGTH", "held"),
    (messages.decode_link, (4, (H,)), (1,), (H,) * 2_001, "CODEC_LENGTH", "held"),
    (messages.decode_link, (6, VOTE), (1,), VOTE[1:], "CODEC_FIELDS", "vote"),
    (messages.decode_fetch_request, (1, 5, 64), (2,), 65, "CODEC_RANGE", "request.count"),
    (messages.decode_fetch_request, (1, 5, 64), (1,), 0, "CODEC_RANGE", "request.first"),
    (messages.decode_fetch_request, (1, 5, 64), (0,), 7, "CODEC_RANGE", "request.kind"),
    (messages.decode_fetch_request, (2, (H,), None), (1,), (), "CODEC_LENGTH", "request.tx_ids"),
    (messages.decode_fetch_response, (1, (pack(FINAL),)), (1,), (pack(FINAL),) * 2,
     "CODEC_ORDER", "response.blocks[].height"),
    (messages.decode_announcement, (pack(HEADER), FINAL[1]), (1, 2), H,
     "CODEC_CERTIFICATE", "announcement.certificate"),
    (block.decode_raw_block, BLOCK, (3, 0), 2, "CODEC_CERTIFICATE", "block.last_certificate"),
    (block.decode_raw_block, BLOCK, (1, 0), 5, "CODEC_TYPE", "block.transactions[]"),
    (block.decode_final_block, FINAL, (1, 0), 3, "CODEC_CERTIFICATE", "final_block.certificate"),
    (block.decode_final_block, FINAL, (1, 2), H, "CODEC_CERTIFICATE", "final_block.certificate"),
    (safety.decode_safety_record, SAFETY, (0,), 3, "CODEC_MISMATCH", "safety.message"),
    (safety.decode_safety_record, SAFETY, (1,), 1, "CODEC_MISMATCH", "safety.message"),
    (safety.decode_safety_record, SAFETY, (2,), 2, "CODEC_MISMATCH", "safety.message"),
    (safety.decode_safety_record, SAFETY, (2,), 0, "CODEC_FIELDS", "safety.message"),
    (safety.decode_safety_record, SAFETY, (3, 1), None, "CODEC_TYPE", "safety.lock.locked_block"),
)  # fmt: skip


def changed(items: tuple[Any, ...], place: tuple[int, ...], value: Any) -> tuple[Any, ...]:
    """The same items with another value at a place."""
    first, *rest = place
    inner = changed(items[first], tuple(rest), value) if rest else value
    return (*items[:first], inner, *items[first + 1 :])


@pytest.mark.parametrize(
    ("decode", "items"),
    [
        *((header.decode_header, HEADER), (voting.decode_vote, VOTE), (voting.decode_commit, COMMIT)),
        *((voting.decode_polka, COMMIT), (voting.decode_evidence, EVIDENCE), (body_of, BODY)),
        *((voting.decode_proposal, PROPOSAL), (transaction.decode_transaction, TRANSACTION)),
        *((transaction.decode_receipt, RECEIPT), (messages.decode_link, SUMMARY)),
        *((messages.decode_link, HELLO), (block.decode_raw_block, BLOCK), (block.decode_final_block, FINAL)),
        *((block.decode_block_record, RECORD), (safety.decode_safety_record, SAFETY)),
        (messages.decode_announcement, (pack(HEADER), FINAL[1])),
    ],
    ids=lambda value: getattr(value, "__name__", "items"),
)
def test_the_unchanged_structures_are_accepted(
    decode: Callable[[bytes], Any], items: tuple[Any, ...]
) -> None:
    decode(pack(items))


@pytest.mark.parametrize(
    ("decode", "items", "place", "value", "code", "at"), CASES, ids=[f"{case[5]}-{case[4]}" for case in CASES]
)
def test_a_field_out_of_range_is_refused_by_name(
    decode: Callable[[bytes], Any],
    items: tuple[Any, ...],
    place: tuple[int, ...],
    value: Any,
    code: str,
    at: str,
) -> None:
    with pytest.raises(Invalid) as fault:
        decode(pack(changed(items, place, value)))
    assert (fault.value.code, fault.value.facts.get("field", "")) == (code, at)


def test_a_certificate_before_the_first_block_is_refused() -> None:
    first = changed(HEADER, (2,), 1)
    block.decode_raw_block(pack((pack(first), (), (), None)))
    with pytest.raises(Invalid) as fault:
        block.decode_raw_block(pack((pack(first), (), (), COMMIT)))
    assert fault.value.code == "CODEC_CERTIFICATE"


def test_a_transaction_over_the_bound_is_refused() -> None:
    body = changed(BODY, (5, 0, 2, 0), b"x" * 65_536)
    raw = pack((pack(body), (S, S)))
    with pytest.raises(Invalid) as fault:
        transaction.decode_transaction(raw)
    assert fault.value.code == "CODEC_TOO_LARGE"
    small = pack(TRANSACTION)
    transaction.decode_transaction(small, bytes_max=len(small))
    with pytest.raises(Invalid):
        transaction.decode_transaction(small, bytes_max=len(small) - 1)


@pytest.mark.parametrize(
    ("replay", "receipts", "code", "where"),
    [
        (REPLAY, (), "CODEC_LENGTH", "record.receipts"),
        (REPLAY, ((H, *RECORD_RECEIPT[1:]),), "CODEC_MISMATCH", "record.receipts[0].tx_id"),
        ((REPLAY[0], ((b"a", b"1"), (b"a", None))), RECEIPTS, "CODEC_ORDER", "record.changes[].key"),
        ((REPLAY[0], ((b"a", 0),)), RECEIPTS, "CODEC_TYPE", "record.changes[].value"),
        ((b"", REPLAY[1]), RECEIPTS, "CODEC_MISMATCH", "record.replay_keys"),
        ((bytes(40), REPLAY[1]), RECEIPTS, "CODEC_MISMATCH", "record.replay_keys"),
        ((bytes(39), REPLAY[1]), RECEIPTS, "CODEC_LENGTH", "record.replay_keys"),
    ],
)
def test_the_parts_of_a_record_fit_together(replay: Any, receipts: Any, code: str, where: str) -> None:
    with pytest.raises(Invalid) as fault:
        block.decode_block_record(pack((RECORD[0], pack(replay), pack(receipts))))
    assert (fault.value.code, fault.value.facts["field"]) == (code, where)


def test_a_restart_reads_what_the_record_says() -> None:
    """Header, replay keys and state changes, as the whole record has them."""
    stored = pack(RECORD)
    assert block.decode_block_replay(stored) == block.decode_block_record(stored).replay


def test_a_stored_block_is_cut_out_of_its_record_without_decoding() -> None:
    assert block.final_block_bytes(pack(RECORD)) == RECORD[0]
    for wrong in (pack(VOTE), pack((1, 2, 3)), b"\x83", b"\x83\x45abc", b""):
        with pytest.raises(Invalid):
            block.final_block_bytes(wrong)


def test_a_batch_is_bounded_before_its_transactions_are_read() -> None:
    """Or a megabyte of tiny arrays would hold the node up for most of a second."""
    frame = pack((3, (bytes(messages.BATCH_FRAME_BYTES_MAX),)))
    with pytest.raises(Invalid) as fault:
        messages.decode_link(frame)
    assert fault.value.code == "CODEC_TOO_LARGE"
    assert fault.value.facts["bytes_max"] == messages.BATCH_FRAME_BYTES_MAX
