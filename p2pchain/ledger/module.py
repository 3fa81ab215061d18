"""Declaration of a business module, and the catalogue that a ledger runs.

A declaration says each thing once: actions, the events that they emit, the refusals, the records in the
state, queries, roles, what is written at genesis, and functions for other modules. Commands, JSON, sentences,
proof texts, HTTP status, exit codes, pages of the docs and property tests are derived from it
(``presentation``). To add a module, write its folder and one line in the list of modules; nothing else
changes. To change what a module does on chains that run, put another declaration of the same name and the
next version beside it: governance says from which height on it counts (``versions.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from p2pchain.codec.genesis import is_role
from p2pchain.ledger.context import Context, Public, View
from p2pchain.ledger.fields import Field, check_arguments, fields_of, query_arguments
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, roles_with
from p2pchain.model.refusal import Refusal
from p2pchain.model.transaction import Operation, Value

Json = dict[str, Any]
"""What a query answers: an object that JSON can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a module.

    ``message``: the dataclass that the arguments become; its fields are those of the action (``fields_of``).
    ``run``: the rule; it raises a ``Refusal`` and then nothing has happened. ``does``: one sentence in the
    imperative, without a full stop. ``who``: who may, as a phrase. ``file``: what of the client's disk
    the module's part of the client reads for it, empty for nothing; it makes the fields whose entry says so.
    ``command``: name of the command, where it is another one than the action's.
    For proposals, which are looked at long before they are carried out: ``role``: without it nobody does
    this; ``lasting``: raises what a message is refused with in this block and in all later ones.
    """

    name: str
    message: type[Any]
    run: Callable[[Context, Any], None]
    role: str | None = None
    lasting: Callable[[View, Any], None] | None = None
    does: str = ""
    who: str = ""
    file: str = ""
    command: str = ""
    fields: tuple[Field, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", fields_of(self.message))
        made = any(field.entry.is_made for field in self.fields)
        assert self.file or not made, f"{self.name} says no file from which its fields are made"

    def read(self, module: str, args: Sequence[Value]) -> Any:
        """The message of an operation, or ``Refused("TX_INVALID_ARGS")``."""
        self.check(module, args)
        return self.message(**{field.name: value for field, value in zip(self.fields, args, strict=True)})

    def check(self, module: str, args: Sequence[Value]) -> None:
        """Accept arguments that ``read`` makes a message of; ``Refused("TX_INVALID_ARGS")``."""
        check_arguments(module, self.name, self.fields, args)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One sort of event. ``fields``: what it holds, in their order. ``sentence``: what a person reads, with
    ``{name}`` for the words of a field, and ``[...]`` around what is left out where a field in it is null.
    """

    name: str
    fields: tuple[Field, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """One sort of record in the state.

    ``prefix``: where its keys begin, behind the module's namespace; ``key``: the fields that follow, texts
    closed by ``/`` unless they end the key, integers in as many bytes as their bound needs. ``fields``: those
    of its value, or of each row of it where ``is_table``; a row of one field is the value itself.
    ``sentence``: what a proof of it says, as for events; the fields of the key may be named, too.
    ``absence``: what a proof says where no such record is, of the fields of the key; empty where that means
    nothing to a person.
    ``is_public``: everybody may read it. ``is_shared``: an organisation that it names, or that stands in its
    key beside an id, may read over a gateway what is done with that record. ``counted_by``: of a
    table on pages, ``record.field``: the record with the same first field of its key, whose values stand
    beside each row, and its field that counts them.
    """

    name: str
    prefix: bytes
    key: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()
    sentence: str
    is_table: bool = False
    is_public: bool = False
    is_shared: bool = False
    counted_by: str = ""
    absence: str = ""


class QueryReaders(Enum):
    """Those who read an answer over a gateway. ``PARTIES``: organisations that have a part in it; a list is
    cut to their rows.
    """

    EVERYBODY = "everybody"
    ACCOUNTS = "every account"
    PARTIES = "organisations that have a part in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to a module: ``answer`` gets a view whose account is the asker's, and the arguments by
    name. ``does``: one sentence in the imperative, without a full stop. ``returns``: the fields of the
    answer; ``rows``: the name under which it holds a list, and the fields of each of its rows; then ``next``
    is what ``after`` of the next page takes, null at the end. ``is_personal``: somebody has to sign the
    question. ``readers``: those who read the answer over a gateway; everybody, where the module is open.
    """

    name: str
    fields: tuple[Field, ...]
    answer: Callable[[View, Mapping[str, Value]], Json]
    does: str = ""
    returns: tuple[Field, ...] = ()
    rows: tuple[str, tuple[Field, ...]] | None = None
    is_personal: bool = False
    readers: QueryReaders = QueryReaders.PARTIES

    def read(self, module: str, args: Mapping[str, Value]) -> dict[str, Value]:
        """The arguments complete and of the right kind, or ``Refused("QUERY_INVALID_ARGS")``."""
        return query_arguments(module, self.name, self.fields, args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One version of a module: its namespace is its name. ``source``: ``__name__`` of the file that declares
    it, whose folder holds its code (``digest.py``). ``does``: what it is for, in one sentence without a full
    stop. ``refusals``: every class that its rules raise. ``roles``: those of accounts that it brings; several
    modules may bring the same.
    ``genesis`` writes its first records; ``publics`` are for other modules.

    ``migrate`` brings the records of the version before into shape, at the beginning of the block from which
    on this version counts; it never refuses, and what it emits nobody hears. ``at_genesis``: chains run the
    module in version 1 from genesis on; else only once governance brings it in.
    """

    name: str
    source: str = ""
    does: str = ""
    version: int = 1
    actions: tuple[Action, ...] = ()
    events: tuple[EventType, ...] = ()
    records: tuple[RecordType, ...] = ()
    refusals: tuple[type[Refusal], ...] = ()
    roles: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    genesis: Callable[[Context, Genesis], None] | None = None
    publics: Mapping[str, Public] = field(default_factory=dict)
    migrate: Callable[[Context], None] | None = None
    at_genesis: bool = True

    @property
    def is_open(self) -> bool:
        """Decide whether everybody may read what the module holds: all its records are public."""
        return bool(self.records) and all(record.is_public for record in self.records)


class Catalogue:
    """Modules in force at a height, by name."""

    __slots__ = ("_actions", "_queries", "actions", "modules", "publics", "roles", "versions")

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
        self.roles = roles_with(role for module in modules for role in module.roles)
        assert len(self.versions) == len(modules), "a module's name occurs once"
        assert all(map(is_role, self.roles)), f"names of roles: {self.roles}"

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
            known = ", ".join(f"{owner} {query}" for owner, query in sorted(self._queries))
            raise Refused("QUERY_UNKNOWN", {"module": module, "query": name}, f"there are: {known}")
        return query
