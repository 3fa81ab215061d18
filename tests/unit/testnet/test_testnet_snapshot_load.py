"""What snapshots cost a load: batches that met one are told apart from the others."""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.snapshot_load import snapshot_load, spans_in

LOG = """\
2026-11-30T12:00:00.000000Z [info     ] node.started                 height=90
2026-11-30T12:00:10.500000Z [info     ] snapshot.begun               height=150
2026-11-30T12:00:12.500000Z [info     ] block.committed              height=190
2026-11-30T12:00:14.500000Z [info     ] snapshot.written             height=150 bytes=10 keys=3
2026-11-30T12:01:00.000000Z [info     ] snapshot.begun               height=300
"""
NOON = 1_796_040_000.0


def test_a_log_tells_when_snapshots_were_written() -> None:
    """The last one is not done."""
    assert spans_in(LOG) == [(NOON + 10.5, NOON + 14.5), (NOON + 60, float("inf"))]
    failed = LOG.replace("snapshot.written ", "snapshot.failed ")
    assert spans_in(failed)[0] == (NOON + 10.5, NOON + 14.5)


def test_batches_are_parted_by_what_they_met(tmp_path: Path) -> None:
    """One that began before a snapshot and ended in it met it, as did one that ended just after it."""
    log = tmp_path / "node.log"
    log.write_text(LOG)
    samples = [(NOON + 9, 100), (NOON + 11, 900), (NOON + 14.6, 300), (NOON + 20, 200), (NOON + 61, 50)]
    found = snapshot_load([log], samples)
    assert (found.written, found.seconds_each) == (1, 4.0)
    assert (found.without, found.without_p50_ms, found.without_p99_ms) == (2, 100, 200)
    assert (found.during, found.during_p50_ms, found.during_p99_ms) == (3, 300, 900)


def test_a_load_without_snapshots(tmp_path: Path) -> None:
    """Has nothing to compare."""
    log = tmp_path / "node.log"
    log.write_text("")
    found = snapshot_load([log], [(NOON, 10)])
    assert (found.written, found.seconds_each, found.during, found.during_p99_ms) == (0, None, 0, None)
    assert found.without_p99_ms == 10
