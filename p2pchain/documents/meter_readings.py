"""Readings of a meter, as a file of comma-separated values states them: what was counted from when to when.

The first line names the columns, in any order: ``interval`` (``START/END`` or ``START/DURATION`` of ISO 8601,
such as ``2026-03-29T01:00+01:00/PT1H``), or ``start`` and ``end``; and one of ``wh``, ``kwh``, ``mwh``. Other
columns are left alone. Every time has its offset from UTC or is in ``Z``: the hour that summer time takes out
or puts in twice is then as plain as any other, and nothing depends on a table of zones. Energy is decimal,
and a whole number of watt-hours.

Nothing is guessed: rows that overlap, that stand twice or leave a gap, times off the grid of five minutes,
and values that are no whole watt-hours are refused with their lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.crypto.merkle import merkle_root
from p2pchain.documents.characters import ascii_lower, trimmed
from p2pchain.documents.meter_refusals import (
    MeterColumns,
    MeterDuplicate,
    MeterEnergy,
    MeterGap,
    MeterInterval,
    MeterLineLong,
    MeterOverlap,
    MeterTime,
    MeterTooLarge,
)

READINGS_BYTES_MAX: Final = 8_388_608
ROWS_MAX: Final = 110_000
"""Most rows of a file: the five minutes of a year."""
FIELD_CHARS_MAX: Final = 200
SLOT_MS: Final = 300_000
HOUR_MS: Final = 3_600_000
WATT_HOURS_MAX: Final = 10**15
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DURATION: Final = re.compile("P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?)?")
TIME: Final = re.compile(
    "[0-9]{4}-?[0-9]{2}-?[0-9]{2}T[0-9]{2}:?[0-9]{2}(:?[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})"
)
DECIMAL: Final = re.compile("([0-9]{1,15})(?:[.]([0-9]{1,9}))?")
DECIMALS: Final = {"wh": 0, "kwh": 3, "mwh": 6}
"""By column: how many decimals of it make a watt-hour."""
BY: Final = ("row", "hour", "file")
"""How readings become periods: each row, each hour in UTC, or all of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Energy counted in one interval. ``line``: of the file, from 1."""

    start_ms: int
    end_ms: int
    wh: int
    line: int


Period = tuple[int, int, int]
"""(start, end, watt-hours)."""


def read_meter_csv(data: bytes) -> tuple[Reading, ...]:
    """Read a file; its readings ascend and follow one another. Raises the refusals of ``meter_refusals``."""
    if len(data) > READINGS_BYTES_MAX:
        raise MeterTooLarge({"bytes": len(data), "bytes_max": READINGS_BYTES_MAX})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise MeterColumns({"line": 1, "reason": "UTF-8"}) from fault
    lines = text.splitlines()
    head = lines[0] if lines else ""
    separator = ";" if head.count(";") > head.count(",") else ","
    rows = _rows(lines, separator)
    columns = [ascii_lower(trimmed(name)) for name in next(rows, (1, []))[1]]
    energy = [name for name in columns if name in DECIMALS]
    is_whole = columns.count("interval") == 1
    is_split = columns.count("start") == columns.count("end") == 1
    if len(energy) != 1 or is_whole == is_split:
        raise MeterColumns({"line": 1, "columns": ",".join(columns)[:FIELD_CHARS_MAX]})
    readings: list[Reading] = []
    for line, row in rows:
        if len(row) != len(columns):
            raise MeterColumns({"line": line, "columns": len(row), "expected": len(columns)})
        if len(readings) == ROWS_MAX:
            raise MeterTooLarge({"line": line, "rows_max": ROWS_MAX})
        named = dict(zip(columns, (trimmed(value) for value in row), strict=True))
        start_ms, end_ms = _interval(named, line)
        readings.append(
            Reading(start_ms=start_ms, end_ms=end_ms, wh=_watt_hours(named, energy[0], line), line=line)
        )
    if not readings:
        raise MeterColumns({"line": 1, "rows": 0})
    return _in_sequence(readings)


def readings_root(readings: Sequence[Reading]) -> bytes:
    """Return the root of the tree (RFC 6962) over ``[start, end, watt-hours]`` of the readings."""
    return merkle_root([pack((reading.start_ms, reading.end_ms, reading.wh)) for reading in readings])


def periods_of(readings: Sequence[Reading], by: str) -> tuple[Period, ...]:
    """Put readings together by ``row``, ``hour`` or ``file``. ``METER_INTERVAL`` where one lies over two
    hours.
    """
    periods: list[Period] = []
    hour = -1
    for reading in readings:
        at = reading.start_ms // HOUR_MS
        if by == "hour" and (reading.end_ms - 1) // HOUR_MS != at:
            raise MeterInterval({"line": reading.line, "reason": "over two hours"})
        if periods and (by == "file" or (by == "hour" and at == hour)):
            start_ms, _, wh = periods.pop()
            periods.append((start_ms, reading.end_ms, wh + reading.wh))
        else:
            periods.append((reading.start_ms, reading.end_ms, reading.wh))
        hour = at
    return tuple(periods)


def _rows(lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with its line."""
    for line, text in enumerate(lines, 1):
        if not trimmed(text):
            continue
        if len(text) > 10 * FIELD_CHARS_MAX:
            raise MeterLineLong({"line": line, "chars_max": 10 * FIELD_CHARS_MAX})
        yield line, next(csv.reader([text], delimiter=separator))


