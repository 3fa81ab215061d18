"""Overlays read through, hide what they delete, and their changes do not depend on the order of writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.ledger.state import Overlay, State
from p2pchain.model.steps import finish

KEYS = st.sampled_from([b"a/1", b"a/2", b"a/3", b"b/1"])
WRITES = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=1)), max_size=8)


@given(start=st.dictionaries(KEYS, st.binary(max_size=1)), outer=WRITES, inner=WRITES, walked=st.booleans())
def test_overlays_against_dictionaries(
    start: dict[bytes, bytes],
    outer: list[tuple[bytes, bytes | None]],
    inner: list[tuple[bytes, bytes | None]],
    walked: bool,
) -> None:
    state, model = State(start), dict(start)
    block = Overlay(state)
    if walked:
        assert list(block.walk(b"")) == sorted(model)
    write(block, model, outer)
    transaction = Overlay(block)
    seen = dict(model)
    write(transaction, seen, inner)
    assert list(transaction.walk(b"a/")) == sorted(key for key in seen if key.startswith(b"a/"))
    assert {key: transaction.get(key) for key in seen} == seen
    assert list(block.walk(b"")) == sorted(model), (
        "writes of a transaction stay in it until they are absorbed"
    )
    block.absorb(transaction)
    assert list(block.walk(b"a/", b"a/1")) == sorted(key for key in seen if b"a/1" < key < b"b")
    changes = finish(block.changes())
    assert changes == tuple(
        (key, seen.get(key)) for key in sorted({*start, *seen}) if seen.get(key) != start.get(key)
    )
    state.apply(changes, state.trie.update(dict(changes)))
    assert {key: state.get(key) for key in state.walk(b"")} == seen
    assert state.trie.root == State(seen).trie.root
    assert len(state) == len(seen)


def write(overlay: Overlay, model: dict[bytes, bytes], writes: list[tuple[bytes, bytes | None]]) -> None:
    """Write the same to an overlay and to a dictionary."""
    for key, value in writes:
        overlay.set(key, value)
        if value is None:
            model.pop(key, None)
        else:
            model[key] = value


def test_an_overlay_is_absorbed_by_its_base_alone() -> None:
    state = State({})
    with pytest.raises(AssertionError, match="own base"):
        Overlay(state).absorb(Overlay(state))
