"""A meter's file is read as it is, whatever summer time does, or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.documents.meter_readings import (
    READINGS_BYTES_MAX,
    periods_of,
    read_meter_csv,
    readings_root,
)
from p2pchain.model.errors import Refused

SAMPLE = Path(__file__).parents[2] / "samples" / "certificate-meter.csv"
MIDNIGHT_MS = 1_774_738_800_000
"""2026-03-28T23:00Z, which is midnight in Copenhagen of the day on which summer time begins."""
HOUR_MS = 3_600_000


def csv_of(*rows: str, head: str = "interval,wh") -> bytes:
    """A file of these rows."""
    return "\n".join((head, *rows)).encode()


def refused(data: bytes) -> Refused:
    """Why a file is not read."""
    with pytest.raises(Refused) as refusal:
        read_meter_csv(data)
    return refusal.value


def test_the_day_on_which_an_hour_is_missing() -> None:
    """From 01:00+01:00 to 03:00+02:00 is one hour."""
    readings = read_meter_csv(SAMPLE.read_bytes())
    assert [(row.start_ms - MIDNIGHT_MS) // HOUR_MS for row in readings] == [0, 1, 2]
    assert [row.wh for row in readings] == [2_400_000, 1_800_500, 1]
    assert periods_of(readings, "file") == ((MIDNIGHT_MS, MIDNIGHT_MS + 3 * HOUR_MS, 4_200_501),)


def test_the_day_on_which_an_hour_comes_twice() -> None:
    """02:00+02:00 and 02:00+01:00 are two hours, in whatever order their rows stand."""
    rows = ("2026-10-25T02:00+01:00/PT1H,2", "2026-10-25T02:00+02:00/PT1H,1")
    first, second = read_meter_csv(csv_of(*rows))
    assert (first.wh, second.wh, second.start_ms - first.start_ms) == (1, 2, HOUR_MS)


def test_forms_of_one_and_the_same_file() -> None:
    """Start and end in two columns, semicolons, a mark of UTF-8, blank lines: the same readings, the same
    root.
    """
    plain = csv_of("2026-01-01T00:00Z/2026-01-01T00:15Z,250", "2026-01-01T00:15Z/PT15M,0")
    other = csv_of(
        "0.00025;2026-01-01T01:00+01:00;2026-01-01T01:15+01:00",
        "",
        "0;2026-01-01T00:15:00Z;PT15M",
        head="\ufeffMWh;Start;End",
    )
    assert readings_root(read_meter_csv(plain)) == readings_root(read_meter_csv(other))
    assert periods_of(read_meter_csv(plain), "hour") == ((1_767_225_600_000, 1_767_227_400_000, 250),)
    assert len(periods_of(read_meter_csv(plain), "row")) == 2


def test_a_changed_reading_changes_the_root() -> None:
    one = read_meter_csv(csv_of("2026-01-01T00:00Z/PT1H,250"))
    other = read_meter_csv(csv_of("2026-01-01T00:00Z/PT1H,251"))
    assert readings_root(one) != readings_root(other)


FIRST = "2026-01-01T00:00Z/PT1H,1"


@pytest.mark.parametrize(
    ("code", "line", "rows"),
    [
        ("METER_DUPLICATE", 3, (FIRST, "2026-01-01T01:00+01:00/PT60M,1")),
        ("METER_OVERLAP", 3, (FIRST, "2026-01-01T00:45Z/PT1H,1")),
        ("METER_GAP", 3, (FIRST, "2026-01-01T02:00Z/PT1H,1")),
        ("METER_GAP", 2, ("2026-01-01T02:00Z/PT1H,1", FIRST)),
        ("METER_TIME", 2, ("2026-01-01T00:00/PT1H,1",)),
        ("METER_TIME", 2, ("2026-01-01T00:00Z,1",)),
        ("METER_TIME", 2, ("2026-02-30T00:00Z/PT1H,1",)),
        ("METER_TIME", 2, ("2026-01-01T00:00Z/P1M,1",)),
        ("METER_TIME", 2, ("2026-01-01T00:00Z/P,1",)),
        ("METER_INTERVAL", 3, (FIRST, "2026-01-01T02:00Z/2026-01-01T01:00Z,1")),
        ("METER_INTERVAL", 2, ("2026-01-01T00:01Z/PT1H,1",)),
        ("METER_ENERGY", 2, ("2026-01-01T00:00Z/PT1H,1.5",)),
        ("METER_ENERGY", 2, ("2026-01-01T00:00Z/PT1H,-1",)),
        ("METER_ENERGY", 2, ("2026-01-01T00:00Z/PT1H,1e3",)),
        ("METER_ENERGY", 2, ("2026-01-01T00:00Z/PT1H,",)),
        ("METER_ENERGY", 2, ("2026-01-01T00:00Z/PT1H,٣",)),
        ("METER_COLUMNS", 3, (FIRST, "2026-01-01T01:00Z/PT1H,1,2")),
        ("METER_LINE", 2, ("x" * 2_001,)),
    ],
)
def test_what_is_wrong_is_named_with_its_line(code: str, line: int, rows: tuple[str, ...]) -> None:
    refusal = refused(csv_of(*rows))
    assert (refusal.code, refusal.facts["line"]) == (code, line)
    assert refusal.hint


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"interval,wh",
        b"interval,wh,kwh\na,1,1",
        b"start,wh\na,1",
        b"\xff\xfe",
        b"interval,start,end,wh\na,b,c,1",
    ],
)
def test_a_file_without_the_columns(data: bytes) -> None:
    assert refused(data).code == "METER_COLUMNS"


def test_a_file_that_is_too_large() -> None:
    assert refused(b"0" * (READINGS_BYTES_MAX + 1)).code == "METER_TOO_LARGE"


def test_an_interval_over_two_hours_is_of_no_hour() -> None:
    readings = read_meter_csv(csv_of("2026-01-01T00:30Z/PT1H,1"))
    with pytest.raises(Refused, match="METER_INTERVAL"):
        periods_of(readings, "hour")
