"""Well-formed CBOR of this chain, checked head by head without building a value. It is the guard before
decoding, and gives the reason after a failure.

The protocol knows integers, byte strings, text, arrays, ``false``, ``true`` and ``null`` in the shortest form
(RFC 8949 §4.2.1), and nothing else: no maps, tags, floats, other simple values or indefinite lengths. Whoever
sends ten million empty arrays, or thousands of arrays in one another, is refused here before a single object
exists. The walk takes constant memory (one counter per open array) and ends after ``items_max`` heads.

``cbor2`` decodes faster than this walk, so small inputs meet it only when they are refused already: to name
the reason.
"""

from __future__ import annotations

from typing import Final

from p2pchain.model.errors import Invalid
from p2pchain.model.ids import INTEGER_MAX

DEPTH_MAX: Final = 16
"""Arrays within arrays, the outermost counted."""
ITEMS_MAX: Final = 65_536
"""Data items of one structure that came from outside."""

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_DIRECT_MAX: Final = 23
_INDEFINITE: Final = 31
_ARGUMENT_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_ARGUMENT_MIN: Final = {24: 24, 25: 2**8, 26: 2**16, 27: 2**32}
_LITERALS: Final = (20, 21, 22)
_UNDEFINED: Final = 23
_FLOATS: Final = (25, 26, 27)
_SHORT_BYTES: Final = 0x58


def check_wellformed(data: bytes, items_max: int = ITEMS_MAX) -> None:
    """Accept one data item that fills ``data`` in the protocol's form, or ``Invalid`` with the offset.

    Codes: ``CODEC_MALFORMED``, ``CODEC_NOT_CANONICAL``, ``CODEC_FORBIDDEN``, ``CODEC_INTEGER``,
    ``CODEC_TRAILING``, ``CODEC_TOO_DEEP``, ``CODEC_TOO_MANY_ITEMS``.
    """
    at, items, missing = 0, 0, [1]
    while missing:
        if missing[-1] == 0:
            missing.pop()
            continue
        missing[-1] -= 1
        items += 1
        start = at
        major, argument, at = read_head(data, at)
        match major:
            case 0 | 1:
                if argument + major > INTEGER_MAX:
                    raise Invalid("CODEC_INTEGER", {"offset": start, "integer_max": INTEGER_MAX})
            case 2 | 3:
                at += argument
                if at > len(data):
                    raise _truncated(start, at - len(data))
                if major == _TEXT:
                    _check_text(data, at - argument, at)
            case 4:
                if len(missing) > DEPTH_MAX:
                    raise Invalid("CODEC_TOO_DEEP", {"offset": start, "depth_max": DEPTH_MAX})
                if argument > len(data) - at:
                    raise _truncated(start, argument - (len(data) - at))
                alike = _bytes_alike(data, at, argument)
                items += alike
                at += alike and alike * (data[at + 1] + 2)
                missing.append(argument - alike)
            case _:
                _check_literal(data, start, major, argument)
        if items > items_max:
            raise Invalid("CODEC_TOO_MANY_ITEMS", {"offset": start, "items_max": items_max})
    if at != len(data):
        raise Invalid("CODEC_TRAILING", {"offset": at, "bytes": len(data) - at})


def read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Decode major type, argument and end of the head at ``at`` (RFC 8949 §3); refuses a longer form than
    needed.
    """
    if at >= len(data):
        raise _truncated(at, 1)
    first = data[at]
    major, short = first >> 5, first & 31
    if short <= _DIRECT_MAX:
        return major, short, at + 1
    size = _ARGUMENT_BYTES.get(short)
    if size is None:
        reason = "indefinite length" if short == _INDEFINITE and major in (2, 3, 4, 5) else "reserved head"
        raise Invalid(
            "CODEC_NOT_CANONICAL" if reason == "indefinite length" else "CODEC_MALFORMED",
            {"reason": reason, "offset": at},
        )
    end = at + 1 + size
    if end > len(data):
        raise _truncated(at, end - len(data))
    argument = int.from_bytes(data[at + 1 : end], "big")
    if argument < _ARGUMENT_MIN[short] and major != _SIMPLE:
        raise Invalid("CODEC_NOT_CANONICAL", {"reason": "longer than needed", "offset": at})
    return major, argument, end


def _bytes_alike(data: bytes, at: int, count: int) -> int:
    """Return ``count`` where all items are byte strings of one length with a 2-byte head, as ids are;
    else 0.
    """
    if count < 2 or len(data) - at < 2 or data[at] != _SHORT_BYTES or data[at + 1] <= _DIRECT_MAX:
        return 0
    stride = data[at + 1] + 2
    end = at + count * stride
    if end > len(data):
        return 0
    heads_alike = data[at:end:stride] == bytes((_SHORT_BYTES,)) * count
    lengths_alike = data[at + 1 : end : stride] == data[at + 1 : at + 2] * count
    return count if heads_alike and lengths_alike else 0


def _check_text(data: bytes, start: int, end: int) -> None:
    try:
        data[start:end].decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Invalid("CODEC_MALFORMED", {"reason": "UTF-8", "offset": start + fault.start}) from None


def _check_literal(data: bytes, at: int, major: int, argument: int) -> None:
    """Check that a literal is ``false``, ``true`` or ``null`` in one byte."""
    short = data[at] & 31
    if major == _SIMPLE and short in _LITERALS:
        return
    if major == _MAP:
        what = "map"
    elif major == _TAG:
        what = "tag"
    elif short in _FLOATS:
        what = "float"
    else:
        what = "undefined" if argument == _UNDEFINED else "simple value"
    raise Invalid("CODEC_FORBIDDEN", {"what": what, "offset": at})


def _truncated(at: int, missing_bytes: int) -> Invalid:
    return Invalid("CODEC_MALFORMED", {"reason": "truncated", "offset": at, "missing_bytes": missing_bytes})
