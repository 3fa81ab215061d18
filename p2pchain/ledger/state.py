"""The committed state, and overlays: what a block or a transaction would change, held beside it until it is
taken or dropped.

Values live in a dictionary; the trie over them gives the root and the proofs. A block is executed on an
overlay of the state and each of its transactions on an overlay of that one, so a refusal drops one small
dictionary and a block that is never committed leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from typing import Protocol

from p2pchain.ledger.keys import KeyIndex
from p2pchain.ledger.trie import Trie
from p2pchain.model.chain import StateChange
from p2pchain.model.steps import Steps

COMPARED_STEP = 1_024
"""Written keys that one step compares with the base."""
COMPARED_UNITS = 5
"""Units of work to sort and compare one key."""


class Reader(Protocol):
    """Readable state: committed, or an overlay upon it."""

    def get(self, key: bytes) -> bytes | None:
        """Value of a key, None where it has none."""
        ...

    def walk(self, prefix: bytes, after: bytes | None = None) -> Iterator[bytes]:
        """Keys with a value that begin with ``prefix``, ascending; those above ``after`` if given."""
        ...


class State:
    """The committed state: values, their keys in order, their trie."""

    __slots__ = ("_index", "_trie", "_values")

    def __init__(self, values: Mapping[bytes, bytes]) -> None:
        """``values``: all of the state; the trie is built here, about 7 µs a key."""
        self._values = dict(values)
        self._index = KeyIndex(self._values)
        self._trie = Trie.EMPTY.update(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def trie(self) -> Trie:
        """The trie over all values."""
        return self._trie

    def frozen(self) -> dict[bytes, bytes]:
        """A copy of all values, which later blocks do not change: one step over the table, the values are
        shared.
        """
        return self._values.copy()

    def get(self, key: bytes) -> bytes | None:
        """Value of a key, None where it has none."""
        return self._values.get(key)

    def walk(self, prefix: bytes, after: bytes | None = None) -> Iterator[bytes]:
        """Keys that begin with ``prefix``, ascending; those above ``after`` where it is given."""
        return self._index.walk(prefix, after)

    def apply(self, changes: Sequence[StateChange], trie: Trie) -> None:
        """Take the changes of a block, ascending by key; ``trie`` is the one that they lead to. This is done
        in one go, so it costs well below 1 µs a key.
        """
        values = self._values
        fresh = [key for key, value in changes if value is not None and key not in values]
        gone = [key for key, value in changes if value is None and key in values]
        for key in gone:
            del values[key]
            self._index.discard(key)
        self._index.add_all(fresh)
        values.update((key, value) for key, value in changes if value is not None)
        self._trie = trie


class Overlay:
    """Writes upon a reader that stays as it is. ``modules`` names every namespace that was written to."""

    __slots__ = ("_base", "_index", "_writes", "modules")

    def __init__(self, base: Reader) -> None:
        """``base`` must not change as long as this overlay is read."""
        self._base = base
        self._writes: dict[bytes, bytes | None] = {}
        self._index: KeyIndex | None = None  # Of the written keys; made when somebody walks.
        self.modules: set[str] = set()

    def get(self, key: bytes) -> bytes | None:
        """Return the overlay's value of a key, else that of the base."""
        if key in self._writes:
            return self._writes[key]
        return self._base.get(key)

    def set(self, key: bytes, value: bytes | None) -> None:
        """Write a value, or delete by None."""
        if self._index is not None and key not in self._writes:
            self._index.add(key)
        self._writes[key] = value

    @property
    def written(self) -> int:
        """Count the written keys."""
        return len(self._writes)

    def absorb(self, inner: Overlay) -> None:
        """Take all writes of an overlay that was made upon this one."""
        assert inner._base is self, "an overlay is absorbed by its own base"
        if self._index is not None:
            for key in inner._writes:
                self._index.add(key)
        self._writes.update(inner._writes)
        self.modules |= inner.modules

    def walk(self, prefix: bytes, after: bytes | None = None) -> Iterator[bytes]:
        """Keys with a value that begin with ``prefix``, ascending; those above ``after`` where it is given.

        Keys that are first written while a walk is under way may be missed by it; who walks writes
        afterwards.
        """
        if self._index is None:
            self._index = KeyIndex(self._writes)
        previous = None
        for key in merge(self._base.walk(prefix, after), list(self._index.walk(prefix, after))):
            if key != previous and self.get(key) is not None:
                yield key
            previous = key

    def changes(self) -> Steps[tuple[StateChange, ...]]:
        """List differences from the base, ascending by key. The order of writes does not matter."""
        get, writes = self._base.get, self._writes
        keys = sorted(writes)
        changed: list[StateChange] = []
        for low in range(0, len(keys), COMPARED_STEP):
            some = keys[low : low + COMPARED_STEP]
            changed += [(key, writes[key]) for key in some if writes[key] != get(key)]
            yield COMPARED_UNITS * len(some)
        return tuple(changed)
