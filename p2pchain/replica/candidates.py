"""Valid blocks of the height in progress, and what came of executing the newest of them.

A hostile proposer can make two blocks in each of its rounds, and an execution holds a trie and all changes:
so only few executions are kept, and few blocks beside those that a lock may still need. A block whose
execution was dropped is executed again when it is decided; a block that was dropped itself is fetched again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from p2pchain.ledger.block_run import Execution
from p2pchain.model.chain import Block
from p2pchain.model.ids import BlockId

EXECUTIONS_KEPT_MAX: Final = 3
"""Executions kept of one height: of a height without hostile proposers one is made."""
BLOCKS_KEPT_MAX: Final = 8
"""Valid blocks kept of one height, beside those that are pinned."""
VERDICTS_KEPT_MAX: Final = 1_024
"""Blocks of one height whose verdict is remembered; past it the oldest is judged again where it comes."""

assert EXECUTIONS_KEPT_MAX <= BLOCKS_KEPT_MAX <= VERDICTS_KEPT_MAX, (
    "an execution has its block, that its verdict"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A valid block for the height in progress, with its execution."""

    block: Block
    execution: Execution


class Candidates:
    """Verdicts, blocks and executions of one height, each bounded; the newest are kept."""

    def __init__(self, pinned: Callable[[], Collection[BlockId]]) -> None:
        """``pinned``: blocks that stay whatever their age: those of the lock, and the one decided."""
        self._pinned = pinned
        self._verdicts: dict[BlockId, bool] = {}
        self._blocks: dict[BlockId, Block] = {}
        self._executions: dict[BlockId, Execution] = {}

    def add(self, candidate: Candidate) -> None:
        """Add a block that was executed and is valid."""
        block_id = candidate.block.block_id
        self.keep(candidate.block)
        self._executions[block_id] = candidate.execution
        self._trim(self._executions, EXECUTIONS_KEPT_MAX)

    def keep(self, block: Block) -> None:
        """Keep a block that was found valid, now or in an earlier life of this node, without execution."""
        self._judge(block.block_id, valid=True)
        self._blocks.pop(block.block_id, None)
        self._blocks[block.block_id] = block
        self._trim(self._blocks, BLOCKS_KEPT_MAX)

    def refuse(self, block_id: BlockId) -> None:
        """Remember that a block is invalid."""
        self._judge(block_id, valid=False)

    def verdict(self, block_id: BlockId) -> bool | None:
        """Return whether the block is valid; None where it was not judged, or that was forgotten."""
        return self._verdicts.get(block_id)

    def block(self, block_id: BlockId) -> Block | None:
        """Return a valid block, if it is kept."""
        return self._blocks.get(block_id)

    def executed(self, block_id: BlockId) -> Candidate | None:
        """Return a valid block with its execution, if both are kept."""
        block, execution = self._blocks.get(block_id), self._executions.get(block_id)
        return None if block is None or execution is None else Candidate(block=block, execution=execution)

    def blocks(self) -> tuple[Block, ...]:
        """Return the valid blocks that are kept, the oldest first."""
        return tuple(self._blocks.values())

    @property
    def executions(self) -> int:
        """Number of executions that are kept."""
        return len(self._executions)

    def _judge(self, block_id: BlockId, *, valid: bool) -> None:
        known = self._verdicts.pop(block_id, None)
        assert known in (None, valid), "a block is judged the same each time"
        self._verdicts[block_id] = valid
        if len(self._verdicts) > VERDICTS_KEPT_MAX:
            del self._verdicts[next(iter(self._verdicts))]

    def _trim(self, kept: dict[BlockId, Block] | dict[BlockId, Execution], most: int) -> None:
        """Drop the oldest that is not pinned, above the bound; the newest stays."""
        if len(kept) <= most:
            return
        pinned = self._pinned()
        oldest = next((block_id for block_id in list(kept)[:-1] if block_id not in pinned), None)
        if oldest is not None:
            del kept[oldest]
