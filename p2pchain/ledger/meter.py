"""The meter: what an operation costs, counted, never timed, so that every node counts the same.

A block that every node must execute within its timeouts cannot be bounded by bytes and number alone: a few
bytes may ask for much. So everything that a rule lets the ledger do is counted here, with a weight for each
kind, and held against budgets that are parameters of the chain: of one operation, of one transaction, of one
block. Building a block and judging it count with this same code.

One unit of work is about what 100 ns of one core do on the machine where the weights were measured; the
weights only have to keep their proportions, and they are a part of the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from p2pchain.codec.snapshot import PAIR_HEAD_BYTES
from p2pchain.model.bounds import RECEIPT_BYTES_MAX, RECEIPT_EVENTS_MAX, TX_WRITTEN_BYTES_MAX
from p2pchain.model.errors import Refused

GET: Final = 40
"""Reading a record, whether it is there or not."""
PUT: Final = 200
"""Writing a record: encoding it, and its place in the trie, the block record and the snapshot."""
DELETE: Final = 150
"""Deleting a record."""
WALK: Final = 60
"""Beginning a walk over records."""
STEP: Final = 60
"""One record of a walk, or one step of another loop of a rule."""
CALL: Final = 25
"""Calling a public function of another module."""
EVENT: Final = 20
"""Emitting an event."""
OPERATION: Final = 40
"""Looking an operation up, and reading its arguments."""
TRANSACTION: Final = 150
"""A transaction as such: its admission, its receipt, its replay key."""
SIGNER: Final = 80
"""Looking up the account of a signer."""
FIT: Final = 6
"""Asking whether an account fits a part of a policy."""
ENTRY: Final = 40
"""An entry of a list within a record that a rule goes through, such as the documents of a name."""
DECLARED: Final = 15
"""A name of a declaration that a rule reads, and compares with others."""
MEMBER: Final = 5
"""Looking at one validator of a set."""
SIGNATURE: Final = 1_000
"""Checking a signature within a rule."""
BYTES_SHIFT: Final = 2
"""A unit for every ``2 ** BYTES_SHIFT`` bytes that are read or written."""
QUERY_WORK_MAX: Final = 10_000_000
"""Most work of a query: about a second. It is no rule of the chain."""
UNLIMITED: Final = 2**62
"""Of genesis, of migrations, and of what the kernel asks for itself."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counted work; ``work`` is the weighted sum of the others."""

    work: int = 0
    gets: int = 0
    puts: int = 0
    deletes: int = 0
    steps: int = 0
    calls: int = 0
    events: int = 0
    operations: int = 0
    bytes_read: int = 0
    bytes_written: int = 0


class WorkExceeded(Refused):
    """An operation, transaction or query exceeded its work budget."""

    def __init__(self, code: str, budget: str, bound: int) -> None:
        """``budget``: which one; ``bound``: how much it allows."""
        super().__init__(code, {"budget": budget, "bound": bound}, "ask for less at once")


