"""Shares stand for amounts: floor one way, and back to the very cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.business.registry import document
from p2pchain.client.registry import SHARE_WHOLE, financed_minor, remaining_minor, share_of
from p2pchain.model.errors import Refused

TOTALS = st.integers(1, 10**15)


def test_the_whole_is_the_ledgers() -> None:
    assert SHARE_WHOLE == document.SHARE_WHOLE
    assert share_of(25_033, 25_033) == SHARE_WHOLE


@given(total=TOTALS, parts=st.lists(st.integers(1, 10**15), min_size=1, max_size=8))
def test_parts_and_what_is_left_add_up_to_the_total(total: int, parts: list[int]) -> None:
    """Whatever parts are financed, the share that is left is worth what is left, and may be financed as
    such.
    """
    financed = share = 0
    for part in parts:
        if financed + part <= total:
            financed += part
            share += share_of(part, total)
    left = remaining_minor(SHARE_WHOLE - share, total)
    assert (financed_minor(share, total), left) == (financed, total - financed)
    if left:
        assert share + share_of(left, total) <= SHARE_WHOLE


@given(total=TOTALS, financed=st.integers(1, 10**15))
def test_one_minor_unit_too_much_never_fits(total: int, financed: int) -> None:
    if financed > total:
        with pytest.raises(Refused) as caught:
            share_of(financed, total)
        assert caught.value.code == "REG_EXCEEDS_TOTAL"
    elif financed < total:
        assert share_of(financed, total) + share_of(total - financed + 1, total) > SHARE_WHOLE or financed < 2


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        share_of(1, 2 * SHARE_WHOLE)
    assert caught.value.code == "REG_SHARE_TOO_SMALL"
