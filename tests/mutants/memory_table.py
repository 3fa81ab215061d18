"""Mutants of what a node keeps and remembers: blocks, signatures, locks, earlier validators."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

POWER_CUT: Final = ("tests/unit/node/test_node_power_cut.py",)
OLD_EVIDENCE: Final = ("tests/unit/replica/test_replica_old_evidence.py",)
TURNS: Final = ("tests/properties/test_rotation_properties.py",)

TIMED: Final = ("tests/unit/ledger/test_ledger_timed.py",)
PROVEN: Final = ("tests/unit/proofs/test_proof_vectors.py::test_a_proof_is_of_one_genesis",)

_ROWS: Final = (
    (
        "signature-of-a-disk-trusted",
        "what an earlier life signed counts without its signature being checked",
        "HeightWork.begin",
        "self._own(record.message, now)",
        "self.signed(record.message, now)",
        ("tests/unit/replica/test_replica_signing.py",),
    ),
    (
        "proof-of-another-genesis",
        "a proof of a chain of the same name with another genesis holds",
        "_accept",
        "    if header.genesis_id != genesis_id:\n",
        "    if False:\n",
        PROVEN,
    ),
    (
        "block-of-another-genesis",
        "a block may name another genesis",
        "BlockMaker._check_place",
        "    if header.genesis_id != self._genesis_id:\n",
        "    if False:\n",
        ("tests/unit/replica/test_replica_proposals.py",),
    ),
    (
        "timed-expiry-ignored",
        "a transaction that is valid until a time enters blocks after it",
        "Admission._untimely",
        "    if moment < self.time_ms:\n",
        "    if False:\n",
        TIMED,
    ),
    (
        "timed-pair-forgotten",
        "a transaction that is valid for days can be repeated once the window of heights forgot it",
        "Admission._repeated",
        " or self.timed.used(key):",
        ":",
        TIMED,
    ),
    (
        "timed-records-kept",
        "replay records of the state are never taken away",
        "TimedRecords.write",
        "    for key in tuple(islice(self._passed(time_ms), FORGOTTEN_MAX)):\n",
        "    for key in ():\n",
        TIMED,
    ),
    (
        "timed-records-unbounded",
        "an organisation has as many replay records as it likes",
        "TimedRecords.fault",
        "    if held >= most:\n",
        "    if False:\n",
        TIMED,
    ),
    (
        "timed-not-counted-in-block",
        "a block may bring an organisation beyond its bound",
        "Executor.admit",
        "        self.admission.take(transaction.transaction)\n",
        "",
        TIMED,
    ),
    (
        "built-too-late",
        "a proposer builds blocks with what its clock has passed",
        "BlockRun.__init__",
        "if timely(admitted.transaction)]",
        "]",
        TIMED,
    ),
    (
        "map-for-a-field",
        "a map in the place of a field is a field of another type",
        "require_known",
        "    if type(item) not in _KINDS:\n",
        "    if False:\n",
        ("tests/unit/codec/test_codec_forbidden.py",),
    ),
    (
        "name-twice-in-json",
        "of a name that stands twice in a JSON object the last value counts",
        "_object",
        "    if len(members) != len(pairs):\n",
        "    if False:\n",
        ("tests/unit/codec/test_codec_exact_json.py",),
    ),
    (
        "large-integer-as-number",
        "JSON holds integers that a double does not",
        "write_json",
        "    if _LONG.search(text):\n",
        "    if False:\n",
        ("tests/unit/codec/test_codec_exact_json.py",),
    ),
    (
        "block-told-before-durable",
        "the daemon never makes the chain log durable",
        "Interpreter._persist.write",
        "    self._chain_log.sync()\n",
        "",
        POWER_CUT,
    ),
    (
        "guard-not-told-of-final",
        "the guard never hears of final heights",
        "Interpreter._committed",
        "        self._guarded.signer.committed(block.height)\n",
        "        pass\n",
        POWER_CUT,
    ),
    (
        "second-lock-without-polka",
        "only the first polka of a height is made durable",
        "HeightWork._new_polka",
        "lock.valid_round is None or lock.valid_round in self._polkas_kept:",
        "lock.valid_round is None or self._polkas_kept:",
        ("tests/unit/replica/test_replica_signing.py",),
    ),
    (
        "evidence-by-present-validators",
        "evidence is judged by the validators of today",
        "BlockMaker._check_one_evidence",
        "self._verifier.evidence(evidence, self._ledger.validators_at(evidence.first.height))",
        "self._verifier.evidence(evidence, self._ledger.validators)",
        OLD_EVIDENCE,
    ),
    (
        "rotation-of-another-height",
        "who failed is read from the order of the height after",
        "Rotation._failed",
        "order = _order(self.last, validators, Height(height - 1))",
        "order = _order(self.entries, validators, Height(height - 1))",
        TURNS,
    ),
    (
        "rotation-not-remembered",
        "the order of the height before is that of two heights before",
        "Rotation.after",
        "for entry in (*struck, *older) if entry[0] in members), self.entries)",
        "for entry in (*struck, *older) if entry[0] in members), self.last)",
        TURNS,
    ),
)
MEMORY: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
