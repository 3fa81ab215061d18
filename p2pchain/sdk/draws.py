"""Values for fields, drawn from their kinds: valid ones, and such as no kind accepts."""

from __future__ import annotations

import random
from collections.abc import Sequence

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
    Organisation,
    Row,
    Text,
)
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.transaction import Value
from p2pchain.sdk.world import ROLES

TEXTS = ("", "a", "bank-a", "x" * 40, "é" * 30, "a/b", "0")
HOSTILE: tuple[Value, ...] = (
    *(None, True, -1, 0, INTEGER_MAX, -INTEGER_MAX - 1, "", "\x00", "../..", "x" * 3_000),
    *(b"", bytes(32), b"/" * 32, (), (1, "a", None), (("a",),)),
)
"""Values that a transaction can hold, whatever the kind."""


class Draws:
    """Draws of one seed: the same on every machine."""

    def __init__(self, seed: int) -> None:
        """``seed``: another one gives other values."""
        self._random = random.Random(seed)

    def signers(self) -> tuple[str, ...]:
        """One or several organisations."""
        return tuple(self._random.sample(sorted(ROLES), self._random.choice((1, 1, 1, 2, 4))))

    def pick(self, among: Sequence[Value]) -> Value:
        """One of several values."""
        return self._random.choice(among)

    def arguments(self, fields: Sequence[Field], known: Sequence[bytes]) -> tuple[Value, ...]:
        """Arguments that the fields accept. ``known``: ids and keys that there are, taken where they fit."""
        return tuple(self.value(field.kind, known) for field in fields)

    def spoilt(self, fields: Sequence[Field], known: Sequence[bytes]) -> tuple[Value, ...]:
        """Arguments of which any may be anything."""
        args = list(self.arguments(fields, known))
        for place in range(len(args)):
            if self._random.random() < 1 / 2:
                args[place] = self.pick(HOSTILE)
        return tuple(args)

    def value(self, kind: Kind, known: Sequence[bytes]) -> Value:
        """A value that a kind accepts; of a kind that is nobody's here anything at all."""
        match kind:
            case Optional(inner=inner):
                return None if self._random.random() < 1 / 3 else self.value(inner, known)
            case Array(inner=inner, least=least, most=most):
                count = self._random.randint(least, min(most, least + 2))
                return tuple(dict.fromkeys(self.value(inner, known) for _ in range(count)))
            case Row(columns=columns):
                return tuple(self.value(inner, known) for _, inner in columns)
            case Octets(size=size):
                fit = [raw for raw in known if len(raw) == size]
                return (
                    self.pick(fit) if fit and self._random.random() < 4 / 5 else self._random.randbytes(size)
                )
            case Blob(bytes_max=most):
                return self._random.randbytes(self._random.randint(0, min(most, 100)))
            case Integer(low=low, high=high):
                return self.pick((low, high, self._random.randint(low, min(high, low + 30_000))))
            case Organisation():
                return self.pick(sorted(ROLES))
            case Currency():
                return self.pick(("EUR", "CNY", "JPY"))
            case Text():
                return self.pick([text for text in TEXTS if kind.accepts(text)])
            case Choice(words=words):
                return self.pick(words)
            case Flag():
                return self._random.random() < 1 / 2
            case _:
                return self.pick(HOSTILE)