def _interval(named: dict[str, str], line: int) -> tuple[int, int]:
    if "interval" in named:
        first, slash, last = named["interval"].partition("/")
        if not slash:
            raise MeterTime({"line": line, "found": named["interval"][:FIELD_CHARS_MAX]})
    else:
        first, last = named["start"], named["end"]
    start_ms = _moment(first, line)
    end_ms = start_ms + _duration(last, line) if last.startswith("P") else _moment(last, line)
    if end_ms <= start_ms:
        raise MeterInterval({"line": line, "reason": "ends before it begins"})
    if start_ms % SLOT_MS or end_ms % SLOT_MS:
        raise MeterInterval({"line": line, "reason": "no whole five minutes"})
    return start_ms, end_ms


def _moment(text: str, line: int) -> int:
    if TIME.fullmatch(text) is None:
        raise MeterTime({"line": line, "found": text[:FIELD_CHARS_MAX]})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise MeterTime({"line": line, "found": text[:FIELD_CHARS_MAX]}) from fault
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _duration(text: str, line: int) -> int:
    match = DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    if not days + hours + minutes:
        raise MeterTime({"line": line, "found": text[:FIELD_CHARS_MAX]})
    return ((days * 24 + hours) * 60 + minutes) * 60_000


def _watt_hours(named: dict[str, str], column: str, line: int) -> int:
    text = named[column]
    match = DECIMAL.fullmatch(text)
    whole, fraction = (match[1], match[2] or "") if match else ("", "")
    shown = fraction.rstrip("0")
    places = DECIMALS[column]
    if match is None or len(shown) > places:
        raise MeterEnergy({"line": line, "found": text[:FIELD_CHARS_MAX], "column": column})
    wh = int(whole + shown.ljust(places, "0"))
    if wh > WATT_HOURS_MAX:
        raise MeterEnergy({"line": line, "found": text[:FIELD_CHARS_MAX], "column": column})
    return wh


def _in_sequence(readings: list[Reading]) -> tuple[Reading, ...]:
    """Readings in the order of time. Two of the same time, that overlap or leave a gap are refused."""
    ordered = sorted(readings, key=lambda reading: (reading.start_ms, reading.end_ms, reading.line))
    for before, after in pairwise(ordered):
        facts = {"line": after.line, "other_line": before.line}
        if (before.start_ms, before.end_ms) == (after.start_ms, after.end_ms):
            raise MeterDuplicate(facts)
        if after.start_ms < before.end_ms:
            raise MeterOverlap(facts)
        if after.start_ms > before.end_ms:
            raise MeterGap({**facts, "gap_minutes": (after.start_ms - before.end_ms) // 60_000})
    return tuple(ordered)
