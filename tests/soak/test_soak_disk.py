"""The disk stays flat, in small; ``python -m tests.soak.disk`` drives 100,000 blocks."""

from __future__ import annotations

from pathlib import Path

from tests.soak.disk import GROWTH_MAX, Plan, drive, growth


def test_the_disk_stays_flat_once_everything_is_pruned(tmp_path: Path) -> None:
    plan = Plan(blocks=2_400, transactions=1, keep_heights=200, snapshot_every=100, segment_bytes=65_536)
    uses = list(drive(tmp_path, plan))
    chain = [use.chain for use in uses[len(uses) // 2 :]]
    # A whole segment comes or goes: here that is more than a tenth, of a long log it is not.
    assert max(chain) - min(chain) <= 2 * plan.segment_bytes
    others = [use.snapshots + use.index for use in uses[len(uses) // 2 :]]
    assert max(others) <= GROWTH_MAX * min(others)
    assert growth(uses) < 1.5
