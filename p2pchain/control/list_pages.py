"""Pages of lists: what is asked, and the shape of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from p2pchain.model.ids import Height, TxId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuestion:
    """A page of a list. ``org``, ``module``: empty for all; ``from_ms``: first time of a block; ``until_ms``:
    the first that is too late; ``before``: height and index of the row above the page; ``limit``: rows.
    """

    org: str
    module: str
    from_ms: int | None
    until_ms: int | None
    before: tuple[int, int] | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRow:
    """One final transaction. ``orgs``: of its signers; ``operation``: the first one, as ``module action``;
    ``operations``: how many there are; ``code``: of its receipt.
    """

    tx_id: str
    height: int
    index: int
    time_ms: int
    orgs: tuple[str, ...]
    operation: str
    operations: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPage:
    """Transactions, the newest first. ``next``: what ``before`` of the next page takes, None at the end;
    ``height``: the newest block that the list knows.
    """

    transactions: tuple[TransactionRow, ...]
    next: str | None
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """One final block. ``proposer_org``: None where the node does not know it; ``transactions``: how many."""

    height: int
    block_id: str
    time_ms: int
    proposer_org: str | None
    transactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPage:
    """Blocks, the newest first; ``next`` and ``height`` as in ``TransactionPage``."""

    blocks: tuple[BlockRow, ...]
    next: str | None
    height: int


class ListPort(Protocol):
    """Lists of what is final. Every method raises ``IndexFailure`` where the index fails, and
    ``Refused("INDEX_BEHIND")`` where it lacks the newest blocks for now.
    """

    async def transactions(self, question: ListQuestion) -> TransactionPage:
        """Return a page of transactions."""
        ...

    async def blocks(self, question: ListQuestion) -> BlockPage:
        """Return a page of blocks: those that ``org`` proposed and that hold something of ``module``."""
        ...

    async def tx_id(self, beginning: str) -> TxId:
        """Return the one id of a final or waiting transaction that begins so. Raises ``Refused``:
        ``TX_UNKNOWN``, ``ID_AMBIGUOUS``.
        """
        ...

    async def block_height(self, beginning: str) -> Height:
        """Return the height of the one block whose id begins so. Raises ``Refused``: ``BLOCK_UNKNOWN``,
        ``ID_AMBIGUOUS``.
        """
        ...
