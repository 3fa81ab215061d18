"""Mutants of how blocks are judged and executed."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

REPLICA: Final = (
    "tests/unit/replica/test_replica_proposals.py",
    "tests/unit/replica/test_replica_evidence.py",
)
LEDGER: Final = ("tests/unit/ledger/test_ledger_kernel.py", "tests/unit/ledger/test_ledger_admission.py")
EXECUTIONS: Final = ("tests/unit/replica/test_replica_executions.py",)
BLOCKS: Final = (
    Mutant(
        name="parent-not-compared",
        fault="a block may have any parent",
        function="BlockMaker._check_place",
        old="if header.parent_id != tip.block_id:",
        new="if False:",
        catchers=REPLICA,
    ),
    Mutant(
        name="proposed-root-not-compared",
        fault="a block may state any root",
        function="BlockMaker.judge_steps",
        old="raise InvalidBlock(rule, stated=stated.hex(), found=computed.hex())\n    return Candidate",
        new="pass\n    return Candidate",
        catchers=REPLICA,
    ),
    Mutant(
        name="evidence-repeated",
        fault="evidence may come again and again",
        function="BlockMaker._check_one_evidence",
        old="if self._ledger.evidence_known(evidence):",
        new="if False:",
        catchers=(*REPLICA, *LEDGER),
    ),
    Mutant(
        name="last-certificate-not-verified",
        fault="the certificate in a block is not checked",
        function="BlockMaker._check_certificate",
        old="    self._verifier.commit(certificate, tip.validators)\n",
        new="",
        catchers=REPLICA,
    ),
    Mutant(
        name="execution-outlives-the-commit",
        fault="an execution goes on though the state that it stood on has changed",
        function="Heights._commit",
        old="    self._executions.drop()\n",
        new="",
        catchers=EXECUTIONS,
    ),
    Mutant(
        name="slices-without-bound",
        fault="one input executes a whole block",
        function="Executions.advance",
        old="self._may_go_on and self.units < self._slice_units",
        new="self._may_go_on",
        catchers=EXECUTIONS,
    ),
    Mutant(
        name="every-execution-kept",
        fault="a hostile proposer fills the memory with executions",
        function="Candidates.add",
        old="    self._trim(self._executions, EXECUTIONS_KEPT_MAX)\n",
        new="",
        catchers=EXECUTIONS,
    ),
)
"""Each with the tests that must fail."""
