"""Refusals of a file of meter readings: one class per reason, each with the line of the file."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.model.errors import Fact, Refused


class MeterColumns(Refused):
    """The file has no readings, not the columns that it needs, or a row with other ones."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: line, and what was found."""
        hint = (
            "name the columns: interval (or start and end), and one of wh, kwh, mwh; every row has them all"
        )
        super().__init__("METER_COLUMNS", facts, hint)


class MeterDuplicate(Refused):
    """Two rows are of the same interval."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: both lines."""
        super().__init__("METER_DUPLICATE", facts, "delete the row that is not right")


class MeterEnergy(Refused):
    """A value is no whole number of watt-hours from 0 on."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: line, column and what was found."""
        hint = "write digits with a decimal point, down to the watt-hour: 1.234 in kwh"
        super().__init__("METER_ENERGY", facts, hint)


class MeterGap(Refused):
    """No row is of the time between two rows."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: the lines before and after, and how long it is."""
        super().__init__(
            "METER_GAP", facts, "add the rows, with 0 where nothing was counted, or make two files"
        )


class MeterInterval(Refused):
    """An interval ends before it begins, or is not of whole five minutes, or lies over two hours."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: line and reason."""
        super().__init__("METER_INTERVAL", facts, "correct the interval, or choose another --by")


class MeterLineLong(Refused):
    """A line is longer than any row is."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: line and bound."""
        super().__init__("METER_LINE", facts, "export the readings alone")


class MeterOverlap(Refused):
    """Two rows share a time."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: both lines."""
        super().__init__("METER_OVERLAP", facts, "correct the interval that is wrong")


class MeterTime(Refused):
    """A time is not of ISO 8601, or says nothing of its offset from UTC."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: line and what was found."""
        hint = "write 2026-03-29T01:00+01:00/PT1H or 2026-03-29T00:00Z/2026-03-29T01:00Z"
        super().__init__("METER_TIME", facts, hint)


class MeterTooLarge(Refused):
    """The file has more bytes or rows than are ever read, or makes more periods than one issue takes."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """``facts``: how much, and the bound."""
        super().__init__("METER_TOO_LARGE", facts, "make several files of it, or put more together by --by")
