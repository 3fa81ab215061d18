"""The ordered set of keys against a plain sorted list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2pchain.ledger.keys import CHUNK_KEYS_MAX, KeyIndex

KEYS = st.binary(max_size=3)


@given(
    start=st.sets(KEYS),
    added=st.lists(KEYS),
    removed=st.lists(KEYS),
    prefix=st.binary(max_size=2),
    after=st.none() | KEYS,
)
def test_walk_gives_what_a_sorted_set_gives(
    start: set[bytes], added: list[bytes], removed: list[bytes], prefix: bytes, after: bytes | None
) -> None:
    index, model = KeyIndex(start), set(start)
    for key in added:
        index.add(key)
        model.add(key)
    for key in removed:
        index.discard(key)
        model.discard(key)
    expected = [key for key in sorted(model) if key.startswith(prefix) and (after is None or key > after)]
    assert list(index.walk(prefix, after)) == expected


def test_chunks_split_and_vanish() -> None:
    index = KeyIndex()
    keys = [number.to_bytes(4, "big") for number in range(3 * CHUNK_KEYS_MAX)]
    for key in reversed(keys):
        index.add(key)
        index.add(key)
    assert list(index.walk(b"")) == keys
    for key in keys[:-1]:
        index.discard(key)
    assert list(index.walk(b"")) == keys[-1:]
    index.discard(keys[-1])
    index.discard(keys[-1])
    assert list(index.walk(b"")) == []


@given(held=st.sets(st.binary(max_size=3)), more=st.sets(st.binary(max_size=3)))
def test_many_keys_at_once_are_as_many_one_by_one(held: set[bytes], more: set[bytes]) -> None:
    """Ascending new keys are merged chunk by chunk."""
    index = KeyIndex(held)
    index.add_all(sorted(more - held))
    assert list(index.walk(b"")) == sorted(held | more)
    for key in more:
        index.discard(key)
    assert list(index.walk(b"")) == sorted(held - more)


def test_many_keys_in_one_place_split_its_chunk() -> None:
    """No chunk stays above its bound, so later insertions stay cheap."""
    index = KeyIndex(number.to_bytes(4, "big") for number in range(0, 100_000, 10))
    index.add_all([number.to_bytes(4, "big") for number in range(20_001, 40_000, 2) if number % 10])
    for number in range(0, 100_000, 7):
        index.add(number.to_bytes(4, "big"))
    found = list(index.walk(b""))
    assert found == sorted(set(found))
    assert max(map(len, index._chunks)) <= CHUNK_KEYS_MAX
    assert index._lows == [chunk[0] for chunk in index._chunks]
