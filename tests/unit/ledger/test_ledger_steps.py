"""Execution in steps: none of them is large, and cutting work changes nothing of what comes of it."""

from __future__ import annotations

from collections.abc import Iterator

from p2pchain.business.software import MODULES
from p2pchain.codec.roots import results_root
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.trie import Trie
from p2pchain.model.ids import Height
from p2pchain.model.steps import Steps, T
from p2pchain.proofs.verifier import Verifier
from tests.simulation.keys import check
from tests.unit.replica.replica_votes import CHAIN
from tests.unit.replica.replica_world import GENESIS_MS, a_genesis, a_transaction

STEP_UNITS_MAX = 50_000
"""No step of anything is larger."""


def measured(steps: Steps[T]) -> tuple[T, list[int]]:
    """The result, and what each step counted."""
    units: list[int] = []
    while True:
        try:
            units.append(next(steps))
        except StopIteration as end:
            return end.value, units


def keys(count: int, name: str = "key") -> Iterator[bytes]:
    """Some state keys."""
    return (f"{name}/{number}".encode() for number in range(count))


def test_a_trie_changed_in_steps_has_the_root_of_one_changed_at_once() -> None:
    """Growth over page bounds, rewriting and deletion, all in one block."""
    held = Trie.EMPTY.update(dict.fromkeys(keys(5000), b"1"))
    changes: dict[bytes, bytes | None] = dict.fromkeys(keys(3000), b"2")
    changes |= dict.fromkeys(list(keys(5_000))[3_500:])
    changes |= dict.fromkeys(keys(4000, "other"), b"new")
    trie, units = measured(held.update_steps(changes))
    assert trie.root == held.update(changes).root
    assert len(trie) == 5_000 - 1_500 + 4_000
    assert len(units) > len(changes) // 256
    assert max(units) <= STEP_UNITS_MAX


def test_long_values_are_hashed_in_more_steps() -> None:
    """A few large records must not be one long step."""
    changes = {key: bytes(60_000) for key in keys(200)}
    trie, units = measured(Trie.EMPTY.update_steps(changes))
    assert trie.root == Trie.EMPTY.update(changes).root
    assert sum(units) > 200 * 60_000 // 64
    assert max(units) < STEP_UNITS_MAX


def test_a_full_block_is_executed_in_small_steps() -> None:
    """The same execution as at once, and no step above the bound; the ledger stays as it was until commit."""
    ledger = Ledger.from_genesis(a_genesis(), MODULES)
    verifier = Verifier(CHAIN, check)
    transactions = [verifier.transaction(a_transaction(times=8)) for _ in range(300)]
    block = {
        "height": Height(1),
        "time_ms": GENESIS_MS + 1,
        "transactions": transactions,
        "evidence": (),
        "system": (),
    }
    before = ledger.state_root
    execution, units = measured(ledger.begin(**block).steps())  # type: ignore[arg-type]
    assert ledger.state_root == before
    whole = ledger.execute(**block)  # type: ignore[arg-type]
    assert execution.state_root == whole.state_root
    assert execution.results_root == whole.results_root == results_root(execution.receipts)
    assert execution.changes == whole.changes
    assert len(units) > 300 * 8
    assert max(units) <= STEP_UNITS_MAX
    ledger.commit(execution)
    assert ledger.state_root == execution.state_root
