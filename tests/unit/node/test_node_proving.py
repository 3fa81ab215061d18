"""What a node proves, and to whom: from genesis, or from a block that is trusted and that it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.block import Header
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import ChainId, Height, TxId
from p2pchain.model.snapshot import ValidatorLink
from p2pchain.node.face.proofs import Prover
from p2pchain.proofs.proof_file import decode_proof_file, verify_proof_file
from p2pchain.proofs.trust import TrustedBlock, block_named
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.simulated import SimulatedDisk
from tests.simulation.keys import check
from tests.unit.node.test_node_joining import GENESIS
from tests.unit.replica.replica_world import Chain, a_transaction

TIP = 6
KEY = b"note/nobody"


class Node:
    """After six blocks, of which the log holds those from ``first`` on. ``linked``: heights that count as
    links, though the validators stay the same.
    """

    def __init__(self, first: int = 1, linked: tuple[int, ...] = ()) -> None:
        self.chain = Chain(GENESIS)
        disk, directory = SimulatedDisk(), Path("/chain")
        ChainLog.create(disk, directory, genesis=genesis_id(GENESIS), first_height=first)
        self.log = ChainLog.open(disk, directory, genesis=genesis_id(GENESIS))
        for height in range(1, TIP + 1):
            transaction = a_transaction(text=str(height), valid_until=height + 3)
            self.chain.commit(self.chain.make(transactions=[transaction]))
            if height >= first:
                self.log.append(height, self.chain.records[-1])
        self.log.sync()
        self.prover = Prover(
            genesis=GENESIS,
            ledger=self.chain.ledger,
            lineage=Lineage([self.link(height) for height in linked], (genesis_validators(GENESIS),)),
            chain_log=self.log,
            find=self.find,
            last=decode_block_record(self.chain.records[-1]).final_header,
        )

    def block(self, height: int) -> TrustedBlock:
        """The block of a height, as somebody noted it."""
        return block_named(self.header(height))

    def header(self, height: int) -> Header:
        """The header of a height, as an earlier proof file holds it."""
        return decode_block_record(self.chain.records[height - 1]).block.header

    def link(self, height: int) -> ValidatorLink:
        """A block after which the same validators hold."""
        final = decode_block_record(self.chain.records[height - 1]).final_header
        return ValidatorLink(final=final, following=genesis_validators(GENESIS))

    def tx_id(self, height: int) -> TxId:
        """Of the one transaction of a block."""
        return decode_block_record(self.chain.records[height - 1]).block.transactions[0].tx_id

    async def find(self, tx_id: TxId) -> tuple[Height, int] | None:
        """As the index does."""
        found = [height for height in range(1, TIP + 1) if self.tx_id(height) == tx_id]
        return (Height(found[0]), 0) if found else None


async def test_it_proves_to_who_trusts_genesis_and_to_who_trusts_a_block() -> None:
    node = Node()
    for height in range(TIP):
        trusted = node.block(height) if height else None
        proven = verify_proof_file(await node.prover.prove([KEY], trusted), trusted or GENESIS, check)
        assert (proven.base, proven.block) == (trusted, node.block(TIP))


async def test_a_block_that_it_has_not_is_no_beginning() -> None:
    """Another block at that height is told, for it means that somebody was lied to."""
    node = Node(first=3)
    other = TrustedBlock(height=Height(4), block_id=node.block(5).block_id)
    for trusted, code in (
        (other, "PROOF_TRUSTED"),
        (node.block(2), "HEIGHT_PRUNED"),
        (TrustedBlock(height=Height(TIP + 1), block_id=other.block_id), "HEIGHT_UNKNOWN"),
    ):
        with pytest.raises(Refused, match=code):
            await node.prover.prove([KEY], trusted)
    assert verify_proof_file(await node.prover.prove([KEY], node.block(3)), node.block(3), check)


async def test_the_newest_block_is_not_above_itself() -> None:
    node = Node()
    with trio.fail_after(5), pytest.raises(Refused, match="PROOF_NOTHING_FINAL"):
        await node.prover.prove([KEY], node.block(TIP))


async def test_a_block_that_is_pruned_is_a_beginning_for_who_has_its_header() -> None:
    """Out of an earlier proof file; or the node itself, where it is a link, which nothing prunes."""
    node = Node(first=4)
    header = node.header(2)
    with pytest.raises(Refused, match="HEIGHT_PRUNED") as caught:
        await node.prover.prove([KEY], node.block(2))
    assert "earlier proof file" in caught.value.hint
    assert verify_proof_file(await node.prover.prove([KEY], header), node.block(2), check)
    linked = Node(first=4, linked=(2,))
    assert verify_proof_file(await linked.prover.prove([KEY], linked.block(2)), linked.block(2), check)


async def test_a_header_of_another_chain_is_no_beginning() -> None:
    """Whether the node has that height or has pruned it."""
    for node in (Node(), Node(first=4), Node(first=4, linked=(2,))):
        header = node.header(2)
        for other in (
            replace(header, chain_id=ChainId("other")),
            replace(header, next_validators_hash=bytes(32)),
        ):
            with pytest.raises(Refused, match="PROOF_TRUSTED"):
                await node.prover.prove([KEY], other)


async def test_links_lead_from_the_beginning_to_the_header() -> None:
    """None of a height before, none of the block itself."""
    node = Node(linked=(1, 2, 3, 4, 6))
    for height, beginning, links in ((6, None, [1, 2, 3, 4]), (6, 2, [3, 4]), (3, None, [1, 2]), (4, 3, [])):
        trusted = None if beginning is None else node.block(beginning)
        data = await node.prover.prove_transaction(node.tx_id(height), trusted)
        assert [each.final.header.height for each in decode_proof_file(data).links] == links
        assert verify_proof_file(data, trusted or GENESIS, check).changes == len(links)


async def test_any_other_bit_of_a_file_with_all_its_parts_proves_nothing() -> None:
    """A beginning, links, and a transaction."""
    node = Node(linked=(2, 4))
    trusted = node.block(1)
    data = await node.prover.prove_transaction(node.tx_id(6), trusted)
    assert verify_proof_file(data, trusted, check).changes == 2
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(Invalid, match="PROOF_INVALID"):
                verify_proof_file(bytes(changed), trusted, check)


async def test_a_transaction_is_proven_in_its_block() -> None:
    node = Node(first=2)
    for height in range(2, TIP + 1):
        data = await node.prover.prove_transaction(node.tx_id(height), None)
        proven = verify_proof_file(data, GENESIS, check)
        assert proven.block == node.block(height)
        assert proven.transaction is not None
        assert proven.transaction.transaction.tx_id == node.tx_id(height)


async def test_a_transaction_that_cannot_be_proven() -> None:
    """In no block, in one that is pruned, or not above the block that is trusted."""
    node = Node(first=2)
    for tx_id, trusted, code in (
        (TxId(bytes(32)), None, "TX_UNKNOWN"),
        (node.tx_id(1), None, "HEIGHT_PRUNED"),
        (node.tx_id(4), node.block(4), "PROOF_TRUSTED_LATER"),
        (node.tx_id(4), node.block(5), "PROOF_TRUSTED_LATER"),
        (node.tx_id(4), replace(node.block(3), block_id=node.block(2).block_id), "PROOF_TRUSTED"),
    ):
        with pytest.raises(Refused) as caught:
            await node.prover.prove_transaction(tx_id, trusted)
        assert caught.value.code == code
