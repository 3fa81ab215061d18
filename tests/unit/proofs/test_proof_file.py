"""Proof files: what they prove, and that every other byte of them proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.client import proofs
from p2pchain.client.proofs import describe, history_key, shown_key
from p2pchain.client.receivable import ITEM_FIELDS
from p2pchain.codec.block import decode_block_record
from p2pchain.ledger.modules.receivable.records import FIELDS, HISTORY, HISTORY_PAGE
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import ChainId
from p2pchain.model.parameters import Parameters
from p2pchain.proofs.proof_file import ProofEntry, ProofFile, Proven, encode_proof_file, verify_proof_file
from tests.simulation.keys import check
from tests.unit.replica.replica_world import CHAIN, Chain, a_genesis, a_transaction

GENESIS = a_genesis(Parameters())
ABSENT = b"receivable/item/" + bytes(16)


def a_proof() -> ProofFile:
    """Of a note and of what is not there, after three blocks."""
    chain = Chain(GENESIS)
    for number in range(3):
        chain.commit(chain.make(transactions=[a_transaction(text=f"text {number}", valid_until=50)]))
    (note, _), *_ = chain.ledger.walk(b"note/")
    keys = (note, ABSENT)
    entries = tuple(
        ProofEntry(key=key, value=chain.ledger.get(key), proof=chain.ledger.prove(key)) for key in keys
    )
    final = decode_block_record(chain.records[-1]).final_header
    return ProofFile(chain_id=CHAIN, final=final, links=(), entries=entries)


PROOF = a_proof()
NOTE = PROOF.entries[0].key
DATA = encode_proof_file(PROOF)


def verified(data: bytes) -> Proven:
    return verify_proof_file(data, GENESIS, check)


def test_a_file_proves_a_value_and_an_absence() -> None:
    proven = verified(DATA)
    assert proven.values[NOTE] is not None
    assert proven.values[ABSENT] is None
    assert (proven.final.header.height, proven.changes) == (3, 0)
    assert 3 * proven.power > 2 * proven.total_power
    told = "\n".join(describe(proven))
    assert "as of height 3" in told
    assert "there is no such record" in told


def test_any_other_byte_proves_nothing() -> None:
    """A bit of each byte flipped, each byte cut off, one more at the end."""
    for place in range(len(DATA)):
        for bit in (0x01, 0x80):
            changed = bytearray(DATA)
            changed[place] ^= bit
            with pytest.raises(Invalid, match="PROOF_INVALID"):
                verified(bytes(changed))
    for size in range(0, len(DATA), 7):
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verified(DATA[:size])
    with pytest.raises(Invalid, match="PROOF_INVALID"):
        verified(DATA + b"\x00")


def test_what_nobody_signed_proves_nothing() -> None:
    """Another chain, another genesis, a key twice, a header with another root, too few signatures."""
    other = replace(GENESIS, chain_id=ChainId("other"))
    (entry, absent), final = PROOF.entries, PROOF.final
    header = replace(final.header, state_root=bytes(32))
    few = replace(final.certificate, signatures=final.certificate.signatures[:2])
    for lie in (
        replace(PROOF, entries=(entry, entry)),
        replace(PROOF, entries=(replace(entry, value=None), absent)),
        replace(PROOF, entries=(entry, replace(absent, value=b""))),
        replace(PROOF, entries=(replace(entry, key=ABSENT), absent)),
        replace(PROOF, final=replace(final, header=header)),
        replace(PROOF, final=replace(final, certificate=few)),
    ):
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verified(encode_proof_file(lie))
    with pytest.raises(Invalid, match="PROOF_INVALID"):
        verify_proof_file(DATA, other, check)


def test_the_words_name_the_fields_of_the_ledger() -> None:
    """The client reads records that the ledger writes."""
    assert ITEM_FIELDS == FIELDS
    assert proofs.HISTORY_PAGE == HISTORY_PAGE
    assert history_key(bytes(16), 3) == b"receivable/" + HISTORY + bytes(16) + b"/" + (3).to_bytes(4, "big")


def test_keys_are_shown_as_text_where_they_are_text() -> None:
    assert shown_key(b"system/parameters") == "system/parameters"
    assert shown_key(ABSENT) == "receivable/item/" + bytes(16).hex()
