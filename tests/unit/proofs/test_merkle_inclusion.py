"""Inclusion proofs: the published ones pass; whatever is changed in one is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pchain.crypto.merkle import leaf_hash, merkle_path, merkle_root, node_hash
from p2pchain.model.errors import Invalid
from p2pchain.proofs.merkle import PATH_HASHES_MAX, verify_inclusion

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "merkle_rfc6962.json").read_text())
LEAVES = [bytes.fromhex(leaf) for leaf in VECTORS["leaves"]]


def refused(root: bytes, leaf: bytes, index: int, size: int, path: list[bytes]) -> str:
    """Reason of the refusal that must come."""
    with pytest.raises(Invalid) as refusal:
        verify_inclusion(root, leaf, index, size, path)
    assert refusal.value.code == "PROOF_INVALID"
    return str(refusal.value.facts["reason"])


@pytest.mark.parametrize(
    "vector", VECTORS["paths"], ids=lambda vector: f"{vector['index']}-of-{vector['size']}"
)
def test_published_proofs(vector: dict[str, object]) -> None:
    index, size, path = vector["index"], vector["size"], vector["path"]
    assert isinstance(index, int)
    assert isinstance(size, int)
    assert isinstance(path, list)
    root = bytes.fromhex(VECTORS["roots"][size])
    verify_inclusion(root, LEAVES[index], index, size, [bytes.fromhex(step) for step in path])


def test_every_leaf_of_every_size_and_every_wrong_index() -> None:
    leaves = [b"leaf %d" % number for number in range(33)]
    for size in range(1, 34):
        root = merkle_root(leaves[:size])
        for index in range(size):
            path = merkle_path(leaves[:size], index)
            verify_inclusion(root, leaves[index], index, size, path)
            for other in {0, index - 1, index + 1, size - 1} - {index}:
                refused(root, leaves[index], other, size, list(path))


def test_every_changed_bit_of_a_path_is_refused() -> None:
    leaves = [b"leaf %d" % number for number in range(11)]
    root = merkle_root(leaves)
    path = list(merkle_path(leaves, 6))
    for step in range(len(path)):
        for place in range(32):
            changed = bytearray(path[step])
            changed[place] ^= 1
            assert (
                refused(root, leaves[6], 6, 11, [*path[:step], bytes(changed), *path[step + 1 :]]) == "root"
            )
    assert refused(root, b"leaf 7", 6, 11, path) == "root"
    assert refused(bytes(32), leaves[6], 6, 11, path) == "root"


def test_shapes_are_refused() -> None:
    leaves = [b"a", b"b", b"c"]
    root, path = merkle_root(leaves), list(merkle_path(leaves, 1))
    assert refused(root, b"b", 1, 3, path[:-1]) == "path too short"
    assert refused(root, b"b", 1, 3, [*path, root]) == "path too long"
    assert refused(root, b"b", 1, 3, path * (PATH_HASHES_MAX + 1)) == "path too long"
    assert refused(root, b"b", 1, 3, [path[0][:-1], path[1]]) == "hash length"
    assert refused(root[:-1], b"b", 1, 3, path) == "hash length"
    for index, size in [(-1, 3), (3, 3), (0, 0), (1, 2**63), (2**70, 2**71)]:
        assert refused(root, b"b", index, size, path) == "index out of range"


def test_a_node_does_not_pass_for_a_leaf() -> None:
    """Second preimage: without the prefixes the two children of a node would be a leaf of a smaller tree."""
    leaves = [b"a", b"b", b"c", b"d"]
    root = merkle_root(leaves)
    right = node_hash(leaf_hash(b"c"), leaf_hash(b"d"))
    inner = leaf_hash(b"a") + leaf_hash(b"b")
    assert refused(root, inner, 0, 2, [right]) == "root"
