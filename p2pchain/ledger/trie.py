"""The state trie: one hash over the whole state, the same whatever the order in which it was written.

**Definition.** The state is a set of pairs (key, value), byte strings, each key once. Write ``K =
SHA-256(key)`` (64 nibbles, high half of each byte first) and ``V = SHA-256(value)``. For the set ``S`` of the
pairs ``(K, V)`` whose ``K`` begin with the same ``d`` nibbles::

    H(S, d) = SHA-256(0x02 || K1 || V1 || K2 || V2 || ...)      a page: S has at most 16 pairs, ascending by K
    H(S, d) = SHA-256(0x03 || H(S0, d+1) || ... || H(S15, d+1)) a branch: otherwise; Si are the pairs of S
                                                                whose nibble d is i, counted from 0

The **state root** is ``H(all pairs, 0)``. A page may have no pairs: ``SHA-256(0x02)`` is the root of the
empty state and the hash of a child without keys. That is all: which node is page or branch depends on the set
alone, so every history that leads to a state gives its root, and a branch that shrinks to 16 pairs is a page
again. ``p2pchain/proofs/state.py`` tells what a proof is and why no node can be passed off as another.

**Bounds.** Key hashes differ, so at 63 nibbles at most 16 are left: a way has at most 63 branches. Whoever
grinds keys to share ``n`` nibbles spends ``16^n`` hashes per key and deepens only his own way.

**Shape in memory.** A page is the bytes of its entries, so nothing in it is an object of its own. A branch
holds the hashes of its children packed (exactly what is hashed), the children, and how many keys lie below.
Nodes never change: an update builds new nodes along the ways of its keys and shares all others, so a block
can be executed on top of the committed state and be thrown away, and versions cost what they differ by.

**Costs.** One update takes all changes of a block, so a branch is hashed once however many of its keys
changed. Values are not kept here; the ledger holds them beside the trie. 80 to 115 bytes a key (measured).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from p2pchain.crypto.hashing import sha256
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.steps import Steps, finish
from p2pchain.proofs.state import (
    BRANCH_PREFIX,
    CHILDREN,
    ENTRY_BYTES,
    PAGE_BYTES_MAX,
    PAGE_ENTRIES_MAX,
    PAGE_PREFIX,
    StateProof,
    nibble,
    page_hash,
)

Change = tuple[bytes, bytes | None]
"""(key hash, value hash); None deletes."""

STEP_CHANGES = 128
"""Most keys that one step of an update changes."""
STEP_UNITS = 10_000
"""About how many units one step of hashing does."""
HASH_UNITS = 20
"""Units of work to hash a key and a short value."""
HASHED_BYTES_PER_UNIT = 64
"""Bytes of a value for each further unit."""
SORT_UNITS = 5
"""Units of work to sort one key hash among many."""
CHANGE_UNITS = 100
"""Units of work to change one key of a large trie."""


class Branch(NamedTuple):
    """A subtree of more than 16 keys: their number, the children's hashes packed, and the 16 children."""

    keys: int
    hashes: bytes
    children: tuple[Node, ...]


Node = bytes | Branch
"""A page (entries packed, ascending) or a branch."""

EMPTY_PAGE = b""
EMPTY_PAGE_HASH = page_hash(EMPTY_PAGE)


class Trie:
    """One version of the state's trie; it never changes. ``Trie.EMPTY`` is the first."""

    __slots__ = ("_node", "_root")

    EMPTY: ClassVar[Trie]

    def __init__(self, node: Node) -> None:
        """``node``: the canonical top node; from outside, begin with ``Trie.EMPTY``."""
        self._node = node
        self._root = node_hash(node)

    @property
    def root(self) -> bytes:
        """State root: 32 bytes."""
        return self._root

    def __len__(self) -> int:
        return count(self._node)

    def __repr__(self) -> str:
        return f"Trie({len(self)} keys, root {self._root.hex()})"

    def update(self, changes: Mapping[bytes, bytes | None]) -> Trie:
        """The version after ``changes``: state key to new value; None deletes, if there. This one stays.

        About 13 µs a key at a million keys and 2,000 changes at once, 4 µs at ten thousand: all changes of a
        block belong into one call.
        """
        return finish(self.update_steps(changes, most=len(changes)))

    def update_steps(self, changes: Mapping[bytes, bytes | None], *, most: int = STEP_CHANGES) -> Steps[Trie]:
        """``update`` in steps of at most ``most`` keys.

        The trie is canonical, so one after the other leads to the same root as all at once. Each step takes
        neighbours in the order of the hashes; what it hashes again of the ways that steps share is little.
        """
        if not changes:
            return self
        digest = hashlib.sha256
        hashed: list[Change] = []
        units = 0
        for key, value in changes.items():
            hashed.append((digest(key).digest(), None if value is None else digest(value).digest()))
            units += HASH_UNITS if value is None else HASH_UNITS + len(value) // HASHED_BYTES_PER_UNIT
            if units >= STEP_UNITS:
                yield units
                units = 0
        hashed.sort()
        yield SORT_UNITS * len(hashed)
        node = self._node
        for low in range(0, len(hashed), most):
            high = min(low + most, len(hashed))
            node = changed(node, hashed, low, high, 0)
            yield CHANGE_UNITS * (high - low)
        return Trie(node)

    def prove(self, key: bytes) -> StateProof:
        """Proof for ``key``, of its value or of its absence; ``p2pchain.proofs.state`` verifies it."""
        key_hash = sha256(key)
        branches = []
        node = self._node
        while isinstance(node, Branch):
            branches.append(node.hashes)
            node = node.children[nibble(key_hash, len(branches) - 1)]
        return StateProof(branches=tuple(branches), page=node)


