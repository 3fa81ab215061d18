"""Logs and metrics: one line per event, the fields named, and every limit with a number to watch."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator

import pytest
import structlog

from p2pchain.telemetry.log_stream import is_journal
from p2pchain.telemetry.logs import FORMATS, LEVELS, set_up_logs
from p2pchain.telemetry.metrics import Metrics


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is one for the whole process: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_line_of_json() -> None:
    """With level and a time in UTC."""
    stream = io.StringIO()
    set_up_logs(level="info", format_="json", stream=stream)
    structlog.get_logger().info("block.committed", height=7)
    structlog.get_logger().debug("vote.received", height=7)
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["height"], told["level"]) == ("block.committed", 7, "info")
    assert told["timestamp"].endswith("Z")


def test_text_for_people_has_no_colours_where_nobody_looks() -> None:
    """The journal keeps bytes."""
    stream = io.StringIO()
    set_up_logs(level="debug", format_="text", stream=stream)
    structlog.get_logger().warning("peer.fault", code="SIG_INVALID")
    assert "peer.fault" in stream.getvalue()
    assert "code=SIG_INVALID" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
def test_other_libraries_go_the_same_way_from_warnings_up(format_: str) -> None:
    """One line each, in the same format; their chatter is left out."""
    stream = io.StringIO()
    set_up_logs(level="debug", format_=format_, stream=stream)
    logging.getLogger("library.somewhere").info("chatter")
    logging.getLogger("library.somewhere").warning("trouble %d", 7)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    assert "trouble 7" in lines[0]
    assert "_record" not in lines[0]


def test_setting_up_again_does_not_double_lines() -> None:
    """It is done twice, since an import in between resets logging."""
    stream = io.StringIO()
    for _ in range(2):
        set_up_logs(level="info", format_="json", stream=stream)
    logging.getLogger("other").error("once")
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_of_the_settings_exists(level: str) -> None:
    """A typing error here would only show at a start with that level."""
    stream = io.StringIO()
    set_up_logs(level=level, format_="json", stream=stream)
    structlog.get_logger().error("told")
    assert stream.getvalue()


def test_two_nodes_in_one_process_do_not_share_their_numbers() -> None:
    """Each has a registry of its own."""
    one, other = Metrics(), Metrics()
    one.height.set(7)
    assert b"p2pchain_height 7.0" in one.text()
    assert b"p2pchain_height 0.0" in other.text()


def test_limits_have_numbers() -> None:
    """What is dropped and refused is counted by its name."""
    metrics = Metrics()
    metrics.inbox_dropped.labels("bulk").inc()
    metrics.refused.labels("MEMPOOL_FULL").inc(3)
    metrics.penalties.labels("SIG_INVALID").inc()
    text = metrics.text()
    assert b'p2pchain_inbox_dropped_total{queue="bulk"} 1.0' in text
    assert b'p2pchain_submissions_refused_total{code="MEMPOOL_FULL"} 3.0' in text
    assert b'p2pchain_peer_faults_total{code="SIG_INVALID"} 1.0' in text


@pytest.mark.parametrize(("level", "priority"), [("debug", 7), ("info", 6), ("warning", 4), ("error", 3)])
def test_journald_reads_how_grave_a_line_is(level: str, priority: int) -> None:
    """Each line, those of a traceback too: ``journalctl -p warning`` shows what matters."""
    stream = io.StringIO()
    set_up_logs(level="debug", format_="text", stream=stream, priorities=True)
    try:
        raise ValueError("in the middle of it")
    except ValueError:
        getattr(structlog.get_logger(), level)("node.event", exc_info=True)
    lines = stream.getvalue().splitlines()
    assert len(lines) > 3
    assert {line[:3] for line in lines} == {f"<{priority}>"}


def test_other_libraries_lines_have_their_priority_too() -> None:
    stream = io.StringIO()
    set_up_logs(level="info", format_="json", stream=stream, priorities=True)
    logging.getLogger("library").critical("gone")
    assert stream.getvalue().startswith("<2>{")


def test_a_descriptor_is_known_as_the_journals() -> None:
    """By device and inode, as systemd states them; another one's statement is none."""
    reading, writing = os.pipe()
    status = os.fstat(writing)
    stated = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
    assert is_journal(writing, stated)
    assert not is_journal(writing, {})
    assert not is_journal(writing, {"JOURNAL_STREAM": "1:2"})
    os.close(reading)
    os.close(writing)
    assert not is_journal(writing, stated)
