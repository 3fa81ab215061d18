"""A whole block with its transactions, and what the log keeps of it once it is final."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.block import Header
from p2pchain.model.ids import BlockId, Height
from p2pchain.model.transaction import Receipt, Transaction, VerifiedTransaction
from p2pchain.model.voting import CommitCertificate, Evidence

StateChange = tuple[bytes, bytes | None]
"""(key, new value); None deletes. Sorted by key within a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block that may be executed: all its transactions are verified. ``last_certificate`` is None only at
    height 1.
    """

    header: Header
    block_id: BlockId
    transactions: tuple[VerifiedTransaction, ...]
    evidence: tuple[Evidence, ...]
    last_certificate: CommitCertificate | None

    @property
    def height(self) -> Height:
        """Height of the header."""
        return self.header.height


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBlock:
    """A block as a peer sent it: well formed, nothing verified."""

    header: Header
    block_id: BlockId
    transactions: tuple[Transaction, ...]
    evidence: tuple[Evidence, ...]
    last_certificate: CommitCertificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalBlock:
    """A block with the certificate that makes it final, as block sync carries it (unverified)."""

    block: RawBlock
    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalHeader:
    """A header with the certificate that makes its block final, and names it."""

    header: Header
    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockReplay:
    """Part of a final block that a restart needs, instead of executing it again: its header, its keys of the
    replay window, and its state changes.
    """

    header: Header
    replay_keys: tuple[bytes, ...]
    changes: tuple[StateChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    """Record of the chain log per height: the block, its certificate, its receipts and its state changes."""

    block: Block
    certificate: CommitCertificate
    receipts: tuple[Receipt, ...]
    changes: tuple[StateChange, ...]

    @property
    def final_header(self) -> FinalHeader:
        """Its header and its certificate."""
        return FinalHeader(header=self.block.header, certificate=self.certificate)

    @property
    def replay(self) -> BlockReplay:
        """Return the part that a restart needs."""
        return BlockReplay(
            header=self.block.header,
            replay_keys=tuple(
                transaction.transaction.body.replay_key for transaction in self.block.transactions
            ),
            changes=self.changes,
        )
