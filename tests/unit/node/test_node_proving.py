"""What a node proves, and to whom: from genesis, or from a block that is trusted and that it has."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.ledger.lineage import Lineage
from p2pchain.model.errors import Refused
from p2pchain.model.ids import BlockId, Height
from p2pchain.node.proving import Prover
from p2pchain.proofs.proof_file import verify_proof_file
from p2pchain.proofs.trust import TrustedBlock
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.simulated import SimulatedDisk
from tests.simulation.keys import check
from tests.unit.node.test_node_joining import GENESIS
from tests.unit.replica.replica_world import Chain, a_transaction

TIP = 6
KEY = b"note/nobody"


class Node:
    """After six blocks, of which the log holds those from ``first`` on."""

    def __init__(self, first: int = 1) -> None:
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
            lineage=Lineage((), (genesis_validators(GENESIS),)),
            chain_log=self.log,
            last=decode_block_record(self.chain.records[-1]).final_header,
        )

    def block(self, height: int) -> TrustedBlock:
        """The block of a height, as somebody noted it."""
        certificate = decode_block_record(self.chain.records[height - 1]).certificate
        return TrustedBlock(height=Height(height), block_id=BlockId(certificate.block_id or b""))


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
