"""Mutants of proof files: of what they rest on, and of what they are about."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

FILES: Final = ("tests/unit/proofs/test_proof_file.py",)
TRANSACTIONS: Final = ("tests/unit/proofs/test_proof_inclusion.py",)
COMMAND: Final = ("tests/unit/cli/test_cli_proof.py",)
NODE: Final = ("tests/unit/node/test_node_proving.py",)
_ROWS: Final = (
    (
        "proof-without-lineage",
        "a proof file needs no certificate",
        "_verify",
        "    prove_final(proof.final, proof.links, first, verifier, genesis_id=own_id, below=below)\n",
        "",
        FILES,
    ),
    (
        "proof-from-any-block",
        "a proof file may begin at a block that nobody trusts",
        "_beginning",
        "    if base.block != trust:\n",
        "    if False:\n",
        FILES,
    ),
    (
        "proof-of-any-validators",
        "a trusted block need not name the validators at which the proof begins",
        "_beginning",
        "    if validators_hash(base.following) != base.header.next_validators_hash:\n",
        "    if False:\n",
        FILES,
    ),
    (
        "proof-below-the-trusted-block",
        "what a proof is about need not lie above the trusted block",
        "prove_final",
        "    if final.header.height <= below:\n",
        "    if False:\n",
        FILES,
    ),
    (
        "another-block-proven",
        "a node proves from its own block at a height, whatever block is trusted",
        "Prover._base",
        "    if base.block != block:\n",
        "    if False:\n",
        NODE,
    ),
    (
        "proof-of-any-value",
        "a proof file's values need no way to the root",
        "_verify",
        "        verify_state_proof(header.state_root, entry.key, entry.value, entry.proof)\n",
        "",
        FILES,
    ),
    (
        "proof-digest-not-compared",
        "a proof file need not have its digest",
        "decode_proof_file",
        "    if digest != sha256(pack(tuple(items))):\n",
        "    if False:\n",
        FILES,
    ),
    (
        "transaction-in-no-block",
        "a transaction needs no way to its root",
        "verify_transaction_proof",
        "    verify_inclusion(header.tx_root, transaction.tx_id, proof.index, proof.size, proof.tx_path)\n",
        "",
        TRANSACTIONS,
    ),
    (
        "receipt-of-nobody",
        "a receipt needs no way to its root",
        "verify_transaction_proof",
        "    verify_inclusion(\n        header.results_root, encode_receipt(receipt), "
        "proof.index, proof.size, proof.results_path\n    )\n",
        "",
        TRANSACTIONS,
    ),
    (
        "receipt-of-another",
        "a receipt need not name the transaction",
        "verify_transaction_proof",
        "    if receipt.tx_id != transaction.tx_id:\n",
        "    if False:\n",
        TRANSACTIONS,
    ),
    (
        "signed-by-nobody",
        "signatures of a proven transaction are not checked",
        "verify_transaction_proof",
        "    verifier.transaction(transaction)\n",
        "",
        TRANSACTIONS,
    ),
    (
        "refused-reads-accepted",
        "a transaction that a rule refused counts as accepted",
        "ProvenTransaction.accepted",
        "    return self.receipt.code == CODE_OK\n",
        "    return True\n",
        TRANSACTIONS,
    ),
    (
        "proof-from-another-chain",
        "a node that has pruned a block proves from any header that it is given",
        "Prover._base",
        "    if not self._led_on_by(base):\n",
        "    if False:\n",
        NODE,
    ),
    (
        "transaction-below-the-trusted-block",
        "a node makes files that lead downwards, which nobody believes",
        "Prover.prove_transaction",
        "    if base is not None and base.header.height >= height:\n",
        "    if False:\n",
        NODE,
    ),
    (
        "trust-taken-from-the-genesis",
        "a proof rests on the genesis that is named beside a trusted block",
        "verify",
        "    trust = trusted or known\n",
        "    trust = known or trusted\n",
        COMMAND,
    ),
    (
        "trust-in-two-chains",
        "the genesis beside a trusted block may be of another chain",
        "verify",
        "    if known is not None and genesis_id(known) != proven.genesis_id:\n",
        "    if False:\n",
        COMMAND,
    ),
    (
        "nonsense-breaks-the-verifier",
        "a transaction in no currency has an amount, and whoever reads of it gets a crash",
        "amount_words",
        ' or currency not in DECIMALS:\n        return None\n    return f"{grouped(amount,',
        ':\n        return None\n    return f"{grouped(amount,',
        COMMAND,
    ),
    (
        "earlier-proof-lost",
        "a file is written over one that is there",
        "write_new_file",
        '        file = out.open("xb")\n',
        '        file = out.open("wb")\n',
        ("tests/unit/cli/test_cli_files.py",),
    ),
)
PROVING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
