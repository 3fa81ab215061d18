"""What must hold after every event, whatever happened before it."""

from __future__ import annotations

from p2pchain.model.chain import BlockRecord
from p2pchain.model.ids import BlockId, Height, PublicKey
from p2pchain.model.voting import Proposal, Vote


class Violation(AssertionError):
    """A promise was broken."""


class Checkers:
    """Sees every signature and every commit of every life of every node."""

    def __init__(self) -> None:
        self.blocks: dict[Height, BlockId] = {}
        self.commits = 0
        self._signed: dict[tuple[PublicKey, int, int, int], object] = {}

    def committed(self, node: int, record: BlockRecord, state_root: bytes | None) -> None:
        """Agreement, and the state that the header promises."""
        height, block_id = record.block.height, record.block.block_id
        agreed = self.blocks.setdefault(height, block_id)
        if agreed != block_id:
            raise Violation(
                f"node {node} committed {block_id.hex()[:8]} at {height}, others {agreed.hex()[:8]}"
            )
        if state_root is not None and state_root != record.block.header.state_root:
            raise Violation(f"node {node} has another state root than its header at {height}")
        self.commits += 1

    def signed(self, key: PublicKey, message: Vote | Proposal) -> None:
        """No key says two things for one height, round and step, over all its lives."""
        match message:
            case Vote(kind=kind, height=height, round=round_, block_id=said):
                place = (key, int(height), int(round_), int(kind))
                content: object = said
            case Proposal():
                place = (key, int(message.header.height), int(message.round), 0)
                content = (message.block_id, message.valid_round)
        before = self._signed.setdefault(place, content)
        if before != content:
            raise Violation(f"{key.hex()[:8]} signed {content!r} after {before!r} at {place[1:]}")

    def recovered(self, node: int, before: BlockId, after: BlockId, height: Height) -> None:
        """What was durable before a crash is there after it."""
        if before != after:
            raise Violation(f"node {node} came back with another tip at {height}")
