"""A derived index in memory, of blocks that were made by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from p2pchain.model.ids import Height
from p2pchain.model.transaction import Receipt, VerifiedTransaction
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.index_rows import IndexedBlock, IndexedTransaction

T = TypeVar("T")


class SmallIndex:
    """Implements ``IndexReader``; every block is proposed, and every transaction signed, by bank-a."""

    def __init__(self) -> None:
        self._index = ChainIndex(Path(":memory:"), b"chain")

    def add(
        self,
        height: Height,
        time_ms: int,
        transactions: Sequence[VerifiedTransaction],
        receipts: Sequence[Receipt],
    ) -> None:
        """Add the next block."""
        rows = tuple(
            IndexedTransaction(
                tx_id=verified.tx_id,
                orgs=("bank-a",),
                modules=(verified.transaction.body.operations[0].module,),
                operation=f"{first.module} {first.action}",
                operations=len(verified.transaction.body.operations),
                code=receipt.code,
            )
            for verified, receipt in zip(transactions, receipts, strict=True)
            for first in verified.transaction.body.operations[:1]
        )
        block = IndexedBlock(
            height=height,
            block_id=hashlib.sha256(b"%d" % height).digest(),
            time_ms=time_ms,
            proposer="bank-a",
            owners=(),
            transactions=rows,
        )
        self._index.add_all([block])

    async def read(self, question: Callable[[ChainIndex], T]) -> tuple[T, Height]:
        """See ``IndexReader``."""
        return question(self._index), Height(self._index.height)
