"""Merkle proofs for any list: what was proved verifies; another leaf or a changed byte does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.crypto.merkle import merkle_path, merkle_root
from p2pchain.model.errors import Invalid
from p2pchain.proofs.merkle import verify_inclusion


@settings(deadline=None)
@given(st.lists(st.binary(max_size=80), min_size=1, max_size=200), st.data())
def test_proofs_hold_and_changed_ones_do_not(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, path = merkle_root(leaves), merkle_path(leaves, index)
    verify_inclusion(root, leaves[index], index, len(leaves), path)
    with pytest.raises(Invalid):
        verify_inclusion(root, leaves[index] + b"\x00", index, len(leaves), path)
    if path:
        step = data.draw(st.integers(0, len(path) - 1))
        changed = bytearray(path[step])
        changed[data.draw(st.integers(0, 31))] ^= data.draw(st.integers(1, 255))
        with pytest.raises(Invalid):
            verify_inclusion(
                root, leaves[index], index, len(leaves), (*path[:step], bytes(changed), *path[step + 1 :])
            )


@settings(deadline=None)
@given(st.lists(st.binary(max_size=8), max_size=40), st.lists(st.binary(max_size=8), max_size=40))
def test_different_lists_have_different_roots(one: list[bytes], two: list[bytes]) -> None:
    assert (merkle_root(one) == merkle_root(two)) is (one == two)
