"""Changes of health in the log: once each, as grave as they are, whatever the numbers in their words do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog
from structlog import get_logger
from structlog.testing import capture_logs

from p2pchain.node.health.health_events import HealthEvents
from p2pchain.node.health.status_word import Health
from p2pchain.node.run.block_summary import BUSY_EVERY_S, IDLE_EVERY_S, BlockSummary
from tests.unit.node.test_node_waiting import a_record

WELL = Health(word="healthy", faults_tolerated=1, reasons=())
MISSING = Health(word="degraded", faults_tolerated=0, reasons=("validators not connected: buyer",))
STALLED = Health(word="stalled", faults_tolerated=-1, reasons=("no block for 20 s",))
LINES_AN_HOUR_MAX = 50


@pytest.fixture(autouse=True)
def _every_level() -> Iterator[None]:
    """Whatever another test set up: the daemon filters, here nothing is."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def test_each_change_is_one_event_as_grave_as_it_is() -> None:
    with capture_logs() as logs:
        events = HealthEvents(get_logger())
        for health in (WELL, WELL, MISSING, MISSING, STALLED, WELL):
            events.observe(health)
    seen = [(line["event"], line["log_level"], line["word"], line["was"]) for line in logs]
    assert seen == [
        ("health.changed", "info", "healthy", "unknown"),
        ("health.changed", "warning", "degraded", "healthy"),
        ("health.changed", "error", "stalled", "degraded"),
        ("health.changed", "info", "healthy", "stalled"),
    ]


def test_a_node_that_finds_its_peers_as_it_starts_is_no_event() -> None:
    with capture_logs() as logs:
        events = HealthEvents(get_logger())
        events.observe(STALLED, starting=True)
        assert logs == []
        events.observe(WELL, starting=True)
        events.observe(STALLED, starting=True)
    assert [(line["word"], line["was"]) for line in logs] == [("healthy", "unknown"), ("stalled", "healthy")]
    with capture_logs() as logs:
        events = HealthEvents(get_logger())
        events.observe(STALLED, starting=True)
        events.observe(STALLED)
    assert [(line["log_level"], line["was"]) for line in logs] == [("error", "unknown")]


def test_seconds_that_pass_are_no_change() -> None:
    with capture_logs() as logs:
        events = HealthEvents(get_logger())
        for seconds in (20, 25, 31):
            events.observe(replace(STALLED, reasons=(f"no block for {seconds} s",)))
        events.observe(replace(STALLED, reasons=("no block for 36 s", "another reason")))
    assert len(logs) == 2


def test_warnings_are_told_when_they_come_and_when_they_go() -> None:
    with capture_logs() as logs:
        events = HealthEvents(get_logger())
        events.observe(WELL)
        for warnings in (("pool 90",), ("pool 95",), ()):
            events.observe(replace(WELL, warnings=warnings))
    seen = [(line["event"], line["log_level"]) for line in logs[1:]]
    assert seen == [("warning.changed", "warning"), ("warning.changed", "info")]


def test_an_idle_hour_of_blocks_is_a_few_lines() -> None:
    """A block each five seconds; the summary says how many there were."""
    record = a_record()
    with capture_logs() as logs:
        summary = BlockSummary(get_logger(), 0.0)
        for second in range(0, 3_600, 5):
            summary.committed(record, float(second))
    lines = [line for line in logs if line["log_level"] == "info"]
    assert 0 < len(lines) * 2 < LINES_AN_HOUR_MAX
    assert len(logs) - len(lines) == 720
    assert lines[0]["seconds"] == IDLE_EVERY_S
    assert BUSY_EVERY_S < IDLE_EVERY_S
