"""Kinds of values: what a field of an action, event, record or query may hold.

A kind says what is accepted, with bounds, and what a person needs to know of it: its label and one phrase of
help. How a value of a kind is written, read and drawn is derived from the kind elsewhere (``presentation``).
Rules get values that their kinds have accepted.

A value is null only where its kind is ``Optional``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2pchain.model.errors import Fact, listed
from p2pchain.model.ids import (
    HASH_BYTES,
    INTEGER_MAX,
    ORG_ID_CHARS_MAX,
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
)
from p2pchain.model.transaction import Value

Bounds = Mapping[str, Fact]
"""What a value may be, as facts of a refusal: ``kind``, and names with integers."""

AMOUNT_MAX = 10**17
"""Largest amount, in minor units."""
NONCE_BYTES = 16
DAYS_MAX = 100_000
"""Last day that a field takes, counted from 1970-01-01: a day of the year 2243."""
CURRENCY_CHARS = 3
ACCOUNT_BYTES_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Base of all kinds. ``label``: what a person calls the field, its name where this is empty; ``help``:
    one phrase without a full stop.
    """

    label: str = ""
    help: str = ""

    @property
    def bounds(self) -> Bounds:
        """Name of the kind with its bounds."""
        raise AssertionError(f"{type(self).__name__} states no bounds")

    def accepts(self, value: Value) -> bool:
        """Decide whether ``value`` is of this kind."""
        raise AssertionError(f"{type(self).__name__} accepts nothing, not {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Octets(Kind):
    """Exactly ``size`` bytes."""

    size: int

    @property
    def bounds(self) -> Bounds:
        """Kind and size."""
        return {"kind": "bytes", "size": self.size}

    def accepts(self, value: Value) -> bool:
        """Accept bytes of this size."""
        return type(value) is bytes and len(value) == self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Id(Octets):
    """Id of a record, as it stands in its key. ``of``: ``module.record``."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonce(Octets):
    """Bytes that the client draws at random; no person gives them."""

    size: int = NONCE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash(Octets):
    """A SHA-256 hash, or the root of a Merkle tree."""

    size: int = HASH_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Octets):
    """An Ed25519 public key."""

    size: int = PUBLIC_KEY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Octets):
    """An Ed25519 signature that a file made by another command holds."""

    size: int = SIGNATURE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob(Kind):
    """At most ``bytes_max`` bytes."""

    bytes_max: int

    @property
    def bounds(self) -> Bounds:
        """Kind and length."""
        return {"kind": "bytes", "bytes_max": self.bytes_max}

    def accepts(self, value: Value) -> bool:
        """Accept bytes that are not too long."""
        return type(value) is bytes and len(value) <= self.bytes_max


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Kind):
    """An integer from ``low`` to ``high``; true and false are none. ``unit``: what is counted, in plural."""

    low: int = 0
    high: int = INTEGER_MAX
    unit: str = ""

    @property
    def bounds(self) -> Bounds:
        """Kind and range."""
        return {"kind": "integer", "low": self.low, "high": self.high}

    def accepts(self, value: Value) -> bool:
        """Accept an integer within the bounds."""
        return type(value) is int and self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount(Integer):
    """Minor units of a currency. ``currency``: the field beside it that names the currency, or, where it
    begins with ``=``, the currency itself; empty: that of the record that the action's id names.
    """

    low: int = 1
    high: int = AMOUNT_MAX
    currency: str = "currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Integer):
    """A day, counted from 1970-01-01 in UTC."""

    high: int = DAYS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Integer):
    """Milliseconds since 1970-01-01T00:00Z."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Height(Integer):
    """Height of a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Integer):
    """A share of a whole, which is ``high``."""

    low: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Kind):
    """Text of at most ``bytes_max`` bytes in UTF-8."""

    bytes_max: int

    @property
    def bounds(self) -> Bounds:
        """Kind and length."""
        return {"kind": "text", "bytes_max": self.bytes_max}

    def accepts(self, value: Value) -> bool:
        """Accept text that is not too long."""
        return isinstance(value, str) and len(value) <= self.bytes_max and utf8_bytes(value) <= self.bytes_max


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Text):
    """Name of an organisation of the consortium. Whether there is one is the rule's matter."""

    bytes_max: int = ORG_ID_CHARS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Text):
    """Name of an account, or of a node, within its organisation."""

    bytes_max: int = ACCOUNT_BYTES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Text):
    """Code of a currency (ISO 4217). Whether there is one is the rule's matter."""

    bytes_max: int = CURRENCY_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Kind):
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def bounds(self) -> Bounds:
        """Kind and words."""
        return {"kind": "choice", "of": listed(self.words)}

    def accepts(self, value: Value) -> bool:
        """Accept one of the words."""
        return isinstance(value, str) and value in self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Kind):
    """True or false."""

    @property
    def bounds(self) -> Bounds:
        """Kind."""
        return {"kind": "flag"}

    def accepts(self, value: Value) -> bool:
        """Accept true or false."""
        return type(value) is bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Optional(Kind):
    """A value of another kind, or null."""

    inner: Kind

    @property
    def bounds(self) -> Bounds:
        """Those of the kind within."""
        return {**self.inner.bounds, "optional": True}

    def accepts(self, value: Value) -> bool:
        """Accept null, or what the kind within accepts."""
        return value is None or self.inner.accepts(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(Kind):
    """``least`` to ``most`` values of one kind. ``is_distinct``: none of them twice."""

    inner: Kind
    most: int
    least: int = 0
    is_distinct: bool = True

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of the items, and of their number."""
        inner = self.inner.bounds
        least: Bounds = {"least": self.least} if self.least else {}
        return {**inner, "kind": "array", "of": inner["kind"], "most": self.most, **least}

    def accepts(self, value: Value) -> bool:
        """Test an array's length and each of its items."""
        if not isinstance(value, tuple) or not self.least <= len(value) <= self.most:
            return False
        if not all(map(self.inner.accepts, value)):
            return False
        return not self.is_distinct or len(set(value)) == len(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Kind):
    """An array of named values, in their order: ``(name, kind)`` each."""

    columns: tuple[tuple[str, Kind], ...]

    @property
    def bounds(self) -> Bounds:
        """Kind and how many values."""
        return {"kind": "row", "size": len(self.columns)}

    def accepts(self, value: Value) -> bool:
        """Accept an array whose values are of the kinds of the columns."""
        if not isinstance(value, tuple) or len(value) != len(self.columns):
            return False
        return all(kind.accepts(item) for (_, kind), item in zip(self.columns, value, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Depending(Kind):
    """A value whose kind follows from another one beside it. ``on``: name of that field; ``cases``: its
    words, each with the word that a person reads before the value, empty for none, and the kind;
    ``otherwise``: what is accepted, whichever it is.
    """

    on: str
    cases: tuple[tuple[str, str, Kind], ...]
    otherwise: Kind

    @property
    def bounds(self) -> Bounds:
        """Those of what is accepted."""
        return self.otherwise.bounds

    def accepts(self, value: Value) -> bool:
        """Accept what may stand there in any case."""
        return self.otherwise.accepts(value)


def utf8_bytes(text: str) -> int:
    """Length in UTF-8; of text that UTF-8 cannot say (lone surrogates, which JSON lets through) more than any
    kind allows.
    """
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return INTEGER_MAX
