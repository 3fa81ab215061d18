"""The root of a state that comes in order is that of its trie, whatever its size and shape."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.ledger.sorted_root import SortedRoot
from p2pchain.ledger.trie import Trie


def sorted_root(state: dict[bytes, bytes]) -> bytes:
    """By the streamed way."""
    root = SortedRoot()
    for key_hash, value in sorted((hashlib.sha256(key).digest(), value) for key, value in state.items()):
        root.add(key_hash, value)
    assert root.keys == len(state)
    return root.root()


@given(st.dictionaries(st.binary(max_size=2), st.binary(max_size=2), max_size=400))
def test_any_state_has_the_root_of_its_trie(state: dict[bytes, bytes]) -> None:
    """Pages and branches at every level above the subtrees."""
    assert sorted_root(state) == Trie.EMPTY.update(state).root


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 255, 256, 257, 300, 4_000, 20_000])
def test_states_around_the_bounds_of_pages(count: int) -> None:
    """16 keys are a page, one more is a branch, at the top as well as one and two levels below."""
    state = {b"key/%d" % number: b"value" for number in range(count)}
    assert sorted_root(state) == Trie.EMPTY.update(state).root


def test_states_in_one_subtree() -> None:
    """Keys whose hashes begin alike: branches with one child in use, and pages that rise."""
    alike = [
        key for key in (b"%d" % number for number in range(20_000)) if hashlib.sha256(key).digest()[0] == 7
    ]
    for count in (1, 16, 17, len(alike)):
        state = dict.fromkeys(alike[:count], b"value")
        assert sorted_root(state) == Trie.EMPTY.update(state).root


def test_what_is_out_of_order_is_no_state() -> None:
    """A snapshot with a pair twice, or in another place, has no root."""
    root = SortedRoot()
    root.add(b"\x05" * 32, b"")
    with pytest.raises(AssertionError, match="ascending"):
        root.add(b"\x05" * 32, b"")
