"""Charges of organisations for their part of final blocks: bytes, number and work, refused or not."""

from __future__ import annotations

from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import Mempool
from p2pchain.mempool.turns import FULL, BlockBounds, Served
from p2pchain.model.chain import Block
from p2pchain.model.ids import OrgId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import CODE_OK
from p2pchain.replica.candidates import Candidate


def bounds_of(parameters: Parameters) -> BlockBounds:
    """Return the measures of a block, as the chain has them now."""
    return BlockBounds(
        transactions_max=parameters.block_transactions_max,
        bytes_max=parameters.block_bytes_max,
        work_max=parameters.block_work_max,
    )


def part_filled(candidate: Candidate, parameters: Parameters) -> int:
    """Return what part of ``FULL`` a block fills, by the measure of which it takes most."""
    transactions, bounds = candidate.block.transactions, bounds_of(parameters)
    size = sum(len(transaction.raw) for transaction in transactions)
    return max(
        FULL * len(transactions) // bounds.transactions_max,
        bounds.cost_of_bytes(size),
        FULL * sum(candidate.execution.works) // bounds.work_max,
    )


def charge(pool: Mempool, ledger: Ledger, block: Block, execution: Execution) -> None:
    """Charge each organisation for its transactions of a final block, which still wait in ``pool`` where
    they came by it. Signers that no organisation knows (any more) pay nothing.
    """
    tallies: dict[tuple[OrgId, bool], tuple[int, int, int]] = {}
    entries = zip(block.transactions, execution.receipts, execution.works, strict=True)
    for transaction, receipt, work in entries:
        org = pool.organisation_of(transaction.tx_id)
        if org is None:
            org = ledger.organisation_of(transaction.transaction.body.signers)
        if org is not None:
            key = (org, receipt.code != CODE_OK)
            number, size, spent = tallies.get(key, (0, 0, 0))
            tallies[key] = (number + 1, size + len(transaction.raw), spent + work)
    bounds = bounds_of(ledger.parameters)
    for (org, refused), (number, size, spent) in tallies.items():
        served = Served(transactions=number, size=size, work=spent, refused=refused)
        pool.charge(org, bounds, served)
