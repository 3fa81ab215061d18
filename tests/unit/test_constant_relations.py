"""Relations between constants are asserted where they are declared: with one changed, nothing starts."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

PRODUCT = Path(__file__).parents[2] / "p2pchain"
CHANGED = (
    ("model/messages.py", "FETCH_ANSWER_BYTES_MAX", "5_000_000"),
    ("model/messages.py", "PAYLOAD_PART_BYTES", "1_000_000"),
    ("model/messages.py", "BATCH_TRANSACTIONS_MAX", "4_096"),
    ("codec/messages.py", "BATCH_FRAME_BYTES_MAX", "2 * FRAME_BYTES_MAX"),
    ("codec/messages.py", "ANNOUNCEMENT_BYTES_MAX", "2 * FRAME_BYTES_MAX"),
    ("codec/messages.py", "REQUEST_BYTES_MAX", "32_768"),
    ("model/bounds.py", "BLOCK_BYTES_MAX", "FRAME_BYTES_MAX"),
    ("model/bounds.py", "KEY_BYTES_MAX", "2 * RECORD_BYTES_MAX"),
    ("model/bounds.py", "TX_WRITTEN_BYTES_MAX", "2 * HEIGHT_BYTES_MAX"),
    ("model/bounds.py", "RECEIPT_BYTES_MAX", "2 * TX_WRITTEN_BYTES_MAX"),
    ("replica/candidates.py", "EXECUTIONS_KEPT_MAX", "9"),
    ("replica/candidates.py", "VERDICTS_KEPT_MAX", "7"),
    ("replica/proposals.py", "BODIES_ASKED_MAX", "FETCH_TX_IDS_MAX + 1"),
    ("replica/proposals.py", "BODIES_DELAY_MS", "2_000"),
    ("replica/peer_view.py", "FUTURE_PROPOSALS_MAX", "257"),
    ("replica/round_summary.py", "SETTLED_MS", "250"),
    ("replica/round_summary.py", "REPEAT_MS", "1_000"),
    ("replica/transactions.py", "CUT_ANSWER_BYTES", "FETCH_ANSWER_BYTES_MAX"),
    ("replica/transactions.py", "BATCH_DELAY_MS", "500"),
    ("replica/announcements.py", "REST_MS", "64_001"),
    ("sync/planner.py", "LATE_MS", "5_000"),
    ("sync/planner.py", "SHUN_MS", "96_001"),
    ("sync/planner.py", "AHEAD_MAX", "63"),
    ("sync/planner.py", "WAITING_BYTES_MAX", "1_024"),
    ("storage/layout.py", "SEGMENT_BYTES", "2 * 268_435_456"),
    ("storage/layout.py", "SEGMENT_BYTES_MAX", "2**32"),
    ("storage/records.py", "KIND_CALLER_MIN", "26"),
    ("storage/segments.py", "DATA_BYTES_MAX", "HEIGHT_BYTES_MAX"),
)
"""File, constant, and a value that breaks what is asserted of it."""


def _run(path: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a source as a module of its own; whoever imported the file keeps what it has."""
    module = ModuleType("changed_constants")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, path, "exec"), module.__dict__)


@pytest.mark.parametrize("path", sorted({path for path, _, _ in CHANGED}))
def test_what_is_declared_holds(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(path, (PRODUCT / path).read_text("utf-8"), monkeypatch)


@pytest.mark.parametrize(("path", "name", "value"), CHANGED, ids=[f"{row[0]} {row[1]}" for row in CHANGED])
def test_a_broken_relation_starts_nothing(
    path: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (PRODUCT / path).read_text("utf-8")
    changed, count = re.subn(rf"(?m)^{name}(: Final)? = .*$", f"{name} = {value}", source)
    assert count == 1, f"{name} is declared {count} times"
    with pytest.raises(AssertionError):
        _run(path, changed, monkeypatch)
