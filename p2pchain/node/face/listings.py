"""Pages of what is final, out of the derived index; and what an id's first digits name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar

from p2pchain.control.list_pages import BlockPage, BlockRow, ListQuestion, TransactionPage, TransactionRow
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import Height, TxId
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.index_rows import PLACES, ListedBlock, ListedTransaction, Selection

T = TypeVar("T")
NAMED_MAX: Final = 2
"""Ids that an ambiguous beginning is answered with."""


class IndexReader(Protocol):
    """Whoever has the index."""

    async def read(self, question: Callable[[ChainIndex], T]) -> tuple[T, Height]:
        """Ask the index; the answer, and up to which height it goes."""
        ...


class Listings:
    """Implements ``ListPort`` of ``control``."""

    def __init__(self, index: IndexReader, waiting: Callable[[], Iterable[TxId]]) -> None:
        """``waiting``: ids of the pool."""
        self._index = index
        self._waiting = waiting

    async def transactions(self, question: ListQuestion) -> TransactionPage:
        """See ``ListPort``."""
        selection = _selection(question)
        rows, height = await self._index.read(lambda index: index.transactions(selection))
        shown, more = rows[: question.limit], len(rows) > question.limit
        return TransactionPage(
            transactions=tuple(map(_transaction_row, shown)),
            next=f"{shown[-1].height}:{shown[-1].place}" if more else None,
            height=height,
        )

    async def blocks(self, question: ListQuestion) -> BlockPage:
        """See ``ListPort``."""
        selection = _selection(question)
        rows, height = await self._index.read(lambda index: index.blocks(selection))
        shown, more = rows[: question.limit], len(rows) > question.limit
        return BlockPage(
            blocks=tuple(map(_block_row, shown)),
            next=f"{shown[-1].height}:0" if more else None,
            height=height,
        )

    async def tx_id(self, beginning: str) -> TxId:
        """See ``ListPort``."""
        final, _ = await self._index.read(lambda index: index.transaction_ids(beginning))
        waiting = [tx_id for tx_id in self._waiting() if tx_id.hex().startswith(beginning)]
        ids = list(dict.fromkeys([*final, *waiting]))
        if not ids:
            facts: dict[str, Fact] = {"tx_id": beginning}
            raise Refused("TX_UNKNOWN", facts, "it is in no block and does not wait here; was it submitted?")
        return TxId(_only(beginning, ids))

    async def block_height(self, beginning: str) -> Height:
        """See ``ListPort``."""
        ids, _ = await self._index.read(lambda index: index.block_ids(beginning))
        if not ids:
            facts: dict[str, Fact] = {"block_id": beginning}
            raise Refused("BLOCK_UNKNOWN", facts, "see: p2pchain block list")
        block_id = _only(beginning, ids)
        height, _ = await self._index.read(lambda index: index.height_of(block_id))
        assert height is not None, "the index named the block a moment ago"
        return Height(height)


def _only(beginning: str, ids: Iterable[bytes]) -> bytes:
    first, *others = ids
    if others:
        named = ", ".join(sorted(one.hex() for one in (first, *others))[:NAMED_MAX])
        facts: dict[str, Fact] = {"beginning": beginning, "ids": named}
        raise Refused("ID_AMBIGUOUS", facts, "give more digits")
    return first


def _selection(question: ListQuestion) -> Selection:
    """Select one row more than the page has, to know whether another follows."""
    height, index = question.before or (0, 0)
    return Selection(
        org=question.org,
        module=question.module,
        from_ms=question.from_ms,
        until_ms=question.until_ms,
        before=None if question.before is None else height * PLACES + min(index, PLACES - 1),
        limit=question.limit + 1,
    )


def _transaction_row(row: ListedTransaction) -> TransactionRow:
    return TransactionRow(
        tx_id=row.tx_id.hex(),
        height=row.height,
        index=row.place,
        time_ms=row.time_ms,
        orgs=row.orgs,
        operation=row.operation,
        operations=row.operations,
        code=row.code,
    )


def _block_row(row: ListedBlock) -> BlockRow:
    return BlockRow(
        height=row.height,
        block_id=row.block_id.hex(),
        time_ms=row.time_ms,
        proposer_org=row.proposer or None,
        transactions=row.transactions,
    )
