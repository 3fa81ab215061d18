"""Rehearsing a transaction that nobody has signed yet: what the ledger would refuse of it now, all of it."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from p2pchain.codec.transaction import assemble_transaction
from p2pchain.control.port import Json
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import Height
from p2pchain.model.transaction import CODE_OK, Operation, Receipt, Transaction, VerifiedTransaction
from p2pchain.node.face.chain_json import value_json


class Rehearsals:
    """Executes on the committed state and commits nothing. Signatures play no part: whom the transaction
    names counts as having signed.
    """

    def __init__(self, ledger: Ledger) -> None:
        """``ledger``: the running node's; called between its blocks."""
        self._ledger = ledger

    async def rehearse(self, transaction: Transaction) -> Mapping[str, Json]:
        """``height`` of the state and ``refusals``: for each operation that would be refused its place, code
        and facts. An operation behind a refused one is tried without it: as many executions as operations
        are refused, each within the budget of a transaction, with the node's other work between them. Raises
        ``Invalid`` where no block could hold the transaction.
        """
        kept = list(enumerate(transaction.body.operations))
        refusals: list[Json] = []
        while kept:
            await trio.lowlevel.checkpoint()
            receipt = self._receipt(transaction, [operation for _, operation in kept])
            if receipt.code == CODE_OK:
                break
            facts = dict(receipt.facts)
            place = facts.pop("operation", 0 if len(kept) == 1 else None)
            refused = None if not isinstance(place, int) else kept.pop(place)
            refusals.append(
                {
                    "operation": None if refused is None else refused[0],
                    "code": receipt.code,
                    "facts": {name: value_json(value) for name, value in facts.items()},
                }
            )
            if refused is None:
                break  # Who signs is refused, whatever it asks for.
        return {"height": self._ledger.height, "refusals": refusals}

    def _receipt(self, transaction: Transaction, operations: list[Operation]) -> Receipt:
        """Compute the next block's receipt of these operations, signed by the same accounts."""
        body = transaction.body
        tried = transaction
        if len(operations) != len(body.operations):
            shorter = type(body)(
                chain_id=body.chain_id,
                nonce=body.nonce,
                valid_until=body.valid_until,
                signers=body.signers,
                operations=tuple(operations),
                valid_until_ms=body.valid_until_ms,
            )
            tried = assemble_transaction(shorter, transaction.signatures)
        execution = self._ledger.execute(
            height=Height(self._ledger.height + 1),
            time_ms=self._ledger.time_ms + 1,
            transactions=(VerifiedTransaction(transaction=tried),),
            evidence=(),
            system=(),
        )
        return execution.receipts[0]
