"""A log that cannot be written costs lines, never the node: its reader gone or asleep, its disk full."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
import structlog

from p2pchain.telemetry.log_stream import CUT, LINE_CHARS_MAX, LINES_WAITING_MAX, LogStream
from p2pchain.telemetry.logs import set_up_logs
from p2pchain.telemetry.throttle import (
    CAUSE_BURST,
    CAUSES_MAX,
    EVENT_BURST,
    Throttle,
)

LONG_S = 10.0


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def pipe() -> tuple[int, int]:
    """A pipe: its reading and its writing end."""
    return os.pipe()


def test_lines_come_out_in_order() -> None:
    """What is queued is written whole, one after the other."""
    reading, writing = pipe()
    stream = LogStream(writing)
    for number in range(100):
        stream.write(f"line {number}\n")
    assert stream.drain(LONG_S)
    assert os.read(reading, 65_536).decode().splitlines() == [f"line {number}" for number in range(100)]
    assert (stream.lost, stream.reason) == (0, None)


def test_a_reader_that_went_away_ends_nothing() -> None:
    """As when journald stops: lines are counted, and the reason is told."""
    reading, writing = pipe()
    os.close(reading)
    stream = LogStream(writing)
    stream.write("into the void\n")
    assert stream.drain(LONG_S)
    assert (stream.lost, stream.reason) == (1, "Broken pipe")


def test_a_full_disk_ends_nothing_and_is_forgotten_once_there_is_room() -> None:
    """``/dev/full`` answers as a full disk does."""
    full = os.open("/dev/full", os.O_WRONLY)
    stream = LogStream(full)
    stream.write("no room\n")
    assert stream.drain(LONG_S)
    assert (stream.lost, stream.reason) == (1, "No space left on device")
    reading, writing = pipe()
    os.dup2(writing, full)
    stream.write("room again\n")
    assert stream.drain(LONG_S)
    assert (stream.lost, stream.reason) == (1, None)
    assert os.read(reading, 100) == b"room again\n"


def test_a_reader_that_sleeps_makes_nobody_wait() -> None:
    """The pipe is full and nobody reads: ``write`` returns all the same, and what waits is bounded."""
    reading, writing = pipe()
    stream = LogStream(writing)
    line = "x" * 100 + "\n"
    for _ in range(LINES_WAITING_MAX + 2_000):
        stream.write(line)
    assert stream.lost > 0
    assert stream.reason == "nobody reads it"
    assert not stream.drain(0.0)
    os.set_blocking(reading, False)
    while not stream.drain(0.0):
        with suppress(BlockingIOError):  # all is read, and the writer has not said yet that it is done
            os.read(reading, 1_000_000)
    assert stream.reason is None, "once somebody reads again all is well"


def test_a_descriptor_that_somebody_made_non_blocking_is_waited_for() -> None:
    """Parents share their terminals, and some set them so."""
    reading, writing = pipe()
    os.set_blocking(writing, False)
    stream = LogStream(writing)
    for _ in range(1_000):
        stream.write("y" * 500 + "\n")
    taken = 0
    while taken < 501 * 1_000:
        taken += len(os.read(reading, 1_000_000))
    assert stream.drain(LONG_S)
    assert stream.lost == 0


def test_a_line_is_cut() -> None:
    """One value of many megabytes does not fill what waits."""
    reading, writing = pipe()
    stream = LogStream(writing)
    stream.write("z" * (LINE_CHARS_MAX * 2))
    assert stream.drain(LONG_S)
    assert os.read(reading, 65_536).decode() == "z" * LINE_CHARS_MAX + CUT


@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_others_say_steers_no_terminal(format_: str) -> None:
    """The name in a hello, say: escape sequences, line ends and marks that turn the direction of writing."""
    stream = io.StringIO()
    set_up_logs(level="info", format_=format_, stream=stream)
    said = "bank-\x1b[31ma\r\n2026-01-01 node.started \u202eeslaf\x9b"
    structlog.get_logger().info("peer.refused", detail=said, all=[said], by={"name": said})
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert not [character for character in text.rstrip("\n") if not character.isprintable()]
    assert "\\x1b" in text or "\\\\x1b" in text


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def written(throttle: Throttle, **event: object) -> dict[str, object] | None:
    """What the throttle passes on of an event, None where it drops it."""
    try:
        return dict(throttle(None, "info", dict(event)))
    except structlog.DropEvent:
        return None


def test_one_cause_does_not_fill_the_log() -> None:
    """7,000 lines a minute of one refusal were seen; the next line that gets through says how many it was."""
    clock = Clock()
    throttle = Throttle(clock)
    passed = [written(throttle, event="net.refused", code="connections_full") for _ in range(7_000)]
    assert sum(each is not None for each in passed) == CAUSE_BURST
    clock.now_s = 60.0
    event = written(throttle, event="net.refused", code="connections_full")
    assert event is not None
    assert event["suppressed"] == 7_000 - CAUSE_BURST


def test_a_stranger_with_many_names_does_not_fill_the_log_either() -> None:
    """Each new peer id would be a cause of its own: the event has a bucket over all of them."""
    throttle = Throttle(Clock())
    passed = [written(throttle, event="net.refused", peer=f"p{number}") for number in range(CAUSES_MAX * 3)]
    assert sum(each is not None for each in passed) == EVENT_BURST
    assert written(throttle, event="node.started") is not None, "another event is not held up"


def test_blocks_are_the_nodes_own_doing() -> None:
    """They are bounded by the chain's parameters, and an operator counts on each line."""
    throttle = Throttle(Clock())
    assert all(written(throttle, event="block.committed", height=height) for height in range(1_000))
