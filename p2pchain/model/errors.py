"""Errors say who is guilty: the sender, a peer, the disk; our own bugs are assertions.

Every error carries a stable ``code`` (listed in ``docs/codes.md``) and ``facts``, so that a person and a
program read the same thing. Facts hold only integers, text, booleans and null; those of the ledger stand in
receipts, so their text is a name, names joined by commas, or what the sender wrote: never prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

Fact = int | str | bool | None


def listed(names: Iterable[str]) -> str | None:
    """Join names for a fact: commas, no blanks; None for no name at all."""
    return ",".join(names) or None


class Fault(Exception):
    """Base of all errors, with a stable code and facts; the subclasses say whose fault it is."""

    def __init__(self, code: str, facts: Mapping[str, Fact] | None = None, hint: str = "") -> None:
        """``code``: stable, upper case; ``facts``: names and values; ``hint``: what to do next, for a
        person.
        """
        self.code = code
        self.facts: Mapping[str, Fact] = MappingProxyType(dict(facts or {}))
        self.hint = hint
        super().__init__(code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        text = f"{self.code}: {facts}" if facts else self.code
        return f"{text}; {self.hint}" if self.hint else text


class Refused(Fault):
    """The sender is guilty: input that a rule refuses. Nothing changed."""


class Invalid(Refused):
    """Bytes, signature, certificate or proof that do not hold; raised by ``codec`` and ``proofs``."""


class PeerFault(Fault):
    """A connected peer broke the protocol: penalise it, keep running."""


class Corrupt(Fault):
    """The disk does not hold what was written: stop, name the place, never guess."""
