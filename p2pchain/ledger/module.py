"""How a module of business rules is declared, and the catalogue of those that a ledger runs.

A module is a table: actions (name, message, fields, rule), queries, what it writes at genesis, and functions
for other modules. To add one, write its table and put it into ``MODULES`` (``software.py``); nothing else
changes. To change what a module does on chains that run, put another table of the same name and the next
version beside it: governance says from which height on it counts (``versions.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from p2pchain.ledger.context import Context, Public, View
from p2pchain.ledger.schema import Field, check_arguments, query_arguments
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Operation, Value

Json = dict[str, Any]
"""What a query answers: an object that JSON can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a module.

    ``message``: the dataclass that the arguments become, its fields named as ``fields`` and in that order.
    ``run``: the rule; it raises ``Refused(code, facts)`` and then nothing has happened.
    """

    name: str
    message: Callable[..., Any]
    fields: tuple[Field, ...]
    run: Callable[[Context, Any], None]

    def read(self, module: str, args: Sequence[Value]) -> Any:
        """The message of an operation, or ``Refused("TX_INVALID_ARGS")``."""
        check_arguments(module, self.name, self.fields, args)
        return self.message(**{field.name: value for field, value in zip(self.fields, args, strict=True)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to a module: ``answer`` gets a view whose account is the asker's, and the arguments by
    name.
    """

    name: str
    fields: tuple[Field, ...]
    answer: Callable[[View, Mapping[str, Value]], Json]

    def read(self, module: str, args: Mapping[str, Value]) -> dict[str, Value]:
        """The arguments complete and of the right kind, or ``Refused("QUERY_INVALID_ARGS")``."""
        return query_arguments(module, self.name, self.fields, args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One version of a module: its namespace is its name. ``genesis`` writes its first records; ``publics``
    are for other modules.

    ``migrate`` brings the records of the version before into shape, at the beginning of the block from which
    on this version counts; it never refuses, and what it emits nobody hears. ``at_genesis``: chains run the
    module in version 1 from genesis on; else only once governance brings it in.
    """

    name: str
    version: int = 1
    actions: tuple[Action, ...] = ()
    queries: tuple[Query, ...] = ()
    genesis: Callable[[Context, Genesis], None] | None = None
    publics: Mapping[str, Public] = field(default_factory=dict)
    migrate: Callable[[Context], None] | None = None
    at_genesis: bool = True


class Catalogue:
    """The modules in force at a height, by the names under which operations and queries ask for them."""

    __slots__ = ("_actions", "_queries", "actions", "modules", "publics", "versions")

    def __init__(self, modules: Sequence[Module]) -> None:
        """``modules``: each name once; at genesis they write in this order."""
        self.modules = tuple(modules)
        self.versions = {module.name: module.version for module in modules}
        self._actions = {
            (module.name, action.name): action for module in modules for action in module.actions
        }
        self.actions = frozenset(self._actions)
        self._queries = {(module.name, query.name): query for module in modules for query in module.queries}
        self.publics = {
            (module.name, name): public for module in modules for name, public in module.publics.items()
        }
        assert len(self.versions) == len(modules), "a module's name occurs once"

    def action(self, operation: Operation) -> Action:
        """The action that an operation names, or ``Refused("TX_UNKNOWN_ACTION")``."""
        action = self._actions.get((operation.module, operation.action))
        if action is None:
            raise Refused("TX_UNKNOWN_ACTION", {"module": operation.module, "action": operation.action})
        return action

    def query(self, module: str, name: str) -> Query:
        """The query of that name, or ``Refused("QUERY_UNKNOWN")``."""
        query = self._queries.get((module, name))
        if query is None:
            known = ", ".join(f"{owner} {each}" for owner, each in sorted(self._queries))
            raise Refused("QUERY_UNKNOWN", {"module": module, "query": name}, f"there are: {known}")
        return query
