"""Keys of the state as people write and read them: ``module/record/part/part``, bytes in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Integer, Octets, Text
from p2pchain.ledger.module import RecordType
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.printable import printable
from p2pchain.presentation.values import plain_kind


def keys_meant(directory: Directory, text: str) -> tuple[bytes, ...]:
    """Keys that a person may mean, the likeliest first; at the end the text as it stands.

    Several, for a declaration does not say whether a slash stands between a part of fixed length and the
    next one.
    """
    name, _, rest = text.partition("/")
    module = directory.module(name)
    keys = [] if module is None else [key for record in module.records for key in _keys(record, rest)]
    whole = [f"{name}/".encode() + key for key in keys]
    fitting = [key for key in whole if directory.record(key) is not None]
    return tuple(dict.fromkeys([*fitting, text.encode()]))


def key_text(directory: Directory, key: bytes) -> str:
    """Write a key for a person: by its declaration, else as text, else in hexadecimal."""
    known = directory.record(key)
    if known is not None:
        module, record, values = known
        parts = "/".join(value.hex() if isinstance(value, bytes) else str(value) for value in values)
        return printable(f"{module.name}/{record.prefix.decode('ascii', 'replace')}{parts}")
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return key.hex()
    return text if text == printable(text) else key.hex()


def _keys(record: RecordType, rest: str) -> Iterator[bytes]:
    prefix = record.prefix.decode("ascii", "replace")
    if not rest.startswith(prefix):
        return
    tail = rest.removeprefix(prefix)
    if not record.key:
        if not tail:
            yield record.prefix
        return
    parts = _split(record.key, tail)
    if parts is None:
        return
    encoded = [_encoded(field, part) for field, part in zip(record.key, parts, strict=True)]
    if None in encoded:
        return
    between = [
        (b"/",) if isinstance(plain_kind(field.kind), Text) else (b"", b"/") for field in record.key[:-1]
    ]
    for separators in product(*between):
        pieces = zip(encoded, (*separators, b""), strict=True)
        yield record.prefix + b"".join((part or b"") + separator for part, separator in pieces)


def _split(fields: Sequence[Field], tail: str) -> list[str] | None:
    """The parts of a key; the last one may hold slashes itself."""
    parts = tail.split("/", len(fields) - 1)
    return parts if len(parts) == len(fields) and all(parts) else None


def _encoded(field: Field, part: str) -> bytes | None:
    match plain_kind(field.kind):
        case Octets(size=size):
            try:
                octets = bytes.fromhex(part)
            except ValueError:
                return None
            return octets if len(octets) == size else None
        case Integer(low=low, high=high):
            if not (part.isascii() and part.isdecimal()) or not low <= int(part) <= high:
                return None
            return int(part).to_bytes((high.bit_length() + 7) // 8)
        case _:
            return part.encode()
