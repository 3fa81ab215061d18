"""Fields by the names of their kinds, for declarations that list the fields of their messages beside them."""

# ruff: noqa: N802
from __future__ import annotations

from p2pchain.ledger.fields import Field, bytes_of, check_arguments, query_arguments
from p2pchain.ledger.kinds import (
    Array,
    Blob,
    Bounds,
    Flag,
    Integer,
    Kind,
    Octets,
    Optional,
    Text,
    utf8_bytes,
)
from p2pchain.model.ids import INTEGER_MAX

__all__ = ["Bounds", "Field", "Kind", "bytes_of", "check_arguments", "query_arguments", "utf8_bytes"]


def BytesField(*, name: str, size: int) -> Field:
    """Exactly ``size`` bytes."""
    return Field(name=name, kind=Octets(size=size))


def ShortBytesField(*, name: str, bytes_max: int) -> Field:
    """At most ``bytes_max`` bytes."""
    return Field(name=name, kind=Blob(bytes_max=bytes_max))


def IntegerField(*, name: str, low: int = 0, high: int = INTEGER_MAX) -> Field:
    """An integer from ``low`` to ``high``."""
    return Field(name=name, kind=Integer(low=low, high=high))


def TextField(*, name: str, bytes_max: int) -> Field:
    """Text of at most ``bytes_max`` bytes in UTF-8."""
    return Field(name=name, kind=Text(bytes_max=bytes_max))


def AmountsField(*, name: str, most: int, high: int) -> Field:
    """At most ``most`` integers from 1 to ``high``; one may occur more than once."""
    return Field(name=name, kind=Array(inner=Integer(low=1, high=high), most=most, is_distinct=False))


def FlagField(*, name: str) -> Field:
    """True or false."""
    return Field(name=name, kind=Flag())


def OptionalField(*, inner: Field) -> Field:
    """What another field accepts, or null."""
    return Field(name=inner.name, kind=Optional(inner=inner.kind))


def ListField(*, inner: Field, most: int) -> Field:
    """At most ``most`` of what another field accepts, none twice."""
    return Field(name=inner.name, kind=Array(inner=inner.kind, most=most))
