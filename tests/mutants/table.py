"""All mutants, by what they break."""

from __future__ import annotations

from typing import Final

from tests.mutants.blocks_table import BLOCKS
from tests.mutants.business_table import BUSINESS_AND_JOINING
from tests.mutants.mutant import Mutant
from tests.mutants.pool_table import POOL
from tests.mutants.simulated_table import simulated

VOTING: Final = ("tests/unit/consensus",)
KEEPING: Final = ("tests/unit/consensus", "tests/properties/test_consensus_agreement.py")
GUARD: Final = ("tests/unit/signing/test_signing_signer.py", "tests/properties/test_signing_guard.py")
PROOFS: Final = ("tests/unit/proofs/test_verifier.py",)
DAMAGE: Final = ("tests/unit/storage/test_storage_damage.py", "tests/unit/storage/test_storage_segments.py")
CRASHES: Final = (
    "tests/unit/storage/test_storage_crashes.py",
    "tests/unit/storage/test_storage_safety_log.py",
)
LEDGER: Final = ("tests/unit/ledger/test_ledger_kernel.py", "tests/unit/ledger/test_ledger_admission.py")
WINDOW: Final = ("tests/unit/ledger/test_ledger_window.py",)
REPLICA: Final = (
    "tests/unit/replica/test_replica_proposals.py",
    "tests/unit/replica/test_replica_evidence.py",
)
SYNC: Final = ("tests/unit/replica/test_replica_catchup.py",)
CODEC: Final = (
    "tests/unit/codec/test_codec_wellformed.py",
    "tests/unit/codec/test_codec_vectors.py::test_the_vectors_are_what_this_code_makes",
)


def _mutant(name: str, fault: str, function: str, old: str, new: str, catchers: tuple[str, ...]) -> Mutant:
    return Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)


