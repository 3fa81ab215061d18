"""Kinds of governance's own: operations that are proposed, and why they could not be executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.ledger.consortium.governance.proposal import (
    NUMBER_MAX,
    OPERATIONS_MAX,
    TITLE_BYTES_MAX,
    WORD_BYTES_MAX,
)
from p2pchain.ledger.kinds import Bounds, Height, Integer, Kind, Moment, Text
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsKind(Kind):
    """Operations: ``[[module, action, [arg, ...]], ...]``."""

    @property
    def bounds(self) -> Bounds:
        """Kind and how many."""
        return {"kind": "array", "of": "operation", "least": 1, "most": OPERATIONS_MAX}

    def accepts(self, value: Value) -> bool:
        """Accept an array of operations; whether there are such is the rule's matter."""
        if not isinstance(value, tuple) or not 1 <= len(value) <= OPERATIONS_MAX:
            return False
        return all(_is_operation(item) for item in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonKind(Kind):
    """Reason for which a proposal could not be executed: ``[code, [[fact, value], ...]]``."""

    @property
    def bounds(self) -> Bounds:
        """Kind."""
        return {"kind": "reason"}

    def accepts(self, value: Value) -> bool:
        """Accept a code with its facts."""
        match value:
            case (str(), tuple(facts)):
                return all(_is_fact(item) for item in facts)
            case _:
                return False


def _is_operation(value: Value) -> bool:
    match value:
        case (str(module), str(action), tuple()):
            return len(module) <= WORD_BYTES_MAX and len(action) <= WORD_BYTES_MAX
        case _:
            return False


def _is_fact(value: Value) -> bool:
    match value:
        case (str(), int() | str() | None):
            return True
        case _:
            return False


NUMBER: Final = Integer(high=NUMBER_MAX, help="number of the proposal")
TITLE: Final = Text(bytes_max=TITLE_BYTES_MAX, help="what it is about")
EXPIRES: Final = Height(low=1, help="last height at which it can be decided")
EXPIRES_MS: Final = Moment(low=1, label="expires", help="last moment at which it can be decided")
OPERATIONS: Final = OperationsKind(help="what is to be done: all of it, or nothing")