def changed(node: Node, changes: Sequence[Change], low: int, high: int, depth: int) -> Node:
    """Apply ascending ``changes[low:high]`` below a node and return the canonical one. Their ways lead to
    ``node`` at ``depth``.
    """
    if isinstance(node, Branch):
        return changed_branch(node, changes, low, high, depth)
    return changed_page(node, changes, low, high, depth)


def changed_branch(branch: Branch, changes: Sequence[Change], low: int, high: int, depth: int) -> Node:
    """A branch after changes, each child rebuilt and hashed once; a page where at most 16 keys are left."""
    children = list(branch.children)
    hashes = bytearray(branch.hashes)
    keys = branch.keys
    byte, shift = depth >> 1, 0 if depth & 1 else 4
    while low < high:
        place = changes[low][0][byte] >> shift & 15
        end = low + 1
        while end < high and changes[end][0][byte] >> shift & 15 == place:
            end += 1
        before = children[place]
        after = changed(before, changes, low, end, depth + 1)
        keys += count(after) - count(before)
        children[place] = after
        hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES] = node_hash(after)
        low = end
    if keys <= PAGE_ENTRIES_MAX:
        return merged(children)
    return Branch(keys, bytes(hashes), tuple(children))


def merged(children: Sequence[Node]) -> bytes:
    """The page of a branch that has shrunk: with at most 16 keys in all, each child is a page; in order."""
    pages = [child for child in children if isinstance(child, bytes)]
    assert len(pages) == CHILDREN, f"{CHILDREN - len(pages)} branches below a node of {PAGE_ENTRIES_MAX} keys"
    return b"".join(pages)


def changed_page(page: bytes, changes: Sequence[Change], low: int, high: int, depth: int) -> Node:
    """A page after changes; a branch where it has more entries than a page may hold."""
    if high - low > PAGE_ENTRIES_MAX:
        return built(rewritten(page, changes[low:high]), depth)
    for key_hash, value_hash in changes[low:high]:
        start = position(page, key_hash)
        end = start + ENTRY_BYTES if page.startswith(key_hash, start) else start
        entry = b"" if value_hash is None else key_hash + value_hash
        page = page[:start] + entry + page[end:]
    return page if len(page) <= PAGE_BYTES_MAX else built(page, depth)


def rewritten(page: bytes, changes: Sequence[Change]) -> bytes:
    """Apply many changes to a page's entries, as in loading. The result may be more than a page may hold."""
    starts = range(0, len(page), ENTRY_BYTES)
    entries = {page[at : at + HASH_BYTES]: page[at + HASH_BYTES : at + ENTRY_BYTES] for at in starts}
    for key_hash, value_hash in changes:
        if value_hash is None:
            entries.pop(key_hash, None)
        else:
            entries[key_hash] = value_hash
    return b"".join(key_hash + entries[key_hash] for key_hash in sorted(entries))


def built(entries: bytes, depth: int) -> Node:
    """Build the canonical node over ascending entries. Their keys share the first ``depth`` nibbles."""
    if len(entries) <= PAGE_BYTES_MAX:
        return entries
    children: list[Node] = []
    start = 0
    for place in range(CHILDREN):
        end = len(entries) if place == CHILDREN - 1 else boundary(entries, start, place, depth)
        children.append(built(entries[start:end], depth + 1) if end > start else EMPTY_PAGE)
        start = end
    return Branch(len(entries) // ENTRY_BYTES, b"".join(map(node_hash, children)), tuple(children))


def boundary(entries: bytes, start: int, place: int, depth: int) -> int:
    """Find the first entry whose nibble at ``depth`` exceeds ``place``. Returns its offset, from ``start``
    on.
    """
    byte, shift = depth >> 1, 0 if depth & 1 else 4
    low, high = start // ENTRY_BYTES, len(entries) // ENTRY_BYTES
    while low < high:
        middle = (low + high) // 2
        if entries[middle * ENTRY_BYTES + byte] >> shift & 15 <= place:
            low = middle + 1
        else:
            high = middle
    return low * ENTRY_BYTES


def position(page: bytes, key_hash: bytes) -> int:
    """Find the offset of the first entry not below ``key_hash``."""
    low, high = 0, len(page) // ENTRY_BYTES
    while low < high:
        middle = (low + high) // 2
        at = middle * ENTRY_BYTES
        if page[at : at + HASH_BYTES] < key_hash:
            low = middle + 1
        else:
            high = middle
    return low * ENTRY_BYTES


def node_hash(node: Node) -> bytes:
    """Hash of a node, as its parent or the root holds it."""
    if isinstance(node, Branch):
        return hashlib.sha256(BRANCH_PREFIX + node.hashes).digest()
    return hashlib.sha256(PAGE_PREFIX + node).digest() if node else EMPTY_PAGE_HASH


def count(node: Node) -> int:
    """Count the keys below a node."""
    return node.keys if isinstance(node, Branch) else len(node) // ENTRY_BYTES


Trie.EMPTY = Trie(EMPTY_PAGE)
