"""Proof files mutated from a seed: bytes flipped and cut, fields exchanged at any depth, a new digest."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from p2pchain.codec.cbor import pack, unpack
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid

VECTORS: Final = json.loads(
    (Path(__file__).parents[3] / "vectors" / "proof_files.json").read_text(encoding="utf-8")
)
ODD: Final = (
    *(0, 1, 2, -1, 99, 2**32, 2**53, 2**63 - 1, b"", bytes(32), bytes(64), "", "OK", "bank-a", "\ufeff"),
    *(None, True, False, (), ((),), (b"", b"")),
)
"""What is put in the place of a field."""
DEPTH_MAX: Final = 6
"""Arrays and byte strings within one another in which a field is looked for."""


def mutated(seed: int, count: int) -> Iterator[tuple[bytes, str | None]]:
    """Files with what is trusted: null for genesis."""
    draw = random.Random(seed)
    files = [(bytes.fromhex(file["bytes"]), file["trusted"]) for file in VECTORS["files"]]
    trusts = [trusted for _, trusted in files]
    for _ in range(count):
        data, trusted = draw.choice(files)
        if draw.random() < 0.03:
            trusted = draw.choice(trusts)
        kind = draw.randrange(10)
        if kind < 2:
            data = _flipped(draw, data)
        elif kind < 3:
            data = _cut(draw, data)
        elif kind < 5:
            data = _digested(_flipped(draw, data))
        else:
            parts = unpack(data, bytes_max=1 << 20)
            assert isinstance(parts, tuple), "a proof file is an array"
            data = _whole(_bent(draw, parts[:-1], 0))
        yield data, trusted


def _flipped(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(draw: random.Random, data: bytes) -> bytes:
    start, end = sorted((draw.randrange(len(data)), draw.randrange(len(data))))
    match draw.randrange(3):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + data[end:]
        case _:
            return data[:end] + data[start:]


def _digested(data: bytes) -> bytes:
    """The same file with its digest, where it can still be decoded."""
    try:
        parts = unpack(data, bytes_max=1 << 20)
    except Invalid:
        return data
    return _whole(parts[:-1]) if isinstance(parts, tuple) and parts else data


def _whole(parts: Any) -> bytes:
    if not isinstance(parts, tuple):
        return pack(parts)
    return pack((*parts, sha256(pack(parts))))


def _bent(draw: random.Random, item: Any, depth: int) -> Any:
    """The item with one part of it changed, somewhere within."""
    if isinstance(item, tuple) and item and depth < DEPTH_MAX and draw.random() < 0.9:
        return _bent_array(draw, item, depth)
    if isinstance(item, bytes) and depth < DEPTH_MAX and draw.random() < 0.7:
        try:
            inner = unpack(item, bytes_max=1 << 20)
        except Invalid:
            return _flipped(draw, item) if item and draw.random() < 0.5 else draw.choice(ODD)
        return pack(_bent(draw, inner, depth + 1))
    if type(item) is int and draw.random() < 0.5:
        return item + draw.choice((-1, 1))
    return draw.choice(ODD)


def _bent_array(draw: random.Random, item: tuple[Any, ...], depth: int) -> tuple[Any, ...]:
    place = draw.randrange(len(item))
    before, after = item[:place], item[place + 1 :]
    match draw.randrange(12):
        case 0:
            return (*before, *after)
        case 1:
            return (*before, item[place], item[place], *after)
        case 2:
            return (*item, draw.choice(ODD))
        case 3:
            return (*before, draw.choice(item), *after)
        case 4:
            return tuple(reversed(item))
        case _:
            return (*before, _bent(draw, item[place], depth + 1), *after)
