"""Values of fields as people read them and as JSON holds them.

What stands in a transaction may be anybody's nonsense: a value that its kind does not accept is shown as it
is, and nothing is raised for it. JSON shows bytes as hexadecimal, and integers beyond 2^53 as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Day,
    Depending,
    Flag,
    Integer,
    Kind,
    Moment,
    Optional,
    Row,
    Share,
)
from p2pchain.presentation.plain_words import amount_words, day_words, moment_words, whole
from p2pchain.presentation.printable import value_text


def words_of(field: Field, value: object, beside: Mapping[str, object]) -> str:
    """Write a value for a person: an amount with its currency, or else in minor units, a day as a date, yes
    and no, a dash for null.

    ``value``: as it is, or as JSON shows it. ``beside``: the values of all fields by name.
    """
    return _words(field.kind, value, beside)


def named_words(fields: Sequence[Field], values: Sequence[object]) -> dict[str, str]:
    """Write values for a person, by the labels of their fields; currencies that the words of an amount say
    already are left out.
    """
    beside = {field.name: value for field, value in zip(fields, values, strict=True)}
    said = said_currencies(fields, beside)
    return {
        label_of(field): words_of(field, beside[field.name], beside)
        for field in fields
        if field.name not in said
    }


def said_currencies(fields: Sequence[Field], beside: Mapping[str, object]) -> frozenset[str]:
    """Name the fields whose currency is already stated by all amounts beside them."""
    said: dict[str, bool] = {}
    for field in fields:
        kind = plain_kind(field.kind)
        value = beside.get(field.name)
        if isinstance(kind, Amount) and value is not None:
            is_said = amount_words(value, beside.get(kind.currency)) is not None
            said[kind.currency] = said.get(kind.currency, True) and is_said
    return frozenset(name for name, is_said in said.items() if is_said)


def label_of(field: Field) -> str:
    """Name a field for a person."""
    return _inner(field.kind).label or field.name.removesuffix("_minor").replace("_", " ")


def json_of(value: object) -> Any:
    """Show a value as JSON does: bytes as hexadecimal, arrays as lists."""
    match value:
        case bytes():
            return value.hex()
        case tuple() | list():
            return [json_of(item) for item in value]
        case _:
            return value


def policy_words(policy: object) -> str | None:
    """Write ``OutOf(2, buyer.issuer, bank-a.auditor)``; None where this is no policy."""
    match policy:
        case [needed, [*parts]] if whole(needed) is not None:
            return f"OutOf({', '.join([str(needed), *map(str, parts)])})"
    return None


def _words(kind: Kind, value: object, beside: Mapping[str, object]) -> str:
    if value is None:
        return value_text(None)
    words: str | None = None
    match kind:
        case Optional(inner=inner):
            return _words(inner, value, beside)
        case Amount(currency=currency):
            named = currency.removeprefix("=") if currency.startswith("=") else beside.get(currency)
            words = amount_words(value, named)
            if words is None and whole(value) is not None:
                words = f"{value} minor units"
        case Day():
            words = day_words(value)
        case Moment():
            words = moment_words(value)
        case Share(low=low, high=high) if (share := whole(value)) is not None and low <= share <= high:
            hundredths = share * 10_000 // high
            words = f"{hundredths // 100}.{hundredths % 100:02d} %"
        case Integer(unit=unit) if unit and whole(value) is not None:
            words = f"{value} {unit}"
        case PolicyKind():
            words = policy_words(value)
        case Array(inner=inner) if isinstance(value, list | tuple):
            return ", ".join(_words(inner, item, beside) for item in value) or value_text(None)
        case Row(columns=columns) if isinstance(value, Mapping) and all(name in value for name, _ in columns):
            return _row_words(columns, value, beside)
        case Row(columns=columns) if isinstance(value, list | tuple) and len(value) == len(columns):
            return _row_words(columns, dict(zip(dict(columns), value, strict=True)), beside)
        case Depending(on=on, cases=cases):
            for word, before, inner in cases:
                if word == beside.get(on):
                    return f"{before} {_words(inner, value, beside)}".lstrip()
    return value_text(value) if words is None else words


def _inner(kind: Kind) -> Kind:
    return kind.inner if isinstance(kind, Optional) and not kind.label else kind


def _row_words(
    columns: Sequence[tuple[str, Kind]], row: Mapping[str, object], beside: Mapping[str, object]
) -> str:
    """Write the values of a row; of a flag its name, with ``no`` before it where it is false."""
    own = {**beside, **row}
    said = said_currencies([Field(name=name, kind=kind) for name, kind in columns], own)
    words = []
    for name, kind in columns:
        if isinstance(kind, Flag) and type(own[name]) is bool:
            words.append(("" if own[name] else "no ") + label_of(Field(name=name, kind=kind)))
        elif name not in said:
            words.append(_words(kind, own[name], own))
    return " ".join(words)


def plain_kind(kind: Kind) -> Kind:
    """The kind of a value that is not null."""
    return kind.inner if isinstance(kind, Optional) else kind
