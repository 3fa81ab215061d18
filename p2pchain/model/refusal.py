"""Refusals of business rules: a class per reason, which says everything about it once.

A subclass states its stable ``code``, the ``words`` that a person reads, the ``next_step`` and its ``Guilt``;
``fact_names``: the facts that stand beside the code for the docs, not all of them always.
Receipts hold code and facts alone; words, HTTP status, exit code and the pages of the docs follow from the
class (``presentation``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from p2pchain.model.errors import Fact, Refused


class Guilt(Enum):
    """Kinds of guilt of the sender; HTTP status and exit code follow from it by one rule."""

    UNKNOWN = "names what is not there"
    RIGHTS = "lacks the right to it"
    INPUT = "gives a value that cannot be"
    STATE = "asks for what the present state does not allow"
    LIMIT = "asks for more than a bound allows"


class Refusal(Refused):
    """Base of the refusals that a module declares; never raised itself."""

    code: str = ""
    words: str = ""
    next_step: str = ""
    fact_names: tuple[str, ...] = ()
    guilt: Guilt = Guilt.STATE

    def __init__(self, facts: Mapping[str, Fact], next_step: str | None = None) -> None:
        """``facts``: what was found; ``next_step``: in place of that of the class, where the place knows
        better.
        """
        super().__init__(type(self).code, facts, type(self).next_step if next_step is None else next_step)
