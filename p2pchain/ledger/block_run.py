"""The execution of one block, a step at a time, so that a node may do other things in between.

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

from p2pchain.crypto.merkle import merkle_root
from p2pchain.ledger.execution import Attempt, Executor, ModuleFault
from p2pchain.ledger.meter import Figures
from p2pchain.ledger.module import Module
from p2pchain.ledger.state import Overlay
from p2pchain.ledger.trie import Trie
from p2pchain.model.bounds import WRITTEN_BYTES_MAX
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Receipt, VerifiedTransaction
from p2pchain.model.voting import Evidence

FAULTS_MAX = 16
"""Most faults of one block that are handed out with their trace; all of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What a block does; nothing is changed until the ledger commits it.

    ``transactions``: those that are in it; ``works``: what each of them cost; ``changes`` ascending by key,
    only what differs; ``base_root``: the state it was executed on; ``trie``, ``replay_keys``: for the commit;
    ``figures``: what was counted; ``faults``: bugs of modules that were met, the first ``FAULTS_MAX`` of
    ``faults_count``.
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


class BlockRun:
    """One block under execution: ``step`` until it says that nothing is left, then ``finish``."""

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
        fill: bool,
    ) -> None:
        """``base``: trie of the state below the executor's overlay; ``arriving``: versions of modules that
        come into force; ``last_records``: what the kernel writes once all else is executed; ``fill``: take
        the transactions that fit, in their order, where a block is built; else all of them must.
        ``Invalid("BLOCK_...")``.
        """
        self._replay_keys = executor.admit(transactions, evidence)
        executor.migrate(arriving)
        self._executor = executor
        self._base = base
        self._transactions = tuple(transactions)
        self._evidence = evidence
        self._system = system
        self._last_records = last_records
        self._fill = fill
        self._place = 0
        self._receipts: list[Receipt] = []
        self._works: list[int] = []
        self._encoded: list[bytes] = []
        self._faults: list[ModuleFault] = []
        self._faults_count = 0

    @property
    def work(self) -> int:
        """Units of work that were counted so far: what a slice of execution is measured by."""
        return self._executor.meter.work

    def step(self) -> bool:
        """Execute one more transaction; False where none is left.

        ``Invalid("BLOCK_WORK_EXCEEDED")`` where it takes a block that is judged beyond its budget.
        """
        if self._place == len(self._transactions):
            return False
        before = self.work
        attempt = self._executor.run(self._transactions[self._place])
        beyond = self._beyond()
        if beyond is None:
            self._take(attempt)
            self._works.append(self.work - before)
            self._place += 1
        elif self._fill:
            self._executor.meter.forget_transaction()
            self._transactions = self._transactions[: self._place]
        else:
            raise Invalid(
                "BLOCK_WORK_EXCEEDED", {"height": self._executor.height, "place": self._place, **beyond}
            )
        return True

    def finish(self) -> Execution:
        """What the block does; every step was made. ``Invalid("BLOCK_EVIDENCE_...")``."""
        assert self._place == len(self._transactions), "a block is executed to its end"
        executor, overlay = self._executor, self._executor.overlay
        executor.record(self._evidence)
        executor.write(self._system)
        for key, value in self._last_records(overlay):
            overlay.set(key, value)
        changes = overlay.changes()
        trie = self._base.update(dict(changes))
        return Execution(
            height=executor.height,
            time_ms=executor.time_ms,
            state_root=trie.root,
            results_root=merkle_root(self._encoded),
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
        )

    def _beyond(self) -> dict[str, Fact] | None:
        """Which budget of the block is passed, and its bound; None for none."""
        meter, work_max = self._executor.meter, self._executor.admission.parameters.block_work_max
        if meter.work > work_max:
            return {"budget": "block", "bound": work_max}
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