class Meter:
    """Counts the work of one block, transaction by transaction; of a query, or of genesis, alone.

    The numbers only grow; ``transaction`` and ``operation`` set the limits up to which they may.
    """

    __slots__ = (
        "_before",
        "_operation_bound",
        "_tx_bound",
        "_tx_limit",
        "bytes_read",
        "bytes_written",
        "calls",
        "code",
        "deletes",
        "events",
        "events_limit",
        "gets",
        "limit",
        "operations",
        "puts",
        "steps",
        "work",
        "written_limit",
    )

    def __init__(self, *, work_max: int = UNLIMITED, code: str = "TX_WORK_EXCEEDED") -> None:
        """``work_max``: of everything that is counted; ``code``: of the refusal beyond it."""
        self.code = code
        self.work = self.gets = self.puts = self.deletes = self.steps = self.calls = 0
        self.events = self.operations = self.bytes_read = self.bytes_written = 0
        self.limit = self._tx_limit = self._tx_bound = self._operation_bound = work_max
        self.events_limit = self.written_limit = UNLIMITED
        self._before = self._counts()

    def transaction(self, work_max: int) -> None:
        """Begin a transaction that may do so much."""
        self._tx_bound = work_max
        self.limit = self._tx_limit = self.work + work_max
        self.events_limit = self.events + RECEIPT_EVENTS_MAX
        self.written_limit = self.bytes_written + TX_WRITTEN_BYTES_MAX

    def operation(self, work_max: int) -> None:
        """Begin an operation of the transaction, which may do so much."""
        self._operation_bound = work_max
        self.limit = min(self._tx_limit, self.work + work_max)

    def got(self, size: int) -> None:
        """Count a record of ``size`` bytes that was read; 0 where there is none."""
        self.gets += 1
        self.bytes_read += size
        self.work += GET + (size >> BYTES_SHIFT)
        if self.work > self.limit:
            self._exceed()

    def put(self, size: int) -> None:
        """Count a record that was written, of ``size`` bytes with its key."""
        size += PAIR_HEAD_BYTES
        self.puts += 1
        self.bytes_written += size
        self.work += PUT + (size >> BYTES_SHIFT)
        if self.work > self.limit or self.bytes_written > self.written_limit:
            self._exceed()

    def deleted(self, size: int) -> None:
        """Count a record that was deleted; ``size``: of its key."""
        size += PAIR_HEAD_BYTES
        self.deletes += 1
        self.bytes_written += size
        self.work += DELETE + (size >> BYTES_SHIFT)
        if self.work > self.limit or self.bytes_written > self.written_limit:
            self._exceed()

    def called(self) -> None:
        """Count a call of a public function."""
        self.calls += 1
        self.work += CALL
        if self.work > self.limit:
            self._exceed()

    def emitted(self) -> None:
        """Count an event."""
        self.events += 1
        self.work += EVENT
        if self.work > self.limit or self.events > self.events_limit:
            self._exceed()

    def performed(self) -> None:
        """Count an operation, of the transaction or of what it decides."""
        self.operations += 1
        self.work += OPERATION
        if self.work > self.limit:
            self._exceed()

    def stepped(self, steps: int = 1) -> None:
        """Count steps of a loop."""
        self.steps += steps
        self.work += STEP * steps
        if self.work > self.limit:
            self._exceed()

    def walked(self) -> None:
        """Count the beginning of a walk."""
        self.spend(WALK)

    def mark(self) -> None:
        """Remember what was counted so far."""
        self._before = self._counts()

    def rewind(self) -> None:
        """Count nothing of what was done since ``mark``."""
        (
            self.work,
            self.gets,
            self.puts,
            self.deletes,
            self.steps,
            self.calls,
            self.events,
            self.operations,
            self.bytes_read,
            self.bytes_written,
        ) = self._before

    def noted(self, size: int) -> None:
        """Count the encoded receipt of a transaction that changes nothing: as far as its budget reaches, so
        that whatever was beyond fits an empty block.
        """
        self.bytes_written = min(self.bytes_written + size, self.written_limit)
        self.work = min(self.work + (size >> BYTES_SHIFT), self._tx_limit)

    def receipt(self, size: int) -> None:
        """Count the encoded receipt of a transaction that is accepted."""
        self.bytes_written += size
        self.work += size >> BYTES_SHIFT
        if size > RECEIPT_BYTES_MAX:
            raise WorkExceeded(self.code, "receipt", RECEIPT_BYTES_MAX)
        if self.work > self.limit or self.bytes_written > self.written_limit:
            self._exceed()

    def spend(self, work: int) -> None:
        """Count other work, by a weight of its own."""
        self.work += work
        if self.work > self.limit:
            self._exceed()

    def _exceed(self) -> NoReturn:
        """Refuse what goes on beyond a limit: the first budget that is passed is named."""
        if self.work > self._tx_limit:
            raise WorkExceeded(self.code, "transaction", self._tx_bound)
        if self.work > self.limit:
            raise WorkExceeded(self.code, "operation", self._operation_bound)
        if self.events > self.events_limit:
            raise WorkExceeded(self.code, "events", RECEIPT_EVENTS_MAX)
        raise WorkExceeded(self.code, "bytes", TX_WRITTEN_BYTES_MAX)

    def figures(self) -> Figures:
        """Return the counts so far."""
        return Figures(*self._counts())

    def _counts(self) -> tuple[int, int, int, int, int, int, int, int, int, int]:
        """In the order of the fields of ``Figures``."""
        return (
            self.work,
            self.gets,
            self.puts,
            self.deletes,
            self.steps,
            self.calls,
            self.events,
            self.operations,
            self.bytes_read,
            self.bytes_written,
        )
