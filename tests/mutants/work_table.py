"""Mutants of what bounds work and size: the meter, the block's budgets, pages, the containment of bugs."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

METER: Final = ("tests/unit/ledger/test_ledger_meter.py",)
FAULTS: Final = ("tests/unit/ledger/test_ledger_faults.py",)
BOMBS: Final = "tests/unit/ledger/test_ledger_bombs.py::"
PAGES: Final = (BOMBS + "test_a_history_that_others_have_filled_stops_nobody",)
PARTS: Final = (BOMBS + "test_parts_go_by_the_policy_of_what_they_are_parts_of",)
_ROWS: Final = (
    (
        "operation-unbounded",
        "an operation may use up the whole budget of its transaction",
        "Meter.operation",
        "self.limit = min(self._tx_limit, self.work + work_max)",
        "self.limit = self._tx_limit",
        METER,
    ),
    (
        "block-unbounded",
        "a block may do any work",
        "BlockRun._beyond",
        "    if meter.work > self._work_max:\n",
        "    if False:\n",
        METER,
    ),
    (
        "height-unbounded",
        "a block may write any number of bytes",
        "BlockRun._beyond",
        "    if meter.bytes_written > WRITTEN_BYTES_MAX:\n",
        "    if False:\n",
        METER,
    ),
    (
        "beyond-an-empty-block",
        "what goes beyond its budget counts for more than an empty block takes",
        "Meter.noted",
        "self.work = min(self.work + (size >> BYTES_SHIFT), self._tx_limit)",
        "self.work += size >> BYTES_SHIFT",
        METER,
    ),
    (
        "decided-beyond-budget",
        "what a vote executes is refused for its work, and the vote goes on",
        "Context.perform",
        "    except (WorkExceeded, Invalid):\n",
        "    except Invalid:\n",
        METER,
    ),
    (
        "bug-ends-the-node",
        "an exception of a rule goes through",
        "contain",
        "    except Exception as bug:\n",
        "    except KeyError as bug:\n",
        FAULTS,
    ),
    (
        "no-memory-is-a-receipt",
        "what depends on the machine goes into a receipt",
        "contain",
        "    except (MemoryError, RecursionError):\n",
        "    except BlockingIOError:\n",
        FAULTS,
    ),
    (
        "page-never-full",
        "a history page takes steps until no record holds it",
        "_last_page",
        "len(lines) == HISTORY_PAGE or size >= HISTORY_PAGE_BYTES",
        "len(lines) == HISTORY_PAGE",
        PAGES,
    ),
    (
        "policy-outlives-holder",
        "who takes over a part is bound by the policy of whoever had it",
        "store",
        "        policy_at = None\n",
        "        pass\n",
        PARTS,
    ),
)

WORK: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
