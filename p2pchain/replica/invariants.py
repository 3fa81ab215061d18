"""Invariants of the replica, asserted after each input; a broken one ends the node before its effects go out.

They speak of what this node decides, makes durable and signs, never of what a peer said.
"""

from __future__ import annotations

from collections.abc import Iterable

from p2pchain.consensus.types import Step
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.safety import Position, SignedStep
from p2pchain.replica.blocks import Tip
from p2pchain.replica.effects import Committed, Effect, Persist, SignProposal, SignVote
from p2pchain.replica.heights import Heights


class TransitionCheck:
    """Newest block handed out to be durable, and the last position handed out to be signed."""

    def __init__(self, tip: Tip) -> None:
        """``tip``: block where this life begins."""
        self._height = tip.height
        self._block_id = tip.block_id
        self._time_ms = tip.time_ms
        self._durable: BlockRecord | None = None
        self._signed: Position | None = None

    def check(self, effects: Iterable[Effect], heights: Heights, ledger: Ledger) -> None:
        """Assert the invariants of one input: of its effects in their order, then of where it ends."""
        for effect in effects:
            match effect:
                case SignVote(content=content):
                    self._signs((content.height, content.round, SignedStep(content.kind)))
                case SignProposal(proposal=proposal):
                    self._signs((proposal.header.height, proposal.round, SignedStep.PROPOSAL))
                case Persist(record=record):
                    self._persists(record)
                case Committed(record=record):
                    assert record is self._durable, f"{record.block.height} is final before it is durable"
                case _:
                    continue
        tip, work = heights.tip, heights.work
        assert (tip.height, tip.block_id) == (self._height, self._block_id), f"the tip moved to {tip.height}"
        assert ledger.height == tip.height, f"ledger at {ledger.height}, tip at {tip.height}"
        assert work.height == tip.height + 1, f"work on {work.height} upon {tip.height}"
        assert work.decided is work.consensus.decided, f"another decision of {work.height}"
        assert work.started or work.consensus.step is Step.NEW_HEIGHT, f"{work.height} runs unstarted"

    def _signs(self, position: Position) -> None:
        """Assert that signatures are asked for upwards, and at the height in progress alone."""
        assert self._signed is None or position > self._signed, f"{position} asked after {self._signed}"
        assert position[0] == self._height + 1, f"{position} asked upon final height {self._height}"
        self._signed = position

    def _persists(self, record: BlockRecord) -> None:
        """Assert that a final block follows the last one, once, under its own certificate."""
        block, certificate = record.block, record.certificate
        assert block.height == self._height + 1, f"{block.height} is final upon {self._height}"
        assert block.header.parent_id == self._block_id, f"{block.height} has another parent"
        assert block.header.time_ms > self._time_ms, f"{block.header.time_ms} follows {self._time_ms}"
        certified = (certificate.height, certificate.block_id)
        assert certified == (block.height, block.block_id), f"{block.height} under a foreign certificate"
        assert len(record.receipts) == len(block.transactions), f"{len(record.receipts)} receipts"
        self._height, self._block_id = block.height, block.block_id
        self._time_ms, self._durable = block.header.time_ms, record
