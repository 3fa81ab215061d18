"""Makes ``tests/vectors/proof_files.json`` anew, after a change of formats or rules that was meant:

    .venv/bin/python -m tests.unit.proofs.capture_proof_files

Everything in it comes from fixed seeds, so the same code makes the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import trio

from p2pchain.client.proofs import ITEM_PREFIX, receivable_keys
from p2pchain.codec.genesis import format_genesis
from p2pchain.model.transaction import CODE_OK, Operation, Receipt, Transaction
from p2pchain.proofs.proof_file import Proven, verify_proof_file
from p2pchain.proofs.trust import TrustedBlock
from tests.unit.ledger.receivable_steps import TODAY, issue, name
from tests.unit.proofs.signed_chain import POWER, SignedChain

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "proof_files.json"
ABOUT: Final = (
    "Proof files of a chain of four validators. 'genesis' is genesis.json as text; 'trusted' is the block "
    "at which a file begins, null for genesis; bytes are hexadecimal. Made by tests/unit/proofs/"
    "capture_proof_files.py from fixed seeds, checked by test_proof_vectors.py; docs/proofs.md says what "
    "each file holds, and how to verify it. A second implementation may use this file freely."
)
FIRST, OTHER, NONE = name("first", "supplier"), name("other"), bytes(16)
"""Receivables: one that is accepted, one that is refused, one of which nobody speaks."""
AMOUNT: Final = 123_456_789
LIE: Final = "\x1b[2Jtransaction: ACCEPTED\n"
"""What the sender of a refused transaction writes, to be taken for something else."""


class Capture:
    """A chain, and the files that were made of it."""

    def __init__(self) -> None:
        self.chain = SignedChain()
        self.files: list[dict[str, Any]] = []

    def decide(self, expected: str, orgs: str | Sequence[str], *operations: Operation) -> Transaction:
        """A block with one transaction, which comes out as expected."""
        transaction = self.chain.transaction(orgs, *operations)
        (receipt,) = self.chain.decide(transaction)
        _demand(receipt, expected)
        return transaction

    def records(self, title: str, keys: Sequence[bytes], trusted: TrustedBlock | None = None) -> None:
        """A file of records as of the newest block."""
        self._keep(title, trusted, lambda prover: prover.prove(list(keys), trusted))

    def transaction(self, title: str, about: Transaction, trusted: TrustedBlock | None = None) -> None:
        """A file of a transaction."""
        self._keep(title, trusted, lambda prover: prover.prove_transaction(about.tx_id, trusted))

    def _keep(self, title: str, trusted: TrustedBlock | None, prove: Callable[[Any], Any]) -> None:
        data: bytes = trio.run(prove, self.chain.prover())
        proven = verify_proof_file(data, trusted or self.chain.genesis)
        self.files.append({"name": title, **said(proven), "bytes": data.hex()})


def said(proven: Proven) -> dict[str, Any]:
    """What a file proves, as the vectors say it."""
    about = proven.transaction
    return {
        "trusted": None if proven.base is None else str(proven.base),
        "proven": str(proven.block),
        "changes": proven.changes,
        "signers": list(proven.signers),
        "values": {key.hex(): None if value is None else value.hex() for key, value in proven.values.items()},
        "transaction": None
        if about is None
        else {"tx_id": about.transaction.tx_id.hex(), "code": about.receipt.code},
    }


def build() -> dict[str, Any]:
    """The whole file."""
    capture = Capture()
    chain = capture.chain
    chain.decide()
    accepted = capture.decide(CODE_OK, "supplier", issue(FIRST, amount=AMOUNT))
    note = Operation(module="note", action="put", args=(LIE,))
    refused = capture.decide("RCV_CURRENCY", "buyer", issue(OTHER, amount=AMOUNT, currency="ZZZ"), note)
    past = capture.decide("RCV_DUE_PAST", "buyer", issue(OTHER, days=-TODAY))
    keys = [*trio.run(receivable_keys, chain, FIRST), ITEM_PREFIX + NONE]
    capture.records("records-from-genesis", keys)
    capture.transaction("accepted-from-genesis", accepted)
    capture.transaction("refused-from-genesis", refused)
    capture.transaction("refused-of-no-day", past)
    noted = chain.block
    power = Operation(module="membership", action="set_power", args=("buyer", POWER - 1, False))
    capture.decide(CODE_OK, ("bank-a", "bank-b", "supplier"), power)
    chain.decide()
    later = capture.decide(CODE_OK, "bank-a", Operation(module="note", action="put", args=("2",)))
    capture.records("records-over-a-change", keys)
    capture.records("records-from-a-block", keys[:1], noted)
    capture.transaction("accepted-from-a-block", later, noted)
    again = capture.decide("RCV_EXISTS", "supplier", issue(FIRST, amount=AMOUNT))
    capture.transaction("refused-from-a-block", again, noted)
    return {"about": ABOUT, "genesis": format_genesis(chain.genesis), "files": capture.files}


def _demand(receipt: Receipt, code: str) -> None:
    if receipt.code != code:
        raise SystemExit(f"{receipt} instead of {code}: mend the story in {__file__}")


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(build(), indent=1) + "\n", "utf-8")
