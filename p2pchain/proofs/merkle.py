"""Inclusion proofs of RFC 6962 trees: that a transaction or receipt lies in a block."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.crypto.merkle import leaf_hash, node_hash
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import HASH_BYTES, INTEGER_MAX

PATH_HASHES_MAX = 63
"""Longest path that can occur: a list has at most ``INTEGER_MAX`` leaves."""


def verify_inclusion(root: bytes, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> None:
    """Accept that ``leaf`` (its bytes, not its hash) is number ``index`` of ``size`` leaves under ``root``.

    Raises ``Invalid("PROOF_INVALID")`` with the reason (RFC 9162 §2.1.3.2, whose tree is that of RFC 6962).
    ``root`` must come from a trusted header. That the leaf is in the tree is then certain. That its number is
    ``index`` is certain only as far as ``size`` is trusted, for the root alone does not tell how many leaves
    there are.
    """
    check_shape(root, index, size, path)
    current, last = index, size - 1
    computed = leaf_hash(leaf)
    for sibling in path:
        if last == 0:
            raise Invalid("PROOF_INVALID", {"reason": "path too long", "hashes": len(path)})
        if current & 1 or current == last:
            computed = node_hash(sibling, computed)
            while not current & 1 and current != 0:
                current, last = current >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        current, last = current >> 1, last >> 1
    if last != 0:
        raise Invalid("PROOF_INVALID", {"reason": "path too short", "hashes": len(path)})
    if computed != root:
        raise Invalid("PROOF_INVALID", {"reason": "root", "root": root.hex(), "computed": computed.hex()})


def check_shape(root: bytes, index: int, size: int, path: Sequence[bytes]) -> None:
    """Refuse numbers out of range and hashes that are none, before anything is computed."""
    if not 0 <= index < size <= INTEGER_MAX:
        raise Invalid(
            "PROOF_INVALID", {"reason": "index out of range", "index": str(index), "size": str(size)}
        )
    if len(path) > PATH_HASHES_MAX:
        raise Invalid("PROOF_INVALID", {"reason": "path too long", "hashes": len(path)})
    for hash_bytes in (root, *path):
        if len(hash_bytes) != HASH_BYTES:
            raise Invalid("PROOF_INVALID", {"reason": "hash length", "bytes": len(hash_bytes)})
