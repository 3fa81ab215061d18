"""JSON that every reader takes for the same (I-JSON, RFC 7493), written and read in this one place.

JavaScript, jq and most of their kin hold a number as a double: above 2^53 they read another one than stands
there, and nobody is told (666666666666666667 becomes 666666666666666700). So an integer beyond that is
written as text of decimal digits (RFC 7493 §2.2). Text read back is an integer again only under a name that
is known to be one's: what others wrote as text stays text, whatever it looks like.

Reading is strict: UTF-8, no name twice in one object (§2.3: readers differ in which one they take), no
number with a fraction or exponent, none that is not a number.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from p2pchain.codec.decimal_text import decimal
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import INTEGER_MAX

EXACT_MAX: Final = 2**53 - 1
"""Largest integer that a double holds exactly, together with all below it."""
INTEGER_DIGITS_MAX: Final = 20
_LONG: Final = re.compile(r"[0-9]{16}")
"""What JSON text contains wherever a large integer stands in it, and seldom otherwise."""
_INTEGER: Final = re.compile(r"-?[1-9][0-9]{15,18}")
_INTEGER_NAME: Final = re.compile(r"(?:.*_)?(?:minor|share|share_whole)")
"""Fields whose value is an integer and may be large: amounts, and shares of a whole."""


def write_json(value: object, *, indent: int | None = None, separators: tuple[str, str] = (",", ":")) -> str:
    """Write a value that is made of mappings, sequences, text, numbers and literals."""
    text = json.dumps(value, indent=indent, separators=separators, default=_plain)
    if _LONG.search(text):
        return json.dumps(_exact(value), indent=indent, separators=separators)
    return text


def read_json(data: bytes) -> object:
    """Parse a text, strictly; ``Invalid("CODEC_JSON")`` with the reason for anything else."""
    return _read(data, _object)


def read_decimal_json(data: bytes) -> object:
    """Parse a text as ``read_json`` does; a number with a fraction or exponent is the text of it, exactly."""
    return _read(data, _object, parse_float=str)


def read_answer(data: bytes) -> object:
    """Parse the output of ``write_json``, with the integers that stand there as text. A number may have a
    fraction, for answers state times.
    """
    return _read(data, lambda pairs: _named(_object(pairs)), parse_float=float)


def named(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return values by their names, where JSON has them as a list: with integers as ``read_answer``."""
    return _named(dict(zip(names, values, strict=False)))


def _read(data: bytes, pairs: Any, parse_float: Any = None) -> object:
    try:
        item: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=pairs,
            parse_float=parse_float or _no_integer,
            parse_constant=_no_integer,
            parse_int=_integer,
        )
    except UnicodeDecodeError as fault:
        raise Invalid("CODEC_JSON", {"reason": "UTF-8", "offset": fault.start}) from None
    except json.JSONDecodeError as fault:
        facts: dict[str, Fact] = {"reason": fault.msg, "line": fault.lineno, "column": fault.colno}
        raise Invalid("CODEC_JSON", facts) from None
    except RecursionError:
        raise Invalid("CODEC_JSON", {"reason": "nested too deeply"}) from None
    return item


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        counted = Counter(name for name, _ in pairs)
        repeated = next(name for name, times in counted.items() if times > 1)
        raise Invalid("CODEC_JSON", {"reason": "name repeated", "name": repeated[:64]})
    return members


def _named(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: decimal(value)
        if isinstance(value, str) and _INTEGER_NAME.fullmatch(name) and _is_large(value)
        else value
        for name, value in members.items()
    }


def _is_large(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and EXACT_MAX < abs(decimal(text)) <= INTEGER_MAX


def _no_integer(text: str) -> NoReturn:
    raise Invalid("CODEC_JSON", {"reason": "not an integer", "number": text[:64]})


def _integer(text: str) -> int:
    if len(text) > INTEGER_DIGITS_MAX:
        raise Invalid("CODEC_JSON", {"reason": "integer too long", "digits": len(text)})
    return decimal(text)


def _exact(value: object) -> object:
    match value:
        case bool() | str() | None:
            return value
        case int():
            return value if -EXACT_MAX <= value <= EXACT_MAX else str(value)
        case Mapping():
            return {name: _exact(item) for name, item in value.items()}
        case list() | tuple():
            return [_exact(item) for item in value]
        case _:
            return value


def _plain(value: object) -> object:
    """Turn mappings that are no ``dict`` (facts are read-only views) into objects."""
    assert isinstance(value, Mapping), f"no JSON for {type(value).__name__}"
    return dict(value)
