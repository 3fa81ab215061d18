"""Stepwise execution of one block. Between two steps (``model/steps.py``) a node may do other work. The
committed state must not change until the last step: a commit drops the executions that began before it.

The order is part of the protocol: versions of modules that come into force bring their records into shape,
then transactions as the block lists them, then evidence, then the records of the system, then the validators
of the heights to come.

All transactions of a block together may do so much work, and write so many bytes. A block that is judged and
goes beyond is invalid; a block that is built ends before the first transaction that would take it there. Both
run the same code. What migrations cost counts, too: but a block without transactions always fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from p2pchain.crypto.merkle import leaf_hashes, merkle_root_of_hashes
from p2pchain.ledger.execution import Attempt, Executor, ModuleFault
from p2pchain.ledger.meter import Figures
from p2pchain.ledger.module import Module
from p2pchain.ledger.state import Overlay
from p2pchain.ledger.trie import HASHED_BYTES_PER_UNIT, STEP_UNITS, Trie
from p2pchain.model.bounds import WRITTEN_BYTES_MAX
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import Height
from p2pchain.model.steps import Steps
from p2pchain.model.transaction import Receipt, VerifiedTransaction
from p2pchain.model.voting import Evidence

ADMISSION_UNITS = 40
"""Units of work to look whether a transaction may be in the block."""
WATCHED_UNITS = 2
"""Units of work to look at the beginning of a changed key."""
WATCHED_STEP = 4_096
"""Changed keys that one step looks at."""
RECEIPT_UNITS = 25
"""Units of work to hash a receipt into the tree over all of them."""
FAULTS_MAX = 16
"""Most faults of one block that are handed out with their trace; all of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Result of executing a block; nothing is changed until the ledger commits it.

    ``transactions``: those that are in it; ``works``: what each of them cost; ``changes`` ascending by key,
    only what differs; ``base_root``: the state it was executed on; ``trie``, ``replay_keys``: for the commit;
    ``figures``: what was counted; ``faults``: bugs of modules that were met, the first ``FAULTS_MAX`` of
    ``faults_count``; ``watched``: those of the watched prefixes of which a key changes.
    """

    height: Height
    time_ms: int
    state_root: bytes
    results_root: bytes
    transactions: tuple[VerifiedTransaction, ...]
    receipts: tuple[Receipt, ...]
    works: tuple[int, ...]
    changes: tuple[StateChange, ...]
    base_root: bytes
    trie: Trie
    replay_keys: tuple[bytes, ...]
    figures: Figures
    faults: tuple[ModuleFault, ...]
    faults_count: int
    watched: frozenset[bytes]


class BlockRun:
    """One block to execute, once, by ``steps``."""

    __slots__ = (
        "_base",
        "_encoded",
        "_evidence",
        "_executor",
        "_faults",
        "_faults_count",
        "_fill",
        "_last_records",
        "_place",
        "_receipts",
        "_replay_keys",
        "_system",
        "_transactions",
        "_watched",
        "_work_max",
        "_works",
    )

    def __init__(
        self,
        executor: Executor,
        *,
        base: Trie,
        arriving: Sequence[Module],
        transactions: Sequence[VerifiedTransaction],
        evidence: Sequence[Evidence],
        system: Sequence[StateChange],
        last_records: Callable[[Overlay], Sequence[StateChange]],
        watched: tuple[bytes, ...],
        fill: bool,
        work_max: int,
    ) -> None:
        """``base``: trie of the state below the executor's overlay; ``arriving``: versions of modules that
        come into force; ``last_records``: what the kernel writes once all else is executed; ``watched``:
        beginnings of keys whose changes are looked for; ``fill``: take the transactions that fit, in their
        order, where a block is built; else all of them must; ``work_max``: of all of them together.
        ``Invalid("BLOCK_...")``.
        """
        if fill:  # Its clock may have passed what was valid when it was selected.
            timely = executor.admission.is_timely
            transactions = [admitted for admitted in transactions if timely(admitted.transaction)]
        self._replay_keys = executor.admit(transactions, evidence)
        executor.migrate(arriving)
        self._executor = executor
        self._base = base
        self._transactions = tuple(transactions)
        self._evidence = evidence
        self._system = system
        self._last_records = last_records
        self._watched = watched
        self._fill = fill
        self._work_max = work_max
        self._place = 0
        self._receipts: list[Receipt] = []
        self._works: list[int] = []
        self._encoded: list[bytes] = []
        self._faults: list[ModuleFault] = []
        self._faults_count = 0

    def steps(self) -> Steps[Execution]:
        """Execute it; what it does. ``Invalid("BLOCK_WORK_EXCEEDED")`` where a block that is judged goes
        beyond its budget, ``Invalid("BLOCK_EVIDENCE_...")``.
        """
        yield ADMISSION_UNITS * len(self._transactions)
        while self._place < len(self._transactions):
            before = self._executor.meter.work
            if self._fill:
                self._executor.meter.mark()
            attempt = self._executor.attempt(self._transactions[self._place])
            while attempt.going_on:
                yield attempt.advance()
            self._weigh(attempt, before)
        executor, overlay = self._executor, self._executor.overlay
        bodies = [admitted.transaction.body for admitted in self._transactions]
        executor.admission.timed.write(overlay, bodies, executor.time_ms)
        executor.record(self._evidence)
        executor.write(self._system)
        for key, value in self._last_records(overlay):
            overlay.set(key, value)
        changes = yield from overlay.changes()
        watched = yield from self._changed_prefixes(changes)
        trie = yield from self._base.update_steps(dict(changes))
        results = yield from self._results_root()
        return Execution(
            height=executor.height,
            time_ms=executor.time_ms,
            state_root=trie.root,
            results_root=results,
            transactions=self._transactions,
            receipts=tuple(self._receipts),
            works=tuple(self._works),
            changes=changes,
            base_root=self._base.root,
            trie=trie,
            replay_keys=self._replay_keys[: self._place],
            figures=executor.meter.figures(),
            faults=tuple(self._faults),
            faults_count=self._faults_count,
            watched=watched,
        )

    def _weigh(self, attempt: Attempt, before: int) -> None:
        """Take a transaction's writes, unless they exceed a budget of the block. ``before``: the work done
        until then.
        """
        beyond = self._beyond()
        if beyond is None:
            self._take(attempt)
            self._works.append(self._executor.meter.work - before)
            self._place += 1
        elif self._fill:
            self._executor.meter.rewind()
            self._transactions = self._transactions[: self._place]
        else:
            raise Invalid(
                "BLOCK_WORK_EXCEEDED", {"height": self._executor.height, "place": self._place, **beyond}
            )

    def _results_root(self) -> Steps[bytes]:
        """Merkle root over the encoded receipts, in the order of the transactions."""
        hashes: list[bytes] = []
        units = 0
        for place, encoded in enumerate(self._encoded):
            units += RECEIPT_UNITS + len(encoded) // HASHED_BYTES_PER_UNIT
            if units >= STEP_UNITS:
                hashes += leaf_hashes(self._encoded[len(hashes) : place + 1])
                yield units
                units = 0
        hashes += leaf_hashes(self._encoded[len(hashes) :])
        return merkle_root_of_hashes(hashes)

    def _changed_prefixes(self, changes: Sequence[StateChange]) -> Steps[frozenset[bytes]]:
        """The watched prefixes of which a key changes."""
        prefixes: set[bytes] = set()
        for low in range(0, len(changes), WATCHED_STEP):
            some = changes[low : low + WATCHED_STEP]
            for key, _ in some:
                if key.startswith(self._watched):
                    prefixes.update(prefix for prefix in self._watched if key.startswith(prefix))
            yield WATCHED_UNITS * len(some)
        return frozenset(prefixes)

    def _beyond(self) -> dict[str, Fact] | None:
        """Return the block budget that is exceeded, with its bound, or None."""
        meter = self._executor.meter
        if meter.work > self._work_max:
            return {"budget": "block", "bound": self._work_max}
        if meter.bytes_written > WRITTEN_BYTES_MAX:
            return {"budget": "bytes", "bound": WRITTEN_BYTES_MAX}
        return None

    def _take(self, attempt: Attempt) -> None:
        if attempt.writes is not None:
            self._executor.overlay.absorb(attempt.writes)
        self._receipts.append(attempt.receipt)
        self._encoded.append(attempt.encoded)
        if attempt.fault is not None:
            self._faults_count += 1
            if len(self._faults) < FAULTS_MAX:
                self._faults.append(attempt.fault)
