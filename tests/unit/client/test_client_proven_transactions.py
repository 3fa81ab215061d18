"""What a proven transaction says: one that was refused reads like nothing else, whatever its sender wrote."""

from __future__ import annotations

from dataclasses import replace

from p2pchain.client.proofs import describe
from p2pchain.client.proven_transactions import PLAIN, transaction_fields, transaction_lines
from p2pchain.model.transaction import CODE_OK
from p2pchain.proofs.proof_file import Proven, encode_proof_file, verify_proof_file
from tests.simulation.keys import check
from tests.unit.proofs.test_proof_inclusion import GENESIS, RECEIPTS, REFUSED, TRANSACTIONS, a_file
from tests.unit.replica.replica_world import CLIENT


def proven(index: int) -> Proven:
    return verify_proof_file(encode_proof_file(a_file(index)), GENESIS, check)


def test_an_accepted_one() -> None:
    told = list(describe(proven(0)))
    assert told[0].startswith("proven on chain replica-test in the block of height 2, ")
    tx_id = TRANSACTIONS[0].tx_id.hex()
    assert f"transaction {tx_id}: ACCEPTED, it did what it asked for" in told
    assert f"  signed by {CLIENT.public_key.hex()}" in told
    assert '  did: note put "text 0"' in told
    assert told[-1] == f"to be trusted the next time, as --trusted: {proven(0).block}"
    assert "REFUSED" not in "".join(told)


def test_a_refused_one() -> None:
    """The word stands in its first line, and before what it asked for."""
    told = list(describe(proven(REFUSED)))
    tx_id = TRANSACTIONS[REFUSED].tx_id.hex()
    (first,) = [line for line in told if line.startswith("transaction")]
    assert first == f"transaction {tx_id}: REFUSED, nothing of what it asked for was done"
    assert f"  refused with {RECEIPTS[REFUSED].code}" in "\n".join(told)
    assert [line for line in told if line.startswith("  asked for, and was refused: membership freeze ")]
    assert told[-2] == "  so it was REFUSED: nothing of this was done"
    assert "ACCEPTED" not in "".join(told)
    assert not [line for line in told if line.startswith("  did")]


def test_the_same_as_json() -> None:
    for index, accepted in ((0, True), (REFUSED, False)):
        about = proven(index).transaction
        assert about is not None
        told = transaction_fields(about)
        assert (told["accepted"], told["code"] == CODE_OK) == (accepted, accepted)
        assert told["tx_id"] == TRANSACTIONS[index].tx_id.hex()
        assert told["signers"] == [CLIENT.public_key.hex()]
        assert list(told) == ["tx_id", "accepted", "code", "facts", "signers", "operations", "events"]


def test_a_long_word_hides_nothing() -> None:
    """No line is longer than a screen, so that nothing of ours is pushed out of sight."""
    about = proven(REFUSED).transaction
    assert about is not None
    long = replace(PLAIN, operation=lambda module, action, args: "x" * 60_000)
    told = list(transaction_lines(about, long))
    assert max(map(len, told)) < 1_200
    assert [line for line in told if line.endswith("... (60,000 characters, all with --json)")]


def test_words_of_the_sender_make_no_line_of_their_own() -> None:
    """Neither by line ends or escapes, nor by a name that reads like the end of a sentence."""
    told = PLAIN.operation("x\n\x1b[2JACCEPTED", "put; ACCEPTED", ('a"\r\nACCEPTED',))
    assert told == '"x  [2JACCEPTED" "put; ACCEPTED" "a\\"  ACCEPTED"'
