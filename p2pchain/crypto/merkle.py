"""Merkle trees over lists, after RFC 6962 §2.1: roots and inclusion paths.

A leaf hashes as ``SHA-256(0x00 || leaf)``, a node as ``SHA-256(0x01 || left || right)``, the empty list as
``SHA-256("")``. The two prefixes keep a node from being passed off as a leaf. RFC 6962 splits a list of ``n``
at the largest power of two below ``n``; the same tree grows from below when neighbours are paired level by
level and a last one without a neighbour rises unchanged, and so it is computed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from p2pchain.crypto.hashing import sha256

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256(b"")
"""Root of the empty list (RFC 6962 §2.1)."""


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over ``leaves`` in their order: 32 bytes (RFC 6962 §2.1); about 1
    µs a leaf.
    """
    return merkle_root_of_hashes(leaf_hashes(leaves))


def merkle_root_of_hashes(level: list[bytes]) -> bytes:
    """Return the root of the tree over leaves whose hashes are ``level``, in their order: 32 bytes."""
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = parents(level)
    return level[0]


def merkle_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the hashes that lead from leaf ``index`` to the root, the lowest first (RFC 6962 §2.1.1).

    ``index`` counts from 0 and must lie within ``leaves``; the path has at most ``ceil(log2(len(leaves)))``
    hashes.
    """
    assert 0 <= index < len(leaves), f"leaf {index} of {len(leaves)}"
    path = []
    level = leaf_hashes(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level = parents(level)
        index >>= 1
    return tuple(path)


def merkle_paths(leaves: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """Return the path of every leaf, as ``merkle_path`` does for one; the tree is computed once."""
    levels = [leaf_hashes(leaves)]
    while len(levels[-1]) > 1:
        levels.append(parents(levels[-1]))
    return [_path_within(levels, index) for index in range(len(leaves))]


def _path_within(levels: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """Return the path of a leaf; ``levels``: of the tree, the lowest first."""
    places = ((level, (index >> height) ^ 1) for height, level in enumerate(levels))
    return tuple(level[place] for level, place in places if place < len(level))


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one leaf: ``SHA-256(0x00 || leaf)``."""
    return sha256(LEAF_PREFIX + leaf)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children: ``SHA-256(0x01 || left || right)``."""
    return sha256(NODE_PREFIX + left + right)


def leaf_hashes(leaves: Sequence[bytes]) -> list[bytes]:
    """Return the hashes of all leaves: the lowest level of the tree."""
    digest = hashlib.sha256
    return [digest(LEAF_PREFIX + leaf).digest() for leaf in leaves]


def parents(level: list[bytes]) -> list[bytes]:
    """Return the next level above: neighbours paired, a last one without a neighbour as it is."""
    digest = hashlib.sha256
    pairs = zip(level[::2], level[1::2], strict=False)  # A last one without a neighbour is left over.
    above = [digest(NODE_PREFIX + left + right).digest() for left, right in pairs]
    if len(level) % 2:
        above.append(level[-1])
    return above
