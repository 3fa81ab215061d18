"""What people read: one line for a fault, and units that fit."""

from __future__ import annotations

import pytest

from p2pchain.cli.exits import exit_code, one_line
from p2pchain.cli.screen import duration, plain, short, size
from p2pchain.client.faults import TimedOut
from p2pchain.model.errors import Fault, Refused


def test_one_line_is_one_line() -> None:
    fault = Refused("CONFIG_INVALID", {"setting": "log.level", "problem": "two\nlines\x1b[31m"}, "correct it")
    line = one_line(fault)
    assert (
        line
        == "p2pchain: CONFIG_INVALID: config invalid (setting=log.level, problem=two lines [31m); correct it"
    )


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("DAEMON_NOT_RUNNING"), 3),
        (Fault("NOT_PERMITTED"), 4),
        (TimedOut({}, ""), 5),
        (Refused("TX_UNKNOWN"), 7),
        (Refused("ANYTHING_ELSE"), 1),
    ],
)
def test_exit_codes(fault: Fault, code: int) -> None:
    assert exit_code(fault) == code


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        *((0, "0 ms"), (999, "999 ms"), (1_000, "1 s"), (119_999, "119 s"), (120_000, "2 min")),
        *((7_200_000, "2 h"), (172_800_000, "2 d"), (None, "-")),
    ],
)
def test_durations(ms: object, text: str) -> None:
    assert duration(ms) == text


def test_cells() -> None:
    assert [size(count) for count in (0, 999, 1_000, 1_234_567, None)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.2 MB",
        "-",
    ]
    assert [plain(value) for value in (None, True, False, 3, "x")] == ["-", "yes", "no", "3", "x"]
    assert (short("ab" * 32), short(None)) == ("ab" * 6, "-")
