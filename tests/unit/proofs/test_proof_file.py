"""Proof files: what they prove, and that every other byte of them proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.receivable import records
from p2pchain.business.receivable.records import FIELDS
from p2pchain.business.software import MODULES
from p2pchain.client.proofs import describe, history_key, shown_key
from p2pchain.client.proven_transactions import PLAIN
from p2pchain.codec.block import decode_block_record
from p2pchain.codec.cbor import pack
from p2pchain.codec.genesis import genesis_validators
from p2pchain.codec.header import header_id
from p2pchain.codec.roots import validators_hash
from p2pchain.codec.snapshot import final_items
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.crypto.hashing import sha256
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import ChainId, Height, OrgId, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.model.voting import CommitCertificate, VoteContent, VoteKind
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.proven_records import record_lines
from p2pchain.proofs.proof_file import (
    ProofBase,
    ProofEntry,
    ProofFile,
    Proven,
    decode_proof_file,
    encode_proof_file,
    verify_proof_file,
)
from p2pchain.proofs.state import state_proof_value
from p2pchain.proofs.trust import TrustedBlock, parse_trusted
from tests.simulation.keys import StandInKey, check
from tests.unit.replica.replica_votes import CHAIN
from tests.unit.replica.replica_world import Chain, a_genesis, a_transaction

GENESIS = a_genesis(Parameters())
ABSENT = b"receivable/item/" + bytes(16)


def a_proof() -> tuple[ProofFile, list[bytes]]:
    """Of a note and of what is not there, after three blocks; and these."""
    chain = Chain(GENESIS)
    for number in range(3):
        chain.commit(chain.make(transactions=[a_transaction(text=f"text {number}", valid_until=50)]))
    (note, _), *_ = chain.ledger.walk(b"note/")
    keys = (note, ABSENT)
    entries = tuple(
        ProofEntry(key=key, value=chain.ledger.get(key), proof=chain.ledger.prove(key)) for key in keys
    )
    final = decode_block_record(chain.records[-1]).final_header
    proof = ProofFile(chain_id=CHAIN, base=None, final=final, links=(), entries=entries)
    return proof, list(chain.records)


PROOF, RECORDS = a_proof()
NOTE = PROOF.entries[0].key
WORDING = replace(PLAIN, records=lambda records: record_lines(Directory(MODULES), records))
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


def from_block(height: int) -> ProofFile:
    """The same from a block on, which somebody trusts."""
    header = decode_block_record(RECORDS[height - 1]).block.header
    return replace(PROOF, base=ProofBase(header=header, following=genesis_validators(GENESIS)))


def test_a_file_rests_on_a_block_that_is_trusted() -> None:
    file = from_block(2)
    assert file.base is not None
    trusted = file.base.block
    data = encode_proof_file(file)
    proven = verify_proof_file(data, trusted, check)
    assert (proven.base, proven.block.height) == (trusted, 3)
    assert proven.values == verified(DATA).values
    assert f"resting on block {trusted}" in "\n".join(describe(proven))
    assert parse_trusted(str(trusted)) == trusted
    assert proven.block == TrustedBlock(
        height=PROOF.final.header.height, block_id=header_id(PROOF.final.header)
    )
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x01
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verify_proof_file(bytes(changed), trusted, check)


def test_what_is_not_trusted_is_no_beginning() -> None:
    """Neither another block, nor genesis in place of a block, nor a block in place of genesis."""
    file = from_block(2)
    assert file.base is not None
    data, trusted = encode_proof_file(file), file.base.block
    other = from_block(1).base
    assert other is not None
    for trust, begins in (
        (other.block, "block 2"),
        (replace(trusted, height=Height(1)), "block 2"),
        (replace(trusted, block_id=other.block.block_id), "another block of that height"),
        (GENESIS, "block 2"),
    ):
        with pytest.raises(Invalid, match="PROOF_OTHER_TRUST") as caught:
            verify_proof_file(data, trust, check)
        assert caught.value.facts["begins"] == begins
        assert trusted.block_id.hex() not in str(caught.value), "nobody copies out of the file what to trust"
    with pytest.raises(Invalid, match="PROOF_OTHER_TRUST: begins=genesis") as caught:
        verify_proof_file(DATA, trusted, check)
    assert "--genesis" in caught.value.hint


def test_a_file_is_written_in_one_way_alone() -> None:
    """What version 1 says is no version 2, and no other version is known."""
    header, certificate = final_items(PROOF.final)
    entries = tuple((each.key, each.value, state_proof_value(each.proof)) for each in PROOF.entries)
    for items in (
        (2, CHAIN, None, header, certificate, (), (1, entries)),
        (True, CHAIN, header, certificate, (), entries),
        (3, CHAIN, header, certificate, (), entries),
        (1, CHAIN, None, header, certificate, (), entries),
    ):
        with pytest.raises(Invalid):
            decode_proof_file(pack((*items, sha256(pack(items)))))
    first = (1, CHAIN, header, certificate, (), entries)
    assert pack((*first, sha256(pack(first)))) == DATA


def test_a_trusted_block_vouches_for_the_validators_that_it_names_alone() -> None:
    """A quorum of others that signs whatever, and a header that is not above the trusted one."""
    forged = StandInKey("forger")
    members = ValidatorSet((Validator(public_key=forged.public_key, power=1, org=OrgId("x")),))
    file = from_block(2)
    assert file.base is not None
    header = replace(
        PROOF.final.header,
        validators_hash=validators_hash(members),
        next_validators_hash=validators_hash(members),
    )
    content = VoteContent(
        kind=VoteKind.PRECOMMIT, height=header.height, round=Round(0), block_id=header_id(header)
    )
    certificate = CommitCertificate(
        height=header.height,
        round=Round(0),
        block_id=header_id(header),
        signatures=((0, forged.sign(vote_sign_bytes(CHAIN, content))),),
    )
    lies = (
        replace(
            file,
            base=replace(file.base, following=members),
            final=FinalHeader(header=header, certificate=certificate),
        ),
        from_block(3),
    )
    for lie in lies:
        assert lie.base is not None
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verify_proof_file(encode_proof_file(lie), lie.base.block, check)


ID = "ab" * 32


@pytest.mark.parametrize("text", ["", "3", f"0:{ID}", f"3:{ID.upper()}", "3:ab", f"{2**63}:{ID}"])
def test_what_names_no_block(text: str) -> None:
    with pytest.raises(Refused, match="TRUSTED_INVALID"):
        parse_trusted(text)


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


def test_the_client_asks_for_the_keys_of_the_ledger() -> None:
    assert history_key(bytes(16), 3) == b"receivable/" + records.history_key(bytes(16), 3)


def test_a_record_of_another_version_is_told_as_bytes() -> None:
    """With a field more than this software knows; it is not read as if it were the one that it knows."""
    key, raw = b"receivable/item/" + bytes(16), pack(("x",) * (len(FIELDS) + 1))
    told = list(describe(replace(verified(DATA), values={key: raw}), WORDING))
    assert f"receivable/item/{bytes(16).hex()}: {raw.hex()}" in told


def test_keys_are_shown_as_text_where_they_are_text() -> None:
    assert shown_key(b"system/parameters") == "system/parameters"
    assert shown_key(ABSENT) == "receivable/item/" + bytes(16).hex()
