"""Mutants of proof files: of what they rest on, and of what they are about."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

FILE: Final = "p2pchain.proofs.proof_file"
INCLUSION: Final = "p2pchain.proofs.inclusion"
FILES: Final = ("tests/unit/proofs/test_proof_file.py",)
TRANSACTIONS: Final = ("tests/unit/proofs/test_proof_inclusion.py",)
COMMAND: Final = ("tests/unit/cli/test_cli_proof.py",)
NODE: Final = ("tests/unit/node/test_node_proving.py",)
_ROWS: Final = (
    (
        "proof-without-lineage",
        "a proof file needs no certificate",
        FILE,
        "    prove_final(proof.final, proof.links, first, verifier, genesis_id=own_id, below=below)\n",
        "",
        FILES,
    ),
    (
        "proof-from-any-block",
        "a proof file may begin at a block that nobody trusts",
        FILE,
        "    if base.block != trust:\n",
        "    if False:\n",
        FILES,
    ),
    (
        "proof-of-any-validators",
        "a trusted block need not name the validators at which the proof begins",
        FILE,
        "    if validators_hash(base.following) != base.header.next_validators_hash:\n",
        "    if False:\n",
        FILES,
    ),
    (
        "proof-below-the-trusted-block",
        "what a proof is about need not lie above the trusted block",
        "p2pchain.proofs.lineage",
        "    if final.header.height <= below:\n",
        "    if False:\n",
        FILES,
    ),
    (
        "another-block-proven",
        "a node proves from its own block at a height, whatever block is trusted",
        "p2pchain.node.proving",
        "        if base.block != block:\n",
        "        if False:\n",
        NODE,
    ),
    (
        "proof-of-any-value",
        "a proof file's values need no way to the root",
        FILE,
        "        verify_state_proof(header.state_root, entry.key, entry.value, entry.proof)\n",
        "",
        FILES,
    ),
    (
        "proof-digest-not-compared",
        "a proof file need not have its digest",
        FILE,
        "    if digest != sha256(pack(tuple(items))):\n",
        "    if False:\n",
        FILES,
    ),
    (
        "transaction-in-no-block",
        "a transaction needs no way to its root",
        INCLUSION,
        "    verify_inclusion(header.tx_root, transaction.tx_id, proof.index, proof.size, proof.tx_path)\n",
        "",
        TRANSACTIONS,
    ),
    (
        "receipt-of-nobody",
        "a receipt needs no way to its root",
        INCLUSION,
        "    verify_inclusion(\n        header.results_root, encode_receipt(receipt), "
        "proof.index, proof.size, proof.results_path\n    )\n",
        "",
        TRANSACTIONS,
    ),
    (
        "receipt-of-another",
        "a receipt need not name the transaction",
        INCLUSION,
        "    if receipt.tx_id != transaction.tx_id:\n",
        "    if False:\n",
        TRANSACTIONS,
    ),
    (
        "signed-by-nobody",
        "signatures of a proven transaction are not checked",
        INCLUSION,
        "    verifier.transaction(transaction)\n",
        "",
        TRANSACTIONS,
    ),
    (
        "refused-reads-accepted",
        "a transaction that a rule refused counts as accepted",
        INCLUSION,
        "        return self.receipt.code == CODE_OK\n",
        "        return True\n",
        TRANSACTIONS,
    ),
    (
        "proof-from-another-chain",
        "a node that has pruned a block proves from any header that it is given",
        "p2pchain.node.proving",
        "        if not self._led_on_by(base):\n",
        "        if False:\n",
        NODE,
    ),
    (
        "transaction-below-the-trusted-block",
        "a node makes files that lead downwards, which nobody believes",
        "p2pchain.node.proving",
        "        if base is not None and base.header.height >= height:\n",
        "        if False:\n",
        NODE,
    ),
    (
        "trust-taken-from-the-genesis",
        "a proof rests on the genesis that is named beside a trusted block",
        "p2pchain.cli.commands.proof",
        "    trust = trusted or known\n",
        "    trust = known or trusted\n",
        COMMAND,
    ),
    (
        "trust-in-two-chains",
        "the genesis beside a trusted block may be of another chain",
        "p2pchain.cli.commands.proof",
        "    if known is not None and genesis_id(known) != proven.genesis_id:\n",
        "    if False:\n",
        COMMAND,
    ),
    (
        "nonsense-breaks-the-verifier",
        "a transaction in no currency has an amount, and whoever reads of it gets a crash",
        "p2pchain.client.receivable",
        " or currency not in DECIMALS:\n",
        ":\n",
        COMMAND,
    ),
    (
        "earlier-proof-lost",
        "a file is written over one that is there",
        "p2pchain.cli.files",
        '        file = out.open("xb")\n',
        '        file = out.open("wb")\n',
        ("tests/unit/cli/test_cli_files.py",),
    ),
)
PROVING: Final = tuple(
    Mutant(name=name, fault=fault, module=module, old=old, new=new, catchers=catchers)
    for name, fault, module, old, new, catchers in _ROWS
)
