"""Deterministic CBOR (RFC 8949 §4.2.1): the only place that turns bytes into items and back.

``encode`` and ``decode`` are for values whose shape nobody fixed (arguments, facts, records of modules);
``pack`` and ``unpack`` for structures, whose fields the functions of this room check one by one.

Decoding trusts nothing: the size is capped first; a large input is walked before any object is made
(``wellformed.py``); then ``cbor2`` decodes with every convenience off (a tag raises before its decoder runs,
keys of maps can only be strings, so their hashes cannot be made to collide); then the item is encoded again
and must give the same bytes. That last step is what makes every id the name of one thing only.
"""

from __future__ import annotations

from typing import Final, NoReturn

from cbor2 import CBORError, dumps, loads

from p2pchain.codec.fields import kind_of
from p2pchain.codec.wellformed import DEPTH_MAX, ITEMS_MAX, check_wellformed
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.transaction import Value

UNWALKED_BYTES_MAX: Final = 65_536
"""Up to this size ``cbor2`` runs at once: the worst such input takes 2.5 MB of memory and 12 ms."""


class _NoTags(dict[int, "object"]):
    """Every tag has a decoder here, and asking for it refuses."""

    def __missing__(self, tag: int) -> NoReturn:
        raise Invalid("CODEC_FORBIDDEN", {"what": "tag", "tag": tag})


_NO_TAGS: Final = _NoTags()


def encode(value: Value) -> bytes:
    """Encode a value. ``Invalid`` where the protocol has none such (a float, a huge integer)."""
    check_value(value)
    try:
        return dumps(value)
    except UnicodeEncodeError as fault:
        raise Invalid(
            "CODEC_TEXT", {"field": "value", "reason": "not Unicode", "character": fault.start}
        ) from None


def decode(data: bytes, *, bytes_max: int) -> Value:
    """Decode ``data``: its one encoding, at most ``bytes_max`` long; anything else is ``Invalid``."""
    item = unpack(data, bytes_max=bytes_max)
    try:
        return check_value(item)
    except Invalid:
        check_wellformed(data)  # Names the offset, too.
        raise


def decode_own(data: bytes) -> Value:
    """Decode bytes that ``encode`` made and a root or checksum has kept since; ``Invalid`` where they are
    none. They are not encoded again to compare: a rule reads records too often for that.
    """
    try:
        item: Value = loads(
            data, max_depth=DEPTH_MAX, allow_indefinite=False, strict_hashable_types=True, immutable=True
        )
    except (CBORError, ValueError, TypeError, OverflowError):
        raise Invalid("CODEC_MALFORMED", {"reason": "no value", "bytes": len(data)}) from None
    return item


def pack(item: object) -> bytes:
    """Encode a structure, which the caller made of tuples and plain values and of nothing else."""
    return dumps(item)


def bytes_head(length: int) -> bytes:
    """Encode the head of a byte string of ``length`` bytes."""
    if length < 24:
        return bytes((0x40 | length,))
    if length < 2**8:
        return bytes((0x58, length))
    if length < 2**16:
        return b"\x59" + length.to_bytes(2, "big")
    return b"\x5a" + length.to_bytes(4, "big")


def unpack(data: bytes, *, bytes_max: int, items_max: int = ITEMS_MAX) -> object:
    """Decode ``data``, arrays as tuples, proven canonical; no field is checked, and any may be a float.

    Raises ``Invalid`` with the codes of ``check_wellformed``, and ``CODEC_TOO_LARGE``.
    """
    if len(data) > bytes_max:
        raise Invalid("CODEC_TOO_LARGE", {"bytes": len(data), "bytes_max": bytes_max})
    if len(data) > UNWALKED_BYTES_MAX:
        check_wellformed(data, items_max)
    try:
        item: object = loads(
            data,
            semantic_decoders=_NO_TAGS,  # type: ignore[arg-type]
            max_depth=DEPTH_MAX,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
            immutable=True,
        )
        same = dumps(item) == data
    except (CBORError, ValueError, TypeError, OverflowError):
        same = False
    if not same:
        check_wellformed(data, items_max)
        raise Invalid("CODEC_NOT_CANONICAL", {"reason": "not its own encoding", "bytes": len(data)})
    return item


def check_value(item: object, depth: int = 1) -> Value:
    """Accept what the wire may hold as a value (``tuple`` for an array), else ``Invalid``.

    ``depth``: that of ``item`` itself; an item within 15 arrays has 16.
    """
    check_values((item,), depth)
    return item  # type: ignore[return-value]


def check_values(items: tuple[object, ...], depth: int = 1) -> tuple[Value, ...]:
    """``check_value`` for each of ``items``, all of them at ``depth``."""
    for item in items:
        kind = type(item)
        if kind is bytes or kind is str or item is None or kind is bool:
            continue
        if kind is int:
            if not -INTEGER_MAX <= item <= INTEGER_MAX:  # type: ignore[operator]
                raise Invalid("CODEC_INTEGER", {"field": "value", "integer_max": INTEGER_MAX})
        elif kind is tuple:
            if depth > DEPTH_MAX:
                raise Invalid("CODEC_TOO_DEEP", {"field": "value", "depth_max": DEPTH_MAX})
            check_values(item, depth + 1)  # type: ignore[arg-type]
        else:
            raise Invalid("CODEC_FORBIDDEN", {"field": "value", "what": kind_of(item)})
    return items  # type: ignore[return-value]
