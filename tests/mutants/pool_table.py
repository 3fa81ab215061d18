"""Mutants of the pool: shares, turns, and what peers may cost."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

POOL_TESTS: Final = ("tests/unit/mempool",)
FLOW_TESTS: Final = (
    "tests/unit/replica/test_replica_announced.py",
    "tests/unit/replica/test_replica_signature_budget.py",
)


def _mutant(name: str, fault: str, function: str, old: str, new: str, catchers: tuple[str, ...]) -> Mutant:
    return Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)


POOL: Final = (
    _mutant(
        "pool-first-in-first-out",
        "blocks take what came first, whosever it is",
        "Mempool.in_turn",
        "return self.turns.order(self._queues, bounds)",
        "return (each.transaction for each in self)",
        POOL_TESTS,
    ),
    _mutant(
        "pool-refused-free-of-charge",
        "a refused transaction costs its organisation nothing",
        "Turns.charge",
        "cost *= REFUSED_COUNTS if served.refused else 1",
        "cost *= 0 if served.refused else 1",
        POOL_TESTS,
    ),
    _mutant(
        "pool-work-not-charged",
        "what a transaction did is not counted",
        "BlockBounds.cost",
        " + FULL * work // self.work_max",
        "",
        POOL_TESTS,
    ),
    _mutant(
        "pool-claims-saved-up",
        "who asks for nothing saves service up without end",
        "Turns.settle",
        "max(self._virtual, lowest, highest - DEBT_MAX)",
        "self._virtual",
        POOL_TESTS,
    ),
    _mutant(
        "pool-share-not-kept",
        "one organisation may hold all bytes",
        "Mempool.check",
        "if self._bytes[org] + size > limits.organisation_bytes_max:",
        "if False:",
        POOL_TESTS,
    ),
    _mutant(
        "pool-full-for-everybody",
        "nobody makes room in a full pool",
        "Mempool._yielding",
        "if holding[most] <= holding[org]:",
        "if True:",
        POOL_TESTS,
    ),
    _mutant(
        "pool-refused-sender-taken",
        "what the operator refuses is taken all the same",
        "Mempool.check",
        "if self.refused is not NOBODY and self.refused.covers(org, body.signers[0], tx_id):",
        "if False:",
        POOL_TESTS,
    ),
    _mutant(
        "pool-order-of-account-broken",
        "a small transaction overtakes a large one of its account",
        "select",
        "            waits.add(signer)\n",
        "",
        ("tests/unit/ledger/test_ledger_admission.py",),
    ),
    _mutant(
        "pool-announcements-believed-for-ever",
        "a peer that never delivers keeps its credit",
        "PeerAnnouncements.answered",
        "        self.credit //= 2\n",
        "",
        FLOW_TESTS,
    ),
    _mutant(
        "pool-signatures-not-charged",
        "signatures of peers' transactions are checked without a bound",
        "TransactionFlow._take_one",
        "    self._budget.spend(org, signatures)\n",
        "",
        FLOW_TESTS,
    ),
    _mutant(
        "pool-blocks-not-halved",
        "a proposer whose round failed builds as much again",
        "BuildSize.round_failed",
        "self._failures = min(self._failures + 1, HALVINGS_MAX)",
        "self._failures = 0",
        ("tests/unit/replica/test_replica_build_size.py",),
    ),
    _mutant(
        "pool-modest-waits-for-large-blocks",
        "own blocks are as large as ever while somebody asks for little",
        "BuildSize._part",
        "if not modest:",
        "if True:",
        ("tests/unit/replica/test_replica_build_size.py",),
    ),
    _mutant(
        "pool-blocks-as-slow-as-may-be",
        "own blocks are large however long blocks take",
        "BuildSize.measured",
        "self._took_ms += max(0, took_ms - self._base_ms)",
        "self._took_ms += 0",
        ("tests/unit/replica/test_replica_build_size.py",),
    ),
    _mutant(
        "pool-bursts-begin-large",
        "the first block of a burst is as large as blocks may be",
        "BuildSize._part",
        "part = 2 * self._largest",
        "part = FULL",
        ("tests/unit/replica/test_replica_build_size.py",),
    ),
    _mutant(
        "pool-takes-all-that-is-pushed",
        "signatures are checked of more than blocks take",
        "window_is_open",
        "return waiting < ",
        "return True or waiting < ",
        ("tests/unit/replica/test_replica_push_window.py",),
    ),
    _mutant(
        "pool-pushes-past-the-window",
        "a node pushes all that enters, however little of it blocks take",
        "PushWindow._let_out",
        ">= window:",
        ">= window and False:",
        ("tests/unit/replica/test_replica_push_window.py",),
    ),
    _mutant(
        "pool-pusher-never-rests",
        "what a peer pushes in vain is read and decoded all the same",
        "rest_after",
        "if let_go <= taken:",
        "if True:",
        ("tests/unit/replica/test_replica_push_window.py",),
    ),
    _mutant(
        "streams-free-of-charge",
        "a peer opens streams as fast as it likes",
        "PeerRates.charge_stream",
        "if bucket.messages < 0:",
        "if False:",
        ("tests/unit/net/test_net_rates.py",),
    ),
)
