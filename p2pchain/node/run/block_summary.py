"""Summary of committed blocks for the log: a line a minute on a busy chain, six an hour on an idle one."""

from __future__ import annotations

from typing import Final

import structlog

from p2pchain.model.chain import BlockRecord

BUSY_EVERY_S: Final = 60.0
IDLE_EVERY_S: Final = 600.0


class BlockSummary:
    """Each block at ``debug``, and at ``info`` what there was since the last summary."""

    def __init__(self, log: structlog.typing.FilteringBoundLogger, now_s: float) -> None:
        """``now_s``: a monotonic time."""
        self._log = log
        self._since_s = now_s
        self._blocks = self._transactions = self._rounds_failed = 0

    def committed(self, record: BlockRecord, now_s: float) -> None:
        """Log a block, and a summary where one is due."""
        block, round_ = record.block, record.certificate.round
        self._blocks += 1
        self._transactions += len(block.transactions)
        self._rounds_failed += round_
        facts = {"height": block.height, "block": block.block_id.hex()[:16]}
        self._log.debug("block.committed", round=round_, transactions=len(block.transactions), **facts)
        lasted_s = now_s - self._since_s
        if lasted_s >= (BUSY_EVERY_S if self._transactions else IDLE_EVERY_S):
            self._log.info(
                "blocks.committed",
                blocks=self._blocks,
                transactions=self._transactions,
                rounds_failed=self._rounds_failed,
                seconds=int(lasted_s),
                **facts,
            )
            self._since_s = now_s
            self._blocks = self._transactions = self._rounds_failed = 0
