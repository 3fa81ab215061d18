"""The state as a snapshot holds it: frozen while blocks go on, cut into chunks in one order for every node.

Pairs are ordered by SHA-256 of their keys, as in the trie, so nodes whose states are equal make equal chunks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from p2pchain.codec.snapshot import CHUNK_BYTES, PAIR_HEAD_BYTES, Pair, encode_chunk
from p2pchain.ledger.replay_window import WindowBlock
from p2pchain.model.ids import Height

BUCKETS = 4_096
"""Keys are ordered bucket by bucket, so that no single step holds up other threads for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """All of the state after ``height``, and the replay window there. ``values`` is a copy of its own."""

    height: Height
    values: Mapping[bytes, bytes]
    window: Iterable[WindowBlock]


def chunks(values: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The encoded chunks of a state."""
    return cut((key, values[key]) for key in _ordered(values))


def cut(pairs: Iterable[Pair]) -> Iterator[bytes]:
    """Cut ordered pairs into encoded chunks of about ``CHUNK_BYTES``, at least one pair in each."""
    held: list[Pair] = []
    room = CHUNK_BYTES
    for key, value in pairs:
        room -= len(key) + len(value) + PAIR_HEAD_BYTES
        if held and room < 0:
            yield encode_chunk(held)
            held, room = [], CHUNK_BYTES - len(key) - len(value) - PAIR_HEAD_BYTES
        held.append((key, value))
    if held:
        yield encode_chunk(held)


def _ordered(keys: Iterable[bytes]) -> Iterator[bytes]:
    buckets: list[list[tuple[bytes, bytes]]] = [[] for _ in range(BUCKETS)]
    digest = hashlib.sha256
    for key in keys:
        hashed = digest(key).digest()
        buckets[hashed[0] << 4 | hashed[1] >> 4].append((hashed, key))
    for place, bucket in enumerate(buckets):
        bucket.sort()
        yield from (key for _, key in bucket)
        buckets[place] = []
