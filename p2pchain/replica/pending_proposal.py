"""A proposal that waits for its transactions."""

from __future__ import annotations

from dataclasses import dataclass, field

from p2pchain.mempool.pool import Mempool
from p2pchain.model.chain import Block
from p2pchain.model.ids import GENESIS_HEIGHT, PeerId, TxId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.voting import Proposal
from p2pchain.replica.blocks import Tip
from p2pchain.replica.moment import Now


@dataclass(slots=True, kw_only=True)
class Pending:
    """A proposal whose signature holds, with what is here of its transactions beside the pool.

    ``received``: when it came; ``sender``: who gave it, None for an own one; ``complete``: nothing is lacking
    any more, to judge its ``block`` or because that was judged before; ``judged``: the voting has heard of
    it; ``asked``: peers that were asked for transactions.
    """

    proposal: Proposal
    received: Now
    sender: PeerId | None
    bodies: dict[TxId, VerifiedTransaction] = field(default_factory=dict)
    block: Block | None = None
    complete: bool = False
    judged: bool = False
    asked: set[PeerId] = field(default_factory=set)

    def lacking(self, pool: Mempool) -> list[TxId]:
        """Return the ids of transactions that are neither in the pool nor here."""
        return [tx_id for tx_id in self.proposal.tx_ids if tx_id not in pool and tx_id not in self.bodies]

    def assembled(self, pool: Mempool) -> Block:
        """Assemble the proposed block; nothing may be lacking."""
        proposal, bodies = self.proposal, self.bodies
        transactions = [bodies.get(tx_id) or pool.get(tx_id) for tx_id in proposal.tx_ids]
        return Block(
            header=proposal.header,
            block_id=proposal.block_id,
            transactions=tuple([transaction for transaction in transactions if transaction is not None]),
            evidence=proposal.evidence,
            last_certificate=proposal.last_certificate,
        )

    def is_timely(self, parameters: Parameters, parent: Tip) -> bool:
        """Return whether the block's time fits the time at which its proposal came (proposer-based
        timestamps).

        The delay that is allowed grows with the round by its tenth, so that a slow network still decides.
        Where a block ``parent`` is ahead of the own clock, the least that may follow it is timely, or a
        wrong time that was once decided would stop the chain until it is reached. It moves no time: the
        least is the only choice then. Genesis is no block: a chain begins when its time has come.
        """
        delay_ms = parameters.time_delay_ms + parameters.time_delay_ms * self.proposal.round // 10
        precision_ms = parameters.time_precision_ms
        earliest_ms = self.received.wall_ms - delay_ms - precision_ms
        latest_ms = self.received.wall_ms + precision_ms
        if parent.height > GENESIS_HEIGHT:
            latest_ms = max(latest_ms, parent.time_ms + 1)
        return earliest_ms <= self.proposal.header.time_ms <= latest_ms
