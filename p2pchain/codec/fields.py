"""Fields of structures: a reader per kind of field, each refusing with the field's path and what was found.

A reader takes a decoded item, its bounds and ``at``, the path for the refusal
(``proposal.evidence[2].first.round``). Types are compared exactly, for in Python ``True`` is an ``int``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cbor2 import undefined

from p2pchain.model.errors import Invalid
from p2pchain.model.ids import (
    FIRST_HEIGHT,
    HASH_BYTES,
    INTEGER_MAX,
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    BlockId,
    ChainId,
    Height,
    PublicKey,
    Round,
    Signature,
    TxId,
)

ROUND_MAX: Final = 2**31 - 1
"""Highest round of any height; with capped timeouts no chain gets there."""
NAME_CHARS_MAX: Final = 64
"""Longest name of a module, action, event, fact, code or node."""

_CHAIN_ID = re.compile(r"[a-z0-9-]{1,64}")


def fields(item: object, count: int, at: str) -> tuple[object, ...]:
    """Read the fields of a structure: an array of exactly ``count`` items."""
    if type(item) is not tuple:
        raise mistyped(item, "array", at)
    if len(item) != count:
        raise Invalid("CODEC_FIELDS", {"field": at, "expected": count, "found": len(item)})
    return item


def array(item: object, low: int, high: int, at: str) -> tuple[object, ...]:
    """Read a list of ``low`` to ``high`` items."""
    if type(item) is not tuple:
        raise mistyped(item, "array", at)
    if not low <= len(item) <= high:
        raise Invalid("CODEC_LENGTH", {"field": at, "found": len(item), "low": low, "high": high})
    return item


def integer(item: object, low: int, high: int, at: str) -> int:
    """Read an integer from ``low`` to ``high``."""
    if type(item) is not int:
        raise mistyped(item, "integer", at)
    if not low <= item <= high:
        raise Invalid("CODEC_RANGE", {"field": at, "found": str(item), "low": str(low), "high": str(high)})
    return item


def octets(item: object, low: int, high: int, at: str) -> bytes:
    """Read a byte string of ``low`` to ``high`` bytes."""
    if type(item) is not bytes:
        raise mistyped(item, "bytes", at)
    if not low <= len(item) <= high:
        raise Invalid("CODEC_LENGTH", {"field": at, "found": len(item), "low": low, "high": high})
    return item


def text(item: object, low: int, high: int, at: str) -> str:
    """Read a text of ``low`` to ``high`` characters."""
    if type(item) is not str:
        raise mistyped(item, "text", at)
    if not low <= len(item) <= high:
        raise Invalid("CODEC_LENGTH", {"field": at, "found": len(item), "low": low, "high": high})
    return item


def flag(item: object, at: str) -> bool:
    """Read ``true`` or ``false``."""
    if type(item) is not bool:
        raise mistyped(item, "boolean", at)
    return item


def version(item: object, expected: int, at: str) -> None:
    """Check the version of a structure; another one is refused, whatever follows it."""
    if type(item) is not int or item != expected:
        require_known(item, at)
        stated = item if type(item) is int and abs(item) <= INTEGER_MAX else kind_of(item)
        raise Invalid("CODEC_VERSION", {"field": at, "expected": expected, "found": stated})


def name(item: object, at: str) -> str:
    """Read a name: 1 to ``NAME_CHARS_MAX`` characters."""
    return text(item, 1, NAME_CHARS_MAX, at)


def chain_id(item: object, at: str) -> ChainId:
    """Read a chain id: 1 to 64 characters of ``a-z 0-9 -``."""
    if type(item) is not str:
        raise mistyped(item, "text", at)
    if _CHAIN_ID.fullmatch(item) is None:
        raise Invalid("CODEC_TEXT", {"field": at, "expected": "1 to 64 of a-z 0-9 -", "chars": len(item)})
    return ChainId(item)


def height(item: object, at: str, low: int = FIRST_HEIGHT) -> Height:
    """Read a height, from 1 unless ``low`` says otherwise."""
    return Height(integer(item, low, INTEGER_MAX, at))


def round_number(item: object, at: str) -> Round:
    """Read a round, 0 to ``ROUND_MAX``."""
    return Round(integer(item, 0, ROUND_MAX, at))


def digest(item: object, at: str) -> bytes:
    """Read a hash: 32 bytes."""
    return octets(item, HASH_BYTES, HASH_BYTES, at)


def block_id(item: object, at: str) -> BlockId:
    """Read the id of a block: 32 bytes."""
    return BlockId(octets(item, HASH_BYTES, HASH_BYTES, at))


def block_id_or_nil(item: object, at: str) -> BlockId | None:
    """Read the id of a block, or null."""
    return None if item is None else block_id(item, at)


def public_key(item: object, at: str) -> PublicKey:
    """Read a public key: 32 bytes."""
    return PublicKey(octets(item, PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES, at))


def signature(item: object, at: str) -> Signature:
    """Read a signature: 64 bytes."""
    return Signature(octets(item, SIGNATURE_BYTES, SIGNATURE_BYTES, at))


def tx_ids(item: object, low: int, high: int, at: str) -> tuple[TxId, ...]:
    """Read ``low`` to ``high`` ids of transactions."""
    return byte_strings(item, low, high, HASH_BYTES, at)  # type: ignore[return-value]


def byte_strings(item: object, low: int, high: int, size: int, at: str) -> tuple[bytes, ...]:
    """Read ``low`` to ``high`` byte strings of ``size`` bytes each."""
    items = array(item, low, high, at)
    for index, part in enumerate(items):
        if type(part) is not bytes or len(part) != size:
            octets(part, size, size, f"{at}[{index}]")
    return items  # type: ignore[return-value]


def ascending(previous: object, current: object, at: str) -> None:
    """Refuse items that are repeated or out of order."""
    if not previous < current:  # type: ignore[operator]
        raise Invalid("CODEC_ORDER", {"field": at})


def require_known(item: object, at: str) -> None:
    """Refuse a kind of item that the protocol does not know: ``CODEC_FORBIDDEN``."""
    if type(item) not in _KINDS:
        raise Invalid("CODEC_FORBIDDEN", {"field": at, "what": kind_of(item)})


def mistyped(item: object, expected: str, at: str) -> Invalid:
    """Make the refusal of a field of another type; ``CODEC_FORBIDDEN`` where no field may have it."""
    require_known(item, at)
    return Invalid("CODEC_TYPE", {"field": at, "expected": expected, "found": kind_of(item)})


def kind_of(item: object) -> str:
    """Name the type of an item in the words of the protocol: never the name of a class."""
    if isinstance(item, Mapping):
        return "map"
    return _KINDS.get(type(item)) or _FORBIDDEN_KINDS.get(type(item), "simple value")


_KINDS: Final = {
    int: "integer",
    bytes: "bytes",
    str: "text",
    bool: "boolean",
    type(None): "null",
    tuple: "array",
}
_FORBIDDEN_KINDS: Final = {float: "float", type(undefined): "undefined"}
"""Maps and other simple values aside."""
