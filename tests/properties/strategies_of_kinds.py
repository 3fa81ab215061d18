"""Values and arguments for Hypothesis, made of the kinds of a declaration: valid, invalid and hostile.

Bytes are taken from those that a world has (ids, keys, hashes) where there are some of the length, so that
rules are reached behind the first look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from p2pchain.business.registry.declaration import DeclarationsKind, values_of
from p2pchain.ledger.consortium.governance.kinds import OperationsKind
from p2pchain.ledger.consortium.governance.versions import ModuleNameKind
from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Array,
    Blob,
    Choice,
    Currency,
    Flag,
    Integer,
    Kind,
    Octets,
    Optional,
    Row,
    Text,
)
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.transaction import Value
from tests.unit.ledger.registering import declaration, name, vat

NAMES: Final = ("bank-a", "bank-b", "buyer", "supplier", "admin", "financier", "issuer", "note", "put", "")
"""Texts that mean something in the worlds that are driven."""
OWN_KINDS: Final[Mapping[type[Kind], tuple[Value, ...]]] = {
    PolicyKind: ((1, ("buyer.issuer",)), (2, ("*.admin", "*.admin", "bank-a.financier"))),
    ModuleNameKind: ("note", "title"),
    OperationsKind: ((("note", "put", ("hello",)),), (("policy", "set_own", ("buyer", 1)),)),
    DeclarationsKind: (values_of((declaration(vat("1"), name("a")),)),),
}
"""Values that a module's own kind accepts."""

SCALARS: Final[SearchStrategy[Value]] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-INTEGER_MAX - 1, INTEGER_MAX),
    st.sampled_from([-1, 0, 1, INTEGER_MAX, -INTEGER_MAX - 1]),
    st.text(max_size=40),
    st.sampled_from(["", "\x00", "\x1b[2J", "\u202e", "../..", "a/b", "é" * 300, "x" * 3_000]),
    st.binary(max_size=70),
    st.sampled_from([b"", bytes(16), bytes(32), b"\xff" * 32, b"/" * 32, bytes(1_000)]),
)
HOSTILE: Final[SearchStrategy[Value]] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=6
)
"""Any value that a transaction can hold."""


def valid_values(kind: Kind, known: Sequence[bytes] = ()) -> SearchStrategy[Value]:
    """Values that a kind accepts; ``known``: bytes that the world has. Of a kind that is no one's here
    anything at all.
    """
    match kind:
        case Optional(inner=inner):
            return st.none() | valid_values(inner, known)
        case Array(inner=inner, least=least, most=most, is_distinct=is_distinct):
            return st.lists(
                valid_values(inner, known), min_size=least, max_size=min(most, least + 3), unique=is_distinct
            ).map(tuple)
        case Row(columns=columns):
            return st.tuples(*(valid_values(inner, known) for _, inner in columns))
        case Octets(size=size):
            of_size = [raw for raw in known if len(raw) == size]
            fresh = st.binary(min_size=size, max_size=size)
            return st.sampled_from(of_size) | fresh if of_size else fresh
        case Blob(bytes_max=most):
            return st.binary(max_size=min(most, 200))
        case Integer(low=low, high=high):
            near = [number for number in (low, low + 1, high - 1, high) if low <= number <= high]
            return st.sampled_from(near) | st.integers(low, min(high, low + 100)) | st.integers(low, high)
        case Currency():
            return st.sampled_from(["CNY", "EUR", "JPY"]) | st.sampled_from(sorted(DECIMALS))
        case Text():
            words = [word for word in NAMES if kind.accepts(word)]
            return st.sampled_from(words) | st.text(max_size=30).filter(kind.accepts)
        case Choice(words=words):
            return st.sampled_from(words)
        case Flag():
            return st.booleans()
        case _:
            return st.sampled_from(OWN_KINDS[type(kind)]) if type(kind) in OWN_KINDS else HOSTILE


def invalid_values(kind: Kind) -> SearchStrategy[Value]:
    """Values that a kind does not accept, those just beyond its bounds among them."""
    return (st.sampled_from(_beyond(kind)) | HOSTILE).filter(lambda value: not kind.accepts(value))


def valid_arguments(
    fields: Sequence[Field], known: Sequence[bytes] = ()
) -> SearchStrategy[tuple[Value, ...]]:
    """Arguments that an action's fields accept."""
    return st.tuples(*(valid_values(field.kind, known) for field in fields))


def invalid_arguments(
    fields: Sequence[Field], known: Sequence[bytes] = ()
) -> SearchStrategy[tuple[Value, ...]]:
    """Arguments of which one is not accepted, or one is missing or too many."""
    surplus = valid_arguments(fields, known).flatmap(lambda args: HOSTILE.map(lambda value: (*args, value)))
    if not fields:
        return surplus
    missing = valid_arguments(fields, known).map(lambda args: args[:-1])
    spoilt = st.integers(0, len(fields) - 1).flatmap(lambda place: _spoilt(fields, place, known))
    return spoilt | spoilt | missing | surplus


def hostile_arguments(fields: Sequence[Field]) -> SearchStrategy[tuple[Value, ...]]:
    """Arguments of the right number, each anything at all."""
    return st.tuples(*(HOSTILE for _ in fields))


def known_bytes(values: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Bytes of 16 and 32 at the end of state keys: ids and keys that a world has."""
    return sorted({key[-size:] for key, _ in values for size in (16, 32) if len(key) > size})


def _spoilt(fields: Sequence[Field], place: int, known: Sequence[bytes]) -> SearchStrategy[tuple[Value, ...]]:
    return st.tuples(
        *(
            invalid_values(field.kind) if number == place else valid_values(field.kind, known)
            for number, field in enumerate(fields)
        )
    )


def _beyond(kind: Kind) -> list[Value]:
    match kind:
        case Optional(inner=inner):
            return _beyond(inner)
        case Integer(low=low, high=high):
            return [low - 1, min(high + 1, INTEGER_MAX), True]
        case Octets(size=size):
            return [bytes(size - 1), bytes(size + 1), "00" * size]
        case Blob(bytes_max=most) | Text(bytes_max=most):
            return [bytes(most + 1), "x" * (most + 1), "é" * most]
        case Array(least=least, most=most):
            return [(0,) * (most + 1), ("x", "x"), (None,) * least]
        case _:
            return [(), "", -1, b""]
