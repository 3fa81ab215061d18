"""Merkle roots and paths against the published vectors of RFC 6962 and its recursive definition."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from p2pchain.crypto.merkle import merkle_path, merkle_root

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "merkle_rfc6962.json").read_text())
LEAVES = [bytes.fromhex(leaf) for leaf in VECTORS["leaves"]]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) as RFC 6962 §2.1 defines it."""
    if len(leaves) <= 1:
        return hashlib.sha256(b"".join(b"\x00" + leaf for leaf in leaves)).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def defined_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) as RFC 6962 §2.1.1 defines it."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*defined_path(index, leaves[:split]), defined_root(leaves[split:])]
    return [*defined_path(index - split, leaves[split:]), defined_root(leaves[:split])]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert merkle_root(LEAVES[:size]).hex() == VECTORS["roots"][size]


@pytest.mark.parametrize(
    "vector", VECTORS["paths"], ids=lambda vector: f"{vector['index']}-of-{vector['size']}"
)
def test_published_paths(vector: dict[str, object]) -> None:
    size, index = vector["size"], vector["index"]
    assert isinstance(size, int)
    assert isinstance(index, int)
    assert [step.hex() for step in merkle_path(LEAVES[:size], index)] == vector["path"]


def test_the_definition_for_every_size_to_70() -> None:
    leaves = [b"leaf %d" % number for number in range(70)]
    for size in range(71):
        assert merkle_root(leaves[:size]) == defined_root(leaves[:size])
        for index in range(size):
            assert list(merkle_path(leaves[:size], index)) == defined_path(index, leaves[:size])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_outside_is_our_bug(index: int) -> None:
    with pytest.raises(AssertionError, match="of 3"):
        merkle_path([b"a", b"b", b"c"], index)