_BY_TESTS: Final = (
    _mutant(
        "quorum-f+1",
        "a quorum is more than a third",
        "ValidatorSet.is_quorum",
        "return 3 * power > 2 * self.total_power",
        "return 3 * power > self.total_power",
        (*VOTING, *PROOFS),
    ),
    _mutant(
        "quorum-two-thirds",
        "exactly two thirds are a quorum",
        "ValidatorSet.is_quorum",
        "return 3 * power > 2 * self.total_power",
        "return 3 * power >= 2 * self.total_power",
        (*VOTING, *PROOFS),
    ),
    _mutant(
        "lock-not-kept",
        "a locked validator prevotes any new value (L22)",
        "HeightConsensus._prevote_new",
        ("free = lock.locked_round is None or lock.locked_block == proposal.block_id\n    self._prevote("),
        "free = True\n    self._prevote(",
        VOTING,
    ),
    _mutant(
        "lock-not-taken",
        "a precommit does not lock (L36)",
        "HeightConsensus._precommit",
        "locked_round=self.round,\n        locked_block=proposal.block_id,",
        "locked_round=self.lock.locked_round,\n        locked_block=self.lock.locked_block,",
        VOTING,
    ),
    _mutant(
        "lock-not-released",
        "a newer polka does not free from a lock (L28)",
        "HeightConsensus._prevote_again",
        "free = lock.locked_round is None or lock.locked_round <= proposal.valid_round",
        "free = lock.locked_round is None",
        VOTING,
    ),
    _mutant(
        "lock-released-too-soon",
        "an older polka frees from a lock (L28)",
        "HeightConsensus._prevote_again",
        "free = lock.locked_round is None or lock.locked_round <= proposal.valid_round",
        "free = True",
        VOTING,
    ),
    _mutant(
        "reproposal-without-polka",
        "a value proposed again needs no polka (L28)",
        "HeightConsensus._prevote_again",
        "if not self._votes.has_quorum(proposal.valid_round, VoteKind.PREVOTE, proposal.block_id):",
        "if False:",
        VOTING,
    ),
    _mutant(
        "valid-not-updated",
        "the valid value is not updated in the precommit step (L42)",
        "HeightConsensus._update_valid",
        "valid_round=self.round,\n        valid_block=proposal.block_id,\n    )\n    return True",
        (
            "valid_round=self.lock.valid_round,\n"
            "        valid_block=self.lock.valid_block,\n"
            "    )\n"
            "    return True"
        ),
        VOTING,
    ),
    _mutant(
        "polka-for-invalid",
        "a polka locks a block that is invalid (L36)",
        "HeightConsensus._proposal_with_polka",
        "if proposal.valid and self._votes.has_quorum(",
        "if self._votes.has_quorum(",
        VOTING,
    ),
    _mutant(
        "prevote-invalid",
        "an invalid block is prevoted (L22)",
        "HeightConsensus._prevote_new",
        "self._prevote(proposal.block_id if proposal.valid and proposal.timely and free else None)",
        "self._prevote(proposal.block_id if proposal.timely and free else None)",
        VOTING,
    ),
    _mutant(
        "timeout-not-capped",
        "timeouts grow without bound",
        "HeightConsensus._schedule",
        "delay_ms = min(base_ms + delta_ms * self.round, parameters.timeout_cap_ms)",
        "delay_ms = base_ms + delta_ms * self.round",
        VOTING,
    ),
    _mutant(
        "no-round-skip",
        "no round is skipped (L55)",
        "HeightConsensus._apply_one",
        "if ahead is not None:",
        "if False and ahead is not None:",
        VOTING,
    ),
    _mutant(
        "round-skip-at-f",
        "a third of the power skips a round (L55)",
        "ValidatorSet.is_honest_bound",
        "return 3 * power > self.total_power",
        "return 4 * power >= self.total_power",
        VOTING,
    ),
    _mutant(
        "restored-lock-forgotten",
        "a restart forgets the lock",
        "HeightConsensus._start",
        "self.round, self.step, self.lock = restored.round, restored.step, restored.lock",
        "self.round, self.step = restored.round, restored.step",
        VOTING,
    ),
    _mutant(
        "equivocator-counted-twice",
        "a second vote of one validator counts as well",
        "VoteKeeper.add",
        "        tally.equivocators.add(vote.validator)\n        return first\n",
        "        tally.equivocators.add(vote.validator)\n",
        KEEPING,
    ),
    _mutant(
        "votes-of-past-rounds-ignored",
        "only the first round can decide (L49)",
        "VoteKeeper.commit",
        "    for round_ in self.rounds():\n        precommits",
        "    for round_ in self.rounds()[:1]:\n        precommits",
        KEEPING,
    ),
    _mutant(
        "guard-lower-position",
        "the guard signs below what was signed",
        "DoubleSignGuard.check",
        "if self._latest is not None and position <= self._latest:\n        raise Refused(",
        "if False:\n        raise Refused(",
        GUARD,
    ),
    _mutant(
        "guard-decided-height",
        "the guard signs at a height that is decided",
        "DoubleSignGuard.check",
        "if height <= self._committed_height:",
        "if False:",
        GUARD,
    ),
    _mutant(
        "guard-other-block",
        "the guard answers another block with what was signed",
        "DoubleSignGuard.check",
        "if before.content == content:",
        "if True:",
        GUARD,
    ),
    _mutant(
        "guard-floor",
        "the guard signs below its floor",
        "DoubleSignGuard.check",
        "if self._floor is not None and position <= self._floor:",
        "if False:",
        ("tests/unit/signing/test_signing_transfer.py", "tests/unit/signing/test_signing_standing.py"),
    ),
    _mutant(
        "safety-log-not-written",
        "a signature leaves without a safety record",
        "ConsensusSigner._sign",
        "    self._log.append(height, payload)\n",
        "",
        GUARD,
    ),
    _mutant(
        "safety-log-not-synced",
        "a safety record is not made durable",
        "SafetyLog.append",
        "    self._log.sync()\n    if sequence",
        "    if sequence",
        CRASHES,
    ),
    _mutant(
        "chain-log-not-synced",
        "a block is not made durable",
        "SegmentLog._sync",
        "        self._file.sync_data()\n        last.durable = last.size",
        "        last.durable = last.size",
        CRASHES,
    ),
    _mutant(
        "signing-after-failed-write",
        "after a failed write the signer goes on",
        "ConsensusSigner._sign",
        "if self._uncertain:",
        "if False:",
        GUARD,
    ),
    _mutant(
        "torn-tail-not-cut",
        "a torn tail stays in the file",
        "_open_last",
        "                files.truncate(path, offset)\n",
        "",
        (*DAMAGE, *CRASHES),
    ),
    _mutant(
        "damage-taken-for-torn",
        "damage in the middle is cut like a torn tail",
        "_open_last",
        "                if witness is not None:",
        "                if False and witness is not None:",
        DAMAGE,
    ),
    _mutant(
        "crc-not-checked",
        "no checksum of a record is compared",
        "unframe",
        "if zlib.crc32(view[at + _CHECKED_FROM : at + size]) != crc:",
        "if False:",
        ("tests/unit/storage/test_storage_records.py", *DAMAGE),
    ),
    _mutant(
        "digest-chain-not-checked",
        "a segment may follow any other",
        "_open_header",
        "elif before is not None and header.header.previous != before.digest:",
        "elif False:",
        DAMAGE,
    ),
    _mutant(
        "state-root-not-compared",
        "a restart takes any state for that of the log",
        "restore",
        "if header is not None and ledger.state_root != header.state_root:",
        "if False:",
        LEDGER,
    ),
    _mutant(
        "state-change-lost",
        "a restart loses what a block deleted",
        "restore",
        "                values.pop(key, None)\n",
        "                pass\n",
        (*LEDGER, "tests/properties/test_ledger_replay.py"),
    ),
    _mutant(
        "replay-window-forgotten",
        "what a block used is not remembered",
        "ReplayWindow._remember",
        "        nonces[nonce] = last_height\n",
        "        nonces[nonce] = 0\n",
        WINDOW,
    ),
    _mutant(
        "time-may-stand",
        "a block's time may be its parent's",
        "Ledger.begin",
        "if time_ms <= self._time_ms:",
        "if time_ms < self._time_ms:",
        LEDGER,
    ),
    _mutant(
        "certificate-signer-twice",
        "one signer may stand in a certificate twice",
        "Verifier._quorum",
        "if index <= previous:",
        "if index < previous:",
        PROOFS,
    ),
    _mutant(
        "certificate-too-little-power",
        "a certificate needs no quorum",
        "Verifier._quorum",
        "if not validators.is_quorum(power):",
        "if False:",
        PROOFS,
    ),
    _mutant(
        "vote-not-verified",
        "a vote's signature is not checked",
        "Verifier.vote",
        ('    self._verify("vote", key, vote.signature, vote_sign_bytes(self.chain_id, vote.content))\n'),
        "",
        PROOFS,
    ),
    _mutant(
        "evidence-of-one-vote",
        "the same vote twice is evidence",
        "Verifier.evidence",
        "if not alike or evidence_order(first) >= evidence_order(second):",
        "if not alike:",
        PROOFS,
    ),
    _mutant(
        "other-chain-accepted",
        "a transaction of another chain is accepted",
        "Verifier.transaction",
        "if body.chain_id != self.chain_id:",
        "if False:",
        PROOFS,
    ),
    _mutant(
        "domain-dropped",
        "votes are signed without their domain",
        "vote_sign_bytes",
        'return pack((CONSENSUS_DOMAIN, CONSENSUS_VERSION, chain_id, "vote", *stated))',
        'return pack((CONSENSUS_VERSION, chain_id, "vote", *stated))',
        CODEC,
    ),
    _mutant(
        "trailing-bytes",
        "what is not its own encoding is accepted",
        "unpack",
        "same = dumps(item) == data",
        "same = True",
        CODEC,
    ),
    _mutant(
        "sync-without-certificate",
        "a fetched block needs no certificate",
        "verify_final_steps",
        "    verifier.commit(certificate, validators)\n",
        "",
        SYNC,
    ),
    *BLOCKS,
    *BUSINESS_AND_JOINING,
    *POOL,
)
MUTANTS: Final = (*_BY_TESTS, *simulated(_BY_TESTS))
