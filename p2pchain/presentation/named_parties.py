"""Organisations that values name, and records that they point at, found by the kinds of their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from p2pchain.ledger.fields import Field, bytes_of
from p2pchain.ledger.kinds import Array, Depending, Id, Kind, Optional, Organisation, Row
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedParties:
    """``organisations`` by name; ``records``: ``module.record`` with the id in its key."""

    organisations: frozenset[str]
    records: frozenset[tuple[str, bytes]]


NOBODY = NamedParties(organisations=frozenset(), records=frozenset())


def named_by(fields: Sequence[Field], values: Sequence[object]) -> NamedParties:
    """Collect all that values name, in the order of their fields; nothing where there are more or fewer."""
    if len(fields) != len(values):
        return NOBODY
    return named_in(fields, {field.name: value for field, value in zip(fields, values, strict=True)})


def named_in(fields: Sequence[Field], values: Mapping[str, object]) -> NamedParties:
    """Collect all that values by name name: as they are, or as JSON shows them."""
    return union(_named(field.kind, values.get(field.name), values) for field in fields)


def union(parts: Iterable[NamedParties]) -> NamedParties:
    """All that any of the parts names."""
    taken = tuple(parts)
    return NamedParties(
        organisations=frozenset().union(*(part.organisations for part in taken)),
        records=frozenset().union(*(part.records for part in taken)),
    )


def _named(kind: Kind, value: object, beside: Mapping[str, object]) -> NamedParties:
    match kind:
        case Optional(inner=inner):
            return NOBODY if value is None else _named(inner, value, beside)
        case Organisation() if isinstance(value, str):
            return NamedParties(organisations=frozenset((value,)), records=frozenset())
        case Id(of=of) if isinstance(octets := _octets(value), bytes):
            return NamedParties(organisations=frozenset(), records=frozenset(((of, octets),)))
        case Array(inner=inner) if isinstance(value, list | tuple):
            return union(_named(inner, item, beside) for item in value)
        case Row(columns=columns):
            return _in_row(columns, value)
        case Depending(on=on, cases=cases):
            fitting = [inner for word, _, inner in cases if word == beside.get(on)]
            return _named(fitting[0], value, beside) if fitting else NOBODY
    return NOBODY


def _in_row(columns: Sequence[tuple[str, Kind]], value: object) -> NamedParties:
    if isinstance(value, list | tuple) and len(value) == len(columns):
        value = {name: item for (name, _), item in zip(columns, value, strict=True)}
    if not isinstance(value, Mapping):
        return NOBODY
    return union(_named(kind, value.get(name), value) for name, kind in columns)


def _octets(value: object) -> Value:
    return bytes_of(value) if isinstance(value, str | bytes) else None
