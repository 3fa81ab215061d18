"""State root of pairs in the order of their key hashes, without a trie in memory.

The trie (``trie.py``) of a large state has 256 subtrees below its two highest levels, and in this order they
are complete one after the other. Only the hash of each is kept, and its pairs where they are so few that a
level above may be a page. So a million keys cost the memory of a few thousand.
"""

from __future__ import annotations

from typing import Final

from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.trie import EMPTY_PAGE_HASH, built, node_hash
from p2pchain.model.ids import HASH_BYTES
from p2pchain.proofs.state import BRANCH_PREFIX, CHILDREN, ENTRY_BYTES, PAGE_BYTES_MAX, page_hash

SUBTREE_DEPTH: Final = 2
SUBTREES: Final = CHILDREN**SUBTREE_DEPTH
"""By the first byte of the key hash: two nibbles."""


class SortedRoot:
    """Takes pairs in ascending order of the hashes of their keys; ``root`` ends it."""

    def __init__(self) -> None:
        """No pairs yet."""
        self.keys = 0
        self._place = 0
        self._last = b""
        self._entries = bytearray()
        self._hashes: list[bytes] = []
        self._pages: list[bytes | None] = []

    def add(self, key_hash: bytes, value: bytes) -> None:
        """The next pair; ``key_hash`` is above that of the last."""
        assert key_hash > self._last, "ascending by the hash of the key, each once"
        self._last = key_hash
        while self._place < key_hash[0]:
            self._end_subtree()
        self._entries += key_hash
        self._entries += sha256(value)
        self.keys += 1

    def root(self) -> bytes:
        """Root of the state: 32 bytes."""
        while self._place < SUBTREES:
            self._end_subtree()
        hashes, pages = self._hashes, self._pages
        while len(hashes) > 1:
            groups = range(0, len(hashes), CHILDREN)
            above = [_parent(hashes[at : at + CHILDREN], pages[at : at + CHILDREN]) for at in groups]
            hashes, pages = [parent[0] for parent in above], [parent[1] for parent in above]
        return hashes[0]

    def _end_subtree(self) -> None:
        entries = bytes(self._entries)
        self._entries.clear()
        small = len(entries) <= PAGE_BYTES_MAX
        self._hashes.append(node_hash(built(entries, SUBTREE_DEPTH)) if entries else EMPTY_PAGE_HASH)
        self._pages.append(entries if small else None)
        self._place += 1


def _parent(hashes: list[bytes], pages: list[bytes | None]) -> tuple[bytes, bytes | None]:
    """Compute the hash above 16 children, and its page where one holds all."""
    joined = b"" if None in pages else b"".join(page for page in pages if page is not None)
    if None not in pages and len(joined) <= PAGE_BYTES_MAX:
        return page_hash(joined), joined
    return sha256(BRANCH_PREFIX + b"".join(hashes)), None


assert SUBTREES == 2**8, "a subtree for each first byte"
assert ENTRY_BYTES == 2 * HASH_BYTES
