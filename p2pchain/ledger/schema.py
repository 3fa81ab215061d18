"""Fields of actions and queries: what an argument may be, checked before any rule sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.transaction import Value

Bounds = Mapping[str, Fact]
"""What an argument may be: ``kind``, and names with integers."""


class Field(Protocol):
    """One argument of an action or query."""

    @property
    def name(self) -> str:
        """Name of the argument, as errors and queries call it."""
        ...

    @property
    def bounds(self) -> Bounds:
        """What it may be, as facts of a refusal: its ``kind``, and the bounds of that kind."""
        ...

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` may stand here."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesField:
    """Exactly ``size`` bytes."""

    name: str
    size: int

    @property
    def bounds(self) -> Bounds:
        """Its kind and size."""
        return {"kind": "bytes", "size": self.size}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is a byte string of this size."""
        return type(value) is bytes and len(value) == self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortBytesField:
    """At most ``bytes_max`` bytes."""

    name: str
    bytes_max: int

    @property
    def bounds(self) -> Bounds:
        """Its kind and length."""
        return {"kind": "bytes", "bytes_max": self.bytes_max}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is a byte string that is not too long."""
        return type(value) is bytes and len(value) <= self.bytes_max


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerField:
    """An integer from ``low`` to ``high``; true and false are none."""

    name: str
    low: int = 0
    high: int = INTEGER_MAX

    @property
    def bounds(self) -> Bounds:
        """Its kind and range."""
        return {"kind": "integer", "low": self.low, "high": self.high}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is an integer within the bounds."""
        return type(value) is int and self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """Text of at most ``bytes_max`` bytes in UTF-8."""

    name: str
    bytes_max: int

    @property
    def bounds(self) -> Bounds:
        """Its kind and length."""
        return {"kind": "text", "bytes_max": self.bytes_max}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is text that is not too long."""
        return isinstance(value, str) and len(value) <= self.bytes_max and utf8_bytes(value) <= self.bytes_max


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountsField:
    """At most ``most`` integers from 1 to ``high``; one may occur more than once."""

    name: str
    most: int
    high: int

    @property
    def bounds(self) -> Bounds:
        """Its kind, length and the range of its integers."""
        return {"kind": "array", "of": "integer", "most": self.most, "low": 1, "high": self.high}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is an array of such integers that is not too long."""
        if not isinstance(value, tuple) or len(value) > self.most:
            return False
        return all(type(each) is int and 1 <= each <= self.high for each in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagField:
    """True or false."""

    name: str

    @property
    def bounds(self) -> Bounds:
        """Its kind."""
        return {"kind": "flag"}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is true or false."""
        return type(value) is bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalField:
    """What another field accepts, or null."""

    inner: Field

    @property
    def name(self) -> str:
        """Name of the field within."""
        return self.inner.name

    @property
    def bounds(self) -> Bounds:
        """Those of the field within."""
        return {**self.inner.bounds, "optional": True}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is null or accepted by the field within."""
        return value is None or self.inner.accepts(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListField:
    """At most ``most`` of what another field accepts, none twice."""

    inner: Field
    most: int

    @property
    def name(self) -> str:
        """Name of the field within."""
        return self.inner.name

    @property
    def bounds(self) -> Bounds:
        """Those of the field within, and how many of it there may be."""
        inner = self.inner.bounds
        return {**inner, "kind": "array", "of": inner["kind"], "most": self.most}

    def accepts(self, value: Value) -> bool:
        """Whether ``value`` is an array that is not too long, of what the field within accepts."""
        if not isinstance(value, tuple) or len(value) > self.most:
            return False
        return all(map(self.inner.accepts, value)) and len(set(value)) == len(value)


def check_arguments(module: str, action: str, fields: Sequence[Field], args: Sequence[Value]) -> None:
    """Accept the arguments of an action, in the order of its fields, or ``Refused("TX_INVALID_ARGS")``."""
    if len(args) != len(fields):
        told: dict[str, Fact] = {"module": module, "action": action, "arguments": len(args)}
        raise Refused("TX_INVALID_ARGS", {**told, "needed": len(fields)})
    for field, value in zip(fields, args, strict=True):
        if not field.accepts(value):
            facts = {"module": module, "action": action, "argument": field.name}
            raise Refused("TX_INVALID_ARGS", {**facts, **field.bounds})


def query_arguments(
    module: str, query: str, fields: Sequence[Field], args: Mapping[str, Value]
) -> dict[str, Value]:
    """Arguments of a query by name, complete and of the right kind, or ``Refused("QUERY_INVALID_ARGS")``.

    What is left out counts as null; bytes may come as hexadecimal text, for callers that speak JSON.
    """
    told = {"module": module, "query": query}
    for name in sorted(set(args) - {field.name for field in fields}):
        raise Refused("QUERY_INVALID_ARGS", {**told, "argument": name, "kind": None})
    taken: dict[str, Value] = {}
    for field in fields:
        value = args.get(field.name)
        if not field.accepts(value):
            value = bytes_of(value)
            if not field.accepts(value):
                raise Refused("QUERY_INVALID_ARGS", {**told, "argument": field.name, **field.bounds})
        taken[field.name] = value
    return taken


def utf8_bytes(text: str) -> int:
    """Length in UTF-8; of text that UTF-8 cannot say (lone surrogates, which JSON lets through) more than any
    field allows.
    """
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return INTEGER_MAX


def bytes_of(value: Value) -> Value:
    """The bytes that hexadecimal text stands for; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        return value
