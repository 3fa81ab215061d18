"""A clock that is off is told after two blocks, and not where a block is late for another reason."""

from __future__ import annotations

import pytest

from p2pchain.model.parameters import Parameters
from p2pchain.replica.clock import ClockWatch

PARAMETERS = Parameters()
LATEST_MS = PARAMETERS.time_delay_ms + PARAMETERS.time_precision_ms
HOUR_MS = 3_600_000


def watched(*offsets_ms: int, round_: int = 0) -> int:
    """What is told after blocks at whose decision the own clock showed so much more."""
    watch = ClockWatch()
    for offset_ms in offsets_ms:
        watch.decided(block_time_ms=HOUR_MS, round_=round_, now_ms=HOUR_MS + offset_ms)
    return watch.off_ms(PARAMETERS)


@pytest.mark.parametrize("off_ms", [HOUR_MS, -HOUR_MS, LATEST_MS + 1, -PARAMETERS.time_precision_ms - 1])
def test_two_blocks_tell_a_wrong_clock(off_ms: int) -> None:
    assert watched(off_ms) == 0
    assert watched(off_ms, off_ms) == off_ms


@pytest.mark.parametrize("off_ms", [0, 300, LATEST_MS, -PARAMETERS.time_precision_ms])
def test_what_the_rule_allows_is_not_told(off_ms: int) -> None:
    assert watched(off_ms, off_ms, off_ms) == 0


def test_one_late_block_says_nothing() -> None:
    assert watched(100, HOUR_MS) == watched(HOUR_MS, 100) == 0


def test_a_block_proposed_again_says_nothing() -> None:
    assert watched(HOUR_MS, HOUR_MS, round_=1) == 0


def test_a_clock_that_was_set_right_is_trusted_again() -> None:
    assert watched(HOUR_MS, HOUR_MS, 100) == 0
