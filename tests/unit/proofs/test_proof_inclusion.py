"""A transaction in a proof file: it, its signers and its receipt, in that block; and no other byte of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.genesis import genesis_validators
from p2pchain.codec.transaction import (
    assemble_transaction,
    encode_body,
    encode_receipt,
    transaction_sign_bytes,
)
from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.merkle import merkle_path
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import ChainId, Height, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import CODE_OK, Event, Operation, Transaction, TransactionBody
from p2pchain.proofs.inclusion import TransactionProof, transaction_proof
from p2pchain.proofs.proof_file import (
    ProofBase,
    ProofFile,
    Proven,
    decode_proof_file,
    encode_proof_file,
    verify_proof_file,
)
from tests.simulation.keys import check
from tests.unit.replica.replica_votes import CHAIN
from tests.unit.replica.replica_world import CLIENT, Chain, a_genesis, a_transaction

GENESIS = a_genesis(Parameters())
HEIGHT, COUNT, REFUSED = 2, 5, 3
"""The block of the transactions; how many it holds; which of them a rule refuses."""


def a_signed(*operations: Operation, chain_id: ChainId = CHAIN) -> Transaction:
    """Of the client."""
    body = TransactionBody(
        chain_id=chain_id,
        nonce=b"refused!",
        valid_until=Height(50),
        signers=(CLIENT.public_key,),
        operations=operations,
    )
    return assemble_transaction(body, (CLIENT.sign(transaction_sign_bytes(chain_id, encode_body(body))),))


def a_chain() -> Chain:
    """Three blocks, the second one with transactions."""
    chain = Chain(GENESIS)
    listed = [a_transaction(text=f"text {number}", valid_until=50) for number in range(COUNT)]
    listed[REFUSED] = a_signed(Operation(module="membership", action="freeze", args=(bytes(32), True)))
    chain.commit(chain.make())
    chain.commit(chain.make(transactions=listed))
    chain.commit(chain.make())
    return chain


EVENT = Event(module="note", name="put", fields=())
RECORDS = [decode_block_record(raw) for raw in a_chain().records]
TRANSACTIONS = [each.transaction for each in RECORDS[HEIGHT - 1].block.transactions]
RECEIPTS = RECORDS[HEIGHT - 1].receipts
assert RECEIPTS[REFUSED].code != CODE_OK, "a rule refused it"


def a_file(index: int, base: int | None = None) -> ProofFile:
    """Of a transaction, from genesis or from the block of a height."""
    about = transaction_proof(TRANSACTIONS, RECEIPTS, index)
    start = None
    if base is not None:
        start = ProofBase(header=RECORDS[base - 1].block.header, following=genesis_validators(GENESIS))
    final = RECORDS[HEIGHT - 1].final_header
    return ProofFile(chain_id=CHAIN, base=start, final=final, links=(), transaction=about)


def about(file: ProofFile) -> TransactionProof:
    assert file.transaction is not None, "a file of a transaction"
    return file.transaction


def about_base(file: ProofFile) -> ProofBase:
    assert file.base is not None, "a file that begins at a block"
    return file.base


def verified(file: ProofFile) -> Proven:
    return verify_proof_file(encode_proof_file(file), GENESIS, check)


@pytest.mark.parametrize("index", range(COUNT))
@pytest.mark.parametrize("base", [None, 1])
def test_each_transaction_of_a_block_is_proven(index: int, base: int | None) -> None:
    file = a_file(index, base)
    trust = GENESIS if file.base is None else file.base.block
    data = encode_proof_file(file)
    assert decode_proof_file(data) == file
    proven = verify_proof_file(data, trust, check)
    assert proven.transaction is not None
    assert proven.transaction.transaction == TRANSACTIONS[index]
    assert proven.transaction.receipt == RECEIPTS[index]
    assert proven.transaction.accepted == (index != REFUSED)
    assert (proven.final.header.height, proven.values) == (HEIGHT, {})


def test_a_block_of_one_transaction() -> None:
    """Whose ways to the roots are empty."""
    chain = Chain(GENESIS)
    chain.commit(chain.make(transactions=[TRANSACTIONS[0]]))
    record = decode_block_record(chain.records[0])
    proof = transaction_proof([TRANSACTIONS[0]], record.receipts, 0)
    assert (proof.tx_path, proof.results_path) == ((), ())
    file = ProofFile(chain_id=CHAIN, base=None, final=record.final_header, links=(), transaction=proof)
    assert verified(file).transaction is not None


@pytest.mark.parametrize("index", [0, REFUSED])
def test_any_other_bit_proves_nothing(index: int) -> None:
    """Each bit flipped, each byte cut off, one more at the end."""
    data = encode_proof_file(a_file(index))
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(Invalid, match="PROOF_INVALID"):
                verify_proof_file(bytes(changed), GENESIS, check)
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verify_proof_file(data[:place], GENESIS, check)
    with pytest.raises(Invalid, match="PROOF_INVALID"):
        verify_proof_file(data + b"\x00", GENESIS, check)


def test_what_somebody_makes_of_it_says_nothing_else() -> None:
    """Each bit behind the digest flipped, and the digest made anew: it proves nothing, or the very same. Only
    place and size, which no root binds alone, may differ.
    """
    file = a_file(REFUSED, 1)
    trust = about_base(file).block
    said = verify_proof_file(encode_proof_file(file), trust, check)
    items = unpack(encode_proof_file(file), bytes_max=65_536)
    assert isinstance(items, tuple)
    body = pack(items[:-1])
    accepted = 0
    for place in range(len(body)):
        for bit in range(8):
            changed = bytearray(body)
            changed[place] ^= 1 << bit
            try:
                bent = unpack(bytes(changed), bytes_max=65_536)
                assert isinstance(bent, tuple)
                told = verify_proof_file(pack((*bent, sha256(bytes(changed)))), trust, check)
            except Invalid:
                continue
            accepted += 1
            assert told == said, f"bit {bit} of byte {place}"
    assert accepted < 8, "of place and size"


def lies() -> dict[str, ProofFile]:
    """Files whose digest holds, and which say what is not so."""
    file, refused = a_file(0), a_file(REFUSED)
    proof, other = about(file), about(refused)
    accepted = replace(other.receipt, code=CODE_OK, facts=())
    elsewhere = RECORDS[2].final_header
    forged = assemble_transaction(proof.transaction.body, (Signature(bytes(64)),))
    stranger = a_signed(Operation(module="note", action="put", args=("x",)))
    named = replace(proof.receipt, tx_id=stranger.tx_id)
    other_chain = a_signed(Operation(module="note", action="put", args=("x",)), chain_id=ChainId("other"))

    def saying(what: TransactionProof) -> ProofFile:
        return replace(file, transaction=what)

    return {
        "a refused one that reads as accepted": saying(replace(other, receipt=accepted)),
        "the receipt of another": saying(replace(proof, receipt=other.receipt)),
        "the receipt of another with its way": saying(
            replace(proof, receipt=other.receipt, results_path=other.results_path)
        ),
        "another beside the receipt": saying(replace(proof, transaction=other.transaction)),
        "a refused one with the receipt of an accepted one": saying(
            replace(other, receipt=proof.receipt, results_path=proof.results_path)
        ),
        "a signature that does not hold": saying(replace(proof, transaction=forged)),
        "a transaction that no block holds": saying(replace(proof, transaction=stranger, receipt=named)),
        "of another chain": saying(
            replace(proof, transaction=other_chain, receipt=replace(named, tx_id=other_chain.tx_id))
        ),
        "a receipt with another event": saying(
            replace(proof, receipt=replace(proof.receipt, events=(EVENT,)))
        ),
        "another place": saying(replace(proof, index=1)),
        "another size": saying(replace(proof, size=2 * COUNT)),
        "ways changed for each other": saying(
            replace(proof, tx_path=proof.results_path, results_path=proof.tx_path)
        ),
        "no way": saying(replace(proof, tx_path=(), results_path=(), size=1)),
        "a longer way": saying(replace(proof, tx_path=(*proof.tx_path, bytes(32)))),
        "another block": replace(file, final=elsewhere),
        "too few signers of the block": replace(
            file,
            final=replace(
                file.final,
                certificate=replace(file.final.certificate, signatures=file.final.certificate.signatures[:2]),
            ),
        ),
    }


@pytest.mark.parametrize("name", lies())
def test_what_is_not_so_is_not_proven(name: str) -> None:
    with pytest.raises(Invalid, match="PROOF_INVALID"):
        verified(lies()[name])


def test_both_ways_must_lead_to_their_own_root() -> None:
    """A transaction that the block lacks with the way of one that it holds, and a receipt likewise: each of
    the two roots refuses on its own.
    """
    proof = about(a_file(0))
    stranger = a_signed(Operation(module="note", action="put", args=("x",)))
    receipt = replace(proof.receipt, tx_id=stranger.tx_id)
    leaves = [encode_receipt(receipt), *map(encode_receipt, RECEIPTS[1:])]
    own = replace(proof, transaction=stranger, receipt=receipt, results_path=merkle_path(leaves, 0))
    assert own.results_path == proof.results_path
    other = replace(proof, receipt=replace(proof.receipt, code="X"))
    header = RECORDS[HEIGHT - 1].block.header
    for what, root in ((own, header.tx_root), (other, header.results_root)):
        with pytest.raises(Invalid) as caught:
            verified(replace(a_file(0), transaction=what))
        assert caught.value.facts["root"] == root.hex()


def test_a_receipt_names_its_transaction() -> None:
    """Which is looked at before any root is, and needs none."""
    lie = lies()["the receipt of another"]
    with pytest.raises(Invalid) as caught:
        verified(lie)
    assert caught.value.facts["reason"] == "the receipt of another transaction"


def test_sizes_are_bounded() -> None:
    """A way longer than that of the largest block, no place, a place outside."""
    proof = about(a_file(0))
    for what in (
        replace(proof, tx_path=(bytes(32),) * 15),
        replace(proof, results_path=(bytes(32),) * 15),
        replace(proof, tx_path=(bytes(31),)),
        replace(proof, size=0),
        replace(proof, size=16_385),
        replace(proof, index=COUNT),
        replace(proof, index=-1),
    ):
        with pytest.raises(Invalid, match="CODEC_"):
            decode_proof_file(encode_proof_file(replace(a_file(0), transaction=what)))
